// Somebody whose rights end at one of two locations: what of stock and orders they see and move, that the
// rest is to them as if it were not there, and that being refused changes no row.
#include "db/migrate.hpp"
#include "shop_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace {

using namespace integration;
using enum http::method;

// What orders.places tells must be what the reservations and the heads say.
constexpr auto broken_places = R"sql(
    select count(*) from
        (select order_id, location_id, status, placed_at, quantity from sales.order_places) p
    full join
        (select r.order_id, r.location_id, h.status, h.placed_at, sum(r.quantity)::bigint as quantity
           from inventory.reservations r join sales.order_heads h on h.order_id = r.order_id
          group by 1, 2, 3, 4) r
        on (p.order_id, p.location_id, p.status, p.placed_at, p.quantity)
         = (r.order_id, r.location_id, r.status, r.placed_at, r.quantity)
     where p.order_id is null or r.order_id is null)sql";

// Everything that a refused request must leave as it was.
constexpr auto all_rows = R"sql(
    select md5(concat((select string_agg(s::text, ',' order by s::text) from inventory.stock s),
                      (select string_agg(l::text, ',' order by l::text) from inventory.locations l),
                      (select string_agg(r::text, ',' order by r::text) from inventory.reservations r),
                      (select count(*) from inventory.movements), (select count(*) from audit.entries),
                      (select string_agg(p::text, ',' order by p::text) from sales.order_places p),
                      (select string_agg(h::text, ',' order by h::text) from sales.order_heads h),
                      (select count(*) from sales.order_status_history), (select count(*) from ops.outbox),
                      (select count(*) from ops.idempotency_keys))))sql";

struct two_places {
    shop_world shop;
    core::uuid north = shop.add_location("north", 0), south = shop.add_location("south", 1);
    core::uuid mug = shop.add_variant(), bowl = shop.add_variant();
    std::string at_north, at_south, at_both;  // orders

    two_places() {
        shop.put_stock(mug, north, 3);
        shop.put_stock(mug, south, 10);
        shop.put_stock(bowl, south, 10);
    }
    core::task<void> trade(shop_client& api) {
        at_north = co_await order(api, {{mug, 2}});
        at_south = co_await order(api, {{bowl, 1}});
        at_both = co_await order(api, {{mug, 5}, {bowl, 2}});  // one mug is left in the north
    }
    core::task<std::string> order(shop_client& api, std::vector<basket_line> lines) {
        auto const r = co_await api.checkout(shop.add_cart(lines), "k");
        EXPECT_EQ(r.status, 201) << r.body;
        co_return text_at(r, "/order/id");
    }
    std::string rows() { return shop.sql(all_rows); }
};

void with_two_places(std::function<core::task<void>(two_places&, shop_client&)> body) {
    two_places of;
    with_client(of.shop, [&](shop_client& api) -> core::task<void> {
        co_await of.trade(api);
        co_await body(of, api);
    });
    EXPECT_EQ(of.shop.sql(broken_places), "0");
    EXPECT_EQ(of.shop.broken_stock(), "");
}

std::string orders_at(std::string const& id) { return "/v1/admin/orders/" + id; }
std::string key_of(core::uuid variant, core::uuid location) {
    return core::to_string(variant) + "/" + core::to_string(location);
}

core::task<std::string> listed(shop_client& api, std::string query = "") {
    auto const page = co_await api.send(get, "/v1/admin/orders?sort=placed_at" + query);
    EXPECT_EQ(page.status, 200) << page.body;
    std::string out;
    auto const document = json_of(page);
    for (auto const& o : document.at("data").as_array())
        out += fmt::format("{}:{}{} ", std::string(o.at("id").as_string()), o.at("quantity").as_int64(),
                           o.at("partial").as_bool() ? "+" : "");
    co_return out;
}

TEST(orders_places, an_order_is_listed_where_a_part_of_it_lies) {
    with_two_places([](two_places& of, shop_client& api) -> core::task<void> {
        EXPECT_EQ(co_await listed(api), of.at_north + ":2 " + of.at_south + ":1 " + of.at_both + ":7 ");
        api.rights.where = http::reach::only({of.north});
        EXPECT_EQ(co_await listed(api), of.at_north + ":2 " + of.at_both + ":1+ ");
        EXPECT_EQ(co_await listed(api, "&status=pending"), of.at_north + ":2 " + of.at_both + ":1+ ");
        EXPECT_EQ(co_await listed(api, "&q=ada"), of.at_north + ":2 " + of.at_both + ":1+ ");
        api.rights.where = http::reach::only({of.south});
        EXPECT_EQ(co_await listed(api), of.at_south + ":1 " + of.at_both + ":6+ ");
        auto const number = of.shop.sql("select number from sales.orders where id = '" + of.at_north + "'");
        EXPECT_EQ(co_await listed(api, "&q=" + number), "") << "nor found by its number";
        api.rights.where = http::reach::only({of.north, of.south});
        EXPECT_EQ(co_await listed(api), of.at_north + ":2 " + of.at_south + ":1 " + of.at_both + ":7 ")
            << "once, though it lies at both";
        EXPECT_EQ(co_await listed(api, "&q=" + number), of.at_north + ":2 ");
        api.rights.where = http::reach::only({core::make_uuid7()});
        EXPECT_EQ(co_await listed(api), "");
    });
}

