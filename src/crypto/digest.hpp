// Digests, their spelling, comparison in constant time, and tokens that nobody can guess.
#pragma once

#include "core/values.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace crypto {

using sha256_digest = std::array<std::uint8_t, 32>;

sha256_digest sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);        // 64 characters
std::string sha256_base64url(std::string_view bytes);  // 43 characters

std::string to_hex(std::span<std::uint8_t const> bytes);
std::optional<core::bytes> from_hex(std::string_view text);  // either case

// RFC 4648, section 5, without padding. Reading is strict: no padding, no white space, and the bits that
// are left over must be zero, so that one value has one spelling.
std::string to_base64url(std::span<std::uint8_t const> bytes);
std::optional<core::bytes> from_base64url(std::string_view text);

// Takes as long for a difference at the first byte as at the last. Lengths are not secret.
bool equal(std::string_view a, std::string_view b);

std::string random_token(std::size_t bytes = 32);  // base64url of so many random bytes

void wipe(std::string& secret);  // overwrites, then empties

}  // namespace crypto
