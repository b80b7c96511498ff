// Moments: RFC 3339 both ways, and everything that only looks like it refused.
#include "core/time.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

TEST(timestamp, formats) {
    struct {
        std::int64_t us;
        char const* text;
    } const cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
        {1'769'860'800'123'456, "2026-01-31T12:00:00.123456Z"},
        {-62'135'596'800'000'000, "0001-01-01T00:00:00.000000Z"},
        {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
    };
    for (auto const& c : cases) {
        EXPECT_EQ(core::to_string(core::timestamp{c.us}), c.text);
        EXPECT_EQ(core::parse_timestamp(c.text), core::timestamp{c.us});
        std::string out = "at ";
        core::append(out, core::timestamp{c.us});
        EXPECT_EQ(out, std::string("at ") + c.text);
    }
}

TEST(timestamp, what_has_no_form_throws) {
    EXPECT_THROW(core::to_string(core::timestamp{253'402'300'800'000'000}), std::out_of_range);
    EXPECT_THROW(core::to_string(core::timestamp{-62'135'596'800'000'001}), std::out_of_range);
    EXPECT_THROW(core::to_string(core::timestamp{INT64_MIN}), std::out_of_range);
    EXPECT_THROW(core::to_string(core::timestamp{INT64_MAX}), std::out_of_range);
}

TEST(timestamp, reads_every_form_of_the_rfc) {
    struct {
        char const* text;
        char const* means;
    } const cases[] = {
        {"1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520000Z"},
        {"1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000000Z"},
        {"1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000000Z"},
        {"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000000Z"},
        {"1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870000Z"},
        {"2026-01-31t12:00:00z", "2026-01-31T12:00:00.000000Z"},
        {"2026-01-31T12:00:00.1234567899Z", "2026-01-31T12:00:00.123456Z"},
        {"2026-01-31T12:00:00-00:00", "2026-01-31T12:00:00.000000Z"},
        {"2024-02-29T00:00:00+23:59", "2024-02-28T00:01:00.000000Z"},
    };
    for (auto const& c : cases) {
        auto const t = core::parse_timestamp(c.text);
        ASSERT_TRUE(t) << c.text;
        EXPECT_EQ(core::to_string(*t), c.means) << c.text;
    }
}

TEST(timestamp, refuses_the_rest) {
    for (char const* bad : {"",
                            "2026-01-31",
                            "2026-01-31T12:00:00",
                            "2026-01-31 12:00:00Z",
                            "2026-02-29T00:00:00Z",
                            "2026-13-01T00:00:00Z",
                            "2026-00-01T00:00:00Z",
                            "2026-01-00T00:00:00Z",
                            "2026-01-01T24:00:00Z",
                            "2026-01-01T12:60:00Z",
                            "2026-01-01T12:00:61Z",
                            "2026-01-01T12:00:60Z",
                            "2026-01-01T12:00:00.Z",
                            "2026-01-01T12:00:00+24:00",
                            "2026-01-01T12:00:00+0100",
                            "2026-01-01T12:00:00+01:60",
                            "2026-01-01T12:00:00ZZ",
                            "2026-01-01T12:00:00Z ",
                            " 2026-01-01T12:00:00Z",
                            "26-01-01T12:00:00Z",
                            "12026-01-01T12:00:00Z",
                            "0000-01-01T12:00:00Z",
                            "0001-01-01T00:00:00+00:01",
                            "9999-12-31T23:59:59-00:01",
                            "2026-1-1T12:00:00Z",
                            "2026-01-01T12:00Z",
                            "infinity",
                            "now",
                            "+026-01-01T12:00:00Z",
                            "2026-01-01T12:00:-1Z",
                            "2026-01-01T12:00:00.000000000000000000000000000000000000000000000000Z"})
        EXPECT_FALSE(core::parse_timestamp(bad)) << bad;
}

TEST(timestamp, round_trips) {
    auto random = test::seeded();
    std::uniform_int_distribution<std::int64_t> any(-62'135'596'800'000'000, 253'402'300'799'999'999);
    for (int i = 0; i < 20'000; ++i) {
        core::timestamp const t{any(random)};
        ASSERT_EQ(core::parse_timestamp(core::to_string(t)), t);
    }
}

TEST(timestamp, now_is_after_this_was_written) { EXPECT_GT(core::now().us, 1'700'000'000'000'000); }

}  // namespace
