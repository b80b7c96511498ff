// A COMMIT whose answer was lost, resolved by the Idempotency-Key.
#include "db/error.hpp"
#include "gate.hpp"
#include "loop/loop.hpp"
#include "shop_world.hpp"

#include <gtest/gtest.h>

namespace {

using namespace integration;

struct world {
    shop_world shop;
    gate between{socket_folder()};
    core::uuid place = shop.add_location("main", 0);
    core::uuid mug = shop.add_variant();
    http::reply reply;
    core::meter meter;

    void with(std::function<core::task<http::reply>(shop_client&)> request) {
        shop.put_stock(mug, place, 10);
        with_database(options_for(between.url(shop.database.name(), app_role)),
                      [&](db::database& d) { return run(d, request); });
    }

private:
    core::task<void> run(db::database& d, std::function<core::task<http::reply>(shop_client&)> request) {
        shop_client api(d);
        reply = co_await request(api);
        meter = api.last;
    }
};

bool replayed(http::reply const& r) {
    for (auto const& [name, value] : r.fields)
        if (name == "Idempotency-Replayed") return value == "true";
    return false;
}

void checkout_cut(gate::when when, bool expect_replayed) {
    world w;
    auto const cart = w.shop.add_cart({{w.mug, 2}});
    w.between.cut_at("db.commit", when);
    w.with([&](shop_client& api) { return api.checkout(cart, "k"); });
    EXPECT_EQ(w.between.cuts(), 1);
    EXPECT_EQ(w.reply.status, 201) << w.reply.body;
    EXPECT_EQ(replayed(w.reply), expect_replayed);
    EXPECT_EQ(w.shop.sql("select count(*) from sales.orders"), "1");
    EXPECT_EQ(w.shop.stock_of(w.mug, w.place), "10/2/0");
    EXPECT_EQ(w.shop.broken_stock(), "");
    EXPECT_EQ(text_at(w.reply, "/order/id"), w.shop.sql("select id from sales.orders"));
    EXPECT_GE(w.meter.repeated, 1u);
}

TEST(work_exactly_once, a_commit_that_was_done_is_answered_from_its_key) {
    checkout_cut(gate::when::after_its_answer, true);
}

TEST(work_exactly_once, a_commit_that_was_not_done_is_done) {
    checkout_cut(gate::when::before_it_arrives, false);
}

TEST(work_exactly_once, without_a_key_nobody_guesses) {
    for (auto const when : {gate::when::after_its_answer, gate::when::before_it_arrives}) {
        world w;
        w.between.cut_at("db.commit", when);
        std::string const body = R"({"code":"second","name":"Second","priority":2})";
        EXPECT_THROW(w.with([&](shop_client& api) {
            return api.send(http::method::post, "/v1/admin/locations", body, {.who = clerk()});
        }),
                     db::commit_unknown);
        EXPECT_EQ(w.shop.sql("select count(*) from inventory.locations where code = 'second'"),
                  when == gate::when::after_its_answer ? "1" : "0");
    }
}

}  // namespace