TEST(orders_places, an_order_is_shown_as_far_as_it_lies_there) {
    with_two_places([](two_places& of, shop_client& api) -> core::task<void> {
        auto const whole = co_await api.send(get, orders_at(of.at_both));
        EXPECT_FALSE(json_of(whole).at("partial").as_bool());
        EXPECT_EQ(json_of(whole).at("lines").as_array().size(), 2u);
        api.rights.where = http::reach::only({of.north});
        auto const part = json_of(co_await api.send(get, orders_at(of.at_both)));
        EXPECT_TRUE(part.at("partial").as_bool());
        EXPECT_EQ(part.at("lines").as_array().size(), 1u) << "a line that lies elsewhere is not shown";
        auto const& line = part.at("lines").at(0);
        EXPECT_EQ(line.at("variant_id").as_string(), core::to_string(of.mug));
        EXPECT_EQ(line.at("allocations").as_array().size(), 1u);
        EXPECT_EQ(line.at("allocations").at(0).at("location_id").as_string(), core::to_string(of.north));
        EXPECT_EQ(line.at("allocations").at(0).at("quantity").as_int64(), 1);
        EXPECT_EQ(part.at("allowed_transitions").as_array().size(), 0u);
        EXPECT_EQ(part.at("totals"), json_of(whole).at("totals")) << "what is of the order as a whole stays";
        auto const own = json_of(co_await api.send(get, orders_at(of.at_north)));
        EXPECT_FALSE(own.at("partial").as_bool());
        EXPECT_EQ(own.at("allowed_transitions").as_array().size(), 2u);
        auto const foreign = co_await api.send(get, orders_at(of.at_south));
        auto const missing = co_await api.send(get, orders_at(core::to_string(core::make_uuid7())));
        EXPECT_EQ(foreign.status, 404);
        EXPECT_EQ(foreign.body, missing.body);
    });
}

TEST(orders_places, an_order_that_lies_elsewhere_too_is_moved_by_nobody_limited) {
    with_two_places([](two_places& of, shop_client& api) -> core::task<void> {
        api.rights.where = http::reach::only({of.north});
        std::string const before = of.rows();
        for (auto const* to : {"confirmed", "cancelled", "delivered"}) {
            auto const both = co_await api.move(of.at_both, to);
            EXPECT_EQ(both.status, 403) << both.body;
            EXPECT_EQ(code_of(both), "order_lies_elsewhere_too");
            EXPECT_EQ(code_of(co_await api.move(of.at_south, to)), "order_not_found");
        }
        EXPECT_EQ(of.rows(), before);
        for (auto const* to : {"confirmed", "processing", "shipped", "delivered"}) {
            auto const moved = co_await api.move(of.at_north, to);
            EXPECT_EQ(moved.status, 200) << moved.body;
            EXPECT_EQ(of.shop.sql(broken_places), "0");
            EXPECT_EQ(co_await listed(api, std::string("&status=") + to), of.at_north + ":2 ");
        }
        EXPECT_EQ(of.shop.stock_of(of.mug, of.north), "1/1/0");
        api.rights.where = http::reach::only({of.north, of.south});
        EXPECT_EQ((co_await api.move(of.at_both, "cancelled")).status, 200)
            << "who may at all of them, moves it";
        EXPECT_EQ(of.shop.stock_of(of.mug, of.north), "1/0/0");
    });
}

