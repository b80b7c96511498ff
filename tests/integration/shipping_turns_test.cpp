// Units go to who came first: an order ships what lies on the shelf beyond what older orders were promised,
// and it never waits for a younger one.
#include "shop_world.hpp"

#include "db/migrate.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace {

using namespace integration;

core::task<std::string> place(shop_client& api, shop_world& shop, std::vector<basket_line> lines) {
    auto const placed = co_await api.checkout(shop.add_cart(lines), "key");
    EXPECT_EQ(placed.status, 201) << placed.body;
    std::string const order = text_at(placed, "/order/id");
    for (auto const* to : {"confirmed", "processing"}) co_await api.move(order, to);
    co_return order;
}

// "200", or what refused it.
core::task<std::string> ship(shop_client& api, std::string order) {
    auto const r = co_await api.move(order, "shipped");
    co_return r.status == 200 ? "200" : code_of(r);
}

core::task<void> receive(shop_client& api, core::uuid variant, core::uuid location, int quantity) {
    auto const body =
        fmt::format(R"({{"variant_id":"{}","location_id":"{}","quantity":{},"reason":"received"}})",
                    core::to_string(variant), core::to_string(location), quantity);
    auto const r = co_await api.send(http::method::post, "/v1/admin/stock/adjustments", body,
                                     {.key = "r" + std::to_string(quantity), .if_match = {}, .who = clerk()});
    EXPECT_EQ(r.status, 201) << r.body;
}

struct one_shelf {
    one_shelf(std::int64_t units, std::int64_t backorders) {
        shop.put_stock(variant, place, units, backorders);
    }
    shop_world shop;
    core::uuid place = shop.add_location("main", 0);
    core::uuid variant = shop.add_variant();
};

