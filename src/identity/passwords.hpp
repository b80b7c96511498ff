// Which passwords somebody may have. Length alone makes one strong, so nothing is asked of its composition;
// what everybody tries first is refused.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace identity {

inline constexpr core::failure password_too_common{
    "password_too_common", core::fault::invalid,
    "Choose another password: this one is among the first that others would try."};

// `password` as it is hashed (in NFC), when whoever signs in as `email` may have it. `pointer`: where it
// stands.
core::result<std::string> accept_password(std::string_view password, std::string_view email,
                                          std::string_view pointer = "/password");

// One to a line, case-folded, in byte order; of at least eight characters.
std::string_view common_passwords();

}  // namespace identity
