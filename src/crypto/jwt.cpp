#include "crypto/jwt.hpp"

#include "core/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/sodium.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace crypto {
namespace {

namespace json = boost::json;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t seconds_max = 253'402'300'799;  // the end of the year 9999

std::string base64url(std::string_view text) { return to_base64url(std::span(bytes_of(text), text.size())); }

std::string header_for(std::string_view kid) {
    return base64url(R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + std::string(kid) + R"("})");
}

std::uint64_t next_revision() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

key_set::accepted accepted_from(signing_key::public_bytes const& key) {
    std::string kid = key_thumbprint(key);
    std::string header = header_for(kid);
    return {std::move(kid), std::move(header), key};
}

// Reads claims one by one; the first that is missing or of another type spoils the whole.
struct claim_reader {
    json::object const& object;
    bool good = true;

    std::string text(std::string_view name) {
        json::value const* const v = object.if_contains(name);
        if (v == nullptr || !v->is_string()) return good = false, std::string{};
        return std::string(v->get_string());
    }
    core::uuid id(std::string_view name) {
        auto const read = core::parse_uuid(text(name));
        good = good && read;
        return read.value_or(core::uuid{});
    }
    core::timestamp seconds(std::string_view name) {
        json::value const* const v = object.if_contains(name);
        std::int64_t const* const s = v == nullptr ? nullptr : v->if_int64();
        if (s == nullptr || *s < 0 || *s > seconds_max) return good = false, core::timestamp{};
        return {*s * second_us};
    }
};

std::optional<access_claims> read_claims(core::bytes const& payload) {
    json::parse_options options;
    options.max_depth = 4;
    boost::system::error_code error;
    json::string_view const text(reinterpret_cast<char const*>(payload.data()), payload.size());
    json::value const document = json::parse(text, error, json::storage_ptr(), options);
    if (error || !document.is_object()) return std::nullopt;
    // Exactly as we write it: no member twice, of which the one reader takes the first and the other the
    // last.
    if (json::serialize(document) != text) return std::nullopt;
    claim_reader in{document.get_object()};
    access_claims claims;
    claims.iss = in.text("iss");
    claims.sub = in.id("sub");
    claims.aud = in.text("aud");
    claims.exp = in.seconds("exp");
    claims.nbf = in.seconds("nbf");
    claims.iat = in.seconds("iat");
    claims.jti = in.id("jti");
    claims.sid = in.id("sid");
    claims.client_id = in.text("client_id");
    if (!in.good) return std::nullopt;
    return claims;
}

std::optional<token_fault> fault_in_times(access_claims const& c, std::chrono::seconds leeway,
                                          core::timestamp now) {
    std::int64_t const slack = leeway.count() * second_us;
    if (now.us >= c.exp.us + slack) return token_fault::expired;
    if (c.nbf.us > now.us + slack || c.iat.us > now.us + slack) return token_fault::not_yet_valid;
    return std::nullopt;
}

void check(token_rules const& rules) {
    if (rules.leeway > leeway_max || rules.leeway < std::chrono::seconds{0})
        throw std::invalid_argument("the leeway for a token's times is 0 to 30 seconds");
}

}  // namespace

std::string_view to_string(token_fault f) {
    switch (f) {
        case token_fault::oversized: return "oversized";
        case token_fault::malformed: return "malformed";
        case token_fault::header: return "header";
        case token_fault::signature: return "signature";
        case token_fault::issuer: return "issuer";
        case token_fault::audience: return "audience";
        case token_fault::expired: return "expired";
        case token_fault::not_yet_valid: return "not_yet_valid";
    }
    return "unknown";
}

std::string key_thumbprint(signing_key::public_bytes const& key) {
    return sha256_base64url(R"({"crv":"Ed25519","kty":"OKP","x":")" + to_base64url(key) + R"("})");
}

signing_key signing_key::make() {
    std::array<std::uint8_t, seed_size> seed;
    core::fill_random(seed);
    signing_key key(seed);
    sodium_memzero(seed.data(), seed.size());
    return key;
}

signing_key::signing_key(std::span<std::uint8_t const, seed_size> seed) {
    start_sodium();
    crypto_sign_seed_keypair(public_.data(), secret_.data(), seed.data());
    kid_ = key_thumbprint(public_);
}

signing_key::~signing_key() { sodium_memzero(secret_.data(), secret_.size()); }

signing_key::signature signing_key::sign(std::string_view message) const {
    signature out;
    crypto_sign_detached(out.data(), nullptr, bytes_of(message), message.size(), secret_.data());
    return out;
}

