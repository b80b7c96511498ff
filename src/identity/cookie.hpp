// The refresh token's cookie. `__Host-` binds it to this host over a secure connection (RFC 6265bis);
// browsers count http://localhost as secure, so development works there, and only there, without TLS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace identity {

inline constexpr std::string_view refresh_cookie_name = "__Host-carrack_refresh";

std::string refresh_cookie(std::string_view token);  // the value of Set-Cookie
std::string expired_refresh_cookie();                // takes it back
// The refresh token in a Cookie field; nothing when it is not there, or there twice.
std::optional<std::string> find_refresh_cookie(std::string_view cookie_field);

}  // namespace identity
