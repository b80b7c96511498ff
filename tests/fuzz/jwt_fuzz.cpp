// Any bytes as an access token, and any bytes as what a token of ours says: nobody forges one, and what is
// accepted keeps its rules.
#include "crypto/digest.hpp"
#include "crypto/jwt.hpp"
#include "fuzz.hpp"

using test::fuzz::expect;

namespace {

crypto::token_rules const rules{.issuer = "i", .audience = "a"};
constexpr core::timestamp now{1'000'000'000};
constexpr std::int64_t slack_us = 5'000'000;

struct keys {
    crypto::signing_key key;
    crypto::key_set set;
    std::string header;  // with the dot after it
};

keys const& ours() {
    static keys const made = [] {
        crypto::signing_key const key(std::array<std::uint8_t, 32>{1, 2, 3});
        std::string const token = crypto::sign({.iss = "i", .aud = "a"}, key);
        return keys{key, crypto::key_set(key.public_key()), token.substr(0, token.find('.') + 1)};
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const& [key, set, header] = ours();
    std::string_view const bytes = test::fuzz::text_of(data, size);
    auto const forged = crypto::verify(bytes, set, rules, now);
    expect(std::holds_alternative<crypto::token_fault>(forged), "no token without the key");
    expect(std::holds_alternative<crypto::token_fault>(
               crypto::verify(header + std::string(bytes), set, rules, now)),
           "no token without the key, behind its header");

    std::string signed_part = header + crypto::to_base64url({data, size});
    auto const signature = key.sign(signed_part);
    std::string const token = signed_part + "." + crypto::to_base64url(signature);
    crypto::verified_tokens cache(rules, 2);
    auto const first = cache.verify(token, set, now);
    auto const outcome = crypto::verify(token, set, rules, now);
    auto const* const claims = std::get_if<crypto::access_claims>(&outcome);
    expect((claims != nullptr) == std::holds_alternative<crypto::access_claims const*>(first),
           "the cache agrees");
    if (claims == nullptr) return 0;
    expect(claims->iss == rules.issuer && claims->aud == rules.audience, "ours, for us");
    expect(now.us < claims->exp.us + slack_us && claims->nbf.us <= now.us + slack_us, "in its time");
    expect(crypto::verify(crypto::sign(*claims, key), set, rules, now) == outcome,
           "signed again it says the same");
    return 0;
}
