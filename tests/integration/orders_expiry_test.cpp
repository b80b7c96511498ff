// Orders that nobody pays: cancelled once their time is over, as any other cancellation, once, by whoever
// comes first, and in batches; and what stops the clock.
#include "gate.hpp"
#include "shop_world.hpp"

#include "db/error.hpp"
#include "loop/loop.hpp"
#include "orders/deadlines.hpp"
#include "orders/expiry.hpp"
#include "seed.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace {

using namespace integration;
using orders::payment_provider;

struct unpaid_shop {
    explicit unpaid_shop(std::int64_t units = 1000) { shop.put_stock(variant, location, units); }
    shop_world shop;
    core::uuid location = shop.add_location("main", 0);
    core::uuid variant = shop.add_variant();

    std::string stock() { return shop.stock_of(variant, location); }
    void overdue(std::string const& where = "true") {
        shop.sql(
            "update sales.order_heads set payment_due_at = now() - interval '1 minute' - random() * interval "
            "'1 hour'"
            " where payment_due_at is not null and " +
            where);
    }
};

core::task<std::string> place(shop_client& api, core::uuid cart) {
    auto const placed = co_await api.checkout(cart, "k");
    EXPECT_EQ(placed.status, 201) << placed.body;
    co_return text_at(placed, "/order/id");
}

core::task<std::vector<std::string>> place_some(shop_client& api, unpaid_shop& s, int how_many) {
    std::vector<std::string> out(static_cast<std::size_t>(how_many));
    auto const one = [](shop_client& a, core::uuid cart, std::string& into) -> core::task<void> {
        into = co_await place(a, cart);
    };
    for (int done = 0; done < how_many; done += 200) {
        std::vector<core::task<void>> all;
        for (int i = done; i < std::min(how_many, done + 200); ++i)
            all.push_back(one(api, s.shop.add_cart({{s.variant, 1}}), out[static_cast<std::size_t>(i)]));
        co_await all_of(std::move(all));
    }
    co_return out;
}

core::task<orders::expiry_report> expire(shop_client& api, core::meter* meter = nullptr,
                                         orders::expiry_bounds bounds = {}) {
    static std::atomic<bool> const never{false};
    return orders::expire_due(api.environment().database(), in(std::chrono::seconds(60)), meter,
                              orders::deadline_actor(), never, bounds);
}

std::string quoted(std::string const& text) { return "'" + text + "'"; }

core::task<void> as_any_cancellation(shop_client& api, unpaid_shop& s) {
    std::string const order = co_await place(api, s.shop.add_cart({{s.variant, 3}}));
    EXPECT_EQ(s.shop.sql("select payment_due_at - placed_at = interval '14 days' from sales.order_heads"),
              "t");
    EXPECT_EQ((co_await expire(api)).expired, 0U) << "it is not due yet";
    auto const entries = s.shop.sql("select count(*) from audit.entries");
    s.overdue();
    auto const done = co_await expire(api);
    EXPECT_EQ(done.expired, 1U);
    EXPECT_FALSE(done.then.next);
    EXPECT_EQ(
        s.shop.sql(
            "select string_agg(concat_ws(' ', seq, prev_status, status, actor_kind, actor_id, reason), '; '"
            " order by seq) from sales.order_status_history"),
        "0 pending guest; 1 pending cancelled system It was not paid in time.");
    EXPECT_EQ(s.shop.sql("select seq || status || coalesce(payment_due_at::text, '') from sales.order_heads"),
              "1cancelled");
    EXPECT_EQ(s.shop.sql("select string_agg(distinct status, '') from sales.order_places"), "cancelled");
    EXPECT_EQ(s.stock(), "1000/0/0");
    EXPECT_EQ(
        s.shop.sql("select string_agg(concat_ws(' ', kind, reserved_delta, actor_kind), '; ' order by id)"
                   " from inventory.movements where order_line_id is not null"),
        "reserve 3 guest; release -3 system");
    EXPECT_EQ(s.shop.sql("select string_agg(concat_ws(' ', seq, kind, actor_kind), '; ' order by seq) from "
                         "sales.payment_events"),
              "0 requested guest; 1 voided system");
    EXPECT_EQ(s.shop.sql("select count(*) - " + entries + " from audit.entries"), "1");
    EXPECT_EQ(s.shop.sql("select concat_ws(' ', actor_kind, action, resource, resource_id = " +
                         quoted(order) + ") from audit.entries order by at desc, id desc limit 1"),
              "system payment deadline orders t");
    EXPECT_EQ(s.shop.sql("select topic || (resource_id = " + quoted(order) +
                         ") || payload from ops.outbox order by seq desc limit 1"),
              "order.cancelledtrue{\"seq\": 1}");
    EXPECT_EQ(s.shop.broken_stock(), "");
    EXPECT_EQ((co_await expire(api)).expired, 0U);
}

