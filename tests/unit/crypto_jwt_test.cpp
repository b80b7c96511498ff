// Access tokens: ours are read, and every class of forged one is refused for its own reason.
#include "crypto/digest.hpp"
#include "crypto/jwt.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <functional>

#include <sodium.h>

namespace {

using namespace std::chrono_literals;
using crypto::access_claims;
using crypto::token_fault;

constexpr std::int64_t second = 1'000'000;
constexpr core::timestamp at{1'800'000'000 * second};

core::timestamp plus(core::timestamp t, std::int64_t seconds) { return {t.us + seconds * second}; }

access_claims claims() {
    return {.iss = "https://shop.example",
            .sub = core::make_uuid7(),
            .aud = "carrack",
            .exp = plus(at, 600),
            .nbf = at,
            .iat = at,
            .jti = core::make_uuid7(),
            .sid = core::make_uuid7(),
            .client_id = "admin"};
}

crypto::token_rules const rules{.issuer = "https://shop.example", .audience = "carrack", .leeway = 5s};

std::string encoded(std::string_view text) {
    return crypto::to_base64url({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

std::string signed_by(crypto::signing_key const& key, std::string_view header, std::string_view payload) {
    std::string token = encoded(header) + "." + encoded(payload);
    return token + "." + crypto::to_base64url(key.sign(token));
}

std::string header_of(crypto::signing_key const& key) {
    return R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + key.kid() + R"("})";
}

std::string payload_of(std::string const& token) {
    auto const first = token.find('.');
    auto const bytes =
        crypto::from_base64url(std::string_view(token).substr(first + 1, token.rfind('.') - first - 1));
    return {bytes->begin(), bytes->end()};
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    auto const where = text.find(what);
    EXPECT_NE(where, std::string::npos) << what;
    return text.replace(where, what.size(), by);
}

struct jwt : testing::Test {
    crypto::signing_key key = crypto::signing_key::make();
    crypto::key_set keys{key.public_key()};
    access_claims good = claims();
    std::string token = crypto::sign(good, key);

    std::string outcome(std::string_view t, core::timestamp now = at) const {
        auto const v = crypto::verify(t, keys, rules, now);
        auto const* const fault = std::get_if<token_fault>(&v);
        return fault ? std::string(to_string(*fault)) : "good";
    }
    void TearDown() override { EXPECT_EQ(outcome(token), "good") << "a valid token must still work"; }
};

TEST_F(jwt, reads_what_it_signed) {
    auto const v = crypto::verify(token, keys, rules, at);
    ASSERT_TRUE(std::holds_alternative<access_claims>(v));
    EXPECT_EQ(std::get<access_claims>(v), good);
    EXPECT_LT(token.size(), 700u);
}

TEST_F(jwt, signs_as_rfc_8037_says) {
    auto const seed = crypto::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    crypto::signing_key const rfc(std::span<std::uint8_t const, 32>(seed->data(), 32));
    EXPECT_EQ(rfc.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // appendix A.3
    EXPECT_EQ(
        crypto::to_base64url(rfc.sign("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");  // A.4
}

TEST_F(jwt, refuses_every_other_header) {
    std::string const kid = key.kid();
    std::string const x = crypto::to_base64url(key.public_key());
    auto const header = [&](std::string const& more) {
        return R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + "\"" + more + "}";
    };
    std::string const cases[] = {
        R"({"alg":"none","typ":"at+jwt","kid":")" + kid + R"("})",
        R"({"alg":"None","typ":"at+jwt"})",
        R"({"alg":"HS256","typ":"at+jwt","kid":")" + kid + R"("})",
        R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid + R"("})",
        R"({"alg":"eddsa","typ":"at+jwt","kid":")" + kid + R"("})",
        R"({"alg":["EdDSA"],"typ":"at+jwt","kid":")" + kid + R"("})",
        R"({"alg":"EdDSA","typ":"JWT","kid":")" + kid + R"("})",
        R"({"alg":"EdDSA","typ":"application/at+jwt","kid":")" + kid + R"("})",
        R"({"alg":"EdDSA","kid":")" + kid + R"("})",
        R"({"typ":"at+jwt","kid":")" + kid + R"("})",
        R"({"alg":"EdDSA","typ":"at+jwt"})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":""})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":"../../etc/passwd"})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":"' OR 1=1 --"})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + crypto::signing_key::make().kid() + R"("})",
        header(R"(,"crit":["exp"])"),
        header(R"(,"b64":false,"crit":["b64"])"),
        header(R"(,"jku":"https://evil.example/keys")"),
        header(R"(,"x5u":"https://evil.example/cert")"),
        header(R"(,"x5c":["MIIB"])"),
        header(R"(,"jwk":{"kty":"OKP","crv":"Ed25519","x":")" + x + R"("})"),
        header(R"(,"zip":"DEF")"),
        header(R"(,"cty":"JWT")"),
        header(R"(,"alg":"none")"),
        header(" "),
        "{}",
        "",
        "null",
        "[]",
        "not json",
        std::string(1000, '['),
    };
    for (auto const& h : cases) EXPECT_EQ(outcome(signed_by(key, h, payload_of(token))), "header") << h;
}

