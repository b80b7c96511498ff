#include "identity/second_factor.hpp"

#include "core/random.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "crypto/digest.hpp"
#include "crypto/totp.hpp"

#include <array>

namespace identity {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::size_t recovery_bytes = 10;

std::string context_of(core::uuid user) { return "second-factor:" + core::to_string(user); }

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '.' || c == '-' || c == '_';
        auto const byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            out.append("%").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    }
    return out;
}

}  // namespace

core::bytes seal_factor(crypto::secret_key const& key, std::string_view secret, core::uuid user) {
    std::string const sealed = crypto::seal(key, secret, context_of(user));
    return {sealed.begin(), sealed.end()};
}

core::task<bool> proves_factor(db::transaction& t, crypto::secret_key key, core::uuid user, factor_row row,
                               factor_proof proof) {
    if (proof.recovery_code)
        co_return (co_await t.first(use_recovery_code, user, recovery_digest(*proof.recovery_code)))
            .has_value();
    std::string_view const sealed(reinterpret_cast<char const*>(row.secret.data()), row.secret.size());
    auto secret = crypto::open(key, sealed, context_of(user));
    if (!secret || !proof.code) co_return false;
    auto const step = crypto::matching_step(*secret, *proof.code, core::now().us / second_us, row.last_step);
    crypto::wipe(*secret);
    if (!step) co_return false;
    t.add(use_step, user, *step);
    co_return true;
}

// As authenticator apps read it (Google's Key URI format).
std::string otpauth_uri(std::string_view secret_base32, std::string_view email) {
    return "otpauth://totp/Carrack:" + percent_encoded(email) + "?secret=" + std::string(secret_base32) +
           "&issuer=Carrack";
}

std::vector<std::string> make_recovery_codes() {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < recovery_codes_count; ++i) {
        std::array<std::uint8_t, recovery_bytes> bytes;
        core::fill_random(bytes);
        out.push_back(
            crypto::to_base32({reinterpret_cast<char const*>(bytes.data()), bytes.size()}));  // 16 characters
    }
    return out;
}

core::bytes recovery_digest(std::string_view code) {
    std::string plain;
    for (char const c : core::ascii_lower(code))
        if (c != '-' && c != ' ') plain += c;
    auto const digest = crypto::sha256(plain);
    return {digest.begin(), digest.end()};
}

}  // namespace identity
