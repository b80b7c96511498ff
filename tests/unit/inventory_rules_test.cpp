// Stock, decided without a database: what is available, what a change leaves, where an order's units come
// from.
#include "inventory/rules.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace {

using inventory::demand;
using inventory::portion;
using inventory::stock_record;
using inventory::stock_row;

core::uuid number(std::uint8_t kind, std::uint8_t n) {
    core::uuid out;
    out.bytes[0] = kind;
    out.bytes[15] = n;
    return out;
}
core::uuid variant(std::uint8_t n) { return number(1, n); }
core::uuid location(std::uint8_t n) { return number(2, n); }
core::uuid line(std::uint8_t n) { return number(3, n); }
core::uuid const order = number(4, 1);

stock_row row(std::uint8_t v, std::uint8_t l, std::int32_t priority, std::int64_t on_hand,
              std::int64_t reserved = 0, std::int64_t backorder = 0) {
    return {variant(v), location(l), priority, on_hand, reserved, backorder};
}
demand wants(std::uint8_t l, std::uint8_t v, std::int64_t quantity) {
    return {order, line(l), variant(v), quantity};
}
portion gives(std::uint8_t ln, std::uint8_t v, std::uint8_t l, std::int64_t quantity,
              std::int64_t backordered = 0) {
    return {order, line(ln), variant(v), location(l), quantity, backordered};
}

TEST(allocate, takes_by_priority_and_splits_where_it_must) {
    stock_row const rows[] = {row(1, 1, 5, 10), row(1, 2, 1, 3), row(2, 1, 5, 1)};
    demand const demands[] = {wants(1, 1, 5), wants(2, 2, 1)};
    auto const got = inventory::allocate(rows, demands);
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, (inventory::allocation{gives(1, 1, 2, 3), gives(1, 1, 1, 2), gives(2, 2, 1, 1)}));
}

TEST(allocate, owes_only_when_nothing_is_left_on_hand_anywhere) {
    stock_row const rows[] = {row(1, 1, 0, 2, 0, 10), row(1, 2, 1, 2)};
    demand const demands[] = {wants(1, 1, 5)};
    auto const got = inventory::allocate(rows, demands);
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, (inventory::allocation{gives(1, 1, 1, 3, 1), gives(1, 1, 2, 2)}));
}

TEST(allocate, sums_the_demand_of_lines_with_one_variant) {
    stock_row const rows[] = {row(1, 1, 0, 5)};
    demand const fits[] = {wants(1, 1, 2), wants(2, 1, 3)};
    EXPECT_TRUE(inventory::allocate(rows, fits));
    demand const too_much[] = {wants(1, 1, 3), wants(2, 1, 3)};
    auto const got = inventory::allocate(rows, too_much);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().what, &inventory::out_of_stock);
    ASSERT_EQ(got.error().violations.size(), 1u);
    EXPECT_EQ(got.error().violations[0].pointer, "/lines/1");
}

TEST(allocate, names_every_short_line) {
    stock_row const rows[] = {row(1, 1, 0, 5), row(2, 1, 0, 0)};
    demand const demands[] = {wants(1, 2, 1), wants(2, 1, 5), wants(3, 3, 1)};
    auto const got = inventory::allocate(rows, demands);
    ASSERT_FALSE(got);
    ASSERT_EQ(got.error().violations.size(), 2u);
    EXPECT_EQ(got.error().violations[0].pointer, "/lines/0");
    EXPECT_EQ(got.error().violations[1].pointer, "/lines/2");
}

TEST(allocate, sells_neither_the_reserved_nor_the_missing) {
    // 4 on hand, 6 reserved, backorders up to 3: one more may be owed, none is on hand.
    stock_row const rows[] = {row(1, 1, 0, 4, 6, 3), row(2, 1, 0, 4, 9, 3)};
    demand const one[] = {wants(1, 1, 1)};
    EXPECT_TRUE(inventory::allocate(rows, one));
    demand const two[] = {wants(1, 1, 2)};
    EXPECT_FALSE(inventory::allocate(rows, two));
    demand const short_row[] = {wants(1, 2, 1)};  // a shortage of two stands here
    EXPECT_FALSE(inventory::allocate(rows, short_row));
}

