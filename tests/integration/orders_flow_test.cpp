// From a cart to the customer's door, and every way that is refused, through the endpoints.
#include "shop_world.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

namespace {

using namespace integration;
using testing::HasSubstr;
using testing::Not;

std::string order_path(http::reply const& placed) { return text_at(placed, "/order/id"); }

core::task<void> expect_move(shop_client& api, std::string order, std::string to, std::string then) {
    auto const r = co_await api.move(order, to);
    EXPECT_EQ(r.status, 200) << r.body;
    EXPECT_EQ(text_at(r, "/status"), to);
    EXPECT_EQ(boost::json::serialize(json_of(r).at("allowed_transitions")), then);
}

core::task<void> whole_way(shop_client& api, shop_world& shop, core::uuid variant, core::uuid near,
                           core::uuid far) {
    auto const cart = shop.add_cart({{variant, 4}});
    auto const placed = co_await api.checkout(cart, "key-1");
    EXPECT_EQ(placed.status, 201) << placed.body;
    EXPECT_EQ(text_at(placed, "/order/status"), "pending");
    EXPECT_EQ(number_at(placed, "/order/totals/subtotal/amount"), 4 * 1999);
    EXPECT_EQ(number_at(placed, "/order/totals/shipping/amount"), 500);
    EXPECT_EQ(number_at(placed, "/order/totals/total/amount"), 4 * 1999 + 500);
    EXPECT_EQ(text_at(placed, "/order/lines/0/sku"), "SKU-1");
    EXPECT_EQ(shop.stock_of(variant, near), "2/2/0");
    EXPECT_EQ(shop.stock_of(variant, far), "3/2/0");

    std::string const order = order_path(placed);
    std::string const track = "/v1/shop/orders/" + order + "?token=";
    auto const seen = co_await api.send(http::method::get, track + text_at(placed, "/tracking_token"));
    EXPECT_EQ(seen.status, 200) << seen.body;
    EXPECT_EQ(json_of(seen), json_of(placed).at("order"));
    auto const wrong = co_await api.send(http::method::get, track + "x");
    EXPECT_EQ(wrong.status, 404);
    EXPECT_EQ(code_of(wrong), "order_not_found");

    co_await expect_move(api, order, "confirmed", R"(["processing","cancelled"])");
    co_await expect_move(api, order, "processing", R"(["shipped","cancelled"])");
    EXPECT_EQ(shop.stock_of(variant, near), "2/2/0");
    co_await expect_move(api, order, "shipped", R"(["delivered"])");
    EXPECT_EQ(shop.stock_of(variant, near), "0/0/0");
    EXPECT_EQ(shop.stock_of(variant, far), "1/0/0");
    co_await expect_move(api, order, "delivered", "[]");
    EXPECT_EQ(shop.broken_stock(), "");

    auto const shown = co_await api.send(http::method::get, "/v1/admin/orders/" + order);
    EXPECT_EQ(text_at(shown, "/lines/0/allocations/0/location_id"), core::to_string(near));
    EXPECT_EQ(text_at(shown, "/lines/0/allocations/0/state"), "shipped");
    EXPECT_EQ(text_at(shown, "/payments/0/state"), "requested");
    EXPECT_EQ(text_at(shown, "/history/4/actor/id"), core::to_string(clerk().id));
    EXPECT_EQ(text_at(shown, "/history/4/actor/name"), "Clara Clerk");
    EXPECT_TRUE(json_of(shown).at_pointer("/history/0/actor/name").is_null());
    EXPECT_EQ(number_at(shown, "/version"), 5);
    auto const after = co_await api.send(http::method::get, track + text_at(placed, "/tracking_token"));
    EXPECT_EQ(text_at(after, "/status"), "delivered");
    EXPECT_THAT(after.body, Not(HasSubstr(core::to_string(clerk().id))));
    EXPECT_THAT(after.body, Not(HasSubstr("Clara")));
    EXPECT_EQ(boost::json::serialize(json_of(after).at_pointer("/history/4/actor")),
              R"({"kind":"staff","id":null,"name":null})");
    EXPECT_EQ(shop.sql("select count(*) from audit.entries where resource = 'orders'"), "5");
    EXPECT_EQ(shop.sql("select string_agg(topic, ' ' order by seq) from ops.outbox"),
              "order.placed order.confirmed order.processing order.shipped order.delivered");
}

TEST(orders_flow, an_order_goes_the_whole_way) {
    shop_world shop;
    auto const near = shop.add_location("near", 0);
    auto const far = shop.add_location("far", 1);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, far, 3);
    shop.put_stock(variant, near, 2);
    with_client(shop, [&](shop_client& api) { return whole_way(api, shop, variant, near, far); });
}

