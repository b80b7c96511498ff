// What a customer has ordered, as themselves or before as a guest: seen, listed and cancelled by whose it is,
// and a missing order to anybody else.
#include "orders/store.hpp"
#include "shop_world.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

namespace {

using namespace integration;
using enum http::method;

struct people {
    http::principal ada, bob;
};

http::principal customer(shop_world& shop, std::string const& email, std::string const& name) {
    core::uuid const id = core::make_uuid7();
    shop.sql(
        fmt::format("insert into identity.users (id, kind, email, name, email_verified_at)"
                    " values ('{}', 'customer', '{}', {}, now())",
                    core::to_string(id), email, name.empty() ? "null" : "'" + name + "'"));
    return {.kind = http::principal_kind::customer, .id = id, .session = core::make_uuid7()};
}

// Placed with this address, as a guest unless somebody is named.
core::task<http::reply> order(shop_client& api, shop_world& shop, core::uuid variant, std::string email,
                              http::principal who = {}) {
    auto const cart = shop.add_cart({{variant, 1}});
    shop.sql(fmt::format("update sales.carts set email = '{}' where key_digest = sha256(uuid_send('{}'))",
                         email, core::to_string(cart)));
    auto placed = co_await api.send(post, "/v1/shop/carts/" + core::to_string(cart) + "/checkout",
                                    R"({"payment":{"provider":"manual"}})",
                                    {.key = core::to_string(cart), .if_match = {}, .who = who});
    EXPECT_EQ(placed.status, 201) << placed.body;
    co_return placed;
}

std::string id_of(http::reply const& placed) { return text_at(placed, "/order/id"); }

core::task<http::reply> see(shop_client& api, std::string id, http::principal who, std::string token = {}) {
    co_return co_await api.send(get, "/v1/shop/orders/" + id + (token.empty() ? "" : "?token=" + token), "",
                                {.key = {}, .if_match = {}, .who = who});
}
core::task<http::reply> cancel(shop_client& api, std::string id, http::principal who,
                               std::string body = "{}") {
    co_return co_await api.send(post, "/v1/shop/orders/" + id + "/cancel", std::move(body),
                                {.key = {}, .if_match = {}, .who = who});
}

core::task<void> owns(shop_client& api, shop_world& shop, core::uuid variant, people who) {
    auto const placed = co_await order(api, shop, variant, "somewhere@else.example", who.ada);
    std::string const id = id_of(placed);
    EXPECT_EQ(shop.sql("select customer_id from sales.orders"), core::to_string(who.ada.id));
    auto const seen = co_await see(api, id, who.ada);
    EXPECT_EQ(json_of(seen), json_of(placed).at("order"));
    EXPECT_EQ(boost::json::serialize(json_of(seen).at_pointer("/history/0/actor")),
              R"({"kind":"customer","id":null,"name":null})");
    auto const staffs = co_await api.send(get, "/v1/admin/orders/" + id);
    EXPECT_EQ(text_at(staffs, "/customer_id"), core::to_string(who.ada.id));
    EXPECT_EQ(text_at(staffs, "/history/0/actor/id"), core::to_string(who.ada.id));
    EXPECT_EQ(text_at(staffs, "/history/0/actor/name"), "Ada Lovelace");
    EXPECT_EQ(shop.sql("select actor_kind || ' ' || actor_id from audit.entries where resource = 'orders'"),
              "customer " + core::to_string(who.ada.id));
    EXPECT_EQ((co_await see(api, id, {}, text_at(placed, "/tracking_token"))).status, 200)
        << "who has the token";
    EXPECT_EQ((co_await see(api, id, who.bob, text_at(placed, "/tracking_token"))).status, 200);

    auto const missing = core::to_string(core::make_uuid7());
    auto const rows = [&] {
        return shop.sql(
            "select (select count(*) from sales.order_status_history) || ' ' || (select count(*) from "
            "audit.entries) || ' ' || (select count(*) from ops.outbox)");
    };
    std::string const before = rows();
    for (std::string const& token : {std::string{}, std::string("guessed")}) {
        auto const foreign = co_await see(api, id, who.bob, token);
        EXPECT_EQ(foreign.status, 404);
        EXPECT_EQ(foreign.body, (co_await see(api, missing, who.bob, token)).body);
        std::string const body = token.empty() ? "{}" : "{\"token\":\"guessed\"}";
        auto const refused = co_await cancel(api, id, who.bob, body);
        EXPECT_EQ(refused.status, 404);
        EXPECT_EQ(refused.body, (co_await cancel(api, missing, who.bob, body)).body);
    }
    for (http::principal const& nobody : {http::principal{}, clerk()}) {
        auto const seen_by = co_await see(api, id, nobody);
        auto const cancelled_by = co_await cancel(api, id, nobody);
        for (http::reply const* r : {&seen_by, &cancelled_by}) {
            EXPECT_EQ(r->status, 422) << r->body;
            EXPECT_EQ(text_at(*r, "/errors/0/pointer"), "/token");
        }
    }
    EXPECT_EQ(rows(), before);

    auto const gone = co_await cancel(api, id, who.ada, R"({"reason":"Too late"})");
    EXPECT_EQ(text_at(gone, "/status"), "cancelled") << gone.body;
    EXPECT_EQ(shop.sql("select actor_kind || ' ' || actor_id from sales.order_status_history where seq = 1"),
              "customer " + core::to_string(who.ada.id));
    EXPECT_EQ(shop.broken_stock(), "");
}

void in_shop(std::function<core::task<void>(shop_client&, shop_world&, core::uuid, people)> body) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 100);
    people const who{customer(shop, "ada@example.com", "Ada Lovelace"),
                     customer(shop, "bob@example.com", "")};
    with_client(shop, [&](shop_client& api) { return body(api, shop, variant, who); });
}

