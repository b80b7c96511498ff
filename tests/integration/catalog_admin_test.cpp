// Staff's side of the catalogue against a real PostgreSQL: what a change writes, refuses and leaves alone.
#include "catalog_world.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

namespace {

using namespace integration;
using http::method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto shirt = R"({"title":"Ocean Blue Shirt","description_html":"<p>Soft<script>x()</script></p>",
    "vendor":"Sea","product_type":"Shirt","published":true,"tags":["summer","blue","summer"],
    "options":[{"name":"Size","values":["S","M"]},{"name":"Colour","values":["Blue"]}],
    "variants":[
      {"options":[{"name":"Colour","value":"Blue"},{"name":"Size","value":"S"}],"sku":"OBS-S","weight_grams":180,
       "prices":[{"currency":"USD","amount":1999,"compare_at_amount":2999},{"currency":"EUR","amount":1899}]},
      {"options":[{"name":"Size","value":"M"},{"name":"Colour","value":"Blue"}],"sku":"OBS-M","barcode":"4006381333931",
       "prices":[{"currency":"USD","amount":2099}]}],
    "media":[{"url":"https://cdn.example.com/a.jpg","alt":"Front"},{"url":"https://cdn.example.com/b.jpg"}]})";

core::task<std::string> make(catalog_visitor& v, std::string body) {
    answer const made = co_await v.post("/v1/admin/products", std::move(body));
    EXPECT_EQ(made.status, 201) << boost::json::serialize(made.body);
    co_return made.text("/id");
}

std::vector<std::string> pointers(answer const& a) {
    std::vector<std::string> out;
    for (auto const& e : a.at("/errors").as_array())
        out.push_back(std::string(e.at("pointer").as_string()) + " " + std::string(e.at("code").as_string()));
    return out;
}

core::task<void> creates(catalog_visitor& v) {
    answer const made = co_await v.post("/v1/admin/products", shirt);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.text("/handle"), "ocean-blue-shirt");
    EXPECT_EQ(made.text("/description_html"), "<p>Soft</p>");
    EXPECT_EQ(made.number("/version"), 1);
    EXPECT_EQ(made.text("/variants/0/title"), "S / Blue");
    EXPECT_EQ(made.text("/variants/1/options/1/value"), "Blue");
    EXPECT_EQ(made.text("/variants/0/prices/0/currency"), "EUR");
    EXPECT_EQ(made.number("/variants/0/prices/1/compare_at_amount"), 2999);
    EXPECT_EQ(made.number("/variants/0/weight_grams"), 180);
    EXPECT_EQ(made.at("/tags").as_array().size(), 2U);
    EXPECT_EQ(v.trail(), "1 entries, 1 events");
    EXPECT_EQ(v.look("select changes->0->>'field' from audit.entries"), "handle");

    answer const read = co_await v.get("/v1/admin/products/" + made.text("/id"));
    EXPECT_EQ(read.body, made.body) << "what a write answers is what a read answers";

    answer const again = co_await v.post("/v1/admin/products", shirt);
    EXPECT_EQ(again.code(), "sku_taken");
    for (char const* handle : {"ocean-blue-shirt-2", "ocean-blue-shirt-3"})
        EXPECT_EQ(
            (co_await v.post("/v1/admin/products", R"({"title":"Ocean, Blue Shirt!"})")).text("/handle"),
            handle);
    answer const named =
        co_await v.post("/v1/admin/products", R"({"title":"T","handle":"ocean-blue-shirt"})");
    EXPECT_EQ(named.code(), "handle_taken") << "a handle that was asked for is that one";
    answer const other =
        co_await v.post("/v1/admin/products", R"({"title":"Other","variants":[{"sku":"OBS-S"}]})");
    EXPECT_EQ(other.code(), "sku_taken");
    answer const plain = co_await v.post("/v1/admin/products", R"({"title":"日本"})");
    EXPECT_EQ(plain.status, 201);
    EXPECT_THAT(plain.text("/handle"), HasSubstr("product-"));
    EXPECT_EQ(plain.text("/variants/0/title"), "Default");
    EXPECT_EQ(v.trail(), "4 entries, 4 events") << "a refusal writes nothing";
}
TEST(catalog_admin, creates_a_product_with_all_that_belongs_to_it) { with_catalog(creates); }