// Against an oracle: all or nothing by the sum per variant; what is given adds up, never more than a location
// has, no backorder while any location has units, no unit from a location behind one that could still give.
TEST(allocate, holds_for_random_baskets) {
    auto random = test::seeded();
    auto const below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
    for (int round = 0; round < 20'000; ++round) {
        std::vector<stock_row> rows;
        for (std::uint8_t v = 0; v < 3; ++v)
            for (std::uint8_t l = 0; l < 4; ++l)
                if (below(3) > 0)
                    rows.push_back(
                        row(v, l, static_cast<std::int32_t>(below(3)), below(8), below(10), below(4)));
        std::ranges::shuffle(rows, random);
        std::vector<demand> demands;
        for (std::uint8_t i = 0, n = static_cast<std::uint8_t>(1 + below(5)); i < n; ++i)
            demands.push_back(wants(i, static_cast<std::uint8_t>(below(4)), 1 + below(6)));

        std::map<core::uuid, std::int64_t> free;
        std::map<core::uuid, std::int64_t> wanted;
        for (auto const& r : rows)
            free[r.variant_id] += std::max<std::int64_t>(r.on_hand + r.backorder_limit - r.reserved, 0);
        for (auto const& d : demands) wanted[d.variant_id] += d.quantity;
        bool const fits =
            std::ranges::all_of(wanted, [&](auto const& w) { return w.second <= free[w.first]; });

        auto const got = inventory::allocate(rows, demands);
        ASSERT_EQ(got.has_value(), fits);
        if (!fits) continue;
        std::map<core::uuid, std::int64_t> per_line;
        std::map<std::pair<core::uuid, core::uuid>, std::int64_t> per_row;
        for (auto const& p : *got) {
            ASSERT_GT(p.quantity, 0);
            per_line[p.order_line_id] += p.quantity;
            per_row[{p.variant_id, p.location_id}] += p.quantity;
        }
        for (auto const& d : demands) ASSERT_EQ(per_line[d.order_line_id], d.quantity);
        for (auto const& r : rows) {
            std::int64_t const given = per_row[{r.variant_id, r.location_id}];
            std::int64_t const on_hand = std::max<std::int64_t>(r.on_hand - r.reserved, 0);
            ASSERT_LE(given, std::max<std::int64_t>(r.on_hand + r.backorder_limit - r.reserved, 0));
            for (auto const& other : rows) {
                if (other.variant_id != r.variant_id) continue;
                std::int64_t const other_given = per_row[{other.variant_id, other.location_id}];
                std::int64_t const other_on_hand = std::max<std::int64_t>(other.on_hand - other.reserved, 0);
                if (given > on_hand)
                    ASSERT_GE(other_given, other_on_hand) << "owed while units lay elsewhere";
                bool const before =
                    std::tie(other.priority, other.location_id) < std::tie(r.priority, r.location_id);
                if (given > 0 && before)
                    ASSERT_GE(other_given, std::min(other_on_hand, wanted[r.variant_id]));
            }
        }
    }
}

TEST(stock, takes_what_is_free_and_no_more) {
    stock_record const s{.variant_id = variant(1),
                         .location_id = location(1),
                         .on_hand = 10,
                         .reserved = 4,
                         .backorder_limit = 0,
                         .shortage = 0,
                         .version = 7};
    EXPECT_EQ(inventory::available(s), 6);
    auto const taken = inventory::adjusted(s, -6);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->on_hand, 4);
    EXPECT_EQ(taken->version, 8);
    EXPECT_EQ(inventory::adjusted(s, -7).error().what, &inventory::insufficient_stock);
    EXPECT_EQ(inventory::adjusted(s, inventory::on_hand_max).error().what, &inventory::stock_too_large);
    EXPECT_TRUE(inventory::adjusted(s, inventory::on_hand_max - 10));
}

TEST(stock, arrivals_work_the_shortage_off) {
    stock_record const s{.variant_id = variant(1),
                         .location_id = location(1),
                         .on_hand = 1,
                         .reserved = 4,
                         .backorder_limit = 1,
                         .shortage = 2,
                         .version = 1};
    EXPECT_EQ(inventory::available(s), 0);
    EXPECT_EQ(inventory::adjusted(s, 1)->shortage, 1);
    EXPECT_EQ(inventory::adjusted(s, 5)->shortage, 0);
    EXPECT_EQ(inventory::adjusted(s, -1).error().what, &inventory::insufficient_stock);
}

TEST(stock, a_count_tells_what_is_missing) {
    stock_record const s{.variant_id = variant(1),
                         .location_id = location(1),
                         .on_hand = 6,
                         .reserved = 5,
                         .backorder_limit = 1,
                         .shortage = 0,
                         .version = 3};
    auto const of = [&](std::int64_t found) { return inventory::counted_as(s, found); };
    EXPECT_EQ(of(6).version, 3) << "as it was";
    EXPECT_EQ(of(7).version, 4);
    EXPECT_EQ(of(4).shortage, 0) << "one may be owed";
    EXPECT_EQ(of(3).shortage, 1);
    EXPECT_EQ(of(0).shortage, 4);
    EXPECT_EQ(inventory::available(of(0)), 0);
    EXPECT_EQ(inventory::counted_as(of(0), 4).shortage, 0);
    EXPECT_EQ(inventory::adjusted(of(0), 3)->shortage, 1);
}

TEST(stock, a_backorder_limit_covers_what_is_owed) {
    stock_record const s{.variant_id = variant(1),
                         .location_id = location(1),
                         .on_hand = 1,
                         .reserved = 4,
                         .backorder_limit = 3,
                         .shortage = 0,
                         .version = 1};
    EXPECT_FALSE(inventory::with_backorder_limit(s, 2));
    EXPECT_TRUE(inventory::with_backorder_limit(s, 3));
    EXPECT_EQ(inventory::available(*inventory::with_backorder_limit(s, 10)), 7);
}

}  // namespace
