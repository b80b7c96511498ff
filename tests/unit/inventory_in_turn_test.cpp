// Sharing out stock among orders that are decided together, against an oracle that counts single units:
// whatever the shelves and the baskets are, everybody gets what they would have got by coming alone, in their
// turn.
#include "inventory/rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

namespace {

using inventory::allocation;
using inventory::demand;
using inventory::portion;
using inventory::stock_row;

core::uuid number(std::uint8_t kind, std::size_t n) {
    core::uuid out;
    out.bytes[0] = kind;
    out.bytes[14] = static_cast<std::uint8_t>(n / 256);
    out.bytes[15] = static_cast<std::uint8_t>(n % 256);
    return out;
}

struct shelf {
    std::size_t variant, location;
    int priority, on_hand, reserved, backorder;
};
struct wanted {
    std::size_t variant;
    int quantity;
};
using basket = std::vector<wanted>;

// One unit after another: a shelf gives what lies there and is not promised; when no shelf has any, the first
// that may owe one does.
struct oracle {
    std::vector<shelf> shelves;  // by priority, then location

    bool give(std::size_t variant, bool owed, std::map<std::size_t, int>& from) {
        for (shelf& s : shelves) {
            if (s.variant != variant) continue;
            if (s.reserved >= s.on_hand + (owed ? s.backorder : 0)) continue;
            ++s.reserved;
            ++from[s.location];
            return true;
        }
        return false;
    }
    // What each line gets from where; nothing when one line is short.
    std::optional<std::vector<std::map<std::size_t, int>>> serve(basket const& b) {
        auto const before = shelves;
        std::vector<std::map<std::size_t, int>> got(b.size());
        std::vector<int> missing;
        for (std::size_t i = 0; i < b.size(); ++i) {
            int left = b[i].quantity;
            while (left > 0 && give(b[i].variant, false, got[i])) --left;
            missing.push_back(left);
        }
        bool enough = true;
        for (std::size_t i = 0; i < b.size(); ++i) {
            while (missing[i] > 0 && give(b[i].variant, true, got[i])) --missing[i];
            enough = enough && missing[i] == 0;
        }
        if (enough) return got;
        shelves = before;
        return std::nullopt;
    }
};

std::vector<shelf> some_shelves() {
    std::vector<shelf> out;
    for (std::size_t v = 0; v < 4; ++v)
        for (std::size_t l = 0; l < 3; ++l) {
            if (*rc::gen::inRange(0, 4) == 0) continue;
            int const on_hand = *rc::gen::inRange(0, 12), backorder = *rc::gen::inRange(0, 4);
            out.push_back({v, l, *rc::gen::inRange(0, 3), on_hand,
                           *rc::gen::inRange(0, on_hand + backorder + 1), backorder});
        }
    return out;
}

std::vector<basket> some_baskets() {
    return *rc::gen::container<std::vector<basket>>(rc::gen::exec([] {
        basket b;
        for (std::size_t v = 0; v < 5; ++v)  // the fifth is nowhere
            if (*rc::gen::inRange(0, v == 4 ? 20 : 2) == 1) b.push_back({v, *rc::gen::inRange(1, 7)});
        if (b.empty()) b.push_back({0, 1});
        if (*rc::gen::arbitrary<bool>()) std::ranges::reverse(b);
        return b;
    }));
}

std::vector<stock_row> rows_of(std::vector<shelf> const& all) {
    std::vector<stock_row> out;
    for (shelf const& s : all)
        out.push_back(
            {number(1, s.variant), number(2, s.location), s.priority, s.on_hand, s.reserved, s.backorder});
    return out;
}

std::vector<demand> demands_of(std::size_t order, basket const& b) {
    std::vector<demand> out;
    for (std::size_t i = 0; i < b.size(); ++i)
        out.push_back({number(4, order), number(3, order * 100 + i), number(1, b[i].variant), b[i].quantity});
    return out;
}

std::map<std::size_t, int> of_line(allocation const& all, core::uuid line) {
    std::map<std::size_t, int> out;
    for (portion const& p : all)
        if (p.order_line_id == line) out[p.location_id.bytes[15]] += static_cast<int>(p.quantity);
    return out;
}

void compare(std::vector<shelf> const& shelves, std::vector<basket> const& baskets) {
    auto rows = rows_of(shelves);
    std::vector<std::vector<demand>> orders;
    for (std::size_t i = 0; i < baskets.size(); ++i) orders.push_back(demands_of(i, baskets[i]));
    auto const got = inventory::allocate_in_turn(rows, orders);
    RC_ASSERT(got.size() == baskets.size());

    oracle truth{shelves};
    std::ranges::sort(truth.shelves, {}, [](shelf const& s) { return std::pair(s.priority, s.location); });
    for (std::size_t i = 0; i < baskets.size(); ++i) {
        auto const expected = truth.serve(baskets[i]);
        RC_ASSERT(got[i].has_value() == expected.has_value());
        if (!expected) {
            RC_ASSERT(got[i].error().what == &inventory::out_of_stock);
            continue;
        }
        for (std::size_t n = 0; n < baskets[i].size(); ++n)
            RC_ASSERT(of_line(*got[i], orders[i][n].order_line_id) == (*expected)[n]);
    }
    for (shelf const& s : truth.shelves) {
        auto const row = std::ranges::find_if(rows, [&](stock_row const& r) {
            return r.variant_id == number(1, s.variant) && r.location_id == number(2, s.location);
        });
        RC_ASSERT(row->reserved == s.reserved);
        RC_ASSERT(row->on_hand == s.on_hand);
    }
}

TEST(allocate_in_turn, agrees_with_an_oracle_that_counts_units) {
    EXPECT_TRUE(rc::check("each order gets what it would get in its turn", [] {
        auto const shelves = some_shelves();
        compare(shelves, some_baskets());
    }));
}

// What is refused leaves everything to those behind it.
TEST(allocate_in_turn, a_refused_order_takes_nothing) {
    EXPECT_TRUE(rc::check("the others get the same without it", [] {
        auto const shelves = some_shelves();
        auto baskets = some_baskets();
        auto const place = *rc::gen::inRange<std::size_t>(0, baskets.size() + 1);
        auto const run = [&](std::vector<basket> const& all) {
            auto rows = rows_of(shelves);
            std::vector<std::vector<demand>> orders;
            for (std::size_t i = 0; i < all.size(); ++i) orders.push_back(demands_of(i, all[i]));
            std::vector<std::int64_t> out;
            for (auto const& r : inventory::allocate_in_turn(rows, orders))
                out.push_back(r ? std::ssize(*r) : -1);
            return out;
        };
        auto const without = run(baskets);
        baskets.insert(baskets.begin() + static_cast<std::ptrdiff_t>(place), basket{{0, 1'000}});
        auto with = run(baskets);
        RC_ASSERT(with[place] == -1);
        with.erase(with.begin() + static_cast<std::ptrdiff_t>(place));
        RC_ASSERT(with == without);
    }));
}

}  // namespace