bool is_signed(std::string_view message, std::span<std::uint8_t const> signature,
               signing_key::public_bytes const& by) {
    return signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature.data(), bytes_of(message), message.size(), by.data()) == 0;
}

void key_set::accept(signing_key::public_bytes const& key) {
    accepted one = accepted_from(key);
    if (find(one.header) == nullptr) accepted_.push_back(std::move(one));
    revision_ = next_revision();
}

key_set::accepted const* key_set::find(std::string_view header) const {
    auto const at = std::find_if(accepted_.begin(), accepted_.end(),
                                 [&](accepted const& a) { return a.header == header; });
    return at == accepted_.end() ? nullptr : &*at;
}

std::string sign(access_claims const& c, signing_key const& by) {
    json::object const claims{
        {"iss", c.iss},
        {"sub", core::to_string(c.sub)},
        {"aud", c.aud},
        {"exp", c.exp.us / second_us},
        {"nbf", c.nbf.us / second_us},
        {"iat", c.iat.us / second_us},
        {"jti", core::to_string(c.jti)},
        {"sid", core::to_string(c.sid)},
        {"client_id", c.client_id},
    };
    std::string token = header_for(by.kid()) + "." + base64url(json::serialize(claims));
    auto const signature = by.sign(token);
    token += '.';
    token += to_base64url(signature);
    if (token.size() > token_size_max) throw std::length_error("an access token would be longer than 4 KiB");
    return token;
}

std::variant<access_claims, token_fault> verify(std::string_view token, key_set const& keys,
                                                token_rules const& rules, core::timestamp now) {
    check(rules);
    if (token.size() > token_size_max) return token_fault::oversized;
    auto const first = token.find('.');
    auto const second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return token_fault::malformed;

    key_set::accepted const* const by = keys.find(token.substr(0, first));
    if (by == nullptr) return token_fault::header;
    auto const signature = from_base64url(token.substr(second + 1));
    if (!signature) return token_fault::malformed;
    if (!is_signed(token.substr(0, second), *signature, by->key)) return token_fault::signature;

    auto const payload = from_base64url(token.substr(first + 1, second - first - 1));
    auto claims = payload ? read_claims(*payload) : std::nullopt;
    if (!claims) return token_fault::malformed;
    if (claims->iss != rules.issuer) return token_fault::issuer;
    bool const for_other = !rules.other_audience.empty() && claims->aud == rules.other_audience;
    if (claims->aud != rules.audience && !for_other) return token_fault::audience;
    if (auto const fault = fault_in_times(*claims, rules.leeway, now)) return *fault;
    return *std::move(claims);
}

verified_tokens::verified_tokens(token_rules rules, std::size_t capacity)
    : rules_(std::move(rules)), capacity_(std::max<std::size_t>(capacity, 1)) {
    check(rules_);
    core::fill_random(secret_);
}

verified_tokens::digest verified_tokens::digest_of(std::string_view token) const {
    digest out;
    static_assert(sizeof out == crypto_shorthash_siphashx24_BYTES);
    static_assert(sizeof secret_ == crypto_shorthash_siphashx24_KEYBYTES);
    crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(out.data()), bytes_of(token), token.size(),
                                secret_.data());
    return out;
}

void verified_tokens::forget_all() {
    by_digest_.clear();
    recent_.clear();
}

std::variant<access_claims const*, token_fault> verified_tokens::verify(std::string_view token,
                                                                        key_set const& keys,
                                                                        core::timestamp now) {
    if (token.size() > token_size_max) return token_fault::oversized;
    if (revision_ != keys.revision()) forget_all();
    revision_ = keys.revision();

    digest const key = digest_of(token);
    if (auto const known = by_digest_.find(key); known != by_digest_.end()) {
        auto const at = known->second;
        if (auto const fault = fault_in_times(at->claims, rules_.leeway, now)) {
            if (*fault == token_fault::expired) {
                recent_.erase(at);
                by_digest_.erase(known);
            }
            return *fault;
        }
        recent_.splice(recent_.begin(), recent_, at);
        return &at->claims;
    }

    auto outcome = crypto::verify(token, keys, rules_, now);
    if (auto const* const fault = std::get_if<token_fault>(&outcome)) return *fault;
    if (by_digest_.size() >= capacity_) {
        by_digest_.erase(recent_.back().key);
        recent_.pop_back();
    }
    recent_.push_front({key, std::get<access_claims>(std::move(outcome))});
    by_digest_.emplace(key, recent_.begin());
    return &recent_.front().claims;
}

}  // namespace crypto