TEST(orders_customers, own_what_they_have_ordered) { in_shop(owns); }

core::task<void> owned_before(shop_client& api, shop_world& shop, core::uuid variant, people who) {
    auto const guests = co_await order(api, shop, variant, "Ada@Example.COM");
    auto const another = co_await order(api, shop, variant, "ada@example.co");
    // Placed by somebody else who had signed in: theirs, whatever the address.
    auto const bobs = co_await order(api, shop, variant, "ada@example.com", who.bob);
    EXPECT_EQ((co_await see(api, id_of(guests), who.ada)).status, 200);
    for (auto const& not_hers : {another, bobs}) {
        EXPECT_EQ(code_of(co_await see(api, id_of(not_hers), who.ada)), "order_not_found");
        EXPECT_EQ(code_of(co_await cancel(api, id_of(not_hers), who.ada)), "order_not_found");
    }
    EXPECT_EQ(code_of(co_await see(api, id_of(guests), who.bob)), "order_not_found");
    EXPECT_EQ(code_of(co_await cancel(api, id_of(guests), who.bob)), "order_not_found");
    // A member of staff of that address is no customer of it.
    shop.sql(
        "insert into identity.users (id, kind, email, name) values"
        " (gen_random_uuid(), 'staff', 'ada@example.co', 'Ada')");
    core::uuid const staff =
        *core::parse_uuid(shop.sql("select id from identity.users where email = 'ada@example.co'"));
    http::principal const pretender{.kind = http::principal_kind::customer, .id = staff, .session = {}};
    EXPECT_EQ(code_of(co_await see(api, id_of(another), pretender)), "order_not_found");

    auto const gone = co_await cancel(api, id_of(guests), who.ada);
    EXPECT_EQ(text_at(gone, "/status"), "cancelled") << gone.body;
    EXPECT_EQ(shop.sql("select string_agg(actor_kind, ' ' order by seq) from sales.order_status_history "
                       "where order_id = '" +
                       id_of(guests) + "'"),
              "guest customer");
}

TEST(orders_customers, own_what_a_guest_has_ordered_with_their_address) { in_shop(owned_before); }

std::vector<std::string> ids_in(http::reply const& page) {
    std::vector<std::string> out;
    auto const all = json_of(page);
    for (auto const& one : all.at("data").as_array()) out.emplace_back(one.at("id").as_string());
    return out;
}