TEST_F(jwt, refuses_signatures_of_others) {
    auto const other = crypto::signing_key::make();
    std::string const part = token.substr(0, token.rfind('.'));
    EXPECT_EQ(outcome(signed_by(other, header_of(key), payload_of(token))), "signature");
    EXPECT_EQ(outcome(signed_by(other, header_of(other), payload_of(token))), "header");
    EXPECT_EQ(outcome(part + "." + std::string(86, 'A')), "signature");
    EXPECT_EQ(outcome(part + "."), "signature");
    EXPECT_EQ(outcome(part + "." + encoded("short")), "signature");
    EXPECT_EQ(outcome(part + "." + encoded(std::string(65, 'x'))), "signature");
    // Key confusion: an HMAC keyed with the public key, which everybody knows.
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256(mac, reinterpret_cast<unsigned char const*>(part.data()), part.size(),
                           key.public_key().data());
    EXPECT_EQ(outcome(part + "." + crypto::to_base64url(mac)), "signature");
    std::string const hs = encoded(R"({"alg":"HS256","typ":"at+jwt","kid":")" + key.kid() + R"("})") + "." +
                           encoded(payload_of(token));
    crypto_auth_hmacsha256(mac, reinterpret_cast<unsigned char const*>(hs.data()), hs.size(),
                           key.public_key().data());
    EXPECT_EQ(outcome(hs + "." + crypto::to_base64url(mac)), "header");
}

// S + L verifies under lax implementations, and so do S + 2L, S + 3L, … as long as they fit: the same token
// would have sixteen spellings.
TEST_F(jwt, refuses_a_malleable_signature) {
    auto bytes = *crypto::from_base64url(std::string_view(token).substr(token.rfind('.') + 1));
    auto const order = *crypto::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    int spellings = 0;
    for (unsigned carry = 0; carry == 0;) {
        for (std::size_t i = 0; i < 32; ++i) {
            carry += bytes[32 + i] + unsigned{order[i]};
            bytes[32 + i] = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        ++spellings;
        EXPECT_EQ(outcome(token.substr(0, token.rfind('.') + 1) + crypto::to_base64url(bytes)), "signature")
            << spellings;
    }
    EXPECT_GE(spellings, 15);
}

// The JWS of RFC 8037, A.4: well signed by a key that is accepted here, and no access token.
TEST_F(jwt, what_is_well_signed_and_has_another_header_is_no_token) {
    auto const seed = crypto::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    crypto::signing_key const rfc(std::span<std::uint8_t const, 32>(seed->data(), 32));
    keys.accept(rfc.public_key());
    std::string const published =
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    EXPECT_EQ(outcome(published), "header");
    // Under our header its signature is another message's; signed anew, its payload is no set of claims.
    auto const first = published.find('.'), last = published.rfind('.');
    std::string const header = encoded(header_of(rfc));
    EXPECT_EQ(outcome(header + published.substr(first)), "signature");
    std::string const part = header + published.substr(first, last - first);
    EXPECT_EQ(outcome(part + "." + crypto::to_base64url(rfc.sign(part))), "malformed");
}

TEST_F(jwt, refuses_every_changed_character) {
    auto random = test::seeded();
    std::string const alphabet = "ABCXYZabcxyz0189-_=+/. \n";
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        do changed[i] = alphabet[random() % alphabet.size()];
        while (changed[i] == token[i]);
        ASSERT_NE(outcome(changed), "good") << i << ' ' << changed;
    }
    for (std::size_t size = 0; size < token.size(); ++size)
        ASSERT_NE(outcome(token.substr(0, size)), "good") << size;
}

