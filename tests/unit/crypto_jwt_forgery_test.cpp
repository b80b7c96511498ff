// Forged access tokens by class (RFC 8725, and what is known of Ed25519): weak keys, spellings, times, key
// confusion. Every test ends with a good token that still is.
#include "crypto/digest.hpp"
#include "crypto/jwt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include <sodium.h>

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000;
constexpr core::timestamp at{1'800'000'000 * second};
crypto::token_rules const rules{.issuer = "https://shop.example", .audience = "carrack", .leeway = 5s};

crypto::access_claims claims() {
    return {.iss = rules.issuer,
            .sub = core::make_uuid7(),
            .aud = rules.audience,
            .exp = {at.us + 300 * second},
            .nbf = at,
            .iat = at,
            .jti = core::make_uuid7(),
            .sid = core::make_uuid7(),
            .client_id = "carrack"};
}

std::string encoded(std::string_view text) {
    return crypto::to_base64url({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}
std::string text_of(std::string_view base64url) {
    auto const bytes = crypto::from_base64url(base64url);
    return {bytes->begin(), bytes->end()};
}

struct parts {
    std::string header, payload, signature;  // in base64url
    explicit parts(std::string const& token)
        : header(token.substr(0, token.find('.'))),
          payload(token.substr(header.size() + 1, token.rfind('.') - header.size() - 1)),
          signature(token.substr(token.rfind('.') + 1)) {}
    std::string joined() const { return header + "." + payload + "." + signature; }
};

struct forgery : testing::Test {
    crypto::signing_key key = crypto::signing_key::make();
    crypto::key_set keys{key.public_key()};
    std::string token = crypto::sign(claims(), key);

    std::string outcome(std::string_view t, crypto::key_set const& by) const {
        auto const v = crypto::verify(t, by, rules, at);
        auto const* const fault = std::get_if<crypto::token_fault>(&v);
        return fault ? std::string(to_string(*fault)) : "good";
    }
    std::string outcome(std::string_view t) const { return outcome(t, keys); }
    // As our own server would, were it made to sign that.
    std::string signed_over(std::string const& payload) const {
        std::string const part = parts(token).header + "." + encoded(payload);
        return part + "." + crypto::to_base64url(key.sign(part));
    }
    void TearDown() override { EXPECT_EQ(outcome(token), "good") << "a valid token must still work"; }
};

// The points of order 1, 2, 4 and 8, and their spellings with y not below p. Under such a key, S = 0 and a
// fitting R are a signature of every message for whoever multiplies and looks no further.
constexpr char const* weak_points[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

TEST_F(forgery, a_weak_key_verifies_nothing) {
    for (auto const* point : weak_points) {
        auto const bytes = *crypto::from_hex(point);
        crypto::signing_key::public_bytes weak{};
        std::ranges::copy(bytes, weak.begin());
        crypto::key_set accepting{key.public_key()};
        accepting.accept(weak);
        std::string const part =
            encoded(R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + crypto::key_thumbprint(weak) + "\"}") + "." +
            parts(token).payload;
        for (auto const* commitment : weak_points) {
            core::bytes signature = *crypto::from_hex(commitment);
            signature.resize(64);  // S = 0
            EXPECT_EQ(outcome(part + "." + crypto::to_base64url(signature), accepting), "signature")
                << point << ' ' << commitment;
        }
    }
}

TEST_F(forgery, a_weak_commitment_or_a_scalar_out_of_range_is_no_signature) {
    parts const whole(token);
    core::bytes const good = *crypto::from_base64url(whole.signature);
    auto const with = [&](core::bytes const& signature) {
        return outcome(whole.header + "." + whole.payload + "." + crypto::to_base64url(signature));
    };
    for (auto const* point : weak_points) {
        core::bytes changed = *crypto::from_hex(point);
        changed.insert(changed.end(), good.begin() + 32, good.end());
        EXPECT_EQ(with(changed), "signature") << point;
    }
    // S: zero, the group's order, all ones, and the three bits above the order.
    for (auto const* scalar : {"0000000000000000000000000000000000000000000000000000000000000000",
                               "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
                               "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
        core::bytes changed(good.begin(), good.begin() + 32);
        auto const s = *crypto::from_hex(scalar);
        changed.insert(changed.end(), s.begin(), s.end());
        EXPECT_EQ(with(changed), "signature") << scalar;
    }
    for (int const bit : {0x20, 0x40, 0x80}) {
        core::bytes changed = good;
        changed[63] = static_cast<std::uint8_t>(changed[63] | bit);
        EXPECT_EQ(with(changed), "signature") << bit;
    }
    for (std::size_t const size : {0u, 1u, 32u, 63u, 65u, 128u}) {
        core::bytes changed = good;
        changed.resize(size);
        EXPECT_EQ(with(changed), "signature") << size;
    }
}

TEST_F(forgery, verifies_what_rfc_8032_signs) {
    struct {
        char const* seed;
        char const* key;
        char const* message;
        char const* signature;
    } const vectors[] = {
        // 7.1, TEST 1, TEST 2, TEST 3 and TEST SHA(abc)
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25"
         "bf5f0"
         "595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387"
         "b2eae"
         "b4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7"
         "c15e9"
         "716ed28dc027beceea1ec40a"},
        {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
         "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454"
         "d4423"
         "643ce80e2a9ac94fa54ca49f",
         "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dc"
         "a179c"
         "138ac17ad9bef1177331a704"},
    };
    for (auto const& v : vectors) {
        auto const seed = *crypto::from_hex(v.seed);
        crypto::signing_key const k(std::span<std::uint8_t const, 32>(seed.data(), 32));
        auto const message = *crypto::from_hex(v.message);
        EXPECT_EQ(crypto::to_hex(k.public_key()), v.key);
        EXPECT_EQ(crypto::to_hex(k.sign({reinterpret_cast<char const*>(message.data()), message.size()})),
                  v.signature);
    }
}

// Of 86 characters the last carries four bits that mean nothing: only zero is one spelling.
TEST_F(forgery, one_value_has_one_spelling_in_every_part) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    parts const whole(token);
    int spellings = 0;
    for (char const c : alphabet) {
        parts other = whole;
        other.signature.back() = c;
        spellings += outcome(other.joined()) == "good" ? 1 : 0;
    }
    EXPECT_EQ(spellings, 1);
    for (std::string const& more : {"=", "==", "A", " ", "\n", "%3D"}) {
        for (std::string parts::* member : {&parts::header, &parts::payload, &parts::signature}) {
            parts other = whole;
            other.*member += more;
            EXPECT_NE(outcome(other.joined()), "good") << more;
            parts led = whole;
            led.*member = more + led.*member;
            EXPECT_NE(outcome(led.joined()), "good") << more;
        }
    }
}

TEST_F(forgery, claims_have_the_one_form_that_we_write) {
    std::string const payload = text_of(parts(token).payload);
    EXPECT_EQ(outcome(signed_over(payload)), "good");
    std::string const inner = payload.substr(1, payload.size() - 2);
    std::string const somebody = core::to_string(core::make_uuid7());
    for (std::string const& changed : {
             "{" + inner + R"(,"sub":")" + somebody + "\"}",  // twice, whoever counts the last
             R"({"sub":")" + somebody + "\"," + inner + "}",  // or the first
             R"({"\u0073ub":")" + somebody + "\"," + inner + "}",
             "{" + inner + R"(,"exp":4102444800})",
             "{ " + inner + "}",
             payload + " ",
             "\xef\xbb\xbf" + payload,
             payload + std::string(1, '\0'),
         })
        EXPECT_EQ(outcome(signed_over(changed)), "malformed") << changed;
}

