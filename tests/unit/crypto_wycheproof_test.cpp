// Published vectors of Project Wycheproof, in tests/data/wycheproof: signatures that must and must not
// verify, and the JWS of others, which are no access tokens here, whether they are good where they come from
// or not.
#include "crypto/digest.hpp"
#include "crypto/jwt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace {

std::vector<std::string> lines_of(std::string const& name) {
    std::ifstream in(std::string(CARRACK_TEST_DATA) + "/wycheproof/" + name);
    EXPECT_TRUE(in) << name;
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (!line.starts_with('#')) lines.push_back(line);
    return lines;
}

std::string unless_none(std::string const& field) { return field == "-" ? std::string{} : field; }

crypto::signing_key::public_bytes key_of(std::string const& hex) {
    crypto::signing_key::public_bytes key{};
    std::ranges::copy(*crypto::from_hex(hex), key.begin());
    return key;
}

TEST(wycheproof, ed25519) {
    crypto::signing_key::public_bytes key{};
    std::set<std::string> flags;
    int valid = 0, invalid = 0;
    for (std::string const& line : lines_of("ed25519.txt")) {
        std::istringstream in(line);
        std::string id, flag, result, message, signature;
        in >> id >> flag;
        if (id == "key") {
            key = key_of(flag);
            continue;
        }
        ASSERT_TRUE(in >> result >> message >> signature) << line;
        auto const text = *crypto::from_hex(unless_none(message));
        EXPECT_EQ(crypto::is_signed({reinterpret_cast<char const*>(text.data()), text.size()},
                                    *crypto::from_hex(unless_none(signature)), key),
                  result == "valid")
            << line;
        flags.insert(flag);
        ++(result == "valid" ? valid : invalid);
    }
    EXPECT_GE(valid, 10);
    EXPECT_GE(invalid, 40);
    EXPECT_EQ(flags, (std::set<std::string>{"CompressedSignature", "InvalidEncoding", "InvalidSignature",
                                            "Ktv", "SignatureMalleability", "SignatureWithGarbage",
                                            "TinkOverflow", "TruncatedSignature", "Valid"}));
}

// Behind our own header, with a payload that would do, so that the signature alone decides.
TEST(wycheproof, no_published_signature_makes_a_token) {
    constexpr core::timestamp at{1'800'000'000'000'000};
    crypto::token_rules const rules{.issuer = "https://shop.example", .audience = "carrack"};
    crypto::access_claims const claims{.iss = rules.issuer,
                                       .sub = core::make_uuid7(),
                                       .aud = rules.audience,
                                       .exp = {at.us + 300'000'000},
                                       .nbf = at,
                                       .iat = at,
                                       .jti = core::make_uuid7(),
                                       .sid = core::make_uuid7(),
                                       .client_id = "carrack"};
    auto const own = crypto::signing_key::make();
    std::string const token = crypto::sign(claims, own);
    std::string const payload = token.substr(token.find('.'), token.rfind('.') - token.find('.') + 1);
    crypto::key_set keys{own.public_key()};
    std::string header;
    for (std::string const& line : lines_of("ed25519.txt")) {
        std::istringstream in(line);
        std::string id, flag, result, message, signature;
        in >> id >> flag >> result >> message >> signature;
        if (id == "key") {
            keys.accept(key_of(flag));
            std::string const kid = crypto::key_thumbprint(key_of(flag));
            std::string const text = R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + "\"}";
            header = crypto::to_base64url({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
            continue;
        }
        auto const seen =
            crypto::verify(header + payload + crypto::to_base64url(*crypto::from_hex(unless_none(signature))),
                           keys, rules, at);
        ASSERT_TRUE(std::holds_alternative<crypto::token_fault>(seen)) << line;
        EXPECT_EQ(std::get<crypto::token_fault>(seen), crypto::token_fault::signature) << line;
    }
    EXPECT_TRUE(std::holds_alternative<crypto::access_claims>(crypto::verify(token, keys, rules, at)));
}

TEST(wycheproof, the_jws_of_others_are_no_access_tokens) {
    crypto::token_rules const rules{.issuer = "https://shop.example", .audience = "carrack"};
    crypto::key_set const keys{crypto::signing_key::make().public_key()};
    int seen = 0;
    for (std::string const& line : lines_of("json_web_signature.txt")) {
        std::istringstream in(line);
        std::string id, comment, result, jws;
        ASSERT_TRUE(in >> id >> comment >> result >> jws) << line;
        auto const outcome = crypto::verify(unless_none(jws), keys, rules, {1'800'000'000'000'000});
        ASSERT_TRUE(std::holds_alternative<crypto::token_fault>(outcome)) << line;
        bool const of_three_parts = std::ranges::count(jws, '.') == 2;
        EXPECT_EQ(std::get<crypto::token_fault>(outcome),
                  of_three_parts ? crypto::token_fault::header : crypto::token_fault::malformed)
            << line;
        ++seen;
    }
    EXPECT_GE(seen, 20);
}

}  // namespace