core::task<void> refuses(catalog_visitor& v) {
    std::string const ghost = core::to_string(core::make_uuid7());
    answer const bad =
        co_await v.post("/v1/admin/products", R"({"title":"X","handle":"01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10",
        "options":[{"name":"Size","values":["S","S"]},{"name":"Size","values":["M"]}],
        "variants":[{"options":[{"name":"Size","value":"XL"},{"name":"Fit","value":"Slim"}],
                     "prices":[{"currency":"USD","amount":1},{"currency":"USD","amount":2}]}],
        "media":[{"url":"https://a.example/x"},{"url":"https://a.example/x"}],
        "categories":[")" + ghost + "\"]}");
    EXPECT_EQ(bad.status, 422);
    EXPECT_THAT(pointers(bad),
                ElementsAre("/handle looks_like_an_id", "/options/0/values/1 repeated",
                            "/options/1/name repeated", "/variants/0/prices/1/currency repeated",
                            "/variants/0/options/0/value unknown", "/variants/0/options/1/name unknown",
                            "/variants/0/options missing", "/media/1/url repeated", "/categories/0 unknown"));
    answer const twins = co_await v.post("/v1/admin/products", R"({"title":"X",
        "options":[{"name":"Size","values":["S"]}],
        "variants":[{"options":[{"name":"Size","value":"S"}],"sku":"A"},{"options":[{"name":"Size","value":"S"}],"sku":"A"}]})");
    EXPECT_THAT(pointers(twins), ElementsAre("/variants/1/options repeated", "/variants/1/sku repeated"));
    EXPECT_EQ(v.look("select count(*) from catalog.products"), "0");
    EXPECT_EQ(v.trail(), "0 entries, 0 events");
}
TEST(catalog_admin, tells_every_fault_and_writes_nothing) { with_catalog(refuses); }

core::task<void> changes(catalog_visitor& v) {
    std::string const id = co_await make(v, shirt);
    std::string const path = "/v1/admin/products/" + id;
    answer const blind = co_await v.blind(method::patch, path, R"({"title":"Y"})");
    EXPECT_EQ(blind.status, 428);

    answer const renamed = co_await v.change(method::patch, path, 1,
                                             R"({"title":"Sea Shirt","published":false,"tags":["new"]})");
    EXPECT_EQ(renamed.status, 200);
    EXPECT_EQ(renamed.number("/version"), 2);
    EXPECT_TRUE(renamed.at("/published_at").is_null());
    EXPECT_EQ((co_await v.get(path)).body, renamed.body);
    answer const late = co_await v.change(method::patch, path, 1, R"({"title":"Lost"})");
    EXPECT_EQ(late.status, 412);
    answer const same = co_await v.change(method::patch, path, 2, R"({"title":"Sea Shirt"})");
    EXPECT_EQ(same.number("/version"), 2) << "nothing changes, nothing is written";
    EXPECT_EQ(v.trail(), "2 entries, 2 events");
    EXPECT_EQ(v.look("select jsonb_array_length(changes) from audit.entries order by id desc limit 1"), "3");

    answer const gone = co_await v.change(method::remove, path, 2);
    EXPECT_EQ(gone.status, 204);
    EXPECT_EQ(gone.meter.statements, 5U);
    EXPECT_EQ(gone.meter.round_trips, 2U);
    answer const archived = co_await v.get(path);
    EXPECT_TRUE(archived.at("/archived").as_bool());
    answer const back = co_await v.change(method::patch, path, 3, R"({"archived":false,"published":true})");
    EXPECT_FALSE(back.at("/archived").as_bool());
    EXPECT_FALSE(back.at("/published_at").is_null());
    answer const nobody = co_await v.change(
        method::patch, "/v1/admin/products/" + core::to_string(core::make_uuid7()), 1, "{}");
    EXPECT_EQ(nobody.code(), "product_not_found");
}
TEST(catalog_admin, changes_with_a_version_and_archives) { with_catalog(changes); }