TEST_F(forgery, the_public_key_is_no_shared_secret_in_any_spelling) {
    auto const raw = key.public_key();
    std::string const x = crypto::to_base64url(raw);
    std::string const spellings[] = {
        std::string(raw.begin(), raw.end()), x, crypto::to_hex(raw),
        R"({"crv":"Ed25519","kty":"OKP","x":")" + x + "\"}",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA" + x + "=\n-----END PUBLIC KEY-----\n"};
    for (std::string const& secret : spellings)
        for (char const* alg : {"HS256", "hs256", "EdDSA"}) {
            std::string const part = encoded(std::string(R"({"alg":")") + alg +
                                             R"(","typ":"at+jwt","kid":")" + key.kid() + "\"}") +
                                     "." + parts(token).payload;
            crypto_auth_hmacsha256_state state;
            std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> mac;
            crypto_auth_hmacsha256_init(&state, reinterpret_cast<unsigned char const*>(secret.data()),
                                        secret.size());
            crypto_auth_hmacsha256_update(&state, reinterpret_cast<unsigned char const*>(part.data()),
                                          part.size());
            crypto_auth_hmacsha256_final(&state, mac.data());
            EXPECT_NE(outcome(part + "." + crypto::to_base64url(mac)), "good") << alg << ' ' << secret;
        }
}

TEST_F(forgery, a_key_speaks_only_under_its_own_name) {
    auto const other = crypto::signing_key::make();
    keys.accept(other.public_key());
    std::string const theirs = crypto::sign(claims(), other);
    EXPECT_EQ(outcome(theirs), "good");
    parts swapped(token);
    swapped.header = parts(theirs).header;
    EXPECT_EQ(outcome(swapped.joined()), "signature");
    std::string const part = parts(token).header + "." + parts(theirs).payload;
    EXPECT_EQ(outcome(part + "." + crypto::to_base64url(other.sign(part))), "signature");
}

TEST_F(forgery, times_that_contradict_each_other_are_never_good) {
    auto never = claims();
    never.nbf = {at.us + 600 * second};
    never.exp = {at.us + 300 * second};
    std::string const t = crypto::sign(never, key);
    for (std::int64_t s = 0; s < 1000; s += 7) {
        auto const v = crypto::verify(t, keys, rules, {at.us + s * second});
        EXPECT_TRUE(std::holds_alternative<crypto::token_fault>(v)) << s;
    }
    auto ended = claims();
    ended.exp = {at.us - 5 * second};
    EXPECT_EQ(outcome(crypto::sign(ended, key)), "expired") << "exactly the leeway ago";
}

// The largest that is looked at, and one more: what is longer is not even taken apart.
TEST_F(forgery, what_is_too_long_is_not_read) {
    parts long_one(token);
    long_one.payload = std::string(crypto::token_size_max - token.size() + long_one.payload.size(), 'A');
    EXPECT_EQ(long_one.joined().size(), crypto::token_size_max);
    EXPECT_EQ(outcome(long_one.joined()), "signature");
    long_one.payload += 'A';
    EXPECT_EQ(outcome(long_one.joined()), "oversized");
}

}  // namespace
