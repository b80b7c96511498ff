// The refresh tokens' cookies, one for each kind of account. Browsers count http://localhost as secure, so
// development works there, and only there, without TLS.
#pragma once

#include "identity/audience.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace identity {

std::string refresh_cookie(account_kind of, std::string_view token);  // the value of Set-Cookie
std::string expired_refresh_cookie(account_kind of);                  // takes it back
// The refresh token in a Cookie field; nothing when it is not there, or there twice.
std::optional<std::string> find_refresh_cookie(account_kind of, std::string_view cookie_field);

}  // namespace identity
