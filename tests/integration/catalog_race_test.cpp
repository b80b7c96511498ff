// Staff's POSTs to the catalogue under one Idempotency-Key, all at once.
#include "catalog_world.hpp"

#include <boost/json/serialize.hpp>

namespace {

using namespace integration;

core::task<void> keep(catalog_visitor& v, std::string target, std::string body, answer& into) {
    into = co_await v.post(std::move(target), std::move(body), {.idempotency_key = "one"});
}

// Eight at once; then the trail, which tells how often it was done.
core::task<std::string> race(catalog_visitor& v, std::string target, std::string body) {
    std::vector<answer> got(8);
    std::vector<core::task<void>> all;
    for (answer& a : got) all.push_back(keep(v, target, body, a));
    co_await all_of(std::move(all));
    expect_done_once(got);
    co_return v.trail();
}

std::string product_body(std::string const& title) { return R"({"title":")" + title + "\"}"; }

core::task<std::string> new_product(catalog_visitor& v) {
    answer const made = co_await v.post(
        "/v1/admin/products",
        R"({"title":"Shirt","options":[{"name":"Size","values":["S"]}],"variants":[{"options":[{"name":"Size","value":"S"}]}]})");
    EXPECT_EQ(made.status, 201) << made.body;
    co_return "/v1/admin/products/" + made.text("/id");
}

TEST(catalog_race, one_key_makes_one_product) {
    with_catalog([](catalog_visitor& v) -> core::task<void> {
        EXPECT_EQ(co_await race(v, "/v1/admin/products", product_body("Mug")), "1 entries, 1 events");
        EXPECT_EQ(v.look("select count(*) from catalog.products"), "1");
    });
}

TEST(catalog_race, one_key_adds_one_variant) {
    with_catalog([](catalog_visitor& v) -> core::task<void> {
        std::string const product = co_await new_product(v);
        EXPECT_EQ(co_await race(v, product + "/variants",
                                R"({"options":[{"name":"Size","value":"M"}],"sku":"M-1"})"),
                  "2 entries, 2 events");
    });
}

TEST(catalog_race, one_key_adds_one_picture) {
    with_catalog([](catalog_visitor& v) -> core::task<void> {
        std::string const product = co_await new_product(v);
        EXPECT_EQ(co_await race(v, product + "/media", R"({"url":"https://example.com/a.jpg"})"),
                  "2 entries, 2 events");
    });
}

TEST(catalog_race, one_key_makes_one_category) {
    with_catalog([](catalog_visitor& v) -> core::task<void> {
        EXPECT_EQ(co_await race(v, "/v1/admin/categories", R"({"name":"Lamps"})"), "1 entries, 1 events");
    });
}

TEST(catalog_race, another_body_under_the_key_of_a_neighbour_is_refused) {
    with_catalog([](catalog_visitor& v) -> core::task<void> {
        answer mug, cup;
        std::vector<core::task<void>> both;
        both.push_back(keep(v, "/v1/admin/products", product_body("Mug"), mug));
        both.push_back(keep(v, "/v1/admin/products", product_body("Cup"), cup));
        co_await all_of(std::move(both));
        answer const& winner = mug.status == 201 ? mug : cup;
        answer const& loser = mug.status == 201 ? cup : mug;
        EXPECT_EQ(winner.status, 201);
        EXPECT_EQ(loser.code(), "idempotency_key_reused") << loser.body;
    });
}

}  // namespace