core::task<void> cancel_gives_back(shop_client& api, shop_world& shop, core::uuid variant,
                                   core::uuid location) {
    for (auto const& [captured, moves] : {std::pair(false, 0), std::pair(true, 1), std::pair(true, 2)}) {
        auto const placed = co_await api.checkout(shop.add_cart({{variant, 3}}), "k" + std::to_string(moves));
        std::string const order = order_path(placed);
        EXPECT_EQ(shop.stock_of(variant, location), "5/3/0");
        if (moves > 0) co_await api.move(order, "confirmed");
        if (moves > 1) co_await api.move(order, "processing");
        std::string const payments = "/v1/admin/orders/" + order + "/payments";
        if (captured) {
            auto const paid = co_await api.send(http::method::post, payments, R"({"kind":"captured"})",
                                                {.key = order, .if_match = {}, .who = clerk()});
            EXPECT_EQ(paid.status, 201) << paid.body;
            EXPECT_EQ(text_at(paid, "/payments/0/state"), "captured");
        }
        auto const gone = co_await api.send(http::method::post, "/v1/admin/orders/" + order + "/transitions",
                                            R"({"to":"cancelled","reason":"customer called"})");
        EXPECT_EQ(gone.status, 200) << gone.body;
        EXPECT_EQ(text_at(gone, "/payments/0/state"), captured ? "refund_requested" : "voided");
        EXPECT_EQ(text_at(gone, "/lines/0/allocations/0/state"), "released");
        EXPECT_EQ(text_at(gone, "/history/" + std::to_string(moves + 1) + "/reason"), "customer called");
        EXPECT_EQ(shop.stock_of(variant, location), "5/0/0");
        EXPECT_EQ(shop.broken_stock(), "");
        auto const shown = co_await api.send(http::method::get, "/v1/admin/orders/" + order);
        EXPECT_EQ(json_of(shown), json_of(gone)) << "what was answered is what is stored";
        auto const again = co_await api.move(order, "cancelled");
        EXPECT_EQ(code_of(again), "order_transition_not_allowed");
        auto const back = co_await api.send(http::method::post, payments, R"({"kind":"refunded"})",
                                            {.key = order + "r", .if_match = {}, .who = clerk()});
        EXPECT_EQ(back.status, captured ? 201 : 409) << back.body;
    }
}

TEST(orders_flow, cancelling_gives_stock_and_money_back) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 5);
    with_client(shop, [&](shop_client& api) { return cancel_gives_back(api, shop, variant, location); });
}

core::task<void> shopper_cancels(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const placed = co_await api.checkout(shop.add_cart({{variant, 1}}), "k1");
    std::string const path = "/v1/shop/orders/" + order_path(placed) + "/cancel";
    auto const with = [&](std::string token) {
        return "{\"reason\":\"too late\",\"token\":\"" + token + "\"}";
    };
    shop_client::options const as_guest{};
    auto const stranger = co_await api.send(http::method::post, path, with("guess"), as_guest);
    EXPECT_EQ(code_of(stranger), "order_not_found");
    EXPECT_EQ(shop.sql("select status from sales.order_heads"), "pending");
    auto const done =
        co_await api.send(http::method::post, path, with(text_at(placed, "/tracking_token")), as_guest);
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(text_at(done, "/history/1/actor/kind"), "guest");

    auto const second = co_await api.checkout(shop.add_cart({{variant, 1}}), "k2");
    co_await api.move(order_path(second), "confirmed");
    co_await api.move(order_path(second), "processing");
    auto const late =
        co_await api.send(http::method::post, "/v1/shop/orders/" + order_path(second) + "/cancel",
                          with(text_at(second, "/tracking_token")), as_guest);
    EXPECT_EQ(late.status, 409);
    EXPECT_EQ(code_of(late), "order_transition_not_allowed");
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(orders_flow, a_shopper_cancels_until_the_work_begins) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 5);
    with_client(shop, [&](shop_client& api) { return shopper_cancels(api, shop, variant); });
}

