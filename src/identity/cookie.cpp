#include "identity/cookie.hpp"

#include "core/text.hpp"
#include "identity/rules.hpp"

namespace identity {
namespace {

std::string set_cookie(account_kind of, std::string_view value, std::int64_t max_age_s) {
    return std::string(refresh_cookie_name(of))
        .append("=")
        .append(value)
        .append("; Path=/; Max-Age=")
        .append(std::to_string(max_age_s))
        .append("; Secure; HttpOnly; SameSite=Strict");
}

}  // namespace

std::string refresh_cookie(account_kind of, std::string_view token) {
    return set_cookie(of, token, refresh_idle_s);
}

std::string expired_refresh_cookie(account_kind of) { return set_cookie(of, "", 0); }

std::optional<std::string> find_refresh_cookie(account_kind of, std::string_view field) {
    std::optional<std::string> found;
    while (!field.empty()) {
        auto const end = field.find(';');
        std::string_view const pair = core::trimmed(field.substr(0, end));
        field = end == field.npos ? std::string_view{} : field.substr(end + 1);
        auto const equals = pair.find('=');
        if (equals == pair.npos || pair.substr(0, equals) != refresh_cookie_name(of)) continue;
        if (found) return std::nullopt;
        found = std::string(pair.substr(equals + 1));
    }
    return found;
}

}  // namespace identity
