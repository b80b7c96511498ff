// Many at once: nothing is sold twice, given back twice or done twice, and nobody waits in a circle.
#include "shop_world.hpp"

#include "db/error.hpp"
#include "seed.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace {

using namespace integration;
using testing::UnorderedElementsAre;

using tally = std::map<std::string, int>;  // "201" or "409 out_of_stock"

std::string outcome_of(http::reply const& r) {
    return std::to_string(r.status) + (r.status < 400 ? "" : " " + code_of(r));
}

core::task<void> count(core::task<http::reply> asked, tally& into) {
    auto const r = co_await asked;
    ++into[outcome_of(r)];
}

core::task<void> move_at_once(shop_client& api, std::string order, std::string to, int racers, tally& got) {
    std::vector<core::task<void>> all;
    for (int i = 0; i < racers; ++i) all.push_back(count(api.move(order, to), got));
    co_await all_of(std::move(all));
}

core::task<void> sixteen_movers(shop_client& api, shop_world& shop, core::uuid variant, core::uuid location) {
    auto const placed = co_await api.checkout(shop.add_cart({{variant, 3}}), "k");
    std::string const order = text_at(placed, "/order/id");
    tally confirmed, cancelled;
    co_await move_at_once(api, order, "confirmed", 16, confirmed);
    EXPECT_EQ(confirmed, (tally{{"200", 1}, {"409 order_transition_not_allowed", 15}}));
    co_await move_at_once(api, order, "cancelled", 16, cancelled);
    EXPECT_EQ(cancelled, (tally{{"200", 1}, {"409 order_transition_not_allowed", 15}}));
    EXPECT_EQ(shop.stock_of(variant, location), "50/0/0");
    EXPECT_EQ(shop.sql("select count(*) from inventory.movements where kind = 'release'"), "1");
    EXPECT_EQ(shop.sql("select count(*) from sales.payment_events where kind = 'voided'"), "1");
    EXPECT_EQ(shop.sql("select count(*) from sales.order_status_history"), "3");
    EXPECT_EQ(shop.sql("select count(*) from audit.entries"), "3");
    EXPECT_EQ(shop.broken_stock(), "");
}

struct one_variant_shop {
    explicit one_variant_shop(std::int64_t units) { shop.put_stock(variant, location, units); }
    shop_world shop;
    core::uuid location = shop.add_location("main", 0);
    core::uuid variant = shop.add_variant();
};

TEST(orders_race, sixteen_movers_of_one_order_make_one_legal_history) {
    one_variant_shop s(50);
    with_client(s.shop, [&](shop_client& api) { return sixteen_movers(api, s.shop, s.variant, s.location); });
}

core::task<void> same_key(shop_client& api, shop_world& shop, core::uuid variant) {
    auto const cart = shop.add_cart({{variant, 1}});
    std::vector<http::reply> replies(16);
    std::vector<core::task<void>> all;
    auto const ask = [](shop_client& a, core::uuid of, http::reply& into) -> core::task<void> {
        into = co_await a.checkout(of, "the-key");
    };
    for (auto& r : replies) all.push_back(ask(api, cart, r));
    co_await all_of(std::move(all));
    std::string body;
    for (auto const& r : replies) {
        if (r.status == 409) {
            EXPECT_EQ(code_of(r), "idempotency_key_in_use");
            continue;
        }
        EXPECT_EQ(r.status, 201) << r.body;
        if (body.empty()) body = r.body;
        EXPECT_EQ(r.body, body);
    }
    EXPECT_NE(body, "");
    EXPECT_EQ(shop.sql("select count(*) from sales.orders"), "1");
    auto const later = co_await api.checkout(cart, "the-key");
    EXPECT_EQ(later.body, body);
    EXPECT_EQ(later.fields.at(0).first, "Idempotency-Replayed");
    auto const other_key = co_await api.checkout(cart, "another");
    EXPECT_EQ(code_of(other_key), "cart_already_ordered");
    auto const other_body = co_await api.send(
        http::method::post, "/v1/shop/carts/" + core::to_string(cart) + "/checkout",
        R"({ "payment":{"provider":"manual"}})", {.key = "the-key", .if_match = {}, .who = {}});
    EXPECT_EQ(other_body.status, 422) << other_body.body;
    EXPECT_EQ(code_of(other_body), "idempotency_key_reused");
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(orders_race, one_key_has_one_effect) {
    one_variant_shop s(50);
    with_client(s.shop, [&](shop_client& api) { return same_key(api, s.shop, s.variant); });
}

core::task<void> carts_at_once(shop_client& api, std::vector<core::uuid> const& carts, std::size_t from,
                               std::size_t to, tally& got) {
    std::vector<core::task<void>> all;
    for (std::size_t i = from; i < to; ++i) all.push_back(count(api.checkout(carts[i], "key"), got));
    co_await all_of(std::move(all));
}

// The carts, divided among loops on threads of their own.
tally check_out_all(shop_world& shop, std::vector<core::uuid> const& carts, std::size_t threads) {
    std::vector<tally> got(threads);
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < threads; ++i)
        running.emplace_back([&, i] {
            with_client(shop, [&, i](shop_client& api) {
                return carts_at_once(api, carts, carts.size() * i / threads, carts.size() * (i + 1) / threads,
                                     got[i]);
            });
        });
    for (auto& t : running) t.join();
    tally sum;
    for (auto const& part : got)
        for (auto const& [what, n] : part) sum[what] += n;
    return sum;
}

