// Money: the currency list, exact text both ways, and no overflow ever.
#include "core/money.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

core::currency of(char const* code) { return core::currency::find(code).value(); }

TEST(currency, knows_its_digits) {
    struct {
        char const* code;
        int digits;
    } const cases[] = {{"USD", 2}, {"EUR", 2}, {"JPY", 0}, {"KRW", 0}, {"KWD", 3}, {"TND", 3},
                       {"AED", 2}, {"ZWG", 2}, {"BIF", 0}, {"XPF", 0}, {"BHD", 3}, {"VND", 0}};
    for (auto const& c : cases) {
        EXPECT_EQ(of(c.code).exponent(), c.digits) << c.code;
        EXPECT_EQ(of(c.code).code(), c.code);
        EXPECT_EQ(of(c.code), core::currency::unchecked(c.code));
    }
}

TEST(currency, refuses_what_is_none) {
    for (char const* bad :
         {"", "US", "USDD", "usd", "XXX", "XTS", "XAU", "CLF", "UYW", "HRK", "AAA", "ZZZ", "U D"})
        EXPECT_FALSE(core::currency::find(bad)) << bad;
    EXPECT_FALSE(core::currency::find(std::string_view("\0\0\0", 3)));
    EXPECT_THROW(core::currency{}.exponent(), std::logic_error);
}

TEST(amount, text_both_ways) {
    struct {
        char const* code;
        char const* text;
        std::int64_t amount;
        char const* back;
    } const cases[] = {
        {"USD", "12.50", 1250, "12.50"},
        {"USD", "12.5", 1250, "12.50"},
        {"USD", "12", 1200, "12.00"},
        {"USD", "0.01", 1, "0.01"},
        {"USD", "-0.01", -1, "-0.01"},
        {"USD", "0", 0, "0.00"},
        {"USD", "-0", 0, "0.00"},
        {"USD", "007.50", 750, "7.50"},
        {"JPY", "1500", 1500, "1500"},
        {"JPY", "-3", -3, "-3"},
        {"KWD", "1.234", 1234, "1.234"},
        {"KWD", "0.005", 5, "0.005"},
        {"KWD", "1", 1000, "1.000"},
        {"USD", "10000000000000.00", core::amount_max, "10000000000000.00"},
        {"USD", "-10000000000000.00", -core::amount_max, "-10000000000000.00"},
    };
    for (auto const& c : cases) {
        auto const amount = core::parse_amount(c.text, of(c.code));
        ASSERT_TRUE(amount) << c.text;
        EXPECT_EQ(*amount, c.amount) << c.text;
        EXPECT_EQ(core::format_amount(*amount, of(c.code)), c.back);
    }
    EXPECT_EQ(core::format_amount(INT64_MIN, of("USD")), "-92233720368547758.08");
    EXPECT_EQ(core::format_amount(INT64_MAX, of("JPY")), "9223372036854775807");
}

TEST(amount, refuses) {
    struct {
        char const* code;
        char const* text;
    } const cases[] = {
        {"USD", ""},
        {"USD", "-"},
        {"USD", "."},
        {"USD", ".5"},
        {"USD", "5."},
        {"USD", "1.234"},
        {"USD", "12.500"},
        {"USD", "+1"},
        {"USD", "1,000.00"},
        {"USD", "1e3"},
        {"USD", " 1"},
        {"USD", "1 "},
        {"USD", "--1"},
        {"USD", "1.2.3"},
        {"USD", "0x10"},
        {"USD", "NaN"},
        {"USD", "$5"},
        {"USD", "1.-1"},
        {"JPY", "1.0"},
        {"JPY", "1."},
        {"KWD", "1.2345"},
        {"USD", "10000000000000.01"},
        {"USD", "99999999999999999999999999"},
        {"JPY", "1000000000000001"},
    };
    for (auto const& c : cases)
        EXPECT_FALSE(core::parse_amount(c.text, of(c.code))) << c.code << ' ' << c.text;
}

TEST(amount, round_trips_in_every_exponent) {
    auto random = test::seeded();
    std::uniform_int_distribution<std::int64_t> any(-core::amount_max, core::amount_max);
    for (char const* code : {"JPY", "EUR", "BHD"})
        for (int i = 0; i < 20'000; ++i) {
            std::int64_t const amount = any(random) >> (random() % 50);
            ASSERT_EQ(core::parse_amount(core::format_amount(amount, of(code)), of(code)), amount);
        }
}

TEST(arithmetic, agrees_with_wide_integers) {
    __extension__ typedef __int128 wide;
    auto random = test::seeded();
    auto const expected = [](wide v) -> std::optional<std::int64_t> {
        if (v > core::amount_max || v < -core::amount_max) return std::nullopt;
        return static_cast<std::int64_t>(v);
    };
    for (int i = 0; i < 100'000; ++i) {
        auto const a = static_cast<std::int64_t>(random()) >> (random() % 64);
        auto const b = static_cast<std::int64_t>(random()) >> (random() % 64);
        ASSERT_EQ(core::checked_add(a, b), expected(wide{a} + b)) << a << ' ' << b;
        ASSERT_EQ(core::checked_multiply(a, b), expected(wide{a} * b)) << a << ' ' << b;
    }
}

TEST(arithmetic, edges) {
    constexpr auto most = core::amount_max;
    EXPECT_EQ(core::checked_add(most, 0), most);
    EXPECT_EQ(core::checked_add(most, 1), std::nullopt);
    EXPECT_EQ(core::checked_add(-most, -1), std::nullopt);
    EXPECT_EQ(core::checked_add(INT64_MAX, 1), std::nullopt);
    EXPECT_EQ(core::checked_add(INT64_MIN, -1), std::nullopt);
    EXPECT_EQ(core::checked_multiply(INT64_MIN, -1), std::nullopt);
    EXPECT_EQ(core::checked_multiply(most, 1), most);
    EXPECT_EQ(core::checked_multiply(most, 2), std::nullopt);
    EXPECT_EQ(core::checked_multiply(most, 0), 0);
}

}  // namespace
