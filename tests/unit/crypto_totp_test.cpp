// One-time codes as the RFCs print them, and which of them count at a moment.
#include "crypto/digest.hpp"
#include "crypto/totp.hpp"

#include <gtest/gtest.h>

namespace {

std::string const secret = "12345678901234567890";

std::string hex(crypto::sha1_digest const& d) { return crypto::to_hex(d); }

// RFC 2202, section 3.
TEST(totp, hmac_sha1_is_what_rfc_2202_says) {
    EXPECT_EQ(hex(crypto::hmac_sha1(std::string(20, '\x0b'), "Hi There")),
              "b617318655057264e28bc0b6fb378c8ef146be00");
    EXPECT_EQ(hex(crypto::hmac_sha1("Jefe", "what do ya want for nothing?")),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    EXPECT_EQ(hex(crypto::hmac_sha1(std::string(20, '\xaa'), std::string(50, '\xdd'))),
              "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    EXPECT_EQ(hex(crypto::hmac_sha1(std::string(80, '\xaa'),
                                    "Test Using Larger Than Block-Size Key - Hash Key First")),
              "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    EXPECT_EQ(
        hex(crypto::hmac_sha1(std::string(80, '\xaa'),
                              "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data")),
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

TEST(totp, codes_are_what_rfc_6238_and_rfc_4226_say) {
    struct {
        std::int64_t seconds;
        char const* code;
    } const by_time[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                         {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    for (auto const& v : by_time)
        EXPECT_EQ(crypto::one_time_code(secret, v.seconds / crypto::totp_step_seconds, 8), v.code)
            << v.seconds;
    char const* const by_count[] = {"755224", "287082", "359152", "969429", "338314",
                                    "254676", "287922", "162583", "399871", "520489"};
    for (std::int64_t n = 0; n < 10; ++n) EXPECT_EQ(crypto::one_time_code(secret, n), by_count[n]);
}

TEST(totp, a_code_counts_one_step_either_side_and_never_twice) {
    std::int64_t const now = 1'800'000'015, step = now / 30;
    auto const seen = [&](std::int64_t of, std::int64_t last = 0) {
        return crypto::matching_step(secret, crypto::one_time_code(secret, of), now, last);
    };
    for (std::int64_t away = -3; away <= 3; ++away)
        EXPECT_EQ(seen(step + away).has_value(), away >= -1 && away <= 1) << away;
    EXPECT_EQ(seen(step), step);
    EXPECT_EQ(seen(step, step), std::nullopt) << "used";
    EXPECT_EQ(seen(step - 1, step), std::nullopt) << "older than one that was used";
    EXPECT_EQ(seen(step + 1, step), step + 1);
    for (char const* bad : {"", "000000", "12345", "1234567", "abcdef"})
        EXPECT_EQ(crypto::matching_step(secret, bad, now, 0), std::nullopt) << bad;
}

// RFC 4648, section 10.
TEST(totp, base32_is_what_rfc_4648_says) {
    std::pair<char const*, char const*> const vectors[] = {{"", ""},
                                                           {"f", "MY"},
                                                           {"fo", "MZXQ"},
                                                           {"foo", "MZXW6"},
                                                           {"foob", "MZXW6YQ"},
                                                           {"fooba", "MZXW6YTB"},
                                                           {"foobar", "MZXW6YTBOI"}};
    for (auto const& [plain, coded] : vectors) EXPECT_EQ(crypto::to_base32(plain), coded);
}

}  // namespace