core::task<void> younger_waits(shop_client& api, one_shelf& s) {
    std::string const older = co_await place(api, s.shop, {{s.variant, 8}});
    std::string const younger = co_await place(api, s.shop, {{s.variant, 5}});
    EXPECT_EQ(co_await ship(api, younger), "insufficient_stock");
    EXPECT_EQ(s.shop.stock_of(s.variant, s.place), "8/13/0") << "nothing was taken";
    EXPECT_EQ(co_await ship(api, older), "200");
    EXPECT_EQ(co_await ship(api, younger), "insufficient_stock") << "its goods have not come";
    co_await receive(api, s.variant, s.place, 5);
    EXPECT_EQ(co_await ship(api, younger), "200");
    EXPECT_EQ(s.shop.stock_of(s.variant, s.place), "0/0/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

TEST(shipping_turns, a_backorder_takes_nothing_that_an_older_order_was_promised) {
    one_shelf s(8, 5);
    with_client(s.shop, [&](shop_client& api) { return younger_waits(api, s); });
}

core::task<void> older_goes(shop_client& api, one_shelf& s) {
    std::string const older = co_await place(api, s.shop, {{s.variant, 8}});
    std::string const younger = co_await place(api, s.shop, {{s.variant, 5}});
    co_await api.move(older, "cancelled");
    EXPECT_EQ(co_await ship(api, younger), "200");
    EXPECT_EQ(s.shop.stock_of(s.variant, s.place), "3/0/0");
}

TEST(shipping_turns, what_an_older_order_gives_back_is_the_next_ones) {
    one_shelf s(8, 5);
    with_client(s.shop, [&](shop_client& api) { return older_goes(api, s); });
}

core::task<void> enough_for_both(shop_client& api, one_shelf& s) {
    std::string const older = co_await place(api, s.shop, {{s.variant, 3}});
    std::string const middle = co_await place(api, s.shop, {{s.variant, 4}});
    std::string const younger = co_await place(api, s.shop, {{s.variant, 2}});
    co_await receive(api, s.variant, s.place, 1);
    EXPECT_EQ(co_await ship(api, younger), "insufficient_stock") << "9 are promised, 8 are there";
    EXPECT_EQ(co_await ship(api, middle), "200") << "7 of the 8 are for it and for who came before it";
    EXPECT_EQ(co_await ship(api, older), "200");
    EXPECT_EQ(s.shop.stock_of(s.variant, s.place), "1/2/0");
}

TEST(shipping_turns, who_came_later_need_not_wait_when_there_is_enough) {
    one_shelf s(7, 2);
    with_client(s.shop, [&](shop_client& api) { return enough_for_both(api, s); });
}

core::task<void> opposite_baskets(shop_client& api, shop_world& shop, std::vector<core::uuid> v) {
    std::vector<std::string> orders;
    for (int i = 0; i < 6; ++i)
        orders.push_back(co_await place(api, shop,
                                        i % 2 == 0 ? std::vector<basket_line>{{v[0], 2}, {v[1], 1}}
                                                   : std::vector<basket_line>{{v[1], 2}, {v[0], 1}}));
    // From the youngest to the oldest, again and again: each round ships the oldest of those that are left,
    // so nobody waits for a younger order over another row.
    std::size_t left = orders.size();
    for (int round = 0; round < 6 && left > 0; ++round) {
        std::size_t const before = left;
        for (std::size_t i = orders.size(); i-- > 0;)
            if (!orders[i].empty() && co_await ship(api, orders[i]) == "200") {
                orders[i].clear();
                --left;
            }
        EXPECT_LT(left, before) << "somebody always can";
    }
    EXPECT_EQ(left, 0U);
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(shipping_turns, orders_that_share_rows_never_wait_for_each_other) {
    shop_world shop;
    auto const here = shop.add_location("here", 0), there = shop.add_location("there", 1);
    std::vector<core::uuid> const variants{shop.add_variant(), shop.add_variant()};
    for (auto const v : variants) {
        shop.put_stock(v, here, 4, 0);
        shop.put_stock(v, there, 5, 0);
    }
    with_client(shop, [&](shop_client& api) { return opposite_baskets(api, shop, variants); });
}

core::task<void> note(core::task<std::string> asked, std::string& into) { into = co_await asked; }

core::task<void> all_at_once(shop_client& api, one_shelf& s) {
    std::vector<std::string> orders;
    for (int i = 0; i < 12; ++i) orders.push_back(co_await place(api, s.shop, {{s.variant, 2}}));
    std::vector<std::string> shipped(orders.size());
    for (int round = 0; round < 12; ++round) {
        std::vector<core::task<void>> all;
        for (std::size_t i = orders.size(); i-- > 0;)
            if (shipped[i] != "200") all.push_back(note(ship(api, orders[i]), shipped[i]));
        co_await all_of(std::move(all));
        EXPECT_EQ(s.shop.broken_stock(), "");
    }
    // Ten units are five orders', whoever asked first.
    for (std::size_t i = 0; i < orders.size(); ++i)
        EXPECT_EQ(shipped[i], i < 5 ? "200" : "insufficient_stock") << i;
    EXPECT_EQ(s.shop.stock_of(s.variant, s.place), "0/14/0");
}

TEST(shipping_turns, of_twelve_that_ask_at_once_the_oldest_ship) {
    one_shelf s(10, 14);
    with_client(s.shop, [&](shop_client& api) { return all_at_once(api, s); });
}

// Reservations from before they were numbered stand in the order in which the ledger has them.
TEST(shipping_turns, older_reservations_are_numbered_by_the_ledger) {
    auto const database = empty_database();
    auto const all = db::embedded_migrations();
    auto const before = std::ranges::count_if(all, [](db::migration const& m) { return m.number < 9; });
    db::migrate_options o{.owner_url = database.owner_url(),
                          .app_role = app_role,
                          .migrations = all.first(static_cast<std::size_t>(before)),
                          .grants = ""};
    db::migrate(o);
    db::session owner(database.owner_url());
    auto const id = [](int n) { return fmt::format("00000000-0000-7000-8000-{:012}", n); };
    owner.run(fmt::format(
        "insert into catalog.products (id, handle, title) values ('{0}', 'p', 'P');"
        "insert into catalog.variants (id, product_id, position, title) values ('{0}', '{0}', 0, 'V');"
        "insert into inventory.locations (id, code, name) values ('{0}', 'l', 'L');"
        "insert into inventory.stock (variant_id, location_id, on_hand, reserved) values ('{0}', '{0}', 9, "
        "3)",
        id(1)));
    for (int const n : {3, 1, 2})  // as they lie in the table, which is not the order of time
        owner.run(fmt::format(
            "insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity)"
            " values ('{0}', '{1}', '{1}', '{0}', 1);"
            "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, "
            "reserved_delta,"
            " reason, order_line_id, actor_kind, at)"
            " values ('{0}', '{1}', '{1}', 'reserve', 0, 1, 'order_placed', '{0}', 'guest', "
            "'2025-01-01T00:00:0{2}Z')",
            id(n + 10), id(1), n));
    o.migrations = all;
    db::migrate(o);
    owner.run(fmt::format(
        "insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity)"
        " values ('{0}', '{1}', '{1}', '{0}', 1)",
        id(14), id(1)));
    std::string order;
    for (auto const& r :
         owner.query("select right(order_line_id::text, 2) from inventory.reservations order by seq"))
        order += r[0].value() + " ";
    EXPECT_EQ(order, "11 12 13 14 ");
}

}  // namespace
