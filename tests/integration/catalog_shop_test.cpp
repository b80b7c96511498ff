// What shoppers see of the catalogue, against a real PostgreSQL: order, pages, filters, stock, one round
// trip.
#include "catalog/catalog.hpp"
#include "catalog_world.hpp"

#include <gmock/gmock.h>

#include <set>

namespace {

using namespace integration;
using http::method;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

core::task<answer> make(catalog_visitor& v, std::string body) {
    answer made = co_await v.post("/v1/admin/products", std::move(body));
    EXPECT_EQ(made.status, 201);
    co_return made;
}

core::task<std::vector<std::string>> titled(catalog_visitor& v, std::string query) {
    co_return titles(co_await v.get("/v1/shop/products" + query));
}

// Every page of a list, with the number of statements that each took.
core::task<std::vector<std::string>> walk(catalog_visitor& v, std::string query) {
    std::vector<std::string> out;
    std::string after;
    do {
        answer const page = co_await v.get("/v1/shop/products" + query + after);
        EXPECT_EQ(page.meter.statements, 1U);
        EXPECT_EQ(page.meter.round_trips, 1U);
        for (auto& title : titles(page)) out.push_back(std::move(title));
        std::string const next = next_of(page);
        after = next.empty() ? "" : "&after=" + next;
    } while (!after.empty());
    co_return out;
}

core::task<void> shows(catalog_visitor& v) {
    answer const made = co_await make(v, R"({"title":"Mug","published":true,"vendor":"Clay",
        "options":[{"name":"Size","values":["S","L"]}],"tags":["hot"],
        "variants":[{"options":[{"name":"Size","value":"S"}],"sku":"M-S","prices":[{"currency":"USD","amount":1000,"compare_at_amount":1200}]},
                    {"options":[{"name":"Size","value":"L"}],"prices":[{"currency":"EUR","amount":900}]}],
        "media":[{"url":"https://cdn.example.com/m.jpg"}]})");
    std::string const small = made.text("/variants/0/id");
    v.run(
        "insert into inventory.locations (id, code, name) values (gen_random_uuid(), 'a', 'A'), "
        "(gen_random_uuid(), 'b', 'B');"
        "insert into inventory.stock (variant_id, location_id, on_hand, reserved, backorder_limit, shortage)"
        " select '" +
        small +
        "', id, case code when 'a' then 5 else 1 end, case code when 'a' then 2 else 3 end,"
        " 0, case code when 'a' then 0 else 2 end from inventory.locations");

    answer const seen = co_await v.get("/v1/shop/products/mug");
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.meter.statements, 1U);
    EXPECT_EQ(seen.number("/variants/0/available"), 3)
        << "the shortage of one place takes nothing from another";
    EXPECT_EQ(seen.number("/variants/0/price/amount"), 1000);
    EXPECT_EQ(seen.text("/variants/0/price/currency"), "USD");
    EXPECT_EQ(seen.number("/variants/0/compare_at_price/amount"), 1200);
    EXPECT_EQ(seen.text("/variants/0/options/0/name"), "Size");
    EXPECT_TRUE(seen.at("/variants/1/price").is_null());
    EXPECT_EQ(seen.text("/options/0/values/1"), "L");
    EXPECT_EQ(seen.text("/tags/0"), "hot");
    EXPECT_FALSE(seen.body.as_object().contains("version"));

    answer const euros = co_await v.get("/v1/shop/products/" + made.text("/id") + "?currency=EUR");
    EXPECT_EQ(euros.number("/variants/1/price/amount"), 900);
    EXPECT_TRUE(euros.at("/variants/0/price").is_null());
    answer const listed = co_await v.get("/v1/shop/products");
    boost::json::object card = seen.body.as_object();
    card.erase("description_html");
    EXPECT_EQ(listed.at("/data/0").as_object(), card)
        << "a list shows what the page shows, but the description";

    v.run("update inventory.stock set on_hand = 5000 where reserved = 2");
    EXPECT_EQ((co_await v.get("/v1/shop/products/mug")).number("/variants/0/available"), 10);
}
TEST(catalog_shop, shows_what_can_be_bought) { with_catalog(shows); }

