// Moves that are made together: each is answered as it would have been alone, and harms no other.
#include "shop_world.hpp"

#include "db/error.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace integration;
using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

struct wish {
    std::string order;
    std::string to = "cancelled";
    std::string key = {};
    std::string if_match = {};
    std::string more = {};  // of the body
};

struct said {
    http::reply reply;
    core::steady::duration took{};

    std::string outcome() const {
        return std::to_string(reply.status) + (reply.status < 400 ? "" : " " + code_of(reply));
    }
};

core::task<void> ask(shop_client& api, wish w, said& into) {
    auto const began = core::steady::now();
    into.reply = co_await api.send(http::method::post, "/v1/admin/orders/" + w.order + "/transitions",
                                   R"({"to":")" + w.to + "\"" + w.more + "}",
                                   {.key = w.key, .if_match = w.if_match, .who = clerk()});
    into.took = core::steady::now() - began;
}

core::task<void> at_once(shop_client& api, std::vector<wish> const& all, std::vector<said>& into) {
    into.resize(all.size());
    std::vector<core::task<void>> work;
    for (std::size_t i = 0; i < all.size(); ++i) work.push_back(ask(api, all[i], into[i]));
    co_await all_of(std::move(work));
}

std::vector<std::string> outcomes(std::vector<said> const& all) {
    std::vector<std::string> out;
    for (said const& s : all) out.push_back(s.outcome());
    return out;
}

struct moving_shop {
    shop_world shop;
    core::uuid here = shop.add_location("here", 0);
    core::uuid mug = shop.add_variant(), cup = shop.add_variant();
    std::vector<said> got;

    moving_shop() {
        shop.put_stock(mug, here, 100);
        shop.put_stock(cup, here, 0, 100);  // on order
    }
    core::task<std::vector<wish>> place(shop_client& api, int orders, core::uuid of) {
        std::vector<wish> out;
        for (int i = 0; i < orders; ++i) {
            auto const placed = co_await api.checkout(shop.add_cart({{of, 1}}), "k");
            out.push_back({.order = text_at(placed, "/order/id")});
        }
        co_return out;
    }
    std::string commits_of(std::string const& status) {
        return shop.sql("select count(distinct xmin::text) from sales.order_status_history where status = '" +
                        status + "'");
    }
};

TEST(orders_moves, that_arrive_together_are_one_transaction) {
    moving_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto all = co_await s.place(api, 20, s.mug);
        co_await at_once(api, all, s.got);
        EXPECT_THAT(outcomes(s.got), Each("200"));
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(text_at(s.got[i].reply, "/id"), all[i].order);
            EXPECT_EQ(text_at(s.got[i].reply, "/status"), "cancelled");
            EXPECT_EQ(text_at(s.got[i].reply, "/history/1/actor/id"), core::to_string(clerk().id));
        }
    });
    EXPECT_EQ(s.commits_of("cancelled"), "1");
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/0/0");
    EXPECT_EQ(
        s.shop.sql("select count(distinct (actor_id, request_id, resource_id)) from audit.entries where "
                   "actor_kind = 'staff'"),
        "20");
    EXPECT_EQ(s.shop.sql("select count(*) from inventory.movements where kind = 'release' and actor_id = '" +
                         core::to_string(clerk().id) + "'"),
              "20");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

TEST(orders_moves, each_is_decided_by_itself) {
    moving_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto all = co_await s.place(api, 5, s.mug);
        all.push_back({.order = core::to_string(core::make_uuid7())});
        all[1].more = R"(,"expected_seq":3)";
        all[2].if_match = "\"9-00\"";
        all[3].to = "shipped";
        all.push_back(all[4]);  // a second time
        all.push_back({.order = all[0].order, .to = "confirmed"});
        co_await at_once(api, all, s.got);
    });
    EXPECT_THAT(outcomes(s.got),
                ElementsAre("200", "409 order_changed", "412 version_stale",
                            "409 order_transition_not_allowed", "200", "404 order_not_found",
                            "409 order_transition_not_allowed", "409 order_transition_not_allowed"));
    EXPECT_EQ(s.commits_of("cancelled"), "1");
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/3/0");
}