core::task<void> refused_carts(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const nothing = co_await api.checkout(core::make_random_uuid(), "a");
    EXPECT_EQ(code_of(nothing), "cart_not_found");
    auto const empty = co_await api.checkout(shop.add_cart({}), "b");
    EXPECT_EQ(empty.status, 409);
    EXPECT_THAT(empty.body, HasSubstr("cart_empty"));

    auto const hidden = shop.add_variant();
    shop.sql("update catalog.variants set archived_at = now() where id = '" + core::to_string(hidden) +
             "' returning 1");
    auto const priceless = shop.add_variant(std::nullopt);
    auto const bare =
        co_await api.checkout(shop.add_cart({{variant, 11}, {hidden, 1}, {priceless, 1}},
                                            {.email = false, .address = false, .method = false}),
                              "c");
    EXPECT_EQ(code_of(bare), "cart_not_ready");
    for (auto const* fault :
         {R"("pointer":"/email")", R"("pointer":"/shipping_address")", R"("pointer":"/shipping_method_id")",
          R"("pointer":"/lines/0","code":"out_of_stock")",
          R"("pointer":"/lines/1","code":"variant_not_for_sale")",
          R"("pointer":"/lines/2","code":"no_price")"})
        EXPECT_THAT(bare.body, HasSubstr(fault));
    auto const gone = co_await api.checkout(shop.add_cart({{variant, 11}}), "d");
    EXPECT_EQ(gone.status, 409);
    EXPECT_EQ(code_of(gone), "out_of_stock");

    auto const dear = shop.add_variant(core::amount_max);
    shop.put_stock(dear, shop.add_location("vault", 9), 10);
    auto const too_dear = co_await api.checkout(shop.add_cart({{dear, 2}}), "e");
    EXPECT_EQ(code_of(too_dear), "amount_too_large");

    auto const cart = shop.add_cart({{variant, 1}});
    std::string const path = "/v1/shop/carts/" + core::to_string(cart) + "/checkout";
    for (auto const* body :
         {R"({"payment":{"provider":"manual"},"total":1})", R"({"payment":{"provider":"manual","amount":1}})",
          R"({"payment":{"provider":"none"}})", "{}", "[]"}) {
        auto const r =
            co_await api.send(http::method::post, path, body, {.key = "f", .if_match = {}, .who = {}});
        EXPECT_GE(r.status, 400) << body;
        EXPECT_LT(r.status, 500) << body;
    }
    EXPECT_EQ(
        shop.sql("select (select count(*) from sales.orders) + (select count(*) from inventory.reservations)"
                 " + (select count(*) from ops.idempotency_keys) + (select count(*) from audit.entries)"
                 " + (select count(*) from ops.outbox)"),
        "0");
}

TEST(orders_flow, a_refused_checkout_names_every_fault_and_writes_nothing) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 10);
    with_client(shop, [&](shop_client& api) { return refused_carts(api, shop, variant); });
}

core::task<void> no_shipping_needed(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const r = co_await api.checkout(
        shop.add_cart({{variant, 1}}, {.email = true, .address = false, .method = false}), "a");
    EXPECT_EQ(r.status, 201) << r.body;
    EXPECT_EQ(number_at(r, "/order/totals/total/amount"), 250);
    EXPECT_TRUE(json_of(r).at_pointer("/order/shipping_address").is_null());
}

TEST(orders_flow, what_needs_no_shipping_is_ordered_without_an_address) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant(250, false);
    shop.put_stock(variant, location, 1);
    with_client(shop, [&](shop_client& api) { return no_shipping_needed(api, shop, variant); });
}

core::task<void> keeps_what_was_bought(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const placed = co_await api.checkout(shop.add_cart({{variant, 1}}), "a");
    shop.sql("update catalog.products set title = 'Renamed' returning 1");
    shop.sql("update catalog.prices set amount = 1 returning 1");
    shop.sql("update sales.shipping_methods set name = 'Pigeon' returning 1");
    auto const seen = co_await api.send(http::method::get, "/v1/admin/orders/" + order_path(placed));
    EXPECT_EQ(text_at(seen, "/lines/0/product_title"), "Product 1");
    EXPECT_EQ(number_at(seen, "/totals/total/amount"), 2499);
    EXPECT_EQ(text_at(seen, "/adjustments/0/label"), "Post");
}

TEST(orders_flow, an_order_keeps_what_was_bought_as_it_was) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 1);
    with_client(shop, [&](shop_client& api) { return keeps_what_was_bought(api, shop, variant); });
}

core::task<void> backorders(shop_client& api, shop_world& shop, core::uuid variant, core::uuid location) {
    auto const placed = co_await api.checkout(shop.add_cart({{variant, 3}}), "a");
    std::string const order = order_path(placed);
    EXPECT_EQ(shop.stock_of(variant, location), "1/3/0");
    co_await api.move(order, "confirmed");
    co_await api.move(order, "processing");
    auto const early = co_await api.move(order, "shipped");
    EXPECT_EQ(early.status, 409) << early.body;
    EXPECT_EQ(code_of(early), "insufficient_stock");
    EXPECT_EQ(shop.sql("select status from sales.order_heads"), "processing");
    EXPECT_EQ(shop.sql("select count(*) from inventory.movements where kind = 'ship'"), "0");
    auto const came =
        co_await api.send(http::method::post, "/v1/admin/stock/adjustments",
                          "{\"variant_id\":\"" + core::to_string(variant) + "\",\"location_id\":\"" +
                              core::to_string(location) + "\",\"quantity\":2,\"reason\":\"received\"}",
                          {.key = "b", .if_match = {}, .who = clerk()});
    EXPECT_EQ(came.status, 201) << came.body;
    auto const now = co_await api.move(order, "shipped");
    EXPECT_EQ(now.status, 200) << now.body;
    EXPECT_EQ(shop.stock_of(variant, location), "0/0/0");
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(orders_flow, a_backorder_ships_when_it_has_arrived) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 1, 2);
    with_client(shop, [&](shop_client& api) { return backorders(api, shop, variant, location); });
}

