// Shipping methods against a real PostgreSQL, as the application's role.
#include "cart_world.hpp"

namespace {

using namespace integration;
using http::method;
using testing::HasSubstr;

core::task<void> keep_methods(cart_visitor& v, cart_shop const& s) {
    http::principal const clerk = staff();
    std::string const path = "/v1/admin/shipping-methods";
    std::string const express =
        R"({"code":"express","name":"Express","position":5,"rates":[{"amount":1500,"currency":"USD"},{"amount":1290,"currency":"EUR"}]})";
    answer const made = co_await v.send(method::post, path, express, {.who = clerk, .idempotency_key = "m1"});
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.text("/rates/0/currency"), "EUR");
    answer const again =
        co_await v.send(method::post, path, express, {.who = clerk, .idempotency_key = "m1"});
    EXPECT_EQ(again.body, made.body);
    EXPECT_EQ((co_await v.send(method::post, path, express, {.who = clerk})).code(),
              "shipping_method_code_taken");
    answer const twice = co_await v.send(
        method::post, path,
        R"({"code":"twice","name":"Twice","rates":[{"amount":1,"currency":"EUR"},{"amount":2,"currency":"EUR"}]})",
        {.who = clerk});
    EXPECT_EQ(twice.text("/errors/0/pointer"), "/rates/1/currency");

    answer const offers = co_await v.send(method::get, "/v1/shop/shipping-methods?currency=EUR");
    EXPECT_EQ(offers.at("/data").as_array().size(), 2U);
    EXPECT_EQ(offers.number("/data/1/price/amount"), 1290);
    answer const page = co_await v.send(method::get, "/v1/shop/shipping-methods?currency=EUR&limit=1");
    EXPECT_EQ(page.text("/data/0/code"), "post");
    answer const next = co_await v.send(
        method::get, "/v1/shop/shipping-methods?currency=EUR&limit=1&after=" + page.text("/next"));
    EXPECT_EQ(next.text("/data/0/code"), "express");
    EXPECT_TRUE(next.at("/next").is_null());
    EXPECT_EQ((co_await v.send(method::get, "/v1/shop/shipping-methods?after=nonsense")).status, 422);

    std::string const one = path + "/" + made.text("/id");
    answer const changed =
        co_await v.send(method::patch, one,
                        R"({"name":"Courier","rates":[{"amount":1100,"currency":"EUR"}],"archived":true})",
                        {.who = clerk, .if_match = version(1)});
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(changed.number("/version"), 2);
    EXPECT_EQ(changed.at("/rates").as_array().size(), 1U);
    EXPECT_EQ(
        (co_await v.send(method::patch, one, R"({"name":"Late"})", {.who = clerk, .if_match = version(1)}))
            .status,
        412);
    EXPECT_EQ((co_await v.send(method::patch, one, R"({"name":"Blind"})", {.who = clerk})).status, 428);
    EXPECT_EQ((co_await v.send(method::patch, path + "/" + uuid_text(), "{}",
                               {.who = clerk, .if_match = version(1)}))
                  .code(),
              "shipping_method_not_found");
    answer const left = co_await v.send(method::get, "/v1/shop/shipping-methods?currency=EUR");
    EXPECT_EQ(left.at("/data").as_array().size(), 1U);
    answer const all = co_await v.send(method::get, path, {}, {.who = clerk});
    EXPECT_EQ(all.at("/data/1"), changed.body) << "what a write answers is what a read answers";
    EXPECT_EQ(
        s.look("select count(*) from audit.entries where actor_id = '" + core::to_string(clerk.id) + "'"),
        "2");
    EXPECT_THAT(s.look("select changes::text from audit.entries order by id desc limit 1"),
                HasSubstr("Courier"));
}

TEST(shipping_methods, are_kept_by_staff_audited_and_offered_to_shoppers) {
    cart_shop const s;
    in_shop(s, keep_methods);
}

core::task<void> archive_under_a_cart(cart_visitor& v, cart_shop const& s) {
    std::string const path = co_await v.new_cart();
    co_await v.send(method::patch, path, R"({"shipping_method_id":")" + s.post + "\"}");
    s.run("update sales.shipping_methods set archived_at = now()");
    answer const read = co_await v.send(method::get, path);
    EXPECT_EQ(read.text("/shipping_method/name"), "Post");
    EXPECT_TRUE(read.at("/shipping_method/price").is_null());
    EXPECT_EQ(read.number("/totals/total/amount"), 0);
}

TEST(shipping_methods, that_are_archived_lose_their_price_in_carts) {
    cart_shop const s;
    in_shop(s, archive_under_a_cart);
}

}  // namespace