TEST_F(jwt, refuses_other_shapes) {
    auto const first = token.find('.');
    for (std::string const& bad :
         {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("a.b.c.d.e"),
          token + ".", "." + token, token + ".x", token.substr(0, token.rfind('.')), std::string("a"),
          token + "\n", " " + token, token + "=", token.substr(0, first) + token.substr(first + 1),
          "Bearer " + token})
        EXPECT_NE(outcome(bad), "good") << bad;
    EXPECT_EQ(outcome(std::string(4097, 'a')), "oversized");
    EXPECT_EQ(outcome(std::string(4096, 'a')), "malformed");
    EXPECT_EQ(outcome(token + std::string(5000, '.')), "oversized");
}

TEST_F(jwt, refuses_claims_that_are_missing_or_of_another_type) {
    std::string const payload = payload_of(token);
    std::string const subject = core::to_string(good.sub);
    struct {
        char const* what;
        std::string payload;
        char const* expected;
    } const cases[] = {
        {"another issuer", replaced(payload, "shop.example", "evil.example"), "issuer"},
        {"another audience", replaced(payload, "\"carrack\"", "\"other\""), "audience"},
        {"audience as a list", replaced(payload, "\"carrack\"", "[\"carrack\"]"), "malformed"},
        {"no issuer", replaced(payload, "\"iss\"", "\"isx\""), "malformed"},
        {"no expiry", replaced(payload, "\"exp\"", "\"exx\""), "malformed"},
        {"no nbf", replaced(payload, "\"nbf\"", "\"nbx\""), "malformed"},
        {"no iat", replaced(payload, "\"iat\"", "\"iax\""), "malformed"},
        {"no jti", replaced(payload, "\"jti\"", "\"jtx\""), "malformed"},
        {"no sid", replaced(payload, "\"sid\"", "\"six\""), "malformed"},
        {"no client", replaced(payload, "\"client_id\"", "\"client\""), "malformed"},
        {"expiry as text", replaced(payload, "1800000600", "\"1800000600\""), "malformed"},
        {"expiry as a fraction", replaced(payload, "1800000600", "1800000600.5"), "malformed"},
        {"expiry beyond all time", replaced(payload, "1800000600", "9223372036854775807"), "malformed"},
        {"expiry beyond integers", replaced(payload, "1800000600", "99999999999999999999"), "malformed"},
        {"negative expiry", replaced(payload, "1800000600", "-1"), "malformed"},
        {"null expiry", replaced(payload, "1800000600", "null"), "malformed"},
        {"subject is no id", replaced(payload, subject, "admin"), "malformed"},
        {"not an object", "[]", "malformed"},
        {"nothing", "", "malformed"},
        {"not json", "{", "malformed"},
        {"more after it", payload + "{}", "malformed"},
        {"deep", std::string(900, '['), "malformed"},
        {"unchanged", payload, "good"},
        {"a claim of a later release", replaced(payload, "{", "{\"scope\":\"x\","), "good"},
    };
    for (auto const& c : cases)
        EXPECT_EQ(outcome(signed_by(key, header_of(key), c.payload)), c.expected) << c.what;
    std::string const payload_with_loose_bits = encoded(header_of(key)) + "." + encoded(payload) + "=";
    EXPECT_EQ(
        outcome(payload_with_loose_bits + "." + crypto::to_base64url(key.sign(payload_with_loose_bits))),
        "malformed");
}

