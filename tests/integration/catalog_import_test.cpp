// Bringing products in: again updates and never doubles, nothing new writes nothing, all or nothing.
#include "catalog/catalog.hpp"
#include "catalog_world.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using drafts = std::vector<catalog::product_draft>;
using outcome = core::result<std::vector<catalog::imported_product>>;

core::task<outcome> import(catalog_visitor& v, drafts const& what, core::meter* meter = nullptr) {
    for (auto const& d : what) EXPECT_THAT(catalog::faults_of(d), IsEmpty());
    co_return co_await v.env.database()
        .use(in(60s), meter)
        .transact(catalog::import_refusals, [&](db::transaction& t) {
            return catalog::import_products(t, work::command("carrack import"), what);
        });
}

catalog::variant_draft variant(std::vector<std::string> values, std::string sku, std::int64_t cents) {
    catalog::variant_draft v{.option_values = std::move(values)};
    v.sku.emplace() = std::move(sku);
    v.prices.push_back({core::currency::unchecked("USD"), cents, std::nullopt});
    return v;
}

catalog::product_draft shirt() {
    catalog::product_draft d{.handle = "shirt", .title = "Shirt"};
    d.description_html.emplace() = "<p>Soft</p>";
    d.vendor.emplace() = "Sea";
    d.tags.emplace() = {"b", "a", "a"};
    d.categories.emplace() = {{"Clothes", "Shirts"}, {"New"}};
    d.published.emplace() = true;
    d.options = {{"Size", {"S", "M"}}, {"Colour", {"Blue"}}};
    d.variants = {variant({"S", "Blue"}, "S1", 1000), variant({"M", "Blue"}, "S2", 1100)};
    d.media.emplace() = {{"https://cdn.example.com/1.jpg", "One"}, {"https://cdn.example.com/2.jpg", ""}};
    d.variants[1].media_url.emplace() = "https://cdn.example.com/2.jpg";
    return d;
}

catalog::product_draft plain(std::string handle) {
    catalog::product_draft d{.handle = handle, .title = handle};
    d.published.emplace() = true;
    d.variants = {variant({}, "SKU-" + handle, 500)};
    return d;
}

core::task<void> again(catalog_visitor& v) {
    outcome const first = co_await import(v, {shirt(), plain("mug")});
    EXPECT_TRUE(first->at(0).created && first->at(0).changed);
    answer const seen = co_await v.get("/v1/admin/products/" + core::to_string(first->at(0).id));
    EXPECT_EQ(seen.text("/variants/1/id"), core::to_string(first->at(0).variant_ids.at(1)));
    EXPECT_EQ(seen.text("/variants/1/title"), "M / Blue");
    EXPECT_EQ(seen.text("/variants/1/media_id"), seen.text("/media/1/id"));
    EXPECT_EQ(seen.number("/variants/0/prices/0/amount"), 1000);
    EXPECT_EQ(seen.text("/categories/0/handle"), "new");
    EXPECT_EQ(seen.text("/categories/1/handle"), "clothes-shirts");
    EXPECT_EQ(seen.text("/tags/1"), "b");
    EXPECT_EQ(v.trail(), "5 entries, 5 events") << "3 categories, 2 products";

    outcome const same = co_await import(v, {shirt(), plain("mug")});
    EXPECT_FALSE(same->at(0).changed || same->at(1).changed);
    EXPECT_EQ(same->at(0).variant_ids, first->at(0).variant_ids);
    EXPECT_EQ(v.trail(), "5 entries, 5 events") << "nothing new, nothing written";
    EXPECT_EQ((co_await v.get("/v1/admin/products/" + core::to_string(first->at(0).id))).body, seen.body);
}
TEST(catalog_import, the_same_again_changes_nothing) { with_catalog(again); }

