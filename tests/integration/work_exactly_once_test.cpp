// A COMMIT whose answer was lost, resolved by the Idempotency-Key.
#include "db/error.hpp"
#include "gate.hpp"
#include "loop/loop.hpp"
#include "shop_world.hpp"
#include "work/explain.hpp"

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

// Nobody can be asked: the answer is 503 and `outcome_unknown`, and the same key finds the truth, whichever
// it is, as soon as somebody can.
core::task<http::reply> unknown_then_known(shop_client& api, world& w, core::uuid cart, gate::when when) {
    EXPECT_EQ((co_await api.checkout(core::make_random_uuid(), "")).status, 404) << "a connection is open";
    w.between.refuse(true);
    w.between.cut_at("db.commit", when);
    std::exception_ptr why;
    try {
        co_await api.checkout(cart, "k");
    } catch (...) {
        why = std::current_exception();
    }
    auto const told = why ? work::explain(why) : std::nullopt;
    EXPECT_TRUE(told && told->what == &core::outcome_unknown);
    EXPECT_GT(told ? told->retry_after_s : 0, 0);
    w.between.refuse(false);
    for (;;) {  // as a client that is told 503 and Retry-After
        try {
            co_return co_await api.checkout(cart, "k");
        } catch (db::unavailable const&) {
        }
        co_await loop::sleep(std::chrono::milliseconds(100));
    }
}

TEST(work_exactly_once, while_nobody_can_be_asked_the_outcome_is_unknown_and_the_key_finds_it_later) {
    for (auto const when : {gate::when::after_its_answer, gate::when::before_it_arrives}) {
        world w;
        auto const cart = w.shop.add_cart({{w.mug, 2}});
        w.with([&](shop_client& api) { return unknown_then_known(api, w, cart, when); });
        EXPECT_EQ(w.between.cuts(), 1);
        EXPECT_EQ(w.reply.status, 201) << w.reply.body;
        EXPECT_EQ(replayed(w.reply), when == gate::when::after_its_answer);
        EXPECT_EQ(w.shop.sql("select count(*) from sales.orders"), "1");
        EXPECT_EQ(text_at(w.reply, "/order/id"), w.shop.sql("select id from sales.orders"));
        EXPECT_EQ(w.shop.stock_of(w.mug, w.place), "10/2/0");
    }
}

// 503 because somebody holds the stock: nothing is kept of that, and the same key does it afterwards.
core::task<void> busy_then_done(shop_client& api, shop_world& shop, core::uuid cart) {
    db::session somebody(shop.database.owner_url());
    somebody.run("begin");
    somebody.query("select 1 from inventory.stock for no key update");
    std::exception_ptr why;
    try {
        co_await api.checkout(cart, "k");
    } catch (...) {
        why = std::current_exception();
    }
    auto const told = why ? work::explain(why) : std::nullopt;
    EXPECT_TRUE(told && told->what == &core::overloaded);
    EXPECT_EQ(shop.sql("select count(*) from ops.idempotency_keys"), "0");
    somebody.run("rollback");
    auto const done = co_await api.checkout(cart, "k");
    EXPECT_EQ(done.status, 201) << done.body;
    EXPECT_FALSE(replayed(done));
}

TEST(work_exactly_once, nothing_is_kept_of_an_answer_that_was_our_trouble) {
    world w;
    w.shop.put_stock(w.mug, w.place, 10);
    auto const cart = w.shop.add_cart({{w.mug, 2}});
    auto options = options_for(w.shop.database.app_url());
    options.lock_timeout = std::chrono::milliseconds(200);
    with_database(options, [&](db::database& d) -> core::task<void> {
        shop_client api(d);
        co_await busy_then_done(api, w.shop, cart);
    });
    EXPECT_THROW(
        w.shop.sql("insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body)"
                   " values ('staff:x', 'k', '', 503, '')"),
        db::error);
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
