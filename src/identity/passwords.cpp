#include "identity/passwords.hpp"

#include "core/text.hpp"
#include "crypto/unicode.hpp"
#include "identity/rules.hpp"

namespace identity {
namespace {

// The line that `at` lies in.
std::string_view line_around(std::string_view lines, std::size_t at) {
    std::size_t const before = at == 0 ? lines.npos : lines.rfind('\n', at - 1);
    std::size_t const begin = before == lines.npos ? 0 : before + 1;
    return lines.substr(begin, lines.find('\n', begin) - begin);
}

bool is_common(std::string_view folded) {
    std::string_view lines = common_passwords();
    while (!lines.empty()) {
        std::string_view const line = line_around(lines, lines.size() / 2);
        if (line == folded) return true;
        auto const begin = static_cast<std::size_t>(line.data() - lines.data());
        if (folded < line)
            lines = lines.substr(0, begin);
        else
            lines.remove_prefix(std::min(begin + line.size() + 1, lines.size()));
    }
    return false;
}

core::problem refused(core::failure const& why, std::string_view pointer, std::string_view code,
                      std::string message) {
    return {why, {{std::string(pointer), std::string(code), std::move(message)}}};
}

}  // namespace

core::result<std::string> accept_password(std::string_view password, std::string_view email,
                                          std::string_view pointer) {
    std::string composed = crypto::to_nfc(password);
    auto const length = core::count_code_points(composed).value_or(0);
    if (length < password_length_min)
        return refused(core::invalid_request, pointer, "too_short",
                       "must have at least " + std::to_string(password_length_min) + " characters");
    if (length > password_length_max)
        return refused(core::invalid_request, pointer, "too_long",
                       "must have at most " + std::to_string(password_length_max) + " characters");
    std::string const folded = crypto::case_folded(password);
    std::string const address = crypto::case_folded(email);
    if (is_common(folded))
        return refused(password_too_common, pointer, password_too_common.code, "is a password that many use");
    if (folded == address || folded == std::string_view(address).substr(0, address.find('@')))
        return refused(password_too_common, pointer, password_too_common.code,
                       "is the e-mail address itself, or its beginning");
    return composed;
}

}  // namespace identity