core::task<void> updates(catalog_visitor& v) {
    outcome const first = co_await import(v, {shirt()});
    std::string const path = "/v1/admin/products/" + core::to_string(first->at(0).id);
    co_await v.change(http::method::put,
                      path + "/variants/" + core::to_string(first->at(0).variant_ids[0]) + "/prices", 1,
                      R"({"prices":[{"currency":"USD","amount":1},{"currency":"EUR","amount":2}]})");

    catalog::product_draft d = shirt();
    d.title = "Shirt 2";
    d.vendor = {};  // says nothing: stays
    d.options[0].values = {"L", "S"};
    d.variants = {variant({"L", "Blue"}, "S2", 1300),
                  variant({"S", "Blue"}, "S9", 1200)};  // M's SKU goes to L
    d.media.emplace() = {{"https://cdn.example.com/3.jpg", "Three"},
                         {"https://cdn.example.com/1.jpg", "One"}};
    outcome const second = co_await import(v, {d});
    EXPECT_FALSE(second->at(0).created);
    EXPECT_EQ(second->at(0).id, first->at(0).id);
    EXPECT_EQ(second->at(0).variant_ids.at(1), first->at(0).variant_ids.at(0)) << "known by its options";
    answer const seen = co_await v.get(path);
    EXPECT_EQ(seen.text("/title"), "Shirt 2");
    EXPECT_EQ(seen.text("/vendor"), "Sea");
    EXPECT_EQ(seen.at("/variants").as_array().size(), 2U);
    EXPECT_EQ(seen.text("/variants/0/sku"), "S2");
    EXPECT_EQ(seen.number("/variants/1/prices/0/amount"), 2) << "a price in a currency not brought stays";
    EXPECT_EQ(seen.number("/variants/1/prices/1/amount"), 1200);
    EXPECT_EQ(seen.text("/media/1/alt"), "One");
    EXPECT_EQ(seen.text("/options/0/values/0"), "L");
    EXPECT_EQ(v.look("select count(*) from catalog.variants where archived_at is not null"), "1");

    outcome const third = co_await import(v, {shirt()});
    EXPECT_EQ(third->at(0).variant_ids, first->at(0).variant_ids) << "the archived one comes back as itself";
    EXPECT_EQ(v.look("select count(*) from catalog.variants"), "3");
    EXPECT_EQ((co_await v.get("/v1/shop/products/shirt")).number("/variants/1/price/amount"), 1100);
}
TEST(catalog_import, updates_by_handle_and_options) { with_catalog(updates); }

core::task<void> refused(catalog_visitor& v) {
    co_await v.post("/v1/admin/products", R"({"title":"Theirs","variants":[{"sku":"SKU-b"}]})");
    outcome const out = co_await import(v, {plain("a"), plain("b"), shirt()});
    EXPECT_FALSE(out);
    EXPECT_EQ(out.error().what->code, "sku_taken");
    EXPECT_EQ(v.look("select count(*) from catalog.products"), "1") << "all or nothing";
    EXPECT_EQ(v.look("select count(*) from catalog.categories"), "0");
    EXPECT_EQ(v.trail(), "1 entries, 1 events");
}
TEST(catalog_import, is_all_or_nothing) { with_catalog(refused); }

core::task<void> set_based(catalog_visitor& v) {
    drafts many;
    for (int i = 0; i < 500; ++i) many.push_back(plain("many-" + std::to_string(i)));
    core::meter one;
    core::meter all;
    EXPECT_TRUE(co_await import(v, {plain("one")}, &one));
    EXPECT_TRUE(co_await import(v, many, &all));
    // An audit entry and an event for each product; all else is the same number of statements.
    EXPECT_EQ(all.statements - 2 * 500, one.statements - 2);
    EXPECT_EQ(all.round_trips, one.round_trips);
    many.resize(3);
    many[1].title = "Renamed";
    outcome const renamed = co_await import(v, many);
    EXPECT_THAT((std::vector<bool>{renamed->at(0).changed, renamed->at(1).changed, renamed->at(2).changed}),
                ElementsAre(false, true, false));
}
TEST(catalog_import, takes_as_many_statements_for_500_as_for_one) { with_catalog(set_based); }

core::task<void> import_into(catalog_visitor& v, drafts what, int& failures) {
    failures += (co_await import(v, what)) ? 0 : 1;
}
core::task<void> rivals(catalog_visitor& v) {
    drafts here{plain("a"), plain("b"), shirt()};
    EXPECT_TRUE(co_await import(v, here));
    drafts there{shirt(), plain("b"), plain("a")};
    for (auto& d : here) d.title += " here";
    for (auto& d : there) d.title += " there";
    int failures = 0;
    std::vector<core::task<void>> both;
    for (int i = 0; i < 4; ++i) both.push_back(import_into(v, i % 2 == 0 ? here : there, failures));
    co_await all_of(std::move(both));
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(v.look("select count(distinct right(title, 5)) from catalog.products"), "1")
        << "one of them is whole";
    EXPECT_EQ(v.look("select count(*) from catalog.variants"), "4");
}
TEST(catalog_import, rivals_wait_for_each_other) { with_catalog(rivals); }

}  // namespace
