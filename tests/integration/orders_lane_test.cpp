// Checkouts that are placed together: each is answered as it would have been alone, and harms no other.
#include "shop_world.hpp"

#include "db/error.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

#include <map>
#include <regex>

namespace {

using namespace integration;
using namespace std::chrono_literals;

struct said {
    http::reply reply;
    std::string thrown;

    std::string outcome() const {
        if (!thrown.empty()) return "threw";
        return std::to_string(reply.status) + (reply.status < 400 ? "" : " " + code_of(reply));
    }
};

struct shopper {  // who checks out what, and under which conditions
    core::uuid cart;
    std::string key = "k";
    std::string if_match = {};
    std::string body = R"({"payment":{"provider":"manual"}})";
    http::principal who = {};
};

core::task<void> check_out(shop_client& api, shopper s, said& into) {
    try {
        into.reply =
            co_await api.send(http::method::post, "/v1/shop/carts/" + core::to_string(s.cart) + "/checkout",
                              s.body, {.key = s.key, .if_match = s.if_match, .who = s.who});
    } catch (std::exception const& e) {
        into.thrown = e.what();
    }
}

core::task<void> at_once(shop_client& api, std::vector<shopper> const& all, std::vector<said>& into) {
    into.resize(all.size());
    std::vector<core::task<void>> work;
    for (std::size_t i = 0; i < all.size(); ++i) work.push_back(check_out(api, all[i], into[i]));
    co_await all_of(std::move(work));
}

core::task<void> one_by_one(shop_client& api, std::vector<shopper> const& all, std::vector<said>& into) {
    into.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) co_await check_out(api, all[i], into[i]);
}

std::vector<std::string> outcomes(std::vector<said> const& all) {
    std::vector<std::string> out;
    for (said const& s : all) out.push_back(s.outcome());
    return out;
}

