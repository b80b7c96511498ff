// The state machine as the database enforces it, for every client: the constant and the rows agree, each pair
// of states is tried as SQL under the application's role and through the API, and history cannot be
// rewritten.
#include "shop_world.hpp"

#include "db/error.hpp"
#include "orders/machine.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <boost/describe/enum_to_string.hpp>

#include <algorithm>
#include <map>
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

TEST(orders_machine, a_payment_has_the_same_ways_in_the_program_and_in_the_database) {
    auto const database = fresh_database();
    std::set<std::pair<std::string, std::string>> rows, constant;
    for (auto const& r :
         db::session(database.owner_url()).query("select from_kind, to_kind from sales.payment_transition"))
        rows.emplace(r.at(0).value(), r.at(1).value());
    for (auto const& e : orders::payment_lifecycle.edges)
        constant.emplace(boost::describe::enum_to_string(e.from, ""),
                         boost::describe::enum_to_string(e.to, ""));
    EXPECT_EQ(rows, constant);
}

constexpr std::string_view every_payment_state[] = {"requested", "captured", "voided", "refund_requested",
                                                    "refunded"};

std::string payment_sql(int seq, std::string_view kind, std::string_view claimed) {
    return fmt::format(
        "insert into sales.payment_events (payment_id, seq, kind, prev_seq, prev_kind, amount, actor_kind)"
        " select id, {}, '{}', {}, '{}', amount, 'system' from sales.payments",
        seq, kind, seq - 1, claimed);
}

// Led from one state to the next in a transaction that is rolled back, as is each attempt within it.
TEST(orders_machine, every_pair_of_payment_states_as_sql_under_the_applications_role) {
    shop_with_stock s;
    std::string order;
    with_client(s.shop,
                [&](shop_client& api) { return place_one_in(api, s.shop, s.variant, pending, order); });
    std::vector<std::string_view> const ways[] = {{"requested"},
                                                  {"requested", "captured"},
                                                  {"requested", "voided"},
                                                  {"requested", "captured", "refund_requested"},
                                                  {"requested", "captured", "refund_requested", "refunded"}};
    db::session owner(s.shop.database.owner_url());
    db::session app(s.shop.database.app_url());
    int let_in = 0;
    for (auto const& way : ways) {
        for (std::size_t i = 1; i < way.size(); ++i)
            owner.run(payment_sql(static_cast<int>(i), way[i], way[i - 1]));
        int const seq = static_cast<int>(way.size());
        for (auto const to : every_payment_state)
            for (auto const claimed : every_payment_state) {
                auto const why = refusal_of(app, payment_sql(seq, to, claimed));
                bool const legal = std::ranges::any_of(orders::payment_lifecycle.edges, [&](auto const& e) {
                    return boost::describe::enum_to_string(e.from, "") == claimed &&
                           boost::describe::enum_to_string(e.to, "") == to;
                });
                if (claimed != way.back())
                    EXPECT_EQ(why.substr(0, 5), "23503") << way.back() << " as " << claimed << " to " << to;
                else
                    EXPECT_EQ(why, legal ? "" : "23503 payment_event_allowed") << way.back() << " to " << to;
                let_in += why.empty();
            }
        EXPECT_EQ(refusal_of(app, payment_sql(seq + 1, "refunded", way.back())).substr(0, 5), "23503");
        EXPECT_EQ(refusal_of(app,
                             "insert into sales.payment_events (payment_id, seq, kind, amount, actor_kind)"
                             " select id, 7, 'refunded', 999999999, 'staff' from sales.payments"),
                  "23514 payment_event_shape");
        if (seq > 1)
            EXPECT_EQ(refusal_of(app, payment_sql(1, way[1], "requested")), "23505 payment_event_raced");
        owner.run("delete from sales.payment_events where seq > 0");
    }
    EXPECT_EQ(let_in, 4);
}

// What the server never changes, nobody with its password can.
TEST(orders_machine, the_applications_role_changes_the_columns_that_change_and_no_other) {
    shop_with_stock s;
    with_client(s.shop, [&](shop_client& api) { return place_paid(api, s.shop, s.variant); });
    db::session app(s.shop.database.app_url());
    std::map<std::string, std::set<std::string>> const changing = {
        {"inventory.locations", {"name", "priority", "archived_at", "version"}},
        {"inventory.stock", {"on_hand", "reserved", "backorder_limit", "shortage", "version"}},
        {"inventory.reservations", {"state"}},
        {"sales.shipping_methods", {"name", "position", "archived_at", "version"}},
        {"sales.shipping_rates", {"amount"}},
        {"sales.carts", {"email", "shipping_method_id", "order_id", "version", "updated_at"}},
        {"sales.cart_lines", {"quantity"}},
        {"sales.cart_addresses",
         {"name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"}},
        {"sales.order_heads", {"seq", "status", "changed_at", "payment_due_at"}},
        {"sales.order_places", {"status"}}};
    std::set<std::string> const deletable = {"sales.shipping_rates", "sales.carts", "sales.cart_lines",
                                             "sales.cart_addresses"};
    for (auto const& r :
         app.query("select c.table_schema || '.' || c.table_name, c.column_name,"
                   " has_column_privilege(c.table_schema || '.' || c.table_name, c.column_name, 'update'),"
                   " has_table_privilege(c.table_schema || '.' || c.table_name, 'delete, truncate')"
                   " from information_schema.columns c where c.table_schema in ('inventory', 'sales')")) {
        std::string const table = r[0].value(), column = r[1].value();
        bool const changes = changing.contains(table) && changing.at(table).contains(column);
        EXPECT_EQ(r[2], changes ? "t" : "f") << table << "." << column;
        EXPECT_EQ(r[3], deletable.contains(table) ? "t" : "f") << table;
    }
    EXPECT_EQ(refusal_of(app, "update inventory.reservations set quantity = quantity + 1"), "42501 ");
    EXPECT_EQ(refusal_of(app, "update sales.order_heads set placed_at = now()"), "42501 ");
    EXPECT_EQ(refusal_of(app, "insert into sales.payment_transition values ('refunded', 'captured')"),
              "42501 ");
    EXPECT_EQ(refusal_of(app,
                         "set constraints all immediate; update sales.carts set order_id = null"
                         " where order_id is not null"),
              "23503 order_is_in_its_cart");
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
