// The state machine as the database enforces it, for every client: the constant and the rows agree, each pair
// of states is tried as SQL under the application's role and through the API, and history cannot be
// rewritten.
#include "shop_world.hpp"

#include "db/error.hpp"
#include "orders/machine.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <boost/describe/enum_to_string.hpp>

#include <set>

namespace {

using namespace integration;
using orders::order_status;
using enum orders::order_status;

constexpr order_status every_status[] = {pending, confirmed, processing, shipped, delivered, cancelled};
std::string name_of(order_status s) { return boost::describe::enum_to_string(s, ""); }

// The states between placing and `s`, `s` included.
std::vector<order_status> way_to(order_status s) {
    switch (s) {
        case pending: return {};
        case confirmed: return {confirmed};
        case processing: return {confirmed, processing};
        case shipped: return {confirmed, processing, shipped};
        case delivered: return {confirmed, processing, shipped, delivered};
        case cancelled: break;
    }
    return {cancelled};
}

TEST(orders_machine, is_the_same_in_the_program_and_in_the_database) {
    auto const database = fresh_database();
    db::session session(database.owner_url());
    std::set<std::pair<std::string, std::string>> rows, constant;
    for (auto const& r : session.query("select from_status, to_status from sales.order_transition"))
        rows.emplace(r.at(0).value(), r.at(1).value());
    for (auto const& e : orders::lifecycle.edges) constant.emplace(name_of(e.from), name_of(e.to));
    EXPECT_EQ(rows, constant);
    std::vector<std::string> states;
    for (auto const& r : session.query("select status from sales.order_status order by rank"))
        states.push_back(r.at(0).value());
    std::vector<std::string> named;
    for (order_status const s : every_status) named.push_back(name_of(s));
    EXPECT_EQ(states, named);
}

core::task<void> place_one_in(shop_client& api, shop_world& shop, core::uuid variant, order_status s,
                              std::string& order) {
    auto const placed = co_await api.checkout(shop.add_cart({{variant, 1}}),
                                              "to-" + name_of(s) + std::to_string(std::rand()));
    EXPECT_EQ(placed.status, 201) << placed.body;
    order = text_at(placed, "/order/id");
    for (order_status const next : way_to(s)) {
        auto const moved = co_await api.move(order, name_of(next));
        EXPECT_EQ(moved.status, 200) << moved.body;
    }
}

// Runs the SQL in a transaction that is rolled back; the SQLSTATE and constraint that refused it, or "".
std::string refusal_of(db::session& as, std::string const& sql) {
    std::string why;
    as.run("begin");
    try {
        as.run(sql);
    } catch (db::error const& e) {
        why = std::string(e.sqlstate()) + " " + e.constraint();
    }
    as.run("rollback");
    return why;
}

std::string step_sql(std::string const& order, int seq, order_status to, order_status claimed) {
    return fmt::format(
        "insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, actor_kind)"
        " values ('{}', {}, '{}', {}, '{}', 'system')",
        order, seq, name_of(to), seq - 1, name_of(claimed));
}

struct shop_with_stock {
    shop_with_stock() { shop.put_stock(variant, shop.add_location("main", 0), 1000); }
    shop_world shop;
    core::uuid variant = shop.add_variant();
};

TEST(orders_machine, every_pair_of_states_as_sql_under_the_applications_role) {
    shop_with_stock s;
    db::session app(s.shop.database.app_url());
    for (order_status const from : every_status) {
        std::string order;
        with_client(s.shop,
                    [&](shop_client& api) { return place_one_in(api, s.shop, s.variant, from, order); });
        int const seq = static_cast<int>(way_to(from).size());
        for (order_status const to : every_status) {
            bool const legal = orders::lifecycle.allows(from, to);
            EXPECT_EQ(refusal_of(app, step_sql(order, seq + 1, to, from)),
                      legal ? "" : "23503 order_transition_allowed")
                << name_of(from) << " to " << name_of(to);
            // A lie about where it came from, about the number of the step, and a step that is taken already.
            for (order_status const claimed : every_status)
                if (claimed != from && orders::lifecycle.allows(claimed, to))
                    EXPECT_EQ(refusal_of(app, step_sql(order, seq + 1, to, claimed)),
                              "23503 order_transition_continues");
            EXPECT_NE(refusal_of(app, step_sql(order, seq + 2, to, from)), "");
            if (seq > 0)
                EXPECT_EQ(refusal_of(app, step_sql(order, seq, to, from)), "23505 order_transition_raced");
        }
    }
}

core::task<void> every_pair(shop_client& api, shop_world& shop, core::uuid variant) {
    for (order_status const from : every_status)
        for (order_status const to : every_status) {
            std::string order;
            co_await place_one_in(api, shop, variant, from, order);
            auto const before = shop.sql("select count(*) from inventory.movements");
            auto const r = co_await api.move(order, name_of(to));
            bool const legal = orders::lifecycle.allows(from, to);
            EXPECT_EQ(r.status, legal ? 200 : 409) << name_of(from) << " to " << name_of(to) << r.body;
            if (!legal) EXPECT_EQ(code_of(r), "order_transition_not_allowed");
            bool const stock_moves = legal && (to == cancelled || to == shipped);
            auto const after = shop.sql("select count(*) from inventory.movements");
            EXPECT_EQ(before != after, stock_moves) << name_of(from) << " to " << name_of(to);
        }
    std::string order;
    co_await place_one_in(api, shop, variant, pending, order);
    for (auto const* unknown : {"refunded", "PENDING", ""}) {
        auto const r = co_await api.move(order, unknown);
        EXPECT_EQ(r.status, 422) << r.body;
    }
    auto const seen = co_await api.send(http::method::post, "/v1/admin/orders/" + order + "/transitions",
                                        R"({"to":"confirmed","expected_seq":1})");
    EXPECT_EQ(code_of(seen), "order_changed");
    auto const missing = co_await api.move(core::to_string(core::make_uuid7()), "confirmed");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(orders_machine, every_pair_of_states_through_the_api) {
    shop_with_stock s;
    with_client(s.shop, [&](shop_client& api) { return every_pair(api, s.shop, s.variant); });
}

core::task<void> place_paid(shop_client& api, shop_world& shop, core::uuid variant) {
    std::string order;
    co_await place_one_in(api, shop, variant, delivered, order);
}

TEST(orders_machine, history_cannot_be_rewritten_by_the_applications_role) {
    shop_with_stock s;
    with_client(s.shop, [&](shop_client& api) { return place_paid(api, s.shop, s.variant); });
    db::session app(s.shop.database.app_url());
    for (auto const* table :
         {"sales.order_status_history", "inventory.movements", "audit.entries", "sales.payment_events"}) {
        std::string const column = std::string(table) == "sales.order_status_history" ? "seq" : "actor_id";
        EXPECT_EQ(refusal_of(app, fmt::format("update {} set {} = {}", table, column, column)), "42501 ")
            << table;
        EXPECT_EQ(refusal_of(app, fmt::format("delete from {}", table)), "42501 ") << table;
        EXPECT_EQ(refusal_of(app, fmt::format("truncate {}", table)), "42501 ") << table;
    }
    for (auto const* table :
         {"sales.orders", "sales.order_lines", "sales.order_adjustments", "sales.payments"}) {
        EXPECT_EQ(refusal_of(app, fmt::format("update {} set id = id", table)), "42501 ") << table;
        EXPECT_EQ(refusal_of(app, fmt::format("delete from {}", table)), "42501 ") << table;
    }
    EXPECT_EQ(refusal_of(app, "insert into sales.order_transition values ('delivered', 'pending')"),
              "42501 ");
    EXPECT_EQ(refusal_of(app, "delete from sales.order_transition"), "42501 ");
}

core::task<void> buttons(shop_client& api, shop_world& shop, core::uuid variant) {
    std::string order;
    co_await place_one_in(api, shop, variant, pending, order);
    api.rights.allowed = false;
    auto const r = co_await api.send(http::method::get, "/v1/admin/orders/" + order);
    EXPECT_TRUE(json_of(r).at("allowed_transitions").as_array().empty()) << "cut to what the caller may do";
}

TEST(orders_machine, who_may_not_move_orders_is_offered_no_move) {
    shop_with_stock s;
    with_client(s.shop, [&](shop_client& api) { return buttons(api, s.shop, s.variant); });
}

}  // namespace
