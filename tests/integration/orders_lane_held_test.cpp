// The order lane when others hold what it needs: whoever does not need it goes past, and nobody waits beyond
// their time.
#include "shop_world.hpp"

#include "db/error.hpp"
#include "http/dispatch.hpp"
#include "loop/loop.hpp"
#include "orders/lane.hpp"
#include "seed.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace {

using namespace integration;
using namespace std::chrono_literals;

struct timed {
    std::string outcome;
    core::steady::duration took{};
};

core::task<void> check_out(shop_client& api, core::uuid cart, timed& into) {
    auto const began = core::steady::now();
    try {
        auto const r = co_await api.checkout(cart, "k");
        into.outcome = std::to_string(r.status) + (r.status < 400 ? "" : " " + code_of(r));
    } catch (db::error const& e) {
        into.outcome = e.lock_timeout() ? "lock timeout" : e.what();
    }
    into.took = core::steady::now() - began;
}

core::task<void> at_once(shop_client& api, std::vector<core::uuid> carts, std::vector<timed>& into) {
    into.resize(carts.size());
    std::vector<core::task<void>> all;
    for (std::size_t i = 0; i < carts.size(); ++i) all.push_back(check_out(api, carts[i], into[i]));
    co_await all_of(std::move(all));
}

struct held_shop {
    shop_world shop;
    core::uuid here = shop.add_location("here", 0);
    core::uuid mug = shop.add_variant(), cup = shop.add_variant();
    std::vector<core::uuid> carts;
    db::session holder{shop.database.owner_url()};
    std::vector<timed> got;

    held_shop() {
        shop.put_stock(mug, here, 100);
        shop.put_stock(cup, here, 100);
    }
    std::string mugs_here() const {
        return "where variant_id = '" + core::to_string(mug) + "' and location_id = '" +
               core::to_string(here) + "'";
    }
    std::string row_of(core::uuid cart_capability) {
        auto const* raw = reinterpret_cast<char const*>(cart_capability.bytes.data());
        std::string hex;
        for (int i = 0; i < 16; ++i) {
            static constexpr char digits[] = "0123456789abcdef";
            auto const b = static_cast<unsigned char>(raw[i]);
            hex += digits[b >> 4];
            hex += digits[b & 15];
        }
        return shop.sql("select id from sales.carts where key_digest = sha256('\\x" + hex + "')");
    }
    // All carts at once, while `holder` holds what it holds; it lets go after so long.
    void run(core::steady::duration lets_go_after, std::string how = "commit") {
        db::options o = options_for(shop.database.app_url());
        o.lock_timeout = 1000ms;
        with_database(o, [&](db::database& d) -> core::task<void> {
            return [](db::database& on, held_shop& s, core::steady::duration after,
                      std::string with) -> core::task<void> {
                shop_client api(on);
                loop::event_loop::current().after(after, [&s, with] { s.holder.run(with); });
                co_await at_once(api, s.carts, s.got);
                co_await loop::sleep(20ms);
            }(d, *this, lets_go_after, how);
        });
    }
};

TEST(orders_lane, a_cart_that_somebody_holds_delays_no_neighbour) {
    held_shop s;
    for (int i = 0; i < 6; ++i) s.carts.push_back(s.shop.add_cart({{s.mug, 1}}));
    std::string const held = s.row_of(s.carts[3]);
    // Its shopper is changing it: what is ordered is what they leave.
    s.holder.run("begin; update sales.carts set version = version + 1 where id = '" + held +
                 "'; update sales.cart_lines set quantity = 7 where cart_id = '" + held + "'");
    s.run(700ms);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(s.got[i].outcome, "201");
        EXPECT_EQ(s.got[i].took > 600ms, i == 3) << i;
    }
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/12/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

TEST(orders_lane, a_cart_that_is_held_too_long_refuses_its_own_checkout_alone) {
    held_shop s;
    for (int i = 0; i < 6; ++i) s.carts.push_back(s.shop.add_cart({{s.mug, 1}}));
    s.holder.run("begin; select 1 from sales.carts where id = '" + s.row_of(s.carts[0]) + "' for update");
    s.run(1500ms);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(s.got[i].outcome, i == 0 ? "lock timeout" : "201");
        if (i > 0) EXPECT_LT(s.got[i].took, 600ms);
    }
}