core::task<void> variants(catalog_visitor& v) {
    std::string const id = co_await make(v, shirt);
    std::string const path = "/v1/admin/products/" + id;
    answer const added = co_await v.post(
        path + "/variants", R"({"options":[{"name":"Size","value":"XL"},{"name":"Colour","value":"Blue"}],
        "sku":"OBS-XL","prices":[{"currency":"USD","amount":2199}]})");
    EXPECT_EQ(added.status, 201) << boost::json::serialize(added.body);
    EXPECT_EQ(added.text("/options/0/values/2"), "XL");
    EXPECT_EQ(added.text("/variants/2/title"), "XL / Blue");
    EXPECT_EQ(added.text("/variants/0/options/0/value"), "S") << "the others keep their choices";
    EXPECT_EQ((co_await v.get(path)).body, added.body);
    answer const twice = co_await v.post(
        path + "/variants", R"({"options":[{"name":"Size","value":"XL"},{"name":"Colour","value":"Blue"}]})");
    EXPECT_EQ(twice.code(), "variant_taken");
    answer const sku = co_await v.post(
        path + "/variants",
        R"({"options":[{"name":"Size","value":"L"},{"name":"Colour","value":"Blue"}],"sku":"OBS-S"})");
    EXPECT_EQ(sku.code(), "sku_taken");
    answer const lacking =
        co_await v.post(path + "/variants", R"({"options":[{"name":"Size","value":"L"}]})");
    EXPECT_THAT(pointers(lacking), ElementsAre("/options missing"));

    std::string const small = added.text("/variants/0/id"), medium = added.text("/variants/1/id");
    answer const changed = co_await v.change(
        method::patch, path + "/variants/" + small, 2,
        R"({"sku":null,"weight_grams":200,"media_id":")" + added.text("/media/1/id") + "\"}");
    EXPECT_TRUE(changed.at("/variants/0/sku").is_null());
    EXPECT_EQ(changed.number("/variants/0/weight_grams"), 200);
    EXPECT_EQ(changed.text("/variants/0/media_id"), added.text("/media/1/id"));
    EXPECT_EQ((co_await v.get(path)).body, changed.body);

    answer const priced =
        co_await v.change(method::put, path + "/variants/" + medium + "/prices", 3,
                          R"({"prices":[{"currency":"JPY","amount":300},{"currency":"EUR","amount":1}]})");
    EXPECT_EQ(priced.text("/variants/1/prices/0/currency"), "EUR");
    EXPECT_EQ(priced.at("/variants/1/prices").as_array().size(), 2U);
    EXPECT_EQ((co_await v.get(path)).body, priced.body);
    EXPECT_EQ(v.look("select resource from audit.entries order by id desc limit 1"), "prices");

    answer const removed = co_await v.change(method::remove, path + "/variants/" + small, 4);
    EXPECT_EQ(removed.at("/variants").as_array().size(), 2U);
    EXPECT_EQ((co_await v.get(path)).body, removed.body);
    EXPECT_EQ(v.look("select count(*) from catalog.variants where archived_at is not null"), "1");
    answer const unknown = co_await v.change(method::remove, path + "/variants/" + small, 5);
    EXPECT_EQ(unknown.code(), "variant_not_found");
    answer const freed =
        co_await v.change(method::patch, path + "/variants/" + medium, 5,
                          R"({"options":[{"name":"Size","value":"S"},{"name":"Colour","value":"Blue"}]})");
    EXPECT_EQ(freed.text("/variants/0/title"), "S / Blue") << "an archived variant's place is free";
}
TEST(catalog_admin, variants_are_added_changed_priced_and_archived) { with_catalog(variants); }