TEST(orders_race, two_hundred_shoppers_and_fifty_units) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    for (int round = 1; round <= 4; ++round) {
        auto const variant = shop.add_variant();
        shop.put_stock(variant, location, 50);
        std::vector<core::uuid> carts;
        for (int i = 0; i < 200; ++i) carts.push_back(shop.add_cart({{variant, 1}}));
        EXPECT_EQ(check_out_all(shop, carts, 3), (tally{{"201", 50}, {"409 out_of_stock", 150}}));
        EXPECT_EQ(shop.stock_of(variant, location), "50/50/0");
        EXPECT_EQ(shop.broken_stock(), "");
        EXPECT_EQ(shop.sql("select count(distinct number) from sales.orders"), std::to_string(50 * round));
    }
}

TEST(orders_race, opposite_baskets_over_two_locations_never_deadlock_or_oversell) {
    shop_world shop;
    auto const here = shop.add_location("here", 0);
    auto const there = shop.add_location("there", 1);
    core::uuid const a = shop.add_variant(), b = shop.add_variant();
    for (auto const v : {a, b}) {
        shop.put_stock(v, here, 13);
        shop.put_stock(v, there, 20);
    }
    std::vector<core::uuid> carts;
    for (int i = 0; i < 60; ++i)
        carts.push_back(i % 2 == 0 ? shop.add_cart({{a, 2}, {b, 1}}) : shop.add_cart({{b, 2}, {a, 1}}));
    auto const got = check_out_all(shop, carts, 3);
    int answers = 0;
    for (auto const& [what, n] : got) {
        EXPECT_TRUE(what == "201" || what == "409 out_of_stock") << what;
        answers += n;
    }
    EXPECT_EQ(answers, 60);
    EXPECT_GE(got.at("201"), 20);  // 33 units of each, at most 3 of both in a basket
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(shop.sql("select count(*) from inventory.stock where reserved > on_hand"), "0");
}

// A cart that is changed while it is ordered: what is charged is the sum of the order's lines, and an answer
// of 200 to the change is either in the order or in a cart that was not ordered yet.
core::task<void> edit_while_ordering(shop_client& api, shop_world& shop, std::vector<core::uuid> variants,
                                     std::mt19937_64& random) {
    auto const cart = shop.add_cart({{variants[0], 1}, {variants[1], 2}});
    std::string const path = "/v1/shop/carts/" + core::to_string(cart);
    auto const shown = co_await api.send(http::method::get, path);
    tally edits;
    http::reply placed;
    auto const order = [](shop_client& a, core::uuid of, http::reply& into) -> core::task<void> {
        into = co_await a.checkout(of, "k");
    };
    std::vector<core::task<void>> all;
    std::size_t const turn = random() % 9;
    for (std::size_t i = 0; i < 9; ++i) {
        if (i == turn) all.push_back(order(api, cart, placed));
        std::string const line = path + "/lines/" + text_at(shown, "/lines/" + std::to_string(i % 2) + "/id");
        all.push_back(count(
            api.send(http::method::patch, line, "{\"quantity\":" + std::to_string(1 + random() % 9) + "}"),
            edits));
    }
    co_await all_of(std::move(all));
    EXPECT_EQ(placed.status, 201) << placed.body;
    EXPECT_EQ(edits["200"] + edits["409 cart_already_ordered"], 9);
}