TEST(orders_lane, stock_that_is_held_too_long_refuses_who_needs_it_and_nobody_else) {
    held_shop s;
    for (int i = 0; i < 8; ++i) s.carts.push_back(s.shop.add_cart({{i % 2 == 0 ? s.mug : s.cup, 1}}));
    s.holder.run("begin; select 1 from inventory.stock where variant_id = '" + core::to_string(s.mug) +
                 "' for update");
    s.run(2600ms);
    int timed_out = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        timed_out += s.got[i].outcome == "lock timeout";
        if (i % 2 == 0)  // whoever waits behind another waits a second more, and may find it free
            EXPECT_THAT(s.got[i].outcome, testing::AnyOf("lock timeout", "201"));
        else
            EXPECT_EQ(s.got[i].outcome, "201");
        if (i % 2 == 1) EXPECT_LT(s.got[i].took, 1900ms) << i;
    }
    EXPECT_GE(timed_out, 1);
    EXPECT_EQ(s.shop.stock_of(s.cup, s.here), "100/4/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

TEST(orders_lane, who_comes_while_a_batch_hangs_goes_past_it) {
    held_shop s;
    s.carts = {s.shop.add_cart({{s.mug, 1}})};
    auto const late = s.shop.add_cart({{s.cup, 1}});
    timed passed;
    s.holder.run("begin; select 1 from inventory.stock where variant_id = '" + core::to_string(s.mug) +
                 "' for update");
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        return [](shop_client& a, held_shop& of, core::uuid cart, timed& into) -> core::task<void> {
            loop::event_loop::current().after(900ms, [&of] { of.holder.run("commit"); });
            auto const second = [](shop_client& by, core::uuid c, timed& t) -> core::task<void> {
                co_await loop::sleep(50ms);
                co_await check_out(by, c, t);
            };
            std::vector<core::task<void>> all;
            all.push_back(at_once(a, of.carts, of.got));
            all.push_back(second(a, cart, into));
            co_await all_of(std::move(all));
        }(api, s, late, passed);
    });
    EXPECT_EQ(s.got[0].outcome, "201");
    EXPECT_GT(s.got[0].took, 800ms);
    EXPECT_EQ(passed.outcome, "201");
    EXPECT_LT(passed.took, 500ms);
}

// One after the other, until the one who is waited for has come through.
core::task<void> keep_coming(shop_client& api, std::vector<core::uuid> carts, timed const& waited_for,
                             std::size_t& left) {
    for (core::uuid const cart : carts) {
        if (!waited_for.outcome.empty()) co_return;
        timed got;
        co_await check_out(api, cart, got);
        EXPECT_EQ(got.outcome, "201");
        --left;
    }
}

// Set aside, and not forgotten while the queue never runs empty.
TEST(orders_lane, whose_cart_was_held_is_served_while_others_keep_coming) {
    held_shop s;
    std::size_t const shoppers = 20, each = 60;
    s.shop.sql("update inventory.stock set on_hand = 10000");
    auto const late = s.shop.add_cart({{s.mug, 1}});
    std::vector<std::vector<core::uuid>> stream(shoppers);
    for (auto& mine : stream)
        for (std::size_t i = 0; i < each; ++i) mine.push_back(s.shop.add_cart({{s.mug, 1}}));
    timed got;
    std::size_t left = shoppers * each;
    s.holder.run("begin; select 1 from sales.carts where id = '" + s.row_of(late) + "' for update");
    with_database(options_for(s.shop.database.app_url()), [&](db::database& d) -> core::task<void> {
        return [](db::database& on, held_shop& of, core::uuid cart, timed& into,
                  std::vector<std::vector<core::uuid>> const& others, std::size_t& rest) -> core::task<void> {
            shop_client api(on);
            loop::event_loop::current().after(200ms, [&of] { of.holder.run("commit"); });
            std::vector<core::task<void>> all;
            all.push_back(check_out(api, cart, into));
            for (auto const& mine : others) all.push_back(keep_coming(api, mine, into, rest));
            co_await all_of(std::move(all));
        }(d, s, late, got, stream, left);
    });
    EXPECT_EQ(got.outcome, "201");
    EXPECT_GT(left, shoppers) << "it came through before the others were gone";
}