TEST(orders_moves, what_one_cannot_have_is_nobody_elses_matter) {
    moving_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto all = co_await s.place(api, 3, s.mug);
        auto const on_order = co_await s.place(api, 1, s.cup);
        all.insert(all.begin() + 1, on_order.front());
        for (char const* const to : {"confirmed", "processing", "shipped"}) {
            for (wish& w : all) w.to = to;
            co_await at_once(api, all, s.got);
        }
    });
    EXPECT_THAT(outcomes(s.got), ElementsAre("200", "409 insufficient_stock", "200", "200"));
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "97/0/0");
    EXPECT_EQ(s.shop.stock_of(s.cup, s.here), "0/1/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

TEST(orders_moves, one_key_for_two_orders_moves_one) {
    moving_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto all = co_await s.place(api, 3, s.mug);
        all[0].key = all[1].key = "the-key";
        co_await at_once(api, all, s.got);
    });
    EXPECT_EQ(s.got[2].outcome(), "200");
    s.got.pop_back();
    EXPECT_THAT(outcomes(s.got), UnorderedElementsAre("200", "422 idempotency_key_reused"));
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/1/0");
}

TEST(orders_moves, a_key_answers_again_what_was_answered_together) {
    moving_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto all = co_await s.place(api, 4, s.mug);
        for (std::size_t i = 0; i < all.size(); ++i) all[i].key = "key-" + std::to_string(i);
        co_await at_once(api, all, s.got);
        std::vector<said> again;
        co_await at_once(api, all, again);
        for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(again[i].reply.body, s.got[i].reply.body);
    });
    EXPECT_EQ(s.commits_of("cancelled"), "1");
}

TEST(orders_moves, go_past_an_order_that_somebody_holds) {
    moving_shop s;
    db::session holder(s.shop.database.owner_url());
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto all = co_await s.place(api, 4, s.mug);
        holder.run("begin; select from sales.order_heads where order_id = '" + all[1].order + "' for update");
        std::vector<core::task<void>> work;
        s.got.resize(4);
        for (std::size_t i = 0; i < 4; ++i) work.push_back(ask(api, all[i], s.got[i]));
        auto const lets_go = [&]() -> core::task<void> {
            co_await loop::sleep(700ms);
            holder.run("commit");
        };
        work.push_back(lets_go());
        co_await all_of(std::move(work));
    });
    EXPECT_THAT(outcomes(s.got), Each("200"));
    EXPECT_GE(s.got[1].took, 600ms);
    for (std::size_t const i : {0U, 2U, 3U}) EXPECT_LT(s.got[i].took, 600ms);
    EXPECT_EQ(s.shop.broken_stock(), "");
}

TEST(orders_moves, nobody_waits_for_a_batch_that_hangs) {
    moving_shop s;
    db::session holder(s.shop.database.owner_url());
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        auto const mugs = co_await s.place(api, 2, s.mug);
        auto const cups = co_await s.place(api, 2, s.cup);
        holder.run("begin; update inventory.stock set version = version where variant_id = '" +
                   core::to_string(s.mug) + "'");
        s.got.resize(4);
        auto const later = [&](std::size_t i, wish w) -> core::task<void> {
            co_await loop::sleep(i == 2 ? 30ms : 200ms);
            co_await ask(api, w, s.got[i]);
        };
        auto const lets_go = [&]() -> core::task<void> {
            co_await loop::sleep(900ms);
            holder.run("commit");
        };
        std::vector<core::task<void>> work;
        for (std::size_t i = 0; i < 2; ++i) work.push_back(ask(api, mugs[i], s.got[i]));
        for (std::size_t i = 0; i < 2; ++i) work.push_back(later(2 + i, cups[i]));
        work.push_back(lets_go());
        co_await all_of(std::move(work));
    });
    EXPECT_THAT(outcomes(s.got), Each("200"));
    EXPECT_GE(s.got[0].took, 800ms);
    EXPECT_LT(s.got[2].took, 600ms) << "it came while the batch was under way";
    EXPECT_LT(s.got[3].took, 600ms) << "it came when the batch hung";
}

}  // namespace
