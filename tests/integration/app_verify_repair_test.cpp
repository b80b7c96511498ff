// `carrack verify --repair`: what was derived and what was noted come together again, history stays as it
// was, and each repair is noted.
#include "traded_shop.hpp"

#include <thread>

namespace {

using namespace integration;
using testing::HasSubstr;

void break_and_mend(traded_shop& s, std::string const& sql, int rows) {
    s.admin("set session_replication_role = replica; " + sql);
    EXPECT_NE(wrong_of(s.verify()), "") << sql;
    std::string const before = s.shop.sql(history_but_repairs);
    constexpr auto entries = "select count(*) from audit.entries where action = 'carrack verify --repair'";
    int const noted = std::stoi(s.shop.sql(entries));
    auto const mended = s.verify(true);
    EXPECT_EQ(wrong_of(mended), "") << sql;
    EXPECT_EQ(mended.repaired, rows) << sql;
    EXPECT_EQ(s.shop.sql(history_but_repairs), before) << sql;
    EXPECT_EQ(std::stoi(s.shop.sql(entries)) - noted, rows) << sql;
    EXPECT_EQ(s.shop.broken_stock(), "") << sql;
    EXPECT_EQ(s.verify(true).repaired, 0) << "what is whole stays as it is";
}

TEST(app_verify_repair, corrects_the_ledger_by_what_is_on_the_shelf) {
    traded_shop s;
    auto const at = "where variant_id = '" + core::to_string(s.mug) + "' and location_id = '" +
                    core::to_string(s.north) + "'";
    break_and_mend(s, "update inventory.stock set on_hand = on_hand + 5 " + at, 1);
    EXPECT_EQ(
        s.shop.sql("select kind || ' ' || on_hand_delta || ' ' || reason || ' ' || note || ' ' || actor_kind "
                   "from inventory.movements " +
                   at + " order by id desc limit 1"),
        "adjust 5 correction carrack verify --repair system");
    EXPECT_EQ(s.shop.stock_of(s.mug, s.north), "12/3/0");
}

TEST(app_verify_repair, adds_the_movements_that_reservations_lack) {
    traded_shop s;
    break_and_mend(s, "delete from inventory.movements where kind in ('ship', 'release')", 2);
    EXPECT_EQ(
        s.shop.sql(
            "select string_agg(kind || ' ' || on_hand_delta || ' ' || reserved_delta, ', ' order by kind, "
            "reserved_delta) from inventory.movements where note <> ''"),
        "release 0 -2, release 0 -1, ship -1 -1");
}

TEST(app_verify_repair, releases_what_the_ledger_holds_for_nobody) {
    traded_shop s;
    break_and_mend(
        s,
        "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, "
        "reason, order_id, order_line_id, actor_kind) values (gen_random_uuid(), '" +
            core::to_string(s.mug) + "', '" + core::to_string(s.south) +
            "', 'reserve', 0, 4, 'order_placed', gen_random_uuid(), gen_random_uuid(), 'system')",
        1);
    EXPECT_EQ(s.shop.stock_of(s.mug, s.south), "50/2/0");
}

TEST(app_verify_repair, counts_reserved_and_shortage_anew) {
    traded_shop s;
    break_and_mend(s, "update inventory.stock set reserved = on_hand + backorder_limit + 1, shortage = 1", 3);
}

// As a clock that was put back leaves them: short of a kind, short of a movement, with a kind too many.
TEST(app_verify_repair, writes_subtotals_anew) {
    traded_shop s;
    auto const subtotal = [&](std::string const& kind, int movements, int on_hand) {
        return "insert into inventory.subtotals (variant_id, location_id, at, kind, version, movements, "
               "on_hand, "
               "reserved) values ('" +
               core::to_string(s.mug) + "', '" + core::to_string(s.south) + "', '" +
               s.shop.sql("select max(at) from inventory.movements") + "', '" + kind + "', 3, " +
               std::to_string(movements) + ", " + std::to_string(on_hand) + ", 0);";
    };
    break_and_mend(s, subtotal("receive", 2, 49) + subtotal("ship", 1, -7), 1);
    EXPECT_EQ(
        s.shop.sql(
            "select string_agg(concat_ws(' ', kind, movements, on_hand, reserved, version), ', ' order "
            "by kind) from inventory.subtotals"),
        s.shop.sql(
            "select string_agg(concat_ws(' ', kind, n, o, r, 3), ', ' order by kind) from (select kind, "
            "count(*) n, sum(on_hand_delta) o, sum(reserved_delta) r from inventory.movements where "
            "variant_id = '" +
            core::to_string(s.mug) + "' and location_id = '" + core::to_string(s.south) +
            "' group by kind) m"));
}

TEST(app_verify_repair, writes_heads_and_places_anew) {
    traded_shop s;
    break_and_mend(s,
                   "update sales.order_heads set status = 'confirmed', seq = 7, payment_due_at = null where "
                   "order_id = '" +
                       s.pending + "'; delete from sales.order_heads where order_id = '" + s.shipped +
                       "'; update sales.order_places set quantity = 70 where order_id = '" + s.cancelled +
                       "'; insert into sales.order_places (order_id, location_id, status, placed_at, "
                       "quantity) values ('" +
                       s.refunded + "', '" + core::to_string(s.north) + "', 'pending', now(), 1)",
                   4);
}

// A head that stayed behind may wait for money; the order does not.
TEST(app_verify_repair, ends_the_wait_of_an_order_that_moved_on) {
    traded_shop s;
    s.admin(
        "set session_replication_role = replica; update sales.order_heads set payment_due_at = null, status "
        "= "
        "'confirmed', seq = 1 where order_id = '" +
        s.pending + "'");
    EXPECT_THAT(wrong_of(s.verify()), HasSubstr("orders.heads"));
    (void)s.verify(true);
    auto const head =
        "select concat_ws(' ', seq, status, payment_due_at is null) from sales.order_heads where "
        "order_id = '" +
        s.pending + "'";
    EXPECT_EQ(s.shop.sql(head), "0 pending f") << "it is the order's own moment";
    s.admin(
        "set session_replication_role = replica; update sales.order_heads set payment_due_at = now() where "
        "order_id = '" +
        s.pending +
        "'; insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, "
        "actor_kind) "
        "values ('" +
        s.pending + "', 1, 'confirmed', 0, 'pending', 'system')");
    EXPECT_EQ(s.verify(true).repaired, 1);
    EXPECT_EQ(s.shop.sql(head), "1 confirmed t");
}

TEST(app_verify_repair, gives_reservations_the_end_that_the_ledger_knows) {
    traded_shop s;
    break_and_mend(s,
                   "update inventory.reservations set state = 'open' where order_id = '" + s.shipped +
                       "'; update inventory.reservations set state = 'shipped' where order_id = '" +
                       s.cancelled +
                       "'; update inventory.reservations set quantity = quantity + 3 where order_id = '" +
                       s.refunded + "'",
                   2);
}

TEST(app_verify_repair, brings_reservations_to_what_the_history_asks_for) {
    traded_shop s;
    auto const held =
        "select string_agg(concat_ws(' ', order_line_id, location_id, quantity, state), ',' order by "
        "order_line_id, location_id) from inventory.reservations where order_id = '" +
        s.pending + "'";
    std::string const before = s.shop.sql(held);
    break_and_mend(
        s, "update inventory.reservations set state = 'released' where order_id = '" + s.pending + "'", 1);
    EXPECT_EQ(s.shop.sql(held), before);
    break_and_mend(s, "delete from inventory.reservations where order_id = '" + s.pending + "'", 1);
    EXPECT_EQ(s.shop.sql(held), before);
}

TEST(app_verify_repair, what_the_database_refuses_is_told_and_harms_no_other_row) {
    traded_shop s;
    s.admin(
        "set session_replication_role = replica; update inventory.stock set on_hand = on_hand + 1 where "
        "variant_id = '" +
        core::to_string(s.mug) +
        "'; alter table inventory.movements add constraint nothing_at_north check (location_id <> '" +
        core::to_string(s.north) + "') not valid");
    auto const v = s.verify(true);
    EXPECT_EQ(v.repaired, 1);
    EXPECT_THAT(wrong_of(v), HasSubstr("repairs: stock " + core::to_string(s.mug) + "/" +
                                       core::to_string(s.north) + ": inventory."));
    EXPECT_THAT(wrong_of(v), HasSubstr("nothing_at_north"));
    EXPECT_THAT(wrong_of(v), HasSubstr("inventory.ledger: stock " + core::to_string(s.mug) + "/" +
                                       core::to_string(s.north)));
}

TEST(app_verify_repair, leaves_what_it_cannot_judge_and_says_so) {
    traded_shop s;
    s.admin(
        "set session_replication_role = replica; update sales.payments set amount = 1 where order_id = '" +
        s.pending + "'");
    auto const v = s.verify(true);
    EXPECT_EQ(v.repaired, 0);
    EXPECT_THAT(wrong_of(v), HasSubstr("orders.money: order " + s.pending));
}

TEST(app_verify_repair, waits_for_whoever_has_the_row_and_looks_again) {
    traded_shop s;
    auto const at = " where variant_id = '" + core::to_string(s.mug) + "' and location_id = '" +
                    core::to_string(s.north) + "'";
    s.admin("update inventory.stock set on_hand = on_hand + 5" + at);
    db::session other(s.shop.database.admin_url());
    other.run("begin; update inventory.stock set on_hand = on_hand - 5" + at);
    std::int64_t repaired = -1;
    std::thread repairing([&] { repaired = s.verify(true).repaired; });
    for (int i = 0; i < 1000 && backends(s.shop.database.name(), "wait_event_type = 'Lock'") == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(backends(s.shop.database.name(), "wait_event_type = 'Lock'"), 1);
    other.run("commit");
    repairing.join();
    EXPECT_EQ(repaired, 0) << "it was mended by then";
    EXPECT_EQ(wrong_of(s.verify()), "");
}

}  // namespace