// One request with a time limit of its own.
core::task<void> hurried(shop_client& api, work::environment& env, core::uuid cart,
                         std::chrono::milliseconds patience, timed& into) {
    std::string const path = "/v1/shop/carts/" + core::to_string(cart) + "/checkout";
    http::request in;
    in.verb = http::method::post;
    in.target = in.path = path;
    in.body = R"({"payment":{"provider":"manual"}})";
    http::call c{.in = in, .env = env};
    c.request_id = "hurried";
    c.by = integration::in(patience);
    c.idempotency_key = "k";
    http::registry::match found;
    c.to = found.to = api.route_of(http::method::post, path);
    std::string const id = core::to_string(cart);
    found.parameters[0] = id;
    auto const began = core::steady::now();
    auto input = http::assemble_input(*c.to, found, in);
    try {
        auto const r = co_await c.to->invoke(c, std::move(*input));
        into.outcome = std::to_string(r.status);
    } catch (db::deadline_passed const&) {
        into.outcome = "late";
    }
    into.took = core::steady::now() - began;
}

TEST(orders_lane, whose_time_is_up_leaves_before_the_others_are_written) {
    held_shop s;
    for (int i = 0; i < 3; ++i) s.carts.push_back(s.shop.add_cart({{s.mug, 1}}));
    auto const last = s.shop.add_cart({{s.mug, 50}});
    timed gone;
    s.holder.run("begin; select 1 from inventory.stock where variant_id = '" + core::to_string(s.mug) +
                 "' for update");
    with_database(options_for(s.shop.database.app_url()), [&](db::database& d) -> core::task<void> {
        return [](db::database& on, held_shop& of, core::uuid cart, timed& into) -> core::task<void> {
            shop_client api(on);
            loop::event_loop::current().after(900ms, [&of] { of.holder.run("commit"); });
            std::vector<core::task<void>> all;
            all.push_back(hurried(api, api.environment(), cart, 300ms, into));
            all.push_back(at_once(api, of.carts, of.got));
            co_await all_of(std::move(all));
        }(d, s, last, gone);
    });
    EXPECT_EQ(gone.outcome, "late");
    EXPECT_LT(gone.took, 700ms);
    for (timed const& t : s.got) EXPECT_EQ(t.outcome, "201");
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/3/0") << "the one who left took nothing";
    EXPECT_EQ(s.shop.sql("select count(*) from sales.orders"), "3");
}

// Rows are written before stock is locked: what others take meanwhile is theirs, and the batch is planned
// again from what they left.
TEST(orders_lane, whose_stock_others_take_while_rows_are_written_gets_what_is_left) {
    held_shop s;
    auto const there = s.shop.add_location("there", 1);
    s.shop.put_stock(s.mug, there, 1);
    for (int i = 0; i < 4; ++i) s.carts.push_back(s.shop.add_cart({{s.mug, 1}}));
    s.holder.run("begin; update inventory.stock set on_hand = 2 " + s.mugs_here());
    s.run(500ms);
    std::vector<std::string> outcomes;
    for (timed const& t : s.got) outcomes.push_back(t.outcome);
    EXPECT_THAT(outcomes, testing::ElementsAre("201", "201", "201", "409 out_of_stock"));
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "2/2/0");
    EXPECT_EQ(s.shop.stock_of(s.mug, there), "1/1/0");
    EXPECT_EQ(s.shop.sql("select count(*) from sales.orders"), "3") << "nothing is left of the first attempt";
}

// What would be a backorder here lies on a shelf there: it is not promised where nothing is left.
TEST(orders_lane, whose_shelf_others_empty_takes_from_the_next_before_it_owes) {
    held_shop s;
    auto const there = s.shop.add_location("there", 1);
    s.shop.put_stock(s.mug, there, 10);
    for (int i = 0; i < 4; ++i) s.carts.push_back(s.shop.add_cart({{s.mug, 1}}));
    s.shop.sql("update inventory.stock set backorder_limit = 50 " + s.mugs_here());
    s.holder.run("begin; update inventory.stock set on_hand = 1 " + s.mugs_here());
    s.run(500ms);
    for (timed const& t : s.got) EXPECT_EQ(t.outcome, "201");
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "1/1/0") << "one from the shelf, none owed";
    EXPECT_EQ(s.shop.stock_of(s.mug, there), "10/3/0");
}