core::task<void> media(catalog_visitor& v) {
    std::string const id = co_await make(v, shirt);
    std::string const path = "/v1/admin/products/" + id;
    answer const added =
        co_await v.post(path + "/media", R"({"url":"https://cdn.example.com/c.jpg","alt":"Back"})");
    EXPECT_EQ(added.text("/media/2/alt"), "Back");
    answer const twice = co_await v.post(path + "/media", R"({"url":"https://cdn.example.com/c.jpg"})");
    EXPECT_EQ(twice.code(), "media_taken");
    std::string const first = added.text("/media/0/id");
    answer const used = co_await v.change(method::patch, path + "/variants/" + added.text("/variants/0/id"),
                                          2, R"({"media_id":")" + first + "\"}");
    EXPECT_EQ(used.text("/variants/0/media_id"), first);
    answer const removed = co_await v.change(method::remove, path + "/media/" + first, 3);
    EXPECT_EQ(removed.status, 200);
    EXPECT_TRUE(removed.at("/variants/0/media_id").is_null());
    EXPECT_EQ(removed.text("/media/1/alt"), "Back");
    EXPECT_EQ((co_await v.get(path)).body, removed.body);
    answer const ghost = co_await v.change(method::remove, path + "/media/" + first, 4);
    EXPECT_EQ(ghost.code(), "media_not_found");
}
TEST(catalog_admin, media_come_and_go) { with_catalog(media); }

core::task<void> once(catalog_visitor& v) {
    answer const first =
        co_await v.post("/v1/admin/products", R"({"title":"Mug"})", {.idempotency_key = "k1"});
    answer const again =
        co_await v.post("/v1/admin/products", R"({"title":"Mug"})", {.idempotency_key = "k1"});
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(v.trail(), "1 entries, 1 events");
    answer const other =
        co_await v.post("/v1/admin/products", R"({"title":"Cup"})", {.idempotency_key = "k1"});
    EXPECT_EQ(other.code(), "idempotency_key_reused");
}
TEST(catalog_admin, a_repeated_key_creates_once) { with_catalog(once); }

core::task<void> race_one(catalog_visitor& v, std::string path, int n, std::vector<int>& statuses) {
    answer const a =
        co_await v.change(method::patch, path, 1, R"({"title":"Racer )" + std::to_string(n) + "\"}");
    statuses.push_back(a.status);
}
core::task<void> races(catalog_visitor& v) {
    std::string const path = "/v1/admin/products/" + co_await make(v, shirt);
    std::vector<int> statuses;
    std::vector<core::task<void>> racers;
    for (int i = 0; i < 8; ++i) racers.push_back(race_one(v, path, i, statuses));
    co_await all_of(std::move(racers));
    EXPECT_EQ(std::ranges::count(statuses, 200), 1);
    EXPECT_EQ(std::ranges::count(statuses, 412), 7);
    EXPECT_EQ(v.look("select version from catalog.products"), "2");
    EXPECT_EQ(v.trail(), "2 entries, 2 events");
}
TEST(catalog_admin, of_racing_changes_one_wins) { with_catalog(races); }

core::task<void> lists(catalog_visitor& v) {
    co_await make(v,
                  R"({"title":"Blue mug","vendor":"Clay","published":true,"variants":[{"sku":"MUG-0042"}]})");
    co_await make(v, R"({"title":"Red mug","tags":["hot"]})");
    std::string const cup =
        co_await make(v, R"({"title":"50%_cup","description_html":"<p>for warm tea</p>"})");
    co_await v.change(method::remove, "/v1/admin/products/" + cup, 1);
    auto const titled = [&](std::string query) -> core::task<std::vector<std::string>> {
        co_return titles(co_await v.get("/v1/admin/products" + query));
    };
    EXPECT_THAT(co_await titled(""), ElementsAre("50%_cup", "Red mug", "Blue mug"));
    EXPECT_THAT(co_await titled("?state=draft"), ElementsAre("Red mug"));
    EXPECT_THAT(co_await titled("?state=published"), ElementsAre("Blue mug"));
    EXPECT_THAT(co_await titled("?state=archived"), ElementsAre("50%_cup"));
    EXPECT_THAT(co_await titled("?vendor=Clay"), ElementsAre("Blue mug"));
    EXPECT_THAT(co_await titled("?tag=hot"), ElementsAre("Red mug"));
    EXPECT_THAT(co_await titled("?q=mu&sort=title"), ElementsAre("Blue mug", "Red mug"));
    EXPECT_THAT(co_await titled("?q=ug-004"), ElementsAre("Blue mug"));
    EXPECT_THAT(co_await titled("?q=warm"), ElementsAre("50%_cup"));
    EXPECT_THAT(co_await titled("?q=%25_cu"), ElementsAre("50%_cup")) << "signs mean nothing";
    EXPECT_THAT(co_await titled("?q=mug%25x"), IsEmpty());
    EXPECT_THAT(co_await titled("?sort=-updated_at&limit=1"), ElementsAre("50%_cup"));
    answer const all = co_await v.get("/v1/admin/products?sort=created_at");
    EXPECT_EQ(all.text("/data/0/state"), "published");
    EXPECT_EQ(all.number("/data/0/variant_count"), 1);
    answer const wrong = co_await v.get("/v1/admin/products?sort=price");
    EXPECT_EQ(wrong.status, 422);
}
TEST(catalog_admin, lists_filter_and_search) { with_catalog(lists); }

}  // namespace