TEST(orders_expiry, is_a_cancellation_as_any_other) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return as_any_cancellation(api, s); });
}

std::string shown_due(http::reply const& r) {
    auto const document = json_of(r);
    auto const& at = document.as_object();
    auto const& order = at.contains("order") ? at.at("order").as_object() : at;
    return order.at("payment_due_at").is_null() ? "null" : "set";
}

core::task<http::reply> pay(shop_client& api, std::string order, std::string key) {
    return api.send(http::method::post, "/v1/admin/orders/" + order + "/payments", R"({"kind":"captured"})",
                    {.key = std::move(key), .if_match = {}, .who = clerk()});
}

core::task<void> what_stops_the_clock(shop_client& api, unpaid_shop& s) {
    auto const shown = co_await api.checkout(s.shop.add_cart({{s.variant, 1}}), "k");
    EXPECT_EQ(shown_due(shown), "set");
    std::string const paid = text_at(shown, "/order/id");
    auto const after_payment = co_await pay(api, paid, "p");
    EXPECT_EQ(after_payment.status, 201) << after_payment.body;
    EXPECT_EQ(shown_due(after_payment), "null");
    std::string const confirmed = co_await place(api, s.shop.add_cart({{s.variant, 1}}));
    auto const after_word = co_await api.move(confirmed, "confirmed");
    EXPECT_EQ(shown_due(after_word), "null") << after_word.body;
    std::string const cancelled = co_await place(api, s.shop.add_cart({{s.variant, 1}}));
    EXPECT_EQ(shown_due(co_await api.move(cancelled, "cancelled")), "null");

    api.due.terms.set(payment_provider::manual, std::nullopt);
    EXPECT_EQ(shown_due(co_await api.checkout(s.shop.add_cart({{s.variant, 1}}), "k")), "null");
    api.due.terms.set(payment_provider::manual, std::chrono::hours(1));
    core::uuid const gift = s.shop.add_variant(0, false);
    s.shop.put_stock(gift, s.location, 5);
    auto const free = s.shop.add_cart({{gift, 1}}, {.method = false});
    EXPECT_EQ(shown_due(co_await api.checkout(free, "k")), "null") << "there is nothing to pay";

    EXPECT_EQ(s.shop.sql("select count(*) from sales.order_heads where payment_due_at is not null"), "0");
    EXPECT_EQ((co_await expire(api)).expired, 0U);
    EXPECT_EQ(s.shop.sql("select status from sales.order_heads where order_id = " + quoted(paid)), "pending");
}

TEST(orders_expiry, ends_with_the_payment_or_with_any_move) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return what_stops_the_clock(api, s); });
}

// By the columns alone: the database refuses a clock that runs on, and a server that sees money and a clock
// stops the clock, not the order.
core::task<void> paid_and_due(shop_client& api, unpaid_shop& s) {
    std::string const order = co_await place(api, s.shop.add_cart({{s.variant, 1}}));
    EXPECT_EQ((co_await pay(api, order, "p")).status, 201);
    s.shop.sql("update sales.order_heads set payment_due_at = now() - interval '1 hour'");
    auto const done = co_await expire(api);
    EXPECT_EQ(done.expired, 0U);
    EXPECT_FALSE(done.then.next);
    EXPECT_EQ(s.shop.sql("select status from sales.order_heads"), "pending");
    EXPECT_EQ((co_await api.move(order, "confirmed")).status, 200);
    EXPECT_THROW(s.shop.sql("update sales.order_heads set payment_due_at = now()"), db::error);
}

TEST(orders_expiry, never_cancels_what_is_paid) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return paid_and_due(api, s); });
}

core::task<void> many(shop_client& api, unpaid_shop& s) {
    co_await place_some(api, s, 600);
    EXPECT_EQ(s.stock(), "1000/600/0");
    s.overdue();
    core::meter meter;
    auto const done = co_await expire(api, &meter);
    EXPECT_EQ(done.expired, 600U);
    EXPECT_FALSE(done.more());
    EXPECT_LT(meter.statements, 120U) << "a batch costs what one order does";
    EXPECT_LE(meter.commits, 8U);
    EXPECT_EQ(s.stock(), "1000/0/0");
    EXPECT_EQ(s.shop.sql("select count(*) from inventory.movements where kind = 'release'"), "600");
    EXPECT_EQ(s.shop.sql("select count(*) from sales.payment_events where kind = 'voided'"), "600");
    EXPECT_EQ(s.shop.sql("select count(*) from audit.entries where action = 'payment deadline'"), "600");
    EXPECT_EQ(s.shop.broken_stock(), "");
    core::meter idle;
    EXPECT_EQ((co_await expire(api, &idle)).expired, 0U);
    EXPECT_EQ(idle.statements, 1U) << "asking in vain is one statement";
}

