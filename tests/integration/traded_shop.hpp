// A shop in which everything has happened that there is to verify: orders in every state, payments, a
// shortage, an adjustment by hand, two locations.
#pragma once

#include "shop_world.hpp"

#include "app/verification.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace integration {

// What no repair may touch: every row of history that was there before.
inline constexpr auto history_but_repairs = R"sql(
    select md5(concat((select string_agg(m::text, ',' order by m.id) from inventory.movements m where m.note <> 'carrack verify --repair'),
                      (select string_agg(h::text, ',' order by h.order_id, h.seq) from sales.order_status_history h),
                      (select string_agg(e::text, ',' order by e.payment_id, e.seq) from sales.payment_events e),
                      (select string_agg(a::text, ',' order by a.id) from audit.entries a where a.action <> 'carrack verify --repair'))))sql";

struct traded_shop {
    shop_world shop;
    core::uuid north = shop.add_location("north", 0), south = shop.add_location("south", 1);
    core::uuid mug = shop.add_variant(), bowl = shop.add_variant();
    std::string pending, shipped, cancelled, refunded;  // orders

    traded_shop() {
        bring_in(mug, north, 3);
        bring_in(mug, south, 50);
        bring_in(bowl, south, 50, 5);
        // What the world makes by SQL lacks what the program derives.
        admin(
            "update catalog.variants set title = 'Default'; update catalog.products set search_text = "
            "lower(title), search = to_tsvector('simple', lower(title))");
        with_client(shop, [this](shop_client& api) { return trade(api); });
    }

    void admin(std::string const& sql) const { db::session(shop.database.admin_url()).run(sql); }

    // As an import does, with its entry.
    void bring_in(core::uuid variant, core::uuid location, int units, int backorder_limit = 0) {
        shop.put_stock(variant, location, units, backorder_limit);
        admin(
            fmt::format("insert into audit.entries (id, actor_kind, action, resource, resource_id, changes) "
                        "values (gen_random_uuid(), 'system', 'carrack import', 'stock', '{}', "
                        "'[{{\"field\":\"units\",\"before\":0,\"after\":{}}}]')",
                        core::to_string(location), units));
    }

    app::verification verify(bool repair = false) const {
        return app::verify(
            {.app_url = shop.database.app_url(), .owner_url = shop.database.owner_url(), .repair = repair});
    }

private:
    core::task<std::string> order(shop_client& api, std::vector<basket_line> lines) {
        auto const r = co_await api.checkout(shop.add_cart(lines), "k");
        EXPECT_EQ(r.status, 201) << r.body;
        co_return text_at(r, "/order/id");
    }
    core::task<void> pay(shop_client& api, std::string id) {
        auto const r =
            co_await api.send(http::method::post, "/v1/admin/orders/" + id + "/payments",
                              R"({"kind":"captured"})", {.key = id, .if_match = {}, .who = clerk()});
        EXPECT_LT(r.status, 300) << r.body;
    }
    core::task<void> go(shop_client& api, std::string id, std::vector<std::string> states) {
        for (std::string const& to : states) {
            auto const r = co_await api.move(id, to);
            EXPECT_LT(r.status, 300) << r.body;
        }
    }
    core::task<void> trade(shop_client& api) {
        pending = co_await order(api, {{mug, 5}, {bowl, 2}});
        shipped = co_await order(api, {{bowl, 1}});
        co_await pay(api, shipped);
        co_await go(api, shipped, {"confirmed", "processing", "shipped"});
        cancelled = co_await order(api, {{mug, 1}});
        co_await go(api, cancelled, {"cancelled"});
        refunded = co_await order(api, {{mug, 2}});
        co_await pay(api, refunded);
        co_await go(api, refunded, {"confirmed", "cancelled"});
        auto const counted = co_await api.send(
            http::method::post, "/v1/admin/stock/adjustments",
            fmt::format(R"({{"variant_id":"{}","location_id":"{}","quantity":4,"reason":"found"}})",
                        core::to_string(mug), core::to_string(north)),
            {.key = "a", .if_match = {}, .who = clerk()});
        EXPECT_LT(counted.status, 300) << counted.body;
    }
};

// "inventory.ledger: stock 0193…: on hand 3, …" of everything that is wrong, a line for each row.
inline std::string wrong_of(app::verification const& v) {
    std::string out;
    for (app::verified const& c : v.checks)
        for (work::broken_row const& r : c.rows) out += c.name + ": " + r.subject + ": " + r.says + "\n";
    return out;
}

}  // namespace integration