// An answer without what differs from shop to shop: ids are numbered as they come, tokens and times blanked.
std::string plain(said const& s) {
    std::string text = s.outcome() + " " + s.reply.body;
    text = std::regex_replace(text, std::regex(R"("tracking_token":"[^"]+")"), "TOKEN");
    text = std::regex_replace(text, std::regex(R"("\d{4}-\d\d-\d\dT[^"]+")"), "TIME");
    static std::regex const id(R"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})");
    std::map<std::string, int> seen;
    std::string out;
    std::sregex_iterator it(text.begin(), text.end(), id), end;
    std::size_t from = 0;
    for (; it != end; ++it) {
        out.append(text, from, static_cast<std::size_t>(it->position()) - from);
        out +=
            "ID" + std::to_string(seen.try_emplace(it->str(), static_cast<int>(seen.size())).first->second);
        from = static_cast<std::size_t>(it->position() + it->length());
    }
    return out + text.substr(from) + (s.reply.fields.empty() ? "" : " " + s.reply.fields[0].first);
}

std::string rows(shop_world& shop) {
    std::string out;
    for (char const* const table :
         {"sales.orders", "sales.order_lines", "sales.order_adjustments", "sales.order_addresses",
          "sales.order_status_history", "sales.order_heads", "sales.payments", "sales.payment_events",
          "inventory.reservations", "inventory.movements", "audit.entries", "ops.outbox",
          "ops.idempotency_keys"})
        out += std::string(table) + " " + shop.sql("select count(*) from " + std::string(table)) + "; ";
    out += shop.sql(
        "select string_agg(format('%s %s', on_hand, reserved), ', ' order by on_hand) from inventory.stock");
    out += "; " + shop.sql(
                      "select string_agg(actor_kind || ' ' || coalesce(actor_id::text, '-') || ' ' || action"
                      " || ' ' || request_id || ' ' || address || ' ' || (changes #>> '{0,field}'), ', '"
                      " order by (changes #>> '{0,after}')::int) from audit.entries");
    return out;
}

// One shop with one order of each kind that a checkout can come to.
struct mixed_shop {
    shop_world shop;
    core::uuid here = shop.add_location("here", 0), there = shop.add_location("there", 1);
    core::uuid mug = shop.add_variant(), cup = shop.add_variant(250), priceless = shop.add_variant({});
    core::uuid dear = shop.add_variant(core::amount_max / 2);
    std::vector<shopper> all;

    mixed_shop() {
        shop.put_stock(mug, here, 10);
        shop.put_stock(mug, there, 5);
        shop.put_stock(cup, here, 4, 1);
        shop.put_stock(dear, here, 100);
        all.push_back({.cart = shop.add_cart({{mug, 2}})});
        all.push_back({.cart = shop.add_cart({{cup, 1}, {mug, 9}})});  // from two locations
        all.push_back({.cart = shop.add_cart({})});
        all.push_back({.cart = shop.add_cart({{cup, 1}}, {.email = false})});
        all.push_back({.cart = shop.add_cart({{cup, 1}, {mug, 999}}, {.address = false, .method = false})});
        all.push_back({.cart = shop.add_cart({{priceless, 1}})});
        all.push_back({.cart = shop.add_cart({{dear, 3}})});
        all.push_back({.cart = core::make_random_uuid()});
        all.push_back({.cart = shop.add_cart({{cup, 1}}), .key = "k", .if_match = "\"7-00\""});
        all.push_back({.cart = shop.add_cart({{mug, 5}})});  // 4 are left
        all.push_back({.cart = shop.add_cart({{mug, 4}}), .key = "k", .who = clerk()});
        all.push_back({.cart = shop.add_cart({{cup, 3}})});            // owes none: 4 on hand
        all.push_back({.cart = shop.add_cart({{cup, 1}, {mug, 1}})});  // the one on order, but no mug
        auto const ordered = all.front();
        all.push_back({.cart = ordered.cart, .key = "another"});
        all.push_back(ordered);
        all.push_back({.cart = ordered.cart, .key = "k", .body = R"({ "payment":{"provider":"manual"}})"});
    }
};

TEST(orders_lane, answers_each_of_a_batch_as_if_it_were_alone) {
    mixed_shop alone, together;
    std::vector<said> first, second;
    with_client(alone.shop, [&](shop_client& api) { return one_by_one(api, alone.all, first); });
    with_client(together.shop, [&](shop_client& api) { return at_once(api, together.all, second); });
    EXPECT_THAT(
        outcomes(first),
        testing::ElementsAre("201", "201", "409 cart_not_ready", "409 cart_not_ready", "409 cart_not_ready",
                             "409 cart_not_ready", "409 amount_too_large", "404 cart_not_found",
                             "412 version_stale", "409 out_of_stock", "201", "201", "409 out_of_stock",
                             "409 cart_already_ordered", "201", "422 idempotency_key_reused"));
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(plain(first[i]), plain(second[i])) << i;
    EXPECT_EQ(rows(alone.shop), rows(together.shop));
    EXPECT_EQ(alone.shop.sql("select count(distinct xmin::text) from sales.orders"), "4");
    EXPECT_EQ(together.shop.sql("select count(distinct xmin::text) from sales.orders"), "1");
    EXPECT_EQ(together.shop.broken_stock(), "");
}

// The answer that is stored is the one that was given, to the byte, whoever else was placed with it.
core::task<void> ask_again(shop_client& api, std::vector<shopper> all, std::vector<said>& first,
                           std::vector<said>& again) {
    co_await at_once(api, all, first);
    co_await at_once(api, all, again);
}

TEST(orders_lane, keeps_each_answer_under_its_own_key) {
    mixed_shop s;
    std::vector<shopper> all;
    for (int i = 0; i < 5; ++i)
        all.push_back({.cart = s.shop.add_cart({{s.mug, 1}}), .key = "k" + std::to_string(i)});
    std::vector<said> first, again;
    with_client(s.shop, [&](shop_client& api) { return ask_again(api, all, first, again); });
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(first[i].outcome(), "201");
        EXPECT_EQ(again[i].reply.body, first[i].reply.body);
        EXPECT_EQ(again[i].reply.fields.at(0).first, "Idempotency-Replayed");
    }
    EXPECT_EQ(s.shop.sql("select count(*) from sales.orders"), "5");
}

struct one_variant {
    explicit one_variant(std::int64_t units) { shop.put_stock(mug, here, units); }
    shop_world shop;
    core::uuid here = shop.add_location("here", 0);
    core::uuid mug = shop.add_variant();

    std::vector<shopper> shoppers(std::vector<std::int64_t> quantities) {
        std::vector<shopper> out;
        for (auto const q : quantities) out.push_back({.cart = shop.add_cart({{mug, q}})});
        return out;
    }
};

TEST(orders_lane, serves_who_came_first) {
    one_variant s(6);
    auto const all = s.shoppers({2, 5, 1, 3, 4, 1});
    std::vector<said> got;
    with_client(s.shop, [&](shop_client& api) { return at_once(api, all, got); });
    // 5 don't fit after 2, 1 and 3 do; nothing is left for the others.
    EXPECT_THAT(outcomes(got), testing::ElementsAre("201", "409 out_of_stock", "201", "201",
                                                    "409 out_of_stock", "409 out_of_stock"));
    EXPECT_LT(number_at(got[0].reply, "/order/number"), number_at(got[2].reply, "/order/number"));
    EXPECT_LT(number_at(got[2].reply, "/order/number"), number_at(got[3].reply, "/order/number"));
    EXPECT_EQ(s.shop.sql("select string_agg(quantity::text, ' ' order by seq) from inventory.reservations"),
              "2 1 3")
        << "the older ship first";
}

TEST(orders_lane, two_hundred_shoppers_and_fifty_units_twenty_times) {
    shop_world shop;
    auto const here = shop.add_location("here", 0);
    for (int round = 1; round <= 20; ++round) {
        auto const variant = shop.add_variant();
        shop.put_stock(variant, here, 50);
        std::vector<shopper> all;
        for (int i = 0; i < 200; ++i) all.push_back({.cart = shop.add_cart({{variant, 1}})});
        std::vector<said> got;
        with_client(shop, [&](shop_client& api) { return at_once(api, all, got); });
        std::map<std::string, int> tally;
        for (said const& s : got) ++tally[s.outcome()];
        EXPECT_EQ(tally, (std::map<std::string, int>{{"201", 50}, {"409 out_of_stock", 150}}));
        EXPECT_EQ(shop.stock_of(variant, here), "50/50/0");
    }
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(shop.sql("select count(distinct number) from sales.orders"), "1000");
}

// Who comes again and again, and each time how many that came later were served earlier.
struct stream {
    int arrivals = 0;
    int served = 0;
    int most_overtaken = 0;

    core::task<void> shop(shop_client& api, std::vector<shopper> mine) {
        for (shopper const& one : mine) {
            int const came = arrivals++;
            said got;
            co_await check_out(api, one, got);
            EXPECT_EQ(got.outcome(), "201");
            most_overtaken = std::max(most_overtaken, served++ - came);
        }
    }
};

// At most two batches go past an order: the one under way when it came, and the one that takes it along.
TEST(orders_lane, nobody_starves_in_a_steady_stream) {
    one_variant s(10'000);
    std::vector<std::vector<shopper>> each(80);
    for (auto& mine : each) mine = s.shoppers({1, 1, 1, 1, 1, 1});
    stream all;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        std::vector<core::task<void>> work;
        for (auto& mine : each) work.push_back(all.shop(api, mine));
        co_await all_of(std::move(work));
    });
    EXPECT_EQ(all.served, 480);
    EXPECT_LE(all.most_overtaken, 2 * 64);
}

// In a new shop, tables are empty when the first order's statements and its foreign keys' questions are
// planned, and stay planned so while they grow.
TEST(orders_lane, reads_no_table_from_end_to_end_in_a_new_shop) {
    one_variant s(1000);
    auto const first = s.shoppers({1}), others = s.shoppers(std::vector<std::int64_t>(300, 1));
    std::vector<said> got;
    s.shop.sql("select pg_stat_force_next_flush()");
    s.shop.sql("create table public.before as select relid, seq_tup_read from pg_stat_user_tables");
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        return [](shop_client& a, std::vector<shopper> const& one, std::vector<shopper> const& more,
                  std::vector<said>& into) -> core::task<void> {
            co_await at_once(a, one, into);
            co_await at_once(a, more, into);
        }(api, first, others, got);
    });
    EXPECT_EQ(s.shop.sql(
                  "select coalesce(string_agg(t.relname || ' ' || t.seq_tup_read - b.seq_tup_read, ', '), '')"
                  " from pg_stat_user_tables t join public.before b using (relid)"
                  " where t.schemaname in ('sales', 'inventory', 'catalog')"
                  " and t.seq_tup_read > b.seq_tup_read + 300"),
              "");
    EXPECT_EQ(s.shop.sql("select count(*) from sales.orders"), "301")
        << "asked last: it reads the table itself";
}

