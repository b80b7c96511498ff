#include "work/page.hpp"

#include <sodium.h>

namespace work {

std::string make_cursor(std::string_view sort, std::span<std::string const> key) {
    std::string plain(sort);
    for (std::string const& part : key) {
        plain.push_back('\n');
        for (char const ch : part) {  // a part may hold the separator
            if (ch == '\n')
                plain.append("\\n");
            else if (ch == '\\')
                plain.append("\\\\");
            else
                plain.push_back(ch);
        }
    }
    std::string out(sodium_base64_encoded_len(plain.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<unsigned char const*>(plain.data()),
                      plain.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    out.pop_back();  // the terminating NUL
    return out;
}

namespace {
std::vector<std::string> split_parts(std::string_view plain) {
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        if (plain[i] == '\n')
            parts.emplace_back();
        else if (plain[i] == '\\' && i + 1 < plain.size())
            parts.back().push_back(plain[++i] == 'n' ? '\n' : plain[i]);
        else
            parts.back().push_back(plain[i]);
    }
    return parts;
}
}  // namespace

core::result<std::vector<std::string>> read_cursor(std::string_view cursor, std::string_view sort,
                                                   std::size_t parts) {
    std::string plain(cursor.size(), '\0');
    std::size_t used = 0;
    int const bad =
        sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(), cursor.data(),
                          cursor.size(), nullptr, &used, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    plain.resize(used);
    core::problem const refused{cursor_invalid,
                                {{"/after", "cursor_invalid", "is not a cursor of this list and sort"}}};
    // NUL cannot be a part of anything stored, and PostgreSQL refuses it.
    if (bad != 0 || !core::count_code_points(plain) || plain.find('\0') != plain.npos) return refused;
    std::vector<std::string> found = split_parts(plain);
    if (found.size() != parts + 1 || found.front() != sort) return refused;
    found.erase(found.begin());
    return found;
}

}  // namespace work