core::task<void> hides(catalog_visitor& v) {
    co_await make(v, R"({"title":"Draft"})");
    answer const gone = co_await make(v, R"({"title":"Gone","published":true})");
    co_await v.change(method::remove, "/v1/admin/products/" + gone.text("/id"), 1);
    EXPECT_THAT(co_await titled(v, ""), IsEmpty());
    for (std::string key :
         {std::string("draft"), std::string("gone"), gone.text("/id"), std::string("nothing")}) {
        answer const a = co_await v.get("/v1/shop/products/" + key);
        EXPECT_EQ(a.code(), "product_not_found") << key;
    }
    answer const two =
        co_await make(v, R"({"title":"Two","published":true,"options":[{"name":"N","values":["1","2"]}],
        "variants":[{"options":[{"name":"N","value":"1"}]},{"options":[{"name":"N","value":"2"}]}]})");
    co_await v.change(method::remove,
                      "/v1/admin/products/" + two.text("/id") + "/variants/" + two.text("/variants/0/id"), 1);
    answer const left = co_await v.get("/v1/shop/products/two");
    EXPECT_EQ(left.at("/variants").as_array().size(), 1U);
    EXPECT_EQ(left.text("/variants/0/title"), "2");
    EXPECT_EQ(left.at("/options/0/values").as_array(), boost::json::array{"2"}) << "nobody can choose 1";
}
TEST(catalog_shop, hides_drafts_and_what_is_archived) { with_catalog(hides); }

core::task<void> pages(catalog_visitor& v) {
    // Ties in the sort key everywhere: 7 moments and 5 titles for 33 products.
    v.run(
        "insert into catalog.products (id, handle, title, published_at)"
        " select gen_random_uuid(), 'p-' || n, 'T' || n % 5, now() - n % 7 * interval '1 hour'"
        "   from generate_series(1, 33) n");
    for (std::string sort : {"-published_at", "title", "-title"}) {
        std::string const column = sort == "-published_at" ? "published_at desc, id desc"
                                   : sort == "title"       ? "title, id"
                                                           : "title desc, id desc";
        std::string const wanted =
            v.look("select string_agg(title, ',' order by " + column + ") from catalog.products");
        for (std::string limit : {"1", "4", "33", "100"}) {
            auto const got = co_await walk(v, "?sort=" + sort + "&limit=" + limit);
            std::string joined;
            for (auto const& t : got) joined += (joined.empty() ? "" : ",") + t;
            EXPECT_EQ(joined, wanted) << sort << " by " << limit;
        }
    }
    answer const first = co_await v.get("/v1/shop/products?limit=2&sort=title");
    answer const crossed = co_await v.get("/v1/shop/products?limit=2&sort=-title&after=" + next_of(first));
    EXPECT_EQ(crossed.code(), "cursor_invalid");
    EXPECT_EQ((co_await v.get("/v1/shop/products?after=xyz")).code(), "cursor_invalid");
    EXPECT_EQ((co_await v.get("/v1/shop/products?colour=red")).status, 422);
    EXPECT_EQ((co_await v.get("/v1/shop/products?limit=101")).status, 422);
}
TEST(catalog_shop, pages_are_whole_and_in_order_with_ties) { with_catalog(pages); }

core::task<std::string> category(catalog_visitor& v, std::string name, std::string parent = {}) {
    std::string body = "{\"name\":" + json_text(name);
    if (!parent.empty()) body += ",\"parent_id\":" + json_text(parent);
    answer const made = co_await v.post("/v1/admin/categories", body + "}");
    EXPECT_EQ(made.status, 201);
    co_return made.text("/id");
}

