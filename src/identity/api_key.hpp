// An API key as its machine sends it: `carrack_<8 characters that are shown>_<32 random bytes in base64url>`.
#pragma once

#include "core/values.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace identity {

struct api_key {
    std::string token;   // the secret
    std::string prefix;  // "carrack_0f3a9b1c"
    core::bytes digest;  // what is stored: SHA-256 of the token
};

api_key make_api_key();

// What a bearer's token is looked up by if it has the form of a key; nothing for an access token.
std::optional<core::bytes> api_key_digest(std::string_view token);
bool has_api_key_form(std::string_view token);

}  // namespace identity