TEST(orders_race, what_is_charged_for_a_cart_that_is_changed_meanwhile_is_what_was_ordered) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    std::vector<core::uuid> const variants{shop.add_variant(), shop.add_variant(333)};
    for (auto const& v : variants) shop.put_stock(v, location, 1000);
    auto random = test::seeded();
    for (int round = 0; round < 12; ++round)
        with_client(shop, [&](shop_client& api) { return edit_while_ordering(api, shop, variants, random); });
    EXPECT_EQ(shop.sql("select count(*) from sales.payments"), "12");
    EXPECT_EQ(shop.sql("select count(*) from sales.payments p where p.amount <>"
                       " (select sum(total_amount) from sales.order_lines l where l.order_id = p.order_id) +"
                       " (select sum(amount) from sales.order_adjustments a where a.order_id = p.order_id)"),
              "0");
    EXPECT_EQ(
        shop.sql("select count(*) from sales.orders o join sales.order_lines l on l.order_id = o.id"
                 "  left join sales.cart_lines c on c.cart_id = o.cart_id and c.variant_id = l.variant_id"
                 " where c.quantity is distinct from l.quantity"),
        "0")
        << "the cart stands as it was ordered";
    EXPECT_EQ(shop.broken_stock(), "");
}

// What is being packed is cancelled by eight and shipped by eight at the same moment, on two loops.
TEST(orders_race, a_line_is_released_or_shipped_never_both) {
    one_variant_shop s(50);
    for (int round = 0; round < 6; ++round) {
        std::string order;
        with_client(s.shop, [&](shop_client& api) -> core::task<void> {
            order = text_at(co_await api.checkout(s.shop.add_cart({{s.variant, 2}}), "k"), "/order/id");
            co_await api.move(order, "confirmed");
            co_await api.move(order, "processing");
        });
        tally cancelled, shipped;
        std::thread other([&] {
            with_client(s.shop, [&](shop_client& api) {
                return move_at_once(api, order, "cancelled", 8, cancelled);
            });
        });
        with_client(s.shop,
                    [&](shop_client& api) { return move_at_once(api, order, "shipped", 8, shipped); });
        other.join();
        EXPECT_EQ(cancelled["200"] + shipped["200"], 1);
        for (tally const& one : {cancelled, shipped})
            for (auto const& [what, n] : one)
                EXPECT_TRUE(what == "200" || what.starts_with("409 order_")) << what << " " << n;
        EXPECT_EQ(s.shop.sql("select count(*) from inventory.movements m join sales.order_lines l on l.id = "
                             "m.order_line_id"
                             " where m.kind in ('release', 'ship') and l.order_id = '" +
                             order + "'"),
                  "1");
    }
    EXPECT_EQ(s.shop.sql("select reserved from inventory.stock"), "0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

// Not by the server's care alone: the ledger has one place for it.
TEST(orders_race, the_ledger_takes_one_settlement_of_a_line) {
    one_variant_shop s(50);
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        std::string const order =
            text_at(co_await api.checkout(s.shop.add_cart({{s.variant, 2}}), "k"), "/order/id");
        EXPECT_EQ((co_await api.move(order, "cancelled")).status, 200);
    });
    db::session server(s.shop.database.app_url());
    auto const again = [&](std::string const& kind, std::string const& on_hand, std::string const& reserved) {
        try {
            server.run(
                "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, "
                "reserved_delta,"
                " reason, order_id, order_line_id, actor_kind) select gen_random_uuid(), variant_id, "
                "location_id, '" +
                kind + "', " + on_hand + ", " + reserved +
                ", 'correction', order_id, order_line_id, 'system' from inventory.reservations");
        } catch (db::error const& e) {
            return e.constraint();
        }
        return std::string();
    };
    EXPECT_EQ(again("release", "0", "-2"), "movement_once_per_line");
    EXPECT_EQ(again("ship", "-2", "-2"), "movement_once_per_line");
    EXPECT_EQ(again("reserve", "0", "2"), "movement_once_per_line");
}

struct traffic {
    std::vector<core::uuid> variants, locations;
    std::mt19937_64 random;
    std::vector<std::string> orders;
    int number = 0;

    std::uint64_t below(std::uint64_t n) { return random() % n; }
};