core::task<void> filters(catalog_visitor& v) {
    std::string const home = co_await category(v, "Home");
    std::string const mugs = co_await category(v, "Mugs", home);
    std::string const art = co_await category(v, "Art");
    auto const product = [&](std::string title, std::string in, std::string tags) {
        return make(v, "{\"title\":" + json_text(title) + R"(,"published":true,"categories":[)" + in +
                           R"(],"tags":[)" + tags + "]}");
    };
    co_await product("Blue mug", json_text(mugs), R"("blue","gift")");
    co_await product("Red mug", json_text(mugs) + "," + json_text(home), R"("red")");
    co_await product("Blue print", json_text(art), R"("blue")");
    co_await product("Lamp", json_text(home), "");

    EXPECT_THAT(co_await titled(v, "?category=mugs"), ElementsAre("Red mug", "Blue mug"));
    EXPECT_THAT(co_await titled(v, "?category=home"), ElementsAre("Lamp", "Red mug", "Blue mug"))
        << "what lies below is included, nothing twice";
    EXPECT_THAT(co_await titled(v, "?category=" + home + "&sort=title"),
                ElementsAre("Blue mug", "Lamp", "Red mug"));
    EXPECT_THAT(co_await titled(v, "?category=nowhere"), IsEmpty());
    EXPECT_THAT(co_await titled(v, "?tag=blue&sort=title"), ElementsAre("Blue mug", "Blue print"));
    EXPECT_THAT(co_await titled(v, "?tag=blue&category=home"), ElementsAre("Blue mug"));
    EXPECT_THAT(co_await titled(v, "?q=mug+-red"), ElementsAre("Blue mug"));
    EXPECT_THAT(co_await titled(v, "?q=print+or+lamp&sort=title"), ElementsAre("Blue print", "Lamp"));
    EXPECT_THAT(co_await titled(v, "?q=blue&tag=gift&category=home&sort=-title"), ElementsAre("Blue mug"));
    EXPECT_THAT(co_await titled(v, "?q=%22%29%27%3A*%26"), IsEmpty()) << "syntax means nothing";
    EXPECT_THAT(co_await walk(v, "?q=blue&sort=title&limit=1"), ElementsAre("Blue mug", "Blue print"));
    EXPECT_THAT(co_await walk(v, "?category=home&limit=1"), ElementsAre("Lamp", "Red mug", "Blue mug"));
    answer const mug = co_await v.get("/v1/shop/products/red-mug");
    EXPECT_EQ(mug.text("/categories/0/handle"), "home");
    EXPECT_EQ(mug.text("/categories/1/id"), mugs);
}
TEST(catalog_shop, filters_and_searches) { with_catalog(filters); }

core::task<void> constant(catalog_visitor& v) {
    for (int const rows : {1, 10, 1000}) {
        v.run(
            "insert into catalog.products (id, handle, title, published_at)"
            " select gen_random_uuid(), 'bulk-" +
            std::to_string(rows) + "-' || n, 'Bulk', now() from generate_series(1, " + std::to_string(rows) +
            ") n;"
            "insert into catalog.variants (id, product_id, position, title)"
            " select gen_random_uuid(), id, n, 'V' || n from catalog.products, generate_series(1, 3) n on "
            "conflict do nothing");
        for (char const* target :
             {"/v1/shop/products?limit=100", "/v1/shop/products?limit=100&q=bulk&sort=title",
              "/v1/admin/products?limit=100&q=ul", "/v1/shop/categories", "/v1/admin/categories"}) {
            answer const a = co_await v.get(target);
            EXPECT_EQ(a.status, 200);
            EXPECT_EQ(a.meter.statements, 1U) << target << " with " << rows;
        }
    }
}
TEST(catalog_shop, one_statement_whatever_there_is) { with_catalog(constant); }

core::task<void> sells(catalog_visitor& v) {
    answer const mug = co_await make(
        v,
        R"({"title":"Mug","published":true,"variants":[{"sku":"M","prices":[{"currency":"USD","amount":5}]}],
        "media":[{"url":"https://cdn.example.com/m.jpg"}]})");
    answer const draft = co_await make(v, R"({"title":"Draft"})");
    std::vector<core::uuid> const ids{*core::parse_uuid(mug.text("/variants/0/id")),
                                      *core::parse_uuid(draft.text("/variants/0/id")), core::make_uuid7()};
    auto rows = co_await v.env.database()
                    .use(in(std::chrono::seconds(5)))
                    .all(catalog::load_sellables, ids, core::currency::unchecked("USD"));
    EXPECT_EQ(rows.size(), 2U);
    std::ranges::sort(rows, {}, &catalog::sellable::product_title);
    EXPECT_FALSE(rows.at(0).for_sale);
    EXPECT_EQ(rows.at(0).amount, std::nullopt);
    EXPECT_TRUE(rows.at(1).for_sale);
    EXPECT_EQ(rows.at(1).amount, 5);
    EXPECT_EQ(rows.at(1).variant_title, "Default");
    EXPECT_EQ(rows.at(1).image_url, "https://cdn.example.com/m.jpg");
}
TEST(catalog_shop, carts_learn_what_is_for_sale) { with_catalog(sells); }

}  // namespace
