// Locations, stock, adjustments, the ledger and imports on a real PostgreSQL, through the endpoints.
#include "shop_world.hpp"

#include "inventory/inventory.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace {

using namespace integration;
using testing::HasSubstr;

constexpr auto get = http::method::get;
constexpr auto post = http::method::post;
constexpr auto patch = http::method::patch;

std::string adjustment(core::uuid variant, core::uuid location, std::int64_t quantity,
                       std::string_view reason) {
    return fmt::format(R"({{"variant_id":"{}","location_id":"{}","quantity":{},"reason":"{}"}})",
                       core::to_string(variant), core::to_string(location), quantity, reason);
}

core::task<http::reply> adjust(shop_client& api, std::string body, std::string key,
                               std::string if_match = {}) {
    return api.send(post, "/v1/admin/stock/adjustments", std::move(body),
                    {.key = std::move(key), .if_match = std::move(if_match), .who = clerk()});
}

core::task<void> adjustments(shop_client& api, shop_world& shop, core::uuid variant, core::uuid location) {
    auto const came = co_await adjust(api, adjustment(variant, location, 10, "received"), "a");
    EXPECT_EQ(came.status, 201) << came.body;
    EXPECT_EQ(number_at(came, "/available"), 10);
    EXPECT_EQ(number_at(came, "/version"), 2);
    auto const again = co_await adjust(api, adjustment(variant, location, 10, "received"), "a");
    EXPECT_EQ(again.body, came.body);
    auto const other = co_await adjust(api, adjustment(variant, location, 11, "received"), "a");
    EXPECT_EQ(code_of(other), "idempotency_key_reused");

    auto const placed = co_await api.checkout(shop.add_cart({{variant, 4}}), "k");
    EXPECT_EQ(placed.status, 201) << placed.body;
    auto const stale = co_await adjust(api, adjustment(variant, location, -1, "lost"), "b", "\"2-x\"");
    EXPECT_EQ(stale.status, 412) << stale.body;
    auto const too_much = co_await adjust(api, adjustment(variant, location, -7, "damaged"), "c");
    EXPECT_EQ(too_much.status, 409);
    EXPECT_EQ(code_of(too_much), "insufficient_stock");
    auto const rest = co_await adjust(api, adjustment(variant, location, -6, "damaged"), "d", "\"3-x\"");
    EXPECT_EQ(rest.status, 201) << rest.body;
    EXPECT_EQ(shop.stock_of(variant, location), "4/4/0");

    for (auto const& [quantity, reason] :
         {std::pair(0, "correction"), {-1, "received"}, {1, "lost"}, {1, "because"}}) {
        auto const r = co_await adjust(api, adjustment(variant, location, quantity, reason), "e");
        EXPECT_EQ(r.status, 422) << reason;
    }
    auto const nowhere = co_await adjust(api, adjustment(variant, core::make_uuid7(), 1, "found"), "f");
    EXPECT_EQ(code_of(nowhere), "unknown_location");
    auto const nothing = co_await adjust(api, adjustment(core::make_uuid7(), location, 1, "found"), "g");
    EXPECT_EQ(code_of(nothing), "unknown_variant");

    auto const ledger =
        co_await api.send(get, "/v1/admin/stock/movements?limit=2&variant_id=" + core::to_string(variant));
    EXPECT_EQ(text_at(ledger, "/data/0/reason"), "damaged");
    EXPECT_EQ(text_at(ledger, "/data/1/kind"), "reserve");
    auto const older = co_await api.send(
        get, "/v1/admin/stock/movements?limit=2&variant_id=" + core::to_string(variant) +
                 "&location_id=" + core::to_string(location) + "&after=" + text_at(ledger, "/next"));
    EXPECT_EQ(text_at(older, "/data/0/kind"), "receive");
    EXPECT_TRUE(json_of(older).at("next").is_null());
    auto const all = co_await api.send(get, "/v1/admin/stock/movements");
    EXPECT_EQ(json_of(all).at("data").as_array().size(), 3u);
    auto const half =
        co_await api.send(get, "/v1/admin/stock/movements?location_id=" + core::to_string(location));
    EXPECT_EQ(half.status, 422);
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(shop.sql("select count(*) from audit.entries where resource = 'stock'"), "2");
}

TEST(inventory, adjustments_take_what_is_free_and_leave_their_trace) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    with_client(shop, [&](shop_client& api) { return adjustments(api, shop, variant, location); });
}