TEST(orders_expiry, works_many_off_in_batches) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return many(api, s); });
}

core::task<void> around_a_held_order(shop_client& api, unpaid_shop& s) {
    auto const all = co_await place_some(api, s, 7);
    s.overdue();
    db::session somebody(s.shop.database.owner_url());
    somebody.run("begin");
    somebody.query("select order_id from sales.order_heads where order_id = " + quoted(all[3]) +
                   " for no key update");
    auto const first = co_await expire(api, nullptr, {.batch = 2});
    EXPECT_EQ(first.expired, 6U);
    EXPECT_EQ(first.failed, 0U);
    EXPECT_TRUE(first.more());
    somebody.run("rollback");
    EXPECT_EQ((co_await expire(api)).expired, 1U);
    EXPECT_EQ(s.stock(), "1000/0/0");
}

TEST(orders_expiry, waits_for_nobody_who_moves_an_order) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return around_a_held_order(api, s); });
}

// Somebody holds what it has to lock, until its time is up: it tells what is left, and is no failure.
core::task<void> until_its_time_is_up(shop_client& api, unpaid_shop& s) {
    co_await place_some(api, s, 3);
    s.overdue();
    static std::atomic<bool> const never{false};
    auto const briefly = [&] {
        return orders::expire_due(api.environment().database(), in(std::chrono::milliseconds(300)), nullptr,
                                  orders::deadline_actor(), never);
    };
    db::session somebody(s.shop.database.owner_url());
    somebody.run("begin");
    somebody.run("select from inventory.stock for update");
    auto const none = co_await briefly();
    EXPECT_EQ(none.expired, 0U);
    EXPECT_EQ(none.failed, 0U);
    EXPECT_TRUE(none.more());
    somebody.run("rollback");
    EXPECT_EQ((co_await expire(api)).expired, 3U);
}

TEST(orders_expiry, tells_what_is_left_when_its_time_is_up) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return until_its_time_is_up(api, s); });
}

// The ledger says already that these were released.
void say_released(unpaid_shop& s, std::string const& which) {
    s.shop.sql(
        "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, "
        "reason,"
        " order_id, order_line_id, actor_kind) select gen_random_uuid(), r.variant_id, r.location_id, "
        "'release', 0, -1,"
        " 'order_cancelled', r.order_id, r.order_line_id, 'system' from inventory.reservations r where " +
        which);
}

core::task<void> around_a_broken_order(shop_client& api, unpaid_shop& s) {
    auto const all = co_await place_some(api, s, 30);
    s.overdue();
    say_released(s, "r.order_id = " + quoted(all[11]));
    auto const done = co_await expire(api, nullptr, {.batch = 20});
    EXPECT_EQ(done.expired, 29U);
    EXPECT_EQ(done.failed, 1U);
    EXPECT_TRUE(done.more());
    EXPECT_EQ(s.shop.sql("select order_id from sales.order_heads where status = 'pending'"), all[11]);
    EXPECT_EQ(s.stock(), "1000/1/0");
}

TEST(orders_expiry, passes_over_what_cannot_be_cancelled) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return around_a_broken_order(api, s); });
}

// More than one go passes over, and all of them before the one that can be cancelled.
core::task<void> behind_many_broken_orders(shop_client& api, unpaid_shop& s) {
    int const broken = orders::expiry_bounds{}.failures_most + 1;
    co_await place_some(api, s, broken + 1);
    s.overdue();
    std::string const last = s.shop.sql(
        "select order_id from sales.order_heads order by payment_due_at desc, order_id desc limit 1");
    say_released(s, "r.order_id <> " + quoted(last));
    orders::deadlines due;
    auto const go = [&] {
        return due.work_off(api.environment().database(), in(std::chrono::seconds(60)), nullptr,
                            orders::deadline_actor());
    };
    auto const first = co_await go();
    EXPECT_EQ(first.failed, static_cast<std::size_t>(broken - 1));
    EXPECT_EQ(first.expired, 0U);
    auto const second = co_await go();
    EXPECT_EQ(second.failed, 1U);
    EXPECT_EQ(second.expired, 1U);
    EXPECT_EQ(s.shop.sql("select order_id from sales.order_heads where status = 'cancelled'"), last);
    EXPECT_EQ((co_await go()).failed, static_cast<std::size_t>(broken - 1)) << "then from the oldest again";
}