std::string adjustment(core::uuid variant, core::uuid location, std::int64_t quantity) {
    return "{\"variant_id\":\"" + core::to_string(variant) + "\",\"location_id\":\"" +
           core::to_string(location) + "\",\"quantity\":" + std::to_string(quantity) +
           ",\"reason\":\"correction\"}";
}

core::task<void> one_shopper(shop_client& api, traffic& t, core::uuid cart) {
    auto const r = co_await api.checkout(cart, "k");
    EXPECT_TRUE(r.status == 201 || code_of(r) == "out_of_stock") << r.body;
    if (r.status == 201) t.orders.push_back(text_at(r, "/order/id"));
}

core::task<void> one_clerk(shop_client& api, traffic& t) {
    static constexpr std::array<std::string_view, 5> moves = {"confirmed", "processing", "shipped",
                                                              "delivered", "cancelled"};
    for (int i = 0; i < 12; ++i) {
        if (t.orders.empty() || t.below(4) == 0) {
            std::string const body =
                adjustment(t.variants[t.below(t.variants.size())], t.locations[t.below(t.locations.size())],
                           t.below(2) == 0 ? 3 : -2);
            auto const r =
                co_await api.send(http::method::post, "/v1/admin/stock/adjustments", body,
                                  {.key = "a" + std::to_string(++t.number), .if_match = {}, .who = clerk()});
            EXPECT_TRUE(r.status == 201 || code_of(r) == "insufficient_stock") << r.body;
            continue;
        }
        auto const r =
            co_await api.move(t.orders[t.below(t.orders.size())], std::string(moves[t.below(moves.size())]));
        EXPECT_TRUE(r.status == 200 || r.status == 409) << r.body;
    }
}

core::task<void> random_traffic(shop_client& api, shop_world& shop, traffic& t) {
    for (int round = 0; round < 12; ++round) {
        std::vector<core::task<void>> all;
        for (int i = 0; i < 8; ++i) {
            std::vector<basket_line> lines;
            for (auto const& v : t.variants)
                if (t.below(2) == 0) lines.push_back({v, static_cast<std::int64_t>(1 + t.below(3))});
            if (lines.empty()) lines.push_back({t.variants[0], 1});
            all.push_back(one_shopper(api, t, shop.add_cart(lines)));
        }
        for (int i = 0; i < 4; ++i) all.push_back(one_clerk(api, t));
        co_await all_of(std::move(all));
        EXPECT_EQ(shop.broken_stock(), "");
    }
}

// Looks again and again while others work: each look is one statement, so one snapshot.
class onlooker {
public:
    explicit onlooker(shop_world const& shop)
        : watching_([this, url = shop.database.owner_url()](std::stop_token stop) {
              db::session session(url);
              while (!stop.stop_requested()) {
                  auto const rows = session.query(std::string(broken_stock_sql));
                  ++looks;
                  if (rows.at(0).at(0) != "") broken = rows[0][0].value_or("null");
              }
          }) {}
    void stop() { watching_ = {}; }  // asks and waits
    int looks = 0;                   // both readable when it has stopped
    std::string broken;

private:
    std::jthread watching_;
};

TEST(orders_race, stock_is_the_ledgers_sum_whatever_happens) {
    shop_world shop;
    traffic t{.variants = {}, .locations = {}, .random = test::seeded(), .orders = {}, .number = 0};
    for (int i = 0; i < 2; ++i) t.locations.push_back(shop.add_location("l" + std::to_string(i), i));
    for (int i = 0; i < 3; ++i) t.variants.push_back(shop.add_variant());
    for (auto const& v : t.variants)
        for (auto const& l : t.locations) shop.put_stock(v, l, 8, 1);
    onlooker watcher(shop);
    with_client(shop, [&](shop_client& api) { return random_traffic(api, shop, t); });
    watcher.stop();
    EXPECT_EQ(watcher.broken, "");
    EXPECT_GT(watcher.looks, 0);
    EXPECT_FALSE(t.orders.empty());
    EXPECT_EQ(shop.sql("select count(*) from inventory.stock where reserved > on_hand + backorder_limit"),
              "0");
    EXPECT_EQ(shop.sql("select count(*) from sales.order_heads h"
                       "  join sales.order_status_history s on s.order_id = h.order_id and s.seq > h.seq"),
              "0");
}

}  // namespace