core::task<void> lists(shop_client& api, shop_world& shop, core::uuid variant, people who) {
    std::vector<std::string> hers;
    for (int i = 0; i < 7; ++i) {
        auto const placed = i % 3 == 2 ? co_await order(api, shop, variant, "ADA@example.com")
                                       : co_await order(api, shop, variant, "x@example.com", who.ada);
        hers.insert(hers.begin(), id_of(placed));
        co_await order(api, shop, variant, i % 2 ? "bob@example.com" : "ada@example.com", who.bob);
    }
    // Two at one instant: the id decides.
    shop.sql(
        "update sales.orders set placed_at = (select min(placed_at) from sales.orders where customer_id is "
        "null)"
        " where id in ('" +
        hers[3] + "', '" + hers[4] + "')");
    std::string const expected = shop.sql(
        "select string_agg(id::text, ' ' order by placed_at desc, id desc) from sales.orders where "
        "customer_id = '" +
        core::to_string(who.ada.id) + "' or (customer_id is null and lower(email) = 'ada@example.com')");
    std::vector<std::string> seen;
    for (std::string after;;) {
        auto const page = co_await api.send(get, "/v1/shop/account/orders?limit=2" + after, "",
                                            {.key = {}, .if_match = {}, .who = who.ada});
        EXPECT_EQ(page.status, 200) << page.body;
        for (auto& id : ids_in(page)) seen.push_back(std::move(id));
        if (json_of(page).at("next").is_null()) break;
        after = "&after=" + text_at(page, "/next");
    }
    EXPECT_EQ(fmt::format("{}", fmt::join(seen, " ")), expected);
    EXPECT_EQ(seen.size(), 7u);
    auto const bobs =
        co_await api.send(get, "/v1/shop/account/orders", "", {.key = {}, .if_match = {}, .who = who.bob});
    EXPECT_EQ(ids_in(bobs).size(), 7u);
    auto const first = json_of(bobs).at_pointer("/data/0");
    EXPECT_EQ(first.at("status").as_string(), "pending");
    EXPECT_EQ(first.at("quantity").as_int64(), 1);
    EXPECT_EQ(first.at("total").at("amount").as_int64(), 1999 + 500);
    auto const wrong = co_await api.send(get, "/v1/shop/account/orders?after=nonsense", "",
                                         {.key = {}, .if_match = {}, .who = who.ada});
    EXPECT_EQ(code_of(wrong), "cursor_invalid");
}

TEST(orders_customers, list_what_is_theirs_newest_first_page_by_page) { in_shop(lists); }

// With 20,000 orders, of which a customer has ten as themselves and ten as a guest.
constexpr auto seed = R"sql(
    insert into identity.users (id, kind, email, email_verified_at)
    select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'customer', 'c' || n || '@example.com', now()
      from generate_series(1, 1000) n;
    set session_replication_role = replica;
    insert into sales.orders (id, cart_id, customer_id, tracking_digest, email, currency, placed_at)
    select gen_random_uuid(), gen_random_uuid(),
           case when n % 2 = 0 then ('00000000-0000-7000-8000-' || lpad(to_hex(1 + n / 20), 12, '0'))::uuid end,
           sha256('x'), 'c' || 1 + n / 20 || '@example.com', 'USD', now() - n * interval '1 minute'
      from generate_series(0, 19999) n;
    insert into sales.order_heads (order_id, seq, status, placed_at)
    select id, 0, 'pending', placed_at from sales.orders;
    set session_replication_role = origin;
)sql";

TEST(orders_customers, own_orders_are_read_along_their_two_indexes) {
    auto const database = fresh_database();
    db::session super(database.admin_url());
    super.run(seed);
    super.run("vacuum analyze");
    db::statement_info const* list = nullptr;
    for (db::statement_info const* s : orders::statements())
        if (s->name == "orders.list_own") list = s;
    ASSERT_NE(list, nullptr);
    for (char const* mode : {"force_generic_plan", "force_custom_plan"})
        for (char const* customer :
             {"00000000-0000-7000-8000-000000000007", "00000000-0000-7000-8000-0000000003e8",
              "00000000-0000-7000-8000-00000000ffff"}) {
            super.run(fmt::format(
                "deallocate all; set plan_cache_mode = {}; prepare p (uuid, timestamptz, uuid, bigint) as {}",
                mode, list->sql));
            std::string plan;
            for (auto const& line :
                 super.query(fmt::format("explain (analyze, costs off, timing off, summary off) execute p "
                                         "('{}', 'infinity', '{}', 21)",
                                         customer, customer)))
                plan += line[0].value() + "\n";
            EXPECT_THAT(plan, testing::HasSubstr("orders_of_customers"));
            EXPECT_THAT(plan, testing::HasSubstr("orders_of_guests"));
            EXPECT_THAT(plan, testing::Not(testing::HasSubstr("Seq Scan on orders"))) << plan;
            EXPECT_THAT(plan, testing::Not(testing::HasSubstr("Rows Removed by Filter"))) << plan;
        }
}

}  // namespace
