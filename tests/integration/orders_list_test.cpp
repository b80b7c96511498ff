// The list of orders in every order and by every filter, and the contract of each endpoint of orders and
// inventory.
#include "shop_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <ranges>
#include <set>

namespace {

using namespace integration;

// The numbers of all pages, in their order.
core::task<std::vector<std::int64_t>> numbers(shop_client& api, std::string query) {
    std::vector<std::int64_t> out;
    std::string after;
    do {
        auto const page = co_await api.send(http::method::get, "/v1/admin/orders?limit=2" + query + after);
        EXPECT_EQ(page.status, 200) << page.body;
        if (page.status != 200) co_return out;
        auto const document = json_of(page);
        for (auto const& row : document.at("data").as_array()) out.push_back(row.at("number").as_int64());
        after = text_at(page, "/next").empty() ? "" : "&after=" + text_at(page, "/next");
    } while (!after.empty());
    co_return out;
}

core::task<void> pages(shop_client& api, shop_world& shop, core::uuid variant) {
    std::vector<std::int64_t> placed;
    std::vector<std::string> orders, times;
    for (int i = 0; i < 7; ++i) {
        auto const r = co_await api.checkout(shop.add_cart({{variant, i + 1}}), "k");
        EXPECT_EQ(r.status, 201) << r.body;
        placed.push_back(number_at(r, "/order/number"));
        orders.push_back(text_at(r, "/order/id"));
        times.push_back(text_at(r, "/order/placed_at"));
    }
    std::vector<std::int64_t> const newest(placed.rbegin(), placed.rend());
    EXPECT_EQ(co_await numbers(api, ""), newest);
    EXPECT_EQ(co_await numbers(api, "&sort=-placed_at"), newest);
    EXPECT_EQ(co_await numbers(api, "&sort=placed_at"), placed);
    EXPECT_EQ(co_await numbers(api, "&q=ADA%40exam"), newest);
    EXPECT_EQ(co_await numbers(api, "&q=a%25da"), std::vector<std::int64_t>{})
        << "a percent sign means itself";
    EXPECT_EQ(co_await numbers(api, "&q=lovel"), newest) << "by the name it is shipped to";
    for (auto const* form : {"&q=%23{}", "&q={}", "&q=%20{}%20"})
        EXPECT_EQ(co_await numbers(api, fmt::format(fmt::runtime(form), placed[3])), std::vector{placed[3]});
    EXPECT_EQ(co_await numbers(api, fmt::format("&q={}&status=delivered", placed[3])),
              std::vector<std::int64_t>{});
    EXPECT_EQ(co_await numbers(api, "&q=%23777"), std::vector<std::int64_t>{});
    shop.sql("update sales.orders set email = '777@example.com' where number = " + std::to_string(placed[2]) +
             " returning 1");
    EXPECT_EQ(co_await numbers(api, "&q=777"), std::vector{placed[2]}) << "no number: part of an address";
    for (auto const* shorter : {"&q=ad", "&q=a.b", "&q=%25%25%25", "&q=%C3%A9a"}) {
        auto const r = co_await api.send(http::method::get, std::string("/v1/admin/orders?sort=x") + shorter);
        EXPECT_EQ(r.status, 422) << shorter;
        EXPECT_EQ(text_at(r, "/errors/1/pointer"), "/q") << "every fault at once: " << r.body;
        EXPECT_EQ(text_at(r, "/errors/1/code"), "too_short");
    }

    for (int const i : {1, 3, 5}) co_await api.move(orders[static_cast<std::size_t>(i)], "confirmed");
    std::vector<std::int64_t> const confirmed{placed[5], placed[3], placed[1]};
    EXPECT_EQ(co_await numbers(api, "&status=confirmed"), confirmed);
    EXPECT_EQ(co_await numbers(api, "&status=confirmed&sort=placed_at&q=ada"),
              (std::vector<std::int64_t>(confirmed.rbegin(), confirmed.rend())));
    EXPECT_EQ(co_await numbers(api, "&status=delivered"), std::vector<std::int64_t>{});
    EXPECT_EQ(co_await numbers(api, "&placed_after=" + times[2] + "&placed_before=" + times[5]),
              (std::vector{placed[4], placed[3]}));
    EXPECT_EQ(co_await numbers(api, "&status=confirmed&sort=placed_at&placed_after=" + times[1]),
              (std::vector{placed[3], placed[5]}));
    EXPECT_EQ(co_await numbers(api, "&placed_before=" + times[3]),
              (std::vector{placed[2], placed[1], placed[0]}));
    EXPECT_EQ(co_await numbers(
                  api, "&q=lovelace&sort=placed_at&placed_before=" + times[3] + "&placed_after=" + times[0]),
              (std::vector{placed[1], placed[2]}));
    EXPECT_EQ(co_await numbers(api, "&status=confirmed&q=lovelace&placed_before=" + times[5]),
              (std::vector{placed[3], placed[1]}));

    auto const first = co_await api.send(http::method::get, "/v1/admin/orders?limit=1");
    EXPECT_EQ(number_at(first, "/data/0/total/amount"), 7 * 1999 + 500);
    EXPECT_EQ(number_at(first, "/data/0/quantity"), 7);
    auto const mixed = co_await api.send(http::method::get,
                                         "/v1/admin/orders?sort=placed_at&after=" + text_at(first, "/next"));
    EXPECT_EQ(code_of(mixed), "cursor_invalid");
    auto const unsorted = co_await api.send(http::method::get, "/v1/admin/orders?sort=email");
    EXPECT_EQ(unsorted.status, 422);
}

TEST(orders_list, pages_in_every_order_and_by_every_filter) {
    shop_world shop;
    auto const variant = shop.add_variant();
    shop.put_stock(variant, shop.add_location("main", 0), 100);
    with_client(shop, [&](shop_client& api) { return pages(api, shop, variant); });
}

struct known_endpoint {
    http::method verb;
    std::string path;
    std::string_view operation;
};

std::vector<known_endpoint> endpoints() {
    using enum http::method;
    std::string const id = core::to_string(core::make_uuid7());
    return {{get, "/v1/admin/locations", "listLocations"},
            {post, "/v1/admin/locations", "createLocation"},
            {get, "/v1/admin/locations/" + id, "getLocation"},
            {patch, "/v1/admin/locations/" + id, "updateLocation"},
            {get, "/v1/admin/stock", "listStock"},
            {get, "/v1/admin/stock/" + id + "/" + id, "getStock"},
            {patch, "/v1/admin/stock/" + id + "/" + id, "updateStock"},
            {post, "/v1/admin/stock/adjustments", "adjustStock"},
            {get, "/v1/admin/stock/movements", "listStockMovements"},
            {post, "/v1/shop/carts/" + id + "/checkout", "checkout"},
            {get, "/v1/shop/orders/" + id, "trackOrder"},
            {post, "/v1/shop/orders/" + id + "/cancel", "cancelOrder"},
            {get, "/v1/shop/account/orders", "listOwnOrders"},
            {get, "/v1/admin/orders", "listOrders"},
            {get, "/v1/admin/orders/" + id, "getOrder"},
            {post, "/v1/admin/orders/" + id + "/transitions", "transitionOrder"},
            {post, "/v1/admin/orders/" + id + "/payments", "recordPayment"}};
}

// What is not in the contract is refused, wherever it comes from, and nothing is written.
core::task<void> strangers(shop_client& api) {
    for (auto const& e : endpoints()) {
        http::route const* const route = api.route_of(e.verb, e.path);
        EXPECT_NE(route, nullptr) << e.operation;
        if (route == nullptr) continue;
        EXPECT_EQ(route->operation, e.operation);
        bool const has_body = http::has_body(e.verb);
        auto const r = co_await api.send(e.verb, e.path + (has_body ? "" : "?role=owner"),
                                         has_body ? R"({"role":"owner","total":1})" : "",
                                         {.key = "k", .if_match = "*", .who = clerk()});
        EXPECT_EQ(r.status, 422) << e.operation << r.body;
        EXPECT_THAT(r.body, testing::HasSubstr("unknown_field")) << e.operation;
        if (e.path.find("/0") == e.path.npos) continue;
        std::string broken = e.path;
        broken.replace(broken.find("/0"), 37, "/not-an-id");
        auto const no_id = co_await api.send(e.verb, broken, has_body ? "{}" : "",
                                             {.key = "k", .if_match = "*", .who = clerk()});
        EXPECT_TRUE(no_id.status == 404 || no_id.status == 422) << e.operation << no_id.body;
    }
}

TEST(orders_list, every_endpoint_refuses_what_it_does_not_know) {
    shop_world shop;
    with_client(shop, [&](shop_client& api) { return strangers(api); });
    EXPECT_EQ(
        shop.sql("select (select count(*) from audit.entries) + (select count(*) from inventory.locations)"
                 " + (select count(*) from ops.idempotency_keys)"),
        "0");
}

}  // namespace