TEST(orders_expiry, reaches_what_lies_behind_many_that_cannot_be_cancelled) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return behind_many_broken_orders(api, s); });
}

// Servers of their own: each has a loop, a thread and connections.
void at_once(shop_world& shop, std::vector<std::function<core::task<void>(shop_client&)>> const& bodies) {
    std::vector<std::thread> running;
    for (auto const& body : bodies) running.emplace_back([&shop, &body] { with_client(shop, body); });
    for (auto& t : running) t.join();
}

TEST(orders_expiry, is_done_once_by_several_servers) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> { co_await place_some(api, s, 300); });
    s.overdue();
    std::atomic<std::size_t> expired{0}, failed{0};
    auto const server = [&](shop_client& api) -> core::task<void> {
        for (bool more = true; more;) {
            auto const done = co_await expire(api, nullptr, {.batch = 16});
            expired += done.expired;
            failed += done.failed;
            more = done.more();
        }
    };
    at_once(s.shop, {server, server, server, server});
    EXPECT_EQ(expired, 300U);
    EXPECT_EQ(failed, 0U);
    EXPECT_EQ(s.shop.sql("select count(*) from sales.order_status_history where status = 'cancelled'"),
              "300");
    EXPECT_EQ(s.shop.sql("select count(*) from inventory.movements where kind = 'release'"), "300");
    EXPECT_EQ(s.stock(), "1000/0/0");
    EXPECT_EQ(s.shop.broken_stock(), "");
}

// Every order gets one racer besides the clock: a payment, a shopper's or the staff's cancellation, a
// confirmation, or all the way to shipping.
struct race {
    std::vector<std::string> orders;
    std::vector<int> rival;
    std::map<std::string, int> answers;
};

core::task<void> rival_of(shop_client& api, race& r, std::size_t i) {
    std::string const& order = r.orders[i];
    std::vector<http::reply> got;
    switch (r.rival[i]) {
        case 0: got.push_back(co_await pay(api, order, "p" + std::to_string(i))); break;
        case 1: got.push_back(co_await api.move(order, "cancelled")); break;
        case 2: got.push_back(co_await api.move(order, "confirmed")); break;
        default:
            for (char const* to : {"confirmed", "processing", "shipped"})
                got.push_back(co_await api.move(order, to));
    }
    for (http::reply const& a : got)
        ++r.answers[std::to_string(a.status) + (a.status < 400 ? "" : " " + code_of(a))];
}

TEST(orders_expiry, against_payments_cancellations_and_shipping_leaves_one_outcome) {
    auto random = test::seeded();
    unpaid_shop s;
    race r;
    with_client(s.shop,
                [&](shop_client& api) -> core::task<void> { r.orders = co_await place_some(api, s, 240); });
    for (std::size_t i = 0; i < r.orders.size(); ++i) r.rival.push_back(static_cast<int>(random() % 4));
    std::ranges::shuffle(r.orders, random);
    s.overdue();
    auto const clock = [&](shop_client& api) -> core::task<void> {
        for (int i = 0; i < 20; ++i) EXPECT_EQ((co_await expire(api, nullptr, {.batch = 12})).failed, 0U);
    };
    auto const staff = [&](shop_client& api) -> core::task<void> {
        for (std::size_t from = 0; from < r.orders.size(); from += 8) {
            std::vector<core::task<void>> some;
            for (std::size_t i = from; i < from + 8; ++i) some.push_back(rival_of(api, r, i));
            co_await all_of(std::move(some));
        }
    };
    at_once(s.shop, {clock, staff, clock});
    for (auto const& [what, n] : r.answers)
        EXPECT_TRUE(what == "200" || what == "201" || what == "409 order_transition_not_allowed" ||
                    what == "409 payment_not_allowed" || what == "409 order_changed")
            << what << " " << n;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> { co_await expire(api); });
    EXPECT_EQ(s.shop.sql("select count(*) from sales.order_heads where payment_due_at is not null"), "0");
    EXPECT_EQ(s.shop.sql("select count(*) from (select order_line_id, kind from inventory.movements"
                         " where order_line_id is not null group by 1, 2 having count(*) > 1) x"),
              "0");
    EXPECT_EQ(
        s.shop.sql(
            "select count(*) from sales.order_heads h join sales.order_lines l on l.order_id = h.order_id"
            " where (h.status = 'cancelled') <> exists (select from inventory.movements m"
            " where m.order_line_id = l.id and m.kind = 'release')"),
        "0");
    EXPECT_EQ(s.shop.sql("select count(*) from sales.order_status_history h join sales.payments p on "
                         "p.order_id = h.order_id"
                         " join sales.payment_events e on e.payment_id = p.id and e.kind = 'captured'"
                         " where h.status = 'cancelled' and h.actor_kind = 'system'"),
              "0")
        << "what was paid is not cancelled by the clock";
    EXPECT_EQ(s.shop.broken_stock(), "");
    EXPECT_NE(s.shop.sql("select count(*) from sales.order_status_history where actor_kind = 'system'"), "0");
}

