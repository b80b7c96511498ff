// One-time codes that authenticator apps show (RFC 6238 with SHA-1, six digits, thirty seconds; HOTP: RFC
// 4226), and the base32 in which people type such a secret (RFC 4648).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crypto {

inline constexpr std::int64_t totp_step_seconds = 30;

using sha1_digest = std::array<std::uint8_t, 20>;
// For this and nothing else: RFC 6238's apps know no other. HMAC does not need what SHA-1 has lost.
sha1_digest hmac_sha1(std::string_view key, std::string_view message);

std::string one_time_code(std::string_view secret, std::int64_t step, std::size_t digits = 6);

// The step whose code this is: the present one, the one before or the one after, but none up to `last`, which
// have been used. Nothing for any other code.
std::optional<std::int64_t> matching_step(std::string_view secret, std::string_view code,
                                          std::int64_t now_seconds, std::int64_t last);

std::string to_base32(std::string_view bytes);  // without padding

}  // namespace crypto
