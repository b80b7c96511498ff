#include "crypto/totp.hpp"

#include "crypto/digest.hpp"

#include <bit>

namespace crypto {
namespace {

constexpr std::size_t block_size = 64;

// FIPS 180-4, 6.1.
void add_block(std::array<std::uint32_t, 5>& state, std::uint8_t const* block) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t i = 0; i < 16; ++i)
        w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
               std::uint32_t{block[4 * i + 2]} << 8 | std::uint32_t{block[4 * i + 3]};
    for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
        std::uint32_t f = b ^ c ^ d, k = 0x6ed9eba1;
        if (i < 20) f = (b & c) | (~b & d), k = 0x5a827999;
        if (i >= 40 && i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
        if (i >= 60) k = 0xca62c1d6;
        std::uint32_t const next = std::rotl(a, 5) + f + e + k + w[i];
        e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

sha1_digest sha1(std::string message) {
    std::uint64_t const bits = std::uint64_t{message.size()} * 8;
    message += static_cast<char>(0x80);
    while (message.size() % block_size != block_size - 8) message += '\0';
    for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(bits >> shift);
    std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    for (std::size_t at = 0; at < message.size(); at += block_size)
        add_block(state, reinterpret_cast<std::uint8_t const*>(message.data()) + at);
    wipe(message);
    sha1_digest out{};
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
    return out;
}

std::string text_of(sha1_digest const& digest) {
    return {reinterpret_cast<char const*>(digest.data()), digest.size()};
}

}  // namespace

// RFC 2104.
sha1_digest hmac_sha1(std::string_view key, std::string_view message) {
    std::string inner = key.size() > block_size ? text_of(sha1(std::string(key))) : std::string(key);
    inner.resize(block_size, '\0');
    std::string outer = inner;
    for (char& c : inner) c = static_cast<char>(c ^ 0x36);
    for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
    auto const first = sha1(inner.append(message));
    auto const out = sha1(outer.append(text_of(first)));
    wipe(inner);
    wipe(outer);
    return out;
}

// RFC 4226, 5.3.
std::string one_time_code(std::string_view secret, std::int64_t step, std::size_t digits) {
    std::string counter;
    for (int shift = 56; shift >= 0; shift -= 8)
        counter += static_cast<char>(static_cast<std::uint64_t>(step) >> shift);
    auto const mac = hmac_sha1(secret, counter);
    std::size_t const at = mac.back() & 0x0f;
    std::uint32_t number = (std::uint32_t{mac[at]} & 0x7f) << 24 | std::uint32_t{mac[at + 1]} << 16 |
                           std::uint32_t{mac[at + 2]} << 8 | std::uint32_t{mac[at + 3]};
    std::string out(digits, '0');
    for (std::size_t i = digits; i > 0; --i, number /= 10) out[i - 1] = static_cast<char>('0' + number % 10);
    return out;
}

std::optional<std::int64_t> matching_step(std::string_view secret, std::string_view code,
                                          std::int64_t now_seconds, std::int64_t last) {
    std::int64_t const now = now_seconds / totp_step_seconds;
    std::optional<std::int64_t> out;
    for (std::int64_t step = now - 1; step <= now + 1; ++step)  // all three, whichever it is
        if (equal(one_time_code(secret, step), code) && step > last) out = step;
    return out;
}

std::string to_base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (char const c : bytes) {
        held = held << 8 | static_cast<std::uint8_t>(c);
        for (bits += 8; bits >= 5; bits -= 5) out += alphabet[held >> (bits - 5) & 31];
    }
    if (bits > 0) out += alphabet[held << (5 - bits) & 31];
    return out;
}

}  // namespace crypto