// Mixed baskets, over lanes that know nothing of each other, as servers on one database do.
TEST(orders_lane, several_lanes_on_one_database_sell_what_there_is) {
    shop_world shop;
    auto random = test::seeded();
    auto const here = shop.add_location("here", 0), there = shop.add_location("there", 1);
    std::vector<core::uuid> variants;
    for (int i = 0; i < 4; ++i) {
        variants.push_back(shop.add_variant());
        shop.put_stock(variants.back(), here, 40, 3);
        shop.put_stock(variants.back(), there, 25);
    }
    std::vector<core::uuid> carts;
    for (int i = 0; i < 240; ++i) {
        std::vector<basket_line> lines;
        for (auto const& v : variants)
            if (random() % 2 == 0) lines.push_back({v, static_cast<std::int64_t>(1 + random() % 4)});
        if (lines.empty()) lines.push_back({variants[0], 1});
        if (i % 2 == 1) std::ranges::reverse(lines);
        carts.push_back(shop.add_cart(lines));
    }
    std::vector<std::vector<timed>> got(3);
    std::vector<std::thread> lanes;
    for (std::size_t i = 0; i < 3; ++i)
        lanes.emplace_back([&, i] {
            auto const from = carts.begin() + static_cast<std::ptrdiff_t>(80 * i);
            std::vector<core::uuid> const mine(from, from + 80);
            with_client(shop, [&](shop_client& api) { return at_once(api, mine, got[i]); });
        });
    for (auto& l : lanes) l.join();
    int placed = 0;
    for (auto const& of_one : got)
        for (timed const& t : of_one) {
            EXPECT_TRUE(t.outcome == "201" || t.outcome == "409 out_of_stock") << t.outcome;
            placed += t.outcome == "201" ? 1 : 0;
        }
    EXPECT_EQ(shop.sql("select count(*) from sales.orders"), std::to_string(placed));
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(shop.sql("select count(*) from inventory.stock where reserved > on_hand + backorder_limit"),
              "0");
    // Whoever was refused would be refused now: less than 4 of something are left.
    EXPECT_EQ(
        shop.sql(
            "select count(*) from (select variant_id, sum(on_hand + backorder_limit - reserved) as left_over"
            " from inventory.stock group by 1) s where left_over < 4") != "0",
        placed < 240);
}

// With more event loops than lanes, most checkouts are placed on another loop than their own.
TEST(orders_lane, places_orders_of_other_loops) {
    held_shop s;
    for (int i = 0; i < 60; ++i) s.carts.push_back(s.shop.add_cart({{s.mug, 2}}));  // 50 of them fit
    std::promise<orders::lane*> lane;
    std::promise<void> over;
    std::thread home([&] {
        with_database(options_for(s.shop.database.app_url()), [&](db::database& d) -> core::task<void> {
            return [](db::database& on, std::promise<orders::lane*>& made,
                      std::future<void> end) -> core::task<void> {
                orders::lane its(on);
                made.set_value(&its);
                while (end.wait_for(0ms) != std::future_status::ready) co_await loop::sleep(2ms);
            }(d, lane, over.get_future());
        });
    });
    orders::lane& shared = *lane.get_future().get();
    std::vector<std::vector<timed>> got(3);
    std::vector<std::thread> others;
    for (std::size_t i = 0; i < 3; ++i)
        others.emplace_back([&, i] {
            auto const from = s.carts.begin() + static_cast<std::ptrdiff_t>(20 * i);
            std::vector<core::uuid> const mine(from, from + 20);
            with_client(s.shop, [&](shop_client& api) {
                api.environment().lend(shared);
                return at_once(api, mine, got[i]);
            });
        });
    for (auto& t : others) t.join();
    over.set_value();
    home.join();
    int placed = 0, refused = 0;
    for (auto const& of_one : got)
        for (timed const& t : of_one) {
            placed += t.outcome == "201";
            refused += t.outcome == "409 out_of_stock";
        }
    EXPECT_EQ(placed, 50);
    EXPECT_EQ(refused, 10);
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/100/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

}  // namespace