core::task<void> locations(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const made =
        co_await api.send(post, "/v1/admin/locations", R"({"code":"berlin","name":"Berlin","priority":3})");
    EXPECT_EQ(made.status, 201) << made.body;
    auto const twice =
        co_await api.send(post, "/v1/admin/locations", R"({"code":"berlin","name":"Another"})");
    EXPECT_EQ(code_of(twice), "location_code_taken");
    std::string const path = "/v1/admin/locations/" + text_at(made, "/id");
    auto const id = core::parse_uuid(text_at(made, "/id")).value();
    auto const edit = [&](std::string body, std::string version) {
        return api.send(patch, path, std::move(body),
                        {.key = {}, .if_match = "\"" + version + "-x\"", .who = clerk()});
    };
    auto const renamed = co_await edit(R"({"name":"Berlin Mitte"})", "1");
    EXPECT_EQ(text_at(renamed, "/name"), "Berlin Mitte");
    EXPECT_EQ(number_at(renamed, "/priority"), 3);
    auto const stale = co_await edit(R"({"name":"Potsdam"})", "1");
    EXPECT_EQ(stale.status, 412);

    co_await adjust(api, adjustment(variant, id, 1, "found"), "a");
    auto const full = co_await edit(R"({"archived":true})", "2");
    EXPECT_EQ(code_of(full), "location_not_empty");
    co_await adjust(api, adjustment(variant, id, -1, "lost"), "b");
    auto const empty = co_await edit(R"({"archived":true})", "2");
    EXPECT_EQ(empty.status, 200) << empty.body;
    auto const late = co_await adjust(api, adjustment(variant, id, 1, "found"), "c");
    EXPECT_EQ(code_of(late), "unknown_location");
    auto const shown = co_await api.send(get, path);
    EXPECT_EQ(shown.body, empty.body);

    shop.add_location("amsterdam", 0);
    shop.add_location("zagreb", 0);
    auto const first = co_await api.send(get, "/v1/admin/locations?limit=2");
    EXPECT_EQ(text_at(first, "/data/0/code"), "amsterdam");
    EXPECT_EQ(text_at(first, "/data/1/code"), "berlin");
    auto const second =
        co_await api.send(get, "/v1/admin/locations?limit=2&after=" + text_at(first, "/next"));
    EXPECT_EQ(text_at(second, "/data/0/code"), "zagreb");
    EXPECT_TRUE(json_of(second).at("next").is_null());
}

TEST(inventory, a_location_is_archived_only_when_empty) {
    shop_world shop;
    auto const variant = shop.add_variant();
    with_client(shop, [&](shop_client& api) { return locations(api, shop, variant); });
}

core::task<void> stock_rows(shop_client& api, shop_world& shop, std::vector<core::uuid> variants,
                            std::vector<core::uuid> places) {
    std::string const one =
        "/v1/admin/stock/" + core::to_string(variants[0]) + "/" + core::to_string(places[0]);
    auto const before = co_await api.send(get, one);
    EXPECT_EQ(number_at(before, "/available"), 5);
    auto const wider = co_await api.send(patch, one, R"({"backorder_limit":7})",
                                         {.key = {}, .if_match = "\"1-x\"", .who = clerk()});
    EXPECT_EQ(number_at(wider, "/available"), 12) << wider.body;
    auto const placed = co_await api.checkout(shop.add_cart({{variants[0], 20}}), "k");
    EXPECT_EQ(placed.status, 201) << placed.body;
    auto const narrow = co_await api.send(patch, one, R"({"backorder_limit":0})",
                                          {.key = {}, .if_match = "*", .who = clerk()});
    EXPECT_EQ(code_of(narrow), "insufficient_stock");

    auto const count = [&](std::string query) -> core::task<std::size_t> {
        std::size_t rows = 0;
        std::string after;
        do {
            auto const page = co_await api.send(get, "/v1/admin/stock?limit=2" + query + after);
            EXPECT_EQ(page.status, 200) << page.body;
            rows += json_of(page).at("data").as_array().size();
            after = text_at(page, "/next").empty() ? "" : "&after=" + text_at(page, "/next");
        } while (!after.empty());
        co_return rows;
    };
    EXPECT_EQ(co_await count(""), 9u);
    EXPECT_EQ(co_await count("&variant_id=" + core::to_string(variants[1])), 3u);
    EXPECT_EQ(co_await count("&location_id=" + core::to_string(places[1])), 3u);
    EXPECT_EQ(co_await count("&location_id=" + core::to_string(places[1]) +
                             "&variant_id=" + core::to_string(variants[2])),
              1u);
    auto const bad = co_await api.send(get, "/v1/admin/stock?after=nonsense");
    EXPECT_EQ(code_of(bad), "cursor_invalid");
    auto const missing = co_await api.send(
        get, "/v1/admin/stock/" + core::to_string(core::make_uuid7()) + "/" + core::to_string(places[0]));
    EXPECT_EQ(code_of(missing), "stock_not_found");
}