std::string etag_of(http::reply const& r) {
    for (auto const& [name, value] : r.fields)
        if (name == "etag") return value;
    return "";
}

core::task<void> ordered_as_seen(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const cart = shop.add_cart({{variant, 1}});
    std::string const path = "/v1/shop/carts/" + core::to_string(cart);
    auto const shown = co_await api.send(http::method::get, path);
    std::string const seen = etag_of(shown);
    EXPECT_NE(seen, "");
    for (std::string const& other : {std::string("\"1-0\""), "W/" + seen, std::string("\"9\"")})
        EXPECT_EQ((co_await api.checkout(cart, "k", other)).status, 412) << other;

    shop.sql("update catalog.prices set amount = 2099 returning 1");
    auto const dearer = co_await api.checkout(cart, "k", seen);
    EXPECT_EQ(code_of(dearer), "version_stale") << "at a price that nobody was shown";
    auto const line = path + "/lines/" + text_at(shown, "/lines/0/id");
    auto const changed = co_await api.send(http::method::patch, line, R"({"quantity":2})");
    EXPECT_EQ((co_await api.checkout(cart, "k", seen)).status, 412) << "another tab changed it";
    EXPECT_EQ(
        shop.sql("select (select count(*) from sales.orders) + (select count(*) from ops.idempotency_keys)"),
        "0");

    auto const placed = co_await api.checkout(cart, "k", "\"1-0\", " + etag_of(changed));
    EXPECT_EQ(placed.status, 201) << placed.body;
    EXPECT_EQ(number_at(placed, "/order/totals/total/amount"), 2 * 2099 + 500);
    EXPECT_EQ((co_await api.checkout(cart, "k", seen)).body, placed.body) << "repeated, it is answered again";
    EXPECT_EQ((co_await api.checkout(shop.add_cart({{variant, 1}}), "any", "*")).status, 201);
}

TEST(orders_flow, a_checkout_under_if_match_orders_what_was_seen) {
    shop_world shop;
    auto const variant = shop.add_variant();
    shop.put_stock(variant, shop.add_location("main", 0), 9);
    with_client(shop, [&](shop_client& api) { return ordered_as_seen(api, shop, variant); });
}

// Statements and round trips of a checkout, a cancellation and a view, with so many lines.
core::task<void> meter_with(shop_client& api, shop_world& shop, std::vector<core::uuid> variants,
                            std::size_t lines, std::vector<std::uint32_t>& seen) {
    std::vector<basket_line> basket;
    for (std::size_t i = 0; i < lines; ++i) basket.push_back({variants.at(i), 1});
    auto const note = [&] { seen.insert(seen.end(), {api.last.statements, api.last.round_trips}); };
    auto const placed = co_await api.checkout(shop.add_cart(basket), "k");
    EXPECT_EQ(placed.status, 201) << placed.body;
    note();
    co_await api.send(http::method::get, "/v1/admin/orders/" + order_path(placed));
    note();
    auto const gone = co_await api.move(order_path(placed), "cancelled");
    EXPECT_EQ(gone.status, 200) << gone.body;
    note();
}

TEST(orders_flow, costs_the_same_statements_with_one_line_and_with_a_hundred) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    std::vector<core::uuid> variants;
    for (int i = 0; i < 100; ++i) {
        variants.push_back(shop.add_variant());
        shop.put_stock(variants.back(), location, 3);
    }
    std::vector<std::uint32_t> one, ten, hundred;
    with_client(shop, [&](shop_client& api) { return meter_with(api, shop, variants, 1, one); });
    with_client(shop, [&](shop_client& api) { return meter_with(api, shop, variants, 10, ten); });
    with_client(shop, [&](shop_client& api) { return meter_with(api, shop, variants, 100, hundred); });
    EXPECT_EQ(one, ten);
    EXPECT_EQ(one, hundred);
    EXPECT_EQ(one.at(1), 4u) << "a checkout: its key, its cart, its stock, all its rows with the commit";
    EXPECT_EQ(one.at(3), 1u);
    EXPECT_EQ(one.at(5), 2u) << "a move: lock and load, all its rows with the commit";
    EXPECT_EQ(shop.broken_stock(), "");
}

}  // namespace