// A fault of one that the database alone sees: the batch is halved until that one stands alone.
TEST(orders_lane, an_order_that_the_database_refuses_takes_no_neighbour_along) {
    one_variant s(100);
    auto const all = s.shoppers({1, 2, 3, 4, 5, 6, 7, 8, 9});
    db::session owner(s.shop.database.owner_url());
    owner.run("alter table sales.order_lines add constraint nobody_buys_six check (quantity <> 6)");
    std::vector<said> got;
    with_client(s.shop, [&](shop_client& api) { return at_once(api, all, got); });
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].outcome(), i == 5 ? "threw" : "201") << i;
    EXPECT_THAT(got[5].thrown, testing::HasSubstr("nobody_buys_six"));
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/39/0");
    EXPECT_EQ(s.shop.sql("select count(*) from ops.idempotency_keys"), "8");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

// The same when the constraint has a meaning for the shopper.
TEST(orders_lane, a_constraint_that_means_something_is_told_to_whom_it_means) {
    one_variant s(100);
    auto const all = s.shoppers({1, 2, 3});
    db::session owner(s.shop.database.owner_url());
    owner.run(
        "alter table sales.order_lines add constraint stock_not_oversold_twice check (quantity <> 2);"
        "alter table sales.order_lines rename constraint stock_not_oversold_twice to stock_not_oversold");
    std::vector<said> got;
    with_client(s.shop, [&](shop_client& api) { return at_once(api, all, got); });
    EXPECT_THAT(outcomes(got), testing::ElementsAre("201", "409 out_of_stock", "201"));
}

// Somebody else stores the same key while the batch is on its way: that one alone is told.
TEST(orders_lane, a_key_that_was_taken_meanwhile_refuses_its_own_request_alone) {
    one_variant s(100);
    auto all = s.shoppers({1, 2, 3, 4});
    all[2].who = clerk();
    db::session rival(s.shop.database.owner_url());
    rival.run(
        "begin; insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body) values"
        " ('staff:" +
        core::to_string(clerk().id) + " checkout', 'k', '\\x00', 201, '\\x00')");
    std::vector<said> got;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        return [](shop_client& a, std::vector<shopper> const& who, std::vector<said>& into,
                  db::session& other) -> core::task<void> {
            loop::event_loop::current().after(300ms, [&other] { other.run("commit"); });
            co_await at_once(a, who, into);
        }(api, all, got, rival);
    });
    EXPECT_THAT(outcomes(got), testing::ElementsAre("201", "201", "422 idempotency_key_reused", "201"));
    EXPECT_EQ(s.shop.stock_of(s.mug, s.here), "100/7/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

}  // namespace
