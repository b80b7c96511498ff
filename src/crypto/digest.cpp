#include "crypto/digest.hpp"

#include "core/random.hpp"
#include "crypto/sodium.hpp"

namespace crypto {

sha256_digest sha256(std::string_view bytes) {
    sha256_digest out;
    crypto_hash_sha256(out.data(), bytes_of(bytes), bytes.size());
    return out;
}

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }

std::string sha256_base64url(std::string_view bytes) { return to_base64url(sha256(bytes)); }

std::string to_hex(std::span<std::uint8_t const> bytes) {
    std::string out(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
    out.pop_back();
    return out;
}

std::optional<core::bytes> from_hex(std::string_view text) {
    core::bytes out(text.size() / 2 + 1);  // never empty: libsodium wants an address
    std::size_t size = 0;
    if (text.size() % 2 != 0 ||
        sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr) != 0)
        return std::nullopt;
    out.resize(size);
    return out;
}

std::string to_base64url(std::span<std::uint8_t const> bytes) {
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant);
    out.pop_back();  // the NUL that the length counts
    return out;
}

std::optional<core::bytes> from_base64url(std::string_view text) {
    core::bytes out(text.size() / 4 * 3 + 3);
    std::size_t size = 0;
    if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return std::nullopt;
    out.resize(size);
    return out;
}

bool equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string random_token(std::size_t bytes) {
    core::bytes random(bytes);
    core::fill_random(random);
    std::string token = to_base64url(random);
    sodium_memzero(random.data(), random.size());
    return token;
}

void wipe(std::string& secret) {
    sodium_memzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace crypto
