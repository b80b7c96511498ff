// Digests against published vectors, and strict spelling.
#include "crypto/digest.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

TEST(digest, sha256_vectors) {
    EXPECT_EQ(crypto::sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(crypto::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(crypto::sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(crypto::sha256_base64url("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

TEST(digest, base64url_vectors_of_rfc_4648) {
    struct {
        char const* plain;
        char const* spelled;
    } const cases[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
                       {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF", "-_8"}};
    for (auto const& c : cases) {
        core::bytes const plain(c.plain, c.plain + std::string_view(c.plain).size());
        EXPECT_EQ(crypto::to_base64url(plain), c.spelled);
        EXPECT_EQ(crypto::from_base64url(c.spelled), plain);
    }
}

TEST(digest, base64url_is_strict) {
    for (char const* bad : {"Zg==", "Zg=", "Z", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", " Zm9v",
                            "Zm9v.", "ZZZZZ", "\xC3\xA9==", "Zm8="})
        EXPECT_FALSE(crypto::from_base64url(bad)) << bad;
    EXPECT_FALSE(crypto::from_base64url(std::string_view("Zm9v\0", 5)));
}

TEST(digest, one_value_has_one_spelling) {
    auto random = test::seeded();
    std::string const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. ";
    for (int i = 0; i < 50'000; ++i) {
        std::string text;
        for (std::size_t n = random() % 9; n > 0; --n) text += alphabet[random() % alphabet.size()];
        if (auto const bytes = crypto::from_base64url(text)) {
            ASSERT_EQ(crypto::to_base64url(*bytes), text);
        }
        core::bytes any(random() % 80);
        for (auto& b : any) b = static_cast<std::uint8_t>(random());
        ASSERT_EQ(crypto::from_base64url(crypto::to_base64url(any)), any);
        ASSERT_EQ(crypto::from_hex(crypto::to_hex(any)), any);
    }
}

TEST(digest, hex_is_strict) {
    EXPECT_EQ(crypto::from_hex("00fFaB"), (core::bytes{0, 255, 171}));
    EXPECT_EQ(crypto::from_hex(""), core::bytes{});
    EXPECT_EQ(crypto::from_hex({}), core::bytes{});
    EXPECT_EQ(crypto::from_base64url({}), core::bytes{});
    EXPECT_EQ(crypto::sha256_hex({}), crypto::sha256_hex(""));
    for (char const* bad : {"0", "0g", "00 ", " 00", "0x00", "00:11"})
        EXPECT_FALSE(crypto::from_hex(bad)) << bad;
}

TEST(digest, equal) {
    EXPECT_TRUE(crypto::equal("", ""));
    EXPECT_TRUE(crypto::equal({}, {}));
    EXPECT_TRUE(crypto::equal("secret", "secret"));
    EXPECT_FALSE(crypto::equal("secret", "secreT"));
    EXPECT_FALSE(crypto::equal("secret", "secre"));
    EXPECT_FALSE(crypto::equal("", "s"));
}

TEST(digest, tokens_differ) {
    std::set<std::string> all;
    for (int i = 0; i < 1000; ++i) {
        std::string const token = crypto::random_token();
        ASSERT_EQ(token.size(), 43u);
        all.insert(token);
    }
    EXPECT_EQ(all.size(), 1000u);
    EXPECT_EQ(crypto::random_token(16).size(), 22u);
}

TEST(digest, wipe_empties) {
    std::string secret = "correct horse battery staple";
    char const* const where = secret.data();
    crypto::wipe(secret);
    EXPECT_TRUE(secret.empty());
    EXPECT_EQ(where, secret.data());
    EXPECT_EQ(where[0], '\0');
}

}  // namespace