TEST(inventory, stock_is_listed_by_page_and_edited_by_version) {
    shop_world shop;
    std::vector<core::uuid> variants, places;
    for (int i = 0; i < 3; ++i) {
        variants.push_back(shop.add_variant());
        places.push_back(shop.add_location("l" + std::to_string(i), i));
    }
    for (auto const& v : variants)
        for (auto const& l : places) shop.put_stock(v, l, 5);
    with_client(shop, [&](shop_client& api) { return stock_rows(api, shop, variants, places); });
}

core::task<void> unknown_places(shop_client& api, core::uuid variant, core::uuid location,
                                core::uuid archived) {
    core::uuid const nothing = core::make_uuid7();
    struct {
        core::uuid variant, location;
        std::string code, pointers;
    } const cases[] = {{nothing, location, "unknown_variant", "/variant_id "},
                       {variant, nothing, "unknown_location", "/location_id "},
                       {variant, archived, "unknown_location", "/location_id "},
                       {nothing, nothing, "unknown_variant", "/variant_id /location_id "},
                       {nothing, archived, "unknown_variant", "/variant_id /location_id "}};
    for (auto const& c : cases) {
        auto const r = co_await adjust(api, adjustment(c.variant, c.location, 1, "found"), "k");
        EXPECT_EQ(r.status, 422) << r.body;
        EXPECT_EQ(code_of(r), c.code);
        std::string pointers;
        auto const document = json_of(r);
        for (auto const& e : document.at("errors").as_array())
            pointers += std::string(e.at("pointer").as_string()) + " ";
        EXPECT_EQ(pointers, c.pointers);
    }
}

TEST(inventory, an_adjustment_names_every_id_that_is_unknown) {
    shop_world shop;
    auto const variant = shop.add_variant();
    auto const open = shop.add_location("open", 0), archived = shop.add_location("shut", 1);
    shop.sql("update inventory.locations set archived_at = now() where code = 'shut' returning 1");
    with_client(shop, [&](shop_client& api) { return unknown_places(api, variant, open, archived); });
    EXPECT_EQ(shop.sql("select count(*) from inventory.stock"), "0");
    EXPECT_EQ(shop.sql("select count(*) from ops.idempotency_keys"), "0");
}

core::task<core::result<std::int64_t>> import_once(db::transaction& t, std::vector<inventory::counted> what) {
    auto const by = work::command("carrack import");
    auto const location = co_await inventory::ensure_location(t, by, "main", "Main", 0);
    for (auto& c : what) c.location_id = location.value();
    auto const changed = inventory::set_on_hand(t, what, by);
    co_await t.run();
    co_return changed.one();
}

core::task<void> import(db::database& d, std::vector<inventory::counted> what, std::int64_t units) {
    auto const done = co_await d.use(in(std::chrono::seconds(10))).transact({}, [&](db::transaction& t) {
        return import_once(t, what);
    });
    EXPECT_TRUE(done);
    if (done) EXPECT_EQ(*done, units);
}

TEST(inventory, an_import_writes_the_differences_once_and_finds_the_missing) {
    shop_world shop;
    core::uuid const a = shop.add_variant(), b = shop.add_variant();
    std::vector<inventory::counted> const counts = {{b, {}, 4}, {a, {}, 7}};
    auto const options = options_for(shop.database.app_url());
    for (int const units : {11, 0})
        with_database(options, [&](db::database& d) { return import(d, counts, units); });
    EXPECT_EQ(
        shop.sql(
            "select string_agg(on_hand_delta::text, ',' order by on_hand_delta) from inventory.movements"),
        "4,7");
    EXPECT_EQ(shop.sql("select count(*) from inventory.locations"), "1");
    EXPECT_EQ(shop.sql("select count(*) from audit.entries where resource = 'locations'"), "1");

    auto const main = core::parse_uuid(shop.sql("select id from inventory.locations")).value();
    with_client(shop, [&](shop_client& api) -> core::task<void> {
        auto const placed = co_await api.checkout(shop.add_cart({{a, 6}}), "k");
        EXPECT_EQ(placed.status, 201) << placed.body;
    });
    with_database(options, [&](db::database& d) { return import(d, {{a, {}, 2}}, -5); });
    EXPECT_EQ(shop.stock_of(a, main), "2/6/4") << "four units are promised and were not found";
    with_client(shop, [&](shop_client& api) -> core::task<void> {
        auto const none = co_await api.checkout(shop.add_cart({{a, 1}}), "k");
        EXPECT_EQ(code_of(none), "out_of_stock") << "the shortage is never sold";
        auto const some = co_await adjust(api, adjustment(a, main, 3, "found"), "f");
        EXPECT_EQ(number_at(some, "/shortage"), 1);
        auto const order = shop.sql("select id from sales.orders");
        auto const cancelled = co_await api.move(order, "cancelled");
        EXPECT_EQ(cancelled.status, 200) << cancelled.body;
    });
    EXPECT_EQ(shop.stock_of(a, main), "5/0/0");
    EXPECT_EQ(shop.broken_stock(), "");
}

}  // namespace
