// Rounding, against what it promises and against slower ways to the same: random amounts, rates and weights.
#include "core/money.hpp"
#include "core/rounding.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using core::part_of;
using core::spread;
using weights = std::vector<std::int64_t>;
__extension__ using wide = __int128;

TEST(part_of, rounds_half_to_even) {
    struct {
        std::int64_t amount;
        std::int32_t rate;
        std::int64_t part;
    } const cases[] = {{1000, 190'000, 190},
                       {1050, 190'000, 200},
                       {5, 100'000, 0},
                       {15, 100'000, 2},
                       {25, 100'000, 2},
                       {35, 100'000, 4},
                       {-5, 100'000, 0},
                       {-15, 100'000, -2},
                       {-25, 100'000, -2},
                       {-26, 100'000, -3},
                       {1, 500'001, 1},
                       {1, 499'999, 0},
                       {1999, 1'000'000, 1999},
                       {0, 77'000, 0},
                       {core::amount_max, 1'000'000, core::amount_max},
                       {1234, 0, 0}};
    for (auto const& c : cases) EXPECT_EQ(part_of(c.amount, c.rate), c.part) << c.amount << " x " << c.rate;
}

// The definition: the nearest whole number, and of two as near the even one.
bool is_nearest(std::int64_t part, std::int64_t amount, std::int32_t rate) {
    wide const off = wide{part} * 1'000'000 - wide{amount} * rate;
    wide const twice = (off < 0 ? -off : off) * 2;
    return twice < 1'000'000 || (twice == 1'000'000 && part % 2 == 0);
}

TEST(part_of, is_the_nearest_for_any_amount_and_rate) {
    auto random = test::seeded();
    std::uniform_int_distribution<std::int64_t> amounts(-core::amount_max, core::amount_max);
    std::uniform_int_distribution<std::int64_t> small(-5'000, 5'000);
    std::uniform_int_distribution<std::int32_t> rates(0, 1'000'000);
    std::uniform_int_distribution<std::int32_t> percents(0, 200);
    for (int i = 0; i < 200'000; ++i) {
        std::int64_t const amount = i % 2 == 0 ? small(random) : amounts(random);
        std::int32_t const rate = i % 3 == 0 ? percents(random) * 5'000 : rates(random);  // halves occur
        std::int64_t const part = part_of(amount, rate);
        ASSERT_TRUE(is_nearest(part, amount, rate)) << amount << " x " << rate << " = " << part;
        ASSERT_EQ(part_of(-amount, rate), -part);
    }
}

TEST(spread, gives_what_is_left_to_who_lost_most) {
    EXPECT_EQ(spread(100, weights{1, 1, 1}), (weights{34, 33, 33}));
    EXPECT_EQ(spread(-100, weights{1, 1, 1}), (weights{-34, -33, -33}));
    EXPECT_EQ(spread(10, weights{1, 5, 4}), (weights{1, 5, 4}));
    EXPECT_EQ(spread(5, weights{199, 1}), (weights{5, 0}));
    EXPECT_EQ(spread(2, weights{1, 2, 3}), (weights{0, 1, 1}));
    EXPECT_EQ(spread(7, weights{0, 3, 0}), (weights{0, 7, 0}));
    EXPECT_EQ(spread(5, weights{0, 0}), (weights{3, 2})) << "no weights: equal ones";
    EXPECT_EQ(spread(0, weights{4, 9}), (weights{0, 0}));
    EXPECT_EQ(spread(9, weights{}), weights{});
    EXPECT_EQ(spread(core::amount_max, weights{core::amount_max, core::amount_max}),
              (weights{core::amount_max / 2, core::amount_max / 2}));
}

// One unit after the other goes to whoever is furthest below the exact share: what largest remainders come
// to.
weights dealt_out(std::int64_t amount, weights const& by) {
    std::int64_t const sum = std::accumulate(by.begin(), by.end(), std::int64_t{0});
    weights out(by.size());
    for (std::size_t i = 0; i < by.size(); ++i) out[i] = amount * by[i] / sum;
    for (std::int64_t left = amount - std::accumulate(out.begin(), out.end(), std::int64_t{0}); left > 0;
         --left) {
        std::size_t most = 0;
        for (std::size_t i = 1; i < by.size(); ++i)
            if (amount * by[i] - out[i] * sum > amount * by[most] - out[most] * sum) most = i;
        ++out[most];
    }
    return out;
}

TEST(spread, is_as_if_dealt_out_one_by_one) {
    auto random = test::seeded();
    std::uniform_int_distribution<std::size_t> sizes(1, 12);
    std::uniform_int_distribution<std::int64_t> amounts(0, 20'000), some(0, 3'000), few(0, 3);
    for (int i = 0; i < 50'000; ++i) {
        weights by(sizes(random));
        for (std::int64_t& w : by) w = i % 2 == 0 ? some(random) : few(random);  // equals and zeros occur
        by[0] += std::accumulate(by.begin(), by.end(), std::int64_t{0}) == 0 ? 1 : 0;
        std::int64_t const amount = amounts(random);
        auto const shares = spread(amount, by);
        ASSERT_EQ(shares, dealt_out(amount, by)) << "amount " << amount;
        ASSERT_EQ(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}), amount);
    }
}

TEST(spread, adds_up_and_stays_within_one_of_the_exact_share_for_any_money) {
    auto random = test::seeded();
    std::uniform_int_distribution<std::int64_t> amounts(-core::amount_max, core::amount_max),
        by_of(0, core::amount_max);
    for (int i = 0; i < 20'000; ++i) {
        weights by(1 + static_cast<std::size_t>(i) % 40);
        for (std::int64_t& w : by) w = by_of(random);
        wide const sum = std::accumulate(by.begin(), by.end(), wide{0});
        if (sum == 0) continue;
        std::int64_t const amount = amounts(random);
        auto const shares = spread(amount, by);
        ASSERT_EQ(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}), amount);
        for (std::size_t k = 0; k < by.size(); ++k) {
            wide const off = wide{shares[k]} * sum - wide{amount} * by[k];
            ASSERT_LT(off < 0 ? -off : off, sum) << "share " << k << " of " << amount;
        }
    }
}

}  // namespace