// The clock itself: told by whoever places an order, and by the database at its start.
core::task<void> by_the_clock(shop_client& api, unpaid_shop& s) {
    api.due.terms.set(payment_provider::manual, std::chrono::seconds(1));
    api.due.begin(api.environment().database());
    co_await until([&] { return api.due.at_rest(); });
    std::string const order = co_await place(api, s.shop.add_cart({{s.variant, 1}}));
    co_await until([&] { return s.stock() == "1000/0/0"; });
    EXPECT_EQ(s.shop.sql("select status from sales.order_heads where order_id = " + quoted(order)),
              "cancelled");
    api.due.end();
    co_await until([&] { return api.due.at_rest(); });
}

TEST(orders_expiry, comes_by_itself_for_an_order_that_was_placed_here) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return by_the_clock(api, s); });
}

TEST(orders_expiry, is_found_again_at_start) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) -> core::task<void> { co_await place_some(api, s, 3); });
    s.shop.sql("update sales.order_heads set payment_due_at = now() + interval '1 second'");
    with_client(s.shop, [&](shop_client& api) -> core::task<void> {
        api.due.begin(api.environment().database());
        co_await until([&] { return s.stock() == "1000/0/0"; });
        api.due.end();
        co_await until([&] { return api.due.at_rest(); });
    });
}

// What another process has placed and did not live to cancel.
core::task<void> of_a_dead_process(shop_client& api, unpaid_shop& s) {
    auto& d = api.environment().database();
    api.due.begin(d);
    co_await until([&] { return api.due.at_rest(); });
    co_await place_some(api, s, 2);
    s.shop.sql("update sales.order_heads set payment_due_at = now() - interval '1 second'");
    EXPECT_NE(s.stock(), "1000/0/0") << "nobody knows of it here";
    co_await api.due.look(d);
    co_await until([&] { return s.stock() == "1000/0/0"; });
    api.due.end();
    co_await until([&] { return api.due.at_rest(); });
}

TEST(orders_expiry, is_found_when_the_database_is_asked_in_its_turn) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return of_a_dead_process(api, s); });
}

// Orders that came due while the database was away do not wait until the far end of a growing pause.
core::task<void> after_an_outage(shop_client& api, unpaid_shop& s) {
    gate between(socket_folder());
    db::database d(loop::event_loop::current(), {.url = between.url(s.shop.database.name(), "carrack_app")});
    co_await place_some(api, s, 2);
    s.overdue();
    between.refuse(true);
    api.due.begin(d);
    co_await loop::sleep(std::chrono::seconds(5));  // longer than it waits for a restart
    EXPECT_NE(s.stock(), "1000/0/0");
    between.refuse(false);
    auto const back = core::steady::now();
    co_await until([&] { return s.stock() == "1000/0/0"; });
    EXPECT_LT(core::steady::now() - back, std::chrono::seconds(7));
    api.due.end();
    co_await until([&] { return api.due.at_rest(); });
    co_await d.close();
}

TEST(orders_expiry, goes_on_soon_after_the_database_is_back) {
    unpaid_shop s;
    with_client(s.shop, [&](shop_client& api) { return after_an_outage(api, s); });
}

TEST(orders_expiry, reads_what_is_due_along_its_own_index) {
    unpaid_shop s;
    db::session on(s.shop.database.owner_url());
    on.run("set enable_seqscan = off");
    on.run("set plan_cache_mode = force_generic_plan");
    for (db::statement_info const* one : orders::expiry_statements()) {
        bool const of_due = one->name == "orders.find_due";
        if (!of_due && one->name != "orders.find_due_moment") continue;
        on.run("prepare it as " + std::string(one->sql));
        std::string plan;
        std::string const with = of_due ? "('epoch', '00000000-0000-0000-0000-000000000000', 100)" : "";
        for (auto const& row : on.query("explain execute it" + with)) plan += row.at(0).value_or("") + "\n";
        EXPECT_THAT(plan, testing::HasSubstr("order_heads_due"));
        EXPECT_THAT(plan, testing::Not(testing::HasSubstr("Seq Scan")));
        on.run("deallocate it");
    }
}

}  // namespace