TEST(inventory_limits, stock_and_locations_elsewhere_are_as_if_they_were_not) {
    with_two_places([](two_places& of, shop_client& api) -> core::task<void> {
        api.rights.where = http::reach::only({of.north});
        auto const stock = json_of(co_await api.send(get, "/v1/admin/stock"));
        EXPECT_EQ(stock.at("data").as_array().size(), 1u);
        EXPECT_EQ(stock.at("data").at(0).at("location_id").as_string(), core::to_string(of.north));
        auto const count = [&](std::string path) -> core::task<std::size_t> {
            auto const r = co_await api.send(get, path);
            EXPECT_EQ(r.status, 200) << r.body;
            co_return json_of(r).at("data").as_array().size();
        };
        std::string const mug = "variant_id=" + core::to_string(of.mug);
        std::string const south = "location_id=" + core::to_string(of.south);
        EXPECT_EQ(co_await count("/v1/admin/stock?" + mug), 1u);
        EXPECT_EQ(co_await count("/v1/admin/stock?" + south), 0u);
        EXPECT_EQ(co_await count("/v1/admin/stock?" + mug + "&" + south), 0u);
        EXPECT_EQ(co_await count("/v1/admin/locations"), 1u);
        EXPECT_EQ(co_await count("/v1/admin/stock/movements?" + mug), 3u) << "received, reserved, reserved";
        EXPECT_EQ(co_await count("/v1/admin/stock/movements?" + mug + "&" + south), 0u);
        auto const ledger = co_await api.send(get, "/v1/admin/stock/movements");
        EXPECT_EQ(ledger.status, 422);
        EXPECT_EQ(text_at(ledger, "/errors/0/pointer"), "/variant_id");
        api.rights.where = http::reach::only({of.north, of.south});
        EXPECT_EQ(co_await count("/v1/admin/stock"), 3u);
        EXPECT_EQ(co_await count("/v1/admin/stock?limit=2"), 2u);
        auto const first = co_await api.send(get, "/v1/admin/stock?limit=1");
        EXPECT_EQ(co_await count("/v1/admin/stock?after=" + text_at(first, "/next")), 2u);
    });
}

struct refusal {
    http::method verb;
    std::string path, body;
};

// Each answers for what lies elsewhere as it does for what there is not, and leaves everything as it was.
TEST(inventory_limits, nothing_elsewhere_is_changed_or_told_from_what_there_is_not) {
    with_two_places([](two_places& of, shop_client& api) -> core::task<void> {
        api.rights.where = http::reach::only({of.north});
        std::string const before = of.rows();
        core::uuid const nobody = core::make_uuid7();
        auto const asked = [&](core::uuid at) {
            std::string const id = core::to_string(at);
            return std::vector<refusal>{
                {get, "/v1/admin/locations/" + id, ""},
                {patch, "/v1/admin/locations/" + id, R"({"name":"Mine"})"},
                {get, "/v1/admin/stock/" + key_of(of.mug, at), ""},
                {patch, "/v1/admin/stock/" + key_of(of.mug, at), R"({"backorder_limit":5})"},
                {post, "/v1/admin/stock/adjustments",
                 fmt::format(R"({{"variant_id":"{}","location_id":"{}","quantity":1,"reason":"found"}})",
                             core::to_string(of.mug), id)},
                {post, "/v1/admin/stock/adjustments",
                 fmt::format(R"({{"variant_id":"{}","location_id":"{}","quantity":1,"reason":"found"}})",
                             core::to_string(nobody), id)}};
        };
        auto const foreign = asked(of.south), missing = asked(nobody);
        for (std::size_t i = 0; i < foreign.size(); ++i) {
            shop_client::options const with{.key = "key", .if_match = "*", .who = clerk()};
            auto const one = co_await api.send(foreign[i].verb, foreign[i].path, foreign[i].body, with);
            auto const other = co_await api.send(missing[i].verb, missing[i].path, missing[i].body, with);
            EXPECT_THAT(one.status, testing::AnyOf(404, 422)) << foreign[i].path << one.body;
            EXPECT_EQ(one.body, other.body) << foreign[i].path;
        }
        EXPECT_EQ(of.rows(), before);
        shop_client::options const with{.key = "mine", .if_match = "*", .who = clerk()};
        auto const own = asked(of.north);
        for (std::size_t i = 0; i < 5; ++i) {
            auto const r = co_await api.send(own[i].verb, own[i].path, own[i].body, with);
            EXPECT_LT(r.status, 300) << own[i].path << r.body;
        }
        EXPECT_EQ(of.shop.stock_of(of.mug, of.north), "4/3/0");
    });
}

// The statement by which the migration makes them of what orders hold when a shop is upgraded.
std::string backfill() {
    auto const all = db::embedded_migrations();
    auto const ours = std::ranges::find(all, "orders_places", &db::migration::name);
    if (ours == all.end()) throw std::logic_error("the migration of places has another name");
    std::string const text(ours->sql);
    std::size_t const at = text.find("insert into sales.order_places");
    return text.substr(at, text.find(';', at) - at);
}

TEST(orders_places, an_upgrade_makes_them_of_what_orders_hold) {
    with_two_places([](two_places& of, shop_client& api) -> core::task<void> {
        EXPECT_EQ((co_await api.move(of.at_north, "confirmed")).status, 200);
        EXPECT_EQ((co_await api.move(of.at_south, "cancelled")).status, 200);
        db::session owner(of.shop.database.owner_url());
        owner.run("truncate sales.order_places");
        EXPECT_EQ(of.shop.sql(broken_places), "4") << "the check sees what is missing";
        owner.run(backfill());
        EXPECT_EQ(of.shop.sql(broken_places), "0");
        EXPECT_EQ(of.shop.sql("select count(*) from sales.order_places"), "4");
    });
}

}  // namespace
