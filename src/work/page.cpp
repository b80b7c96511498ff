#include "work/page.hpp"

#include "crypto/digest.hpp"

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
    return crypto::to_base64url({reinterpret_cast<std::uint8_t const*>(plain.data()), plain.size()});
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
    auto const bytes = crypto::from_base64url(cursor);
    std::string_view const plain =
        bytes ? std::string_view(reinterpret_cast<char const*>(bytes->data()), bytes->size())
              : std::string_view{};
    core::problem const refused{cursor_invalid,
                                {{"/after", "cursor_invalid", "is not a cursor of this list and sort"}}};
    // NUL cannot be a part of anything stored, and PostgreSQL refuses it.
    if (!bytes || !core::count_code_points(plain) || plain.find('\0') != plain.npos) return refused;
    std::vector<std::string> found = split_parts(plain);
    if (found.size() != parts + 1 || found.front() != sort) return refused;
    found.erase(found.begin());
    return found;
}

core::result<core::uuid> position(std::optional<page_cursor> const& after) {
    if (!after) {
        core::uuid beyond;
        beyond.bytes.fill(0xff);
        return beyond;
    }
    auto const key = read_cursor(after->value, newest_first, 1);
    if (!key) return key.error();
    if (auto const id = core::parse_uuid(key->front())) return *id;
    return cursor_invalid;
}

}  // namespace work