TEST_F(jwt, looks_at_the_times_with_its_leeway) {
    good.nbf = plus(at, 0);
    std::string const t = crypto::sign(good, key);
    struct {
        std::int64_t seconds;
        char const* expected;
    } const cases[] = {{-6, "not_yet_valid"}, {-5, "good"},     {0, "good"},         {599, "good"},
                       {604, "good"},         {605, "expired"}, {999'999, "expired"}};
    for (auto const& c : cases) EXPECT_EQ(outcome(t, plus(at, c.seconds)), c.expected) << c.seconds;

    access_claims later = claims();
    later.iat = plus(at, 60);
    EXPECT_EQ(outcome(crypto::sign(later, key)), "not_yet_valid");

    auto lax = rules;
    lax.leeway = 31s;
    EXPECT_THROW(crypto::verify(t, keys, lax, at), std::invalid_argument);
    lax.leeway = -1s;
    EXPECT_THROW(crypto::verify(t, keys, lax, at), std::invalid_argument);
}

TEST_F(jwt, is_for_one_of_two_audiences_where_there_are_two) {
    auto both = rules;
    both.other_audience = "carrack-shop";
    auto const seen = [&](std::string aud, crypto::token_rules const& by) {
        access_claims c = claims();
        c.aud = std::move(aud);
        auto const v = crypto::verify(crypto::sign(c, key), keys, by, at);
        auto const* const fault = std::get_if<token_fault>(&v);
        return fault ? std::string(to_string(*fault)) : std::get<access_claims>(v).aud;
    };
    for (auto const* aud : {"carrack", "carrack-shop"}) EXPECT_EQ(seen(aud, both), aud);
    for (auto const* aud : {"carrack-till", "carrack-shop ", "Carrack"})
        EXPECT_EQ(seen(aud, both), "audience");
    EXPECT_EQ(seen("carrack-shop", rules), "audience");
    EXPECT_NE(seen("", rules), "");
}

TEST_F(jwt, keys_of_others_count_once_they_are_accepted) {
    crypto::signing_key const other = crypto::signing_key::make();
    crypto::key_set const here{other.public_key()};
    std::string const theirs = crypto::sign(good, other);
    EXPECT_EQ(outcome(theirs), "header");
    crypto::key_set elsewhere = keys;
    elsewhere.accept(other.public_key());
    EXPECT_TRUE(std::holds_alternative<access_claims>(crypto::verify(theirs, elsewhere, rules, at)));
    EXPECT_TRUE(std::holds_alternative<access_claims>(crypto::verify(token, elsewhere, rules, at)));
    EXPECT_TRUE(std::holds_alternative<token_fault>(crypto::verify(token, here, rules, at)));
}

TEST_F(jwt, too_long_claims_are_not_signed) {
    good.client_id = std::string(4000, 'x');
    EXPECT_THROW(crypto::sign(good, key), std::length_error);
}

TEST_F(jwt, random_bytes_are_refused) {
    auto random = test::seeded();
    for (int i = 0; i < 20'000; ++i) {
        std::string any(random() % 200, '\0');
        for (char& c : any) c = random() % 10 ? static_cast<char>(random()) : '.';
        ASSERT_NE(outcome(any), "good");
    }
}

struct verified : jwt {
    crypto::verified_tokens cache{rules, 3};
    std::string cached(std::string const& t, core::timestamp now = at) {
        auto const v = cache.verify(t, keys, now);
        auto const* const fault = std::get_if<token_fault>(&v);
        return fault ? std::string(to_string(*fault)) : "good";
    }
};

TEST_F(verified, remembers_but_looks_at_the_times) {
    EXPECT_EQ(cached(token), "good");
    EXPECT_EQ(cache.size(), 1u);
    auto const v = cache.verify(token, keys, at);
    EXPECT_EQ(*std::get<access_claims const*>(v), good);
    EXPECT_EQ(cached(token, plus(at, -100)), "not_yet_valid");
    EXPECT_EQ(cached(token, plus(at, 604)), "good");
    EXPECT_EQ(cached(token, plus(at, 605)), "expired");
    EXPECT_EQ(cache.size(), 0u);
    EXPECT_EQ(cached(token, plus(at, 605)), "expired");
}

TEST_F(verified, remembers_no_refusal_and_takes_no_variant_of_a_known_token) {
    EXPECT_EQ(cached(token), "good");
    std::string changed = token;
    changed.back() = changed.back() == 'A' ? 'Q' : 'A';
    EXPECT_NE(cached(changed), "good");
    EXPECT_NE(cached(token + "="), "good");
    EXPECT_EQ(cached(std::string(5000, 'a')), "oversized");
    EXPECT_EQ(cache.size(), 1u);
}

TEST_F(verified, the_longest_unused_goes_first) {
    std::vector<std::string> tokens;
    for (int i = 0; i < 4; ++i) tokens.push_back(crypto::sign(claims(), key));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(cached(tokens[static_cast<std::size_t>(i)]), "good");
    EXPECT_EQ(cached(tokens[0]), "good");  // 1 is now the longest unused
    EXPECT_EQ(cached(tokens[3]), "good");
    EXPECT_EQ(cache.size(), 3u);
    for (auto const& t : tokens) EXPECT_EQ(cached(t), "good");
    EXPECT_EQ(cache.size(), 3u);
}

TEST_F(verified, forgets_when_the_keys_change) {
    EXPECT_EQ(cached(token), "good");
    crypto::key_set const changed{crypto::signing_key::make().public_key()};
    auto const v = cache.verify(token, changed, at);
    EXPECT_TRUE(std::holds_alternative<token_fault>(v));
    EXPECT_EQ(cached(token), "good");
}

}  // namespace
