// `carrack verify`: each thing that has to hold is broken by a superuser and named, and nothing is while the
// shop is whole, whatever happens beside.
#include "traded_shop.hpp"

#include <atomic>
#include <thread>

namespace {

using namespace integration;
using testing::HasSubstr;

TEST(app_verify, a_whole_shop_is_found_whole) {
    traded_shop s;
    auto const v = s.verify();
    EXPECT_EQ(wrong_of(v), "");
    EXPECT_EQ(v.wrong(), 0);
    EXPECT_GT(v.checks.size(), 20U);
    ASSERT_TRUE(v.head);
    EXPECT_EQ(v.head->seq, 1);
    EXPECT_EQ(
        s.shop.sql(
            "select wrong || ' ' || seal || ' ' || jsonb_array_length(findings) from audit.integrity_runs"),
        "0 1 " + std::to_string(v.checks.size()));
}

struct breakage {
    char const* name;
    char const*
        sql;  // {pending}, {shipped}, {cancelled}, {refunded}: orders; {mug}, {bowl}, {north}, {south}
    std::vector<char const*> named;  // lines of wrong_of() have these in them, each
    char const* undone = "";         // what outlives the database: roles are the cluster's
};

struct broken_shop {
    traded_shop& shop;
    breakage const& how;

    broken_shop(traded_shop& s, breakage const& b);
    ~broken_shop() { shop.admin(how.undone); }
};

std::string filled(std::string text, traded_shop const& s) {
    std::pair<char const*, std::string> const words[] = {{"{pending}", s.pending},
                                                         {"{shipped}", s.shipped},
                                                         {"{cancelled}", s.cancelled},
                                                         {"{refunded}", s.refunded},
                                                         {"{mug}", core::to_string(s.mug)},
                                                         {"{bowl}", core::to_string(s.bowl)},
                                                         {"{north}", core::to_string(s.north)},
                                                         {"{south}", core::to_string(s.south)}};
    for (auto const& [word, value] : words)
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at + value.size()))
            text.replace(at, std::string_view(word).size(), value);
    return text;
}

broken_shop::broken_shop(traded_shop& s, breakage const& b) : shop(s), how(b) {
    s.admin("set session_replication_role = replica; " + filled(b.sql, s));
}

class app_verify_broken : public testing::TestWithParam<breakage> {};

TEST_P(app_verify_broken, is_named) {
    traded_shop s;
    (void)s.verify();  // seals what there is
    broken_shop const broken(s, GetParam());
    auto const v = s.verify();
    EXPECT_GT(v.wrong(), 0);
    for (char const* expected : GetParam().named) EXPECT_THAT(wrong_of(v), HasSubstr(filled(expected, s)));
    EXPECT_EQ(s.shop.sql("select wrong from audit.integrity_runs order by id desc limit 1"),
              std::to_string(v.wrong()));
}

// Whatever is wrong: a repair ends, makes nothing wrong that held, and has nothing to do the second time.
TEST_P(app_verify_broken, is_repaired_without_harm) {
    traded_shop s;
    (void)s.verify();
    broken_shop const broken(s, GetParam());
    auto const before = s.verify();
    std::string const history = s.shop.sql(history_but_repairs);
    auto const after = s.verify(true);
    for (app::verified const& c : after.checks) {
        auto const same = std::ranges::find(before.checks, c.name, &app::verified::name);
        bool const held = same == before.checks.end() || same->verdict != audit::integrity_verdict::wrong;
        EXPECT_FALSE(held && c.verdict == audit::integrity_verdict::wrong) << wrong_of(after);
    }
    EXPECT_EQ(s.shop.sql(history_but_repairs), history);
    EXPECT_EQ(s.verify(true).repaired, 0) << wrong_of(after);
}

breakage const breakages[] = {
    {"stock_that_the_ledger_does_not_know",
     "update inventory.stock set on_hand = on_hand + 1 where variant_id = '{mug}' and location_id = "
     "'{north}'",
     {"inventory.ledger: stock {mug}/{north}: on hand 8, by the ledger 7; reserved 3, by the ledger 3"}},
    {"a_stock_row_that_is_gone",
     "delete from inventory.stock where variant_id = '{mug}' and location_id = '{south}'",
     {"inventory.ledger: stock {mug}/{south}: the row is gone; by the ledger on hand 50, reserved 2",
      "inventory.reserved: stock {mug}/{south}: the row is gone, by the open reservations 2"}},
    {"a_movement_that_is_gone",
     "delete from inventory.movements where kind = 'ship'",
     {"inventory.ledger: stock {bowl}/{south}: on hand 49, by the ledger 50; reserved 2, by the ledger 3",
      "inventory.reservations: reservation of order line"}},
    {"a_reservation_opened_again",
     "update inventory.reservations set state = 'open' where order_id = '{shipped}'",
     {"inventory.reserved: stock {bowl}/{south}: reserved 2, by the open reservations 3",
      "orders.holdings: order {shipped}, line", "the order is shipped with 1 units; held are 1, open"}},
    {"a_reservation_of_another_end",
     "update inventory.reservations set state = 'released' where order_id = '{shipped}'",
     {"inventory.reservations: reservation of order line",
      "1 units are released, in the ledger reserved 1, "
      "released 0, shipped 1",
      "orders.holdings: order {shipped}, line"}},
    {"a_reservation_of_more",
     "update inventory.reservations set quantity = quantity + 1 where order_id = '{pending}'",
     {"inventory.reserved: stock", "orders.holdings: order {pending}, line"}},
    {"a_reservation_that_is_gone",
     "delete from inventory.reservations where order_id = '{pending}'",
     {"orders.holdings: order {pending}, line", "held are 0, nothing"}},
    {"a_reservation_that_left_too_early",
     "update inventory.reservations set state = 'shipped' where order_id = '{pending}'",
     {"inventory.reserved: stock", "orders.holdings: order {pending}, line"}},
    {"a_last_step_that_is_gone",
     "delete from sales.order_status_history where order_id = '{shipped}' and status = 'shipped'",
     {"orders.heads: order {shipped}: its head says shipped (3), its history processing (2)"}},
    {"a_head_that_stayed_behind",
     "insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, actor_kind) "
     "values ('{pending}', 1, 'confirmed', 0, 'pending', 'system')",
     {"orders.heads: order {pending}: its head says pending (0), its history confirmed (1)"}},
    {"a_reservation_of_nobody",
     "insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity) values "
     "('00000000-0000-7000-8000-000000000001', '{south}', '{mug}', '{pending}', 1)",
     {"orders.holdings: order {pending}, line 00000000-0000-7000-8000-000000000001: there is no such line"}},
    {"a_shortage_that_is_none",
     "alter table inventory.stock drop constraint stock_shortage_is_what_is_missing;"
     "update inventory.stock set shortage = 3 where variant_id = '{mug}' and location_id = '{south}'",
     {"inventory.bounds: stock {mug}/{south}: on hand 50, reserved 2, backorder limit 0, shortage 3 instead "
      "of 0"}},
    {"a_limit_that_nobody_noted",
     "update inventory.stock set backorder_limit = 1000 where variant_id = '{bowl}' and location_id = "
     "'{south}'",
     {"inventory.limits: stock {bowl}/{south}: backorder limit 1000, the newest noted is 5"}},
    {"a_first_limit_that_nobody_noted",
     "update inventory.stock set backorder_limit = 1 where variant_id = '{mug}' and location_id = '{south}'",
     {"inventory.limits: stock {mug}/{south}: backorder limit 1, the newest noted is 0"}},
    {"a_limit_of_a_row_that_is_gone",
     "delete from inventory.stock where variant_id = '{bowl}' and location_id = '{south}'",
     {"inventory.limits: stock {bowl}/{south}: the row is gone, the newest noted is 5"}},
    {"units_of_another_variant",
     "update inventory.reservations set variant_id = '{mug}' where order_id = '{shipped}';"
     "update inventory.movements set variant_id = '{mug}' where order_id = '{shipped}';"
     "update inventory.stock set on_hand = on_hand + case variant_id when '{bowl}' then 1 else -1 end"
     " where location_id = '{south}'",
     {"orders.holdings: order {shipped}, line", "there is no such line of variant {mug}, and units are held",
      "the order is shipped with 1 units; held are 0, nothing"}},
    {"movements_of_another_order",
     "update inventory.movements set order_id = '{pending}' where order_id = '{shipped}'",
     {"inventory.reservations: reservation of order line",
      "1 units are shipped, in the ledger reserved 0, released 0, shipped 0"}},
    {"a_movement_of_another_order",
     "update inventory.movements set order_id = '{pending}' where order_id = '{shipped}' and kind = 'ship'",
     {"there is none of order {pending} and variant {bowl}, in the ledger reserved 0, released 0, shipped 1",
      "1 units are shipped, in the ledger reserved 1, released 0, shipped 0"}},
    {"subtotals_of_another_ledger",
     "insert into inventory.subtotals (variant_id, location_id, at, kind, version, movements, on_hand, "
     "reserved)"
     " values ('{mug}', '{south}', now(), 'receive', 1, 1, 49, 0)",
     {"inventory.subtotals: subtotals of stock {mug}/{south}, receive, at ",
      "1 movements with on hand 49 and reserved 0; by the ledger 1 with 50 and 0"}},
    {"subtotals_that_lack_a_kind",
     "insert into inventory.subtotals (variant_id, location_id, at, kind, version, movements, on_hand, "
     "reserved)"
     " values ('{mug}', '{south}', now(), 'receive', 1, 1, 50, 0)",
     {"inventory.subtotals: subtotals of stock {mug}/{south}, reserve, at ",
      "0 movements with on hand 0 and reserved 0; by the ledger "}},
    {"a_skipped_state",
     "insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, actor_kind) "
     "values "
     "('{pending}', 1, 'shipped', 0, 'pending', 'system')",
     {"orders.histories: order {pending}, step 1: shipped after pending is no way of the machine",
      "orders.heads: order {pending}: its head says pending (0), its history shipped (1)"}},
    {"a_way_that_the_program_does_not_know",
     "insert into sales.order_transition (from_status, to_status) values ('pending', 'shipped')",
     {"orders.histories: order_transition pending to shipped: the program knows no such way"}},
    {"an_order_without_history",
     "delete from sales.order_status_history where order_id = '{pending}'",
     {"orders.histories: order {pending}: it has no history"}},
    {"a_head_of_its_own",
     "update sales.order_heads set changed_at = changed_at - interval '1 day' where order_id = '{pending}'",
     {"orders.heads: order {pending}: its head has moments of its own"}},
    {"a_wait_that_was_forgotten",
     "update sales.order_heads set payment_due_at = null where order_id = '{pending}'",
     {"orders.heads: order {pending}: its head has moments of its own"}},
    {"a_place_where_nothing_lies",
     "update sales.order_places set quantity = quantity + 1 where order_id = '{shipped}'",
     {"orders.places: order {shipped} at location {south}: its place says shipped, 2 units; it is shipped, 1 "
      "units"}},
    {"money_that_does_not_add_up",
     "update sales.payments set amount = amount + 1 where order_id = '{pending}'",
     {"orders.money: order {pending}: its lines and adjustments add up to", "orders.payments: payment"}},
    {"a_line_that_is_not_the_product",
     "alter table sales.order_lines drop constraint line_total_is_the_product;"
     "update sales.order_lines set unit_amount = 1 where order_id = '{shipped}'",
     {"orders.money: order {shipped}, line", "1 times 1 is not 1999",
      "database.constraints: line_total_is_the_product: it is gone"}},
    {"a_payment_that_forgot_the_cancellation",
     "delete from sales.payment_events e using sales.payments p where p.id = e.payment_id and e.seq > 0 "
     "and p.order_id = '{cancelled}'",
     {"orders.payments: payment", "it is requested, and its order cancelled"}},
    {"a_number_that_is_still_to_come",
     "update sales.orders set number = 5000 where id = '{pending}'",
     {"orders.numbers: order {pending}: its number 5000 is still to be drawn"}},
    {"a_cart_that_is_free_again",
     "update sales.carts set order_id = null where order_id = '{pending}'",
     {"orders.numbers: order {pending}: its cart does not name it"}},
    {"a_step_without_its_entry",
     "delete from audit.entries where resource = 'orders' and resource_id = '{shipped}' and changes @> "
     "'[{\"field\":\"status\",\"after\":\"processing\"}]'",
     {"orders.audit: order {shipped}: no audit entry tells that it became processing",
      "audit.entries: audit entry", "it is gone; seal 1 holds it"}},
    {"an_entry_without_its_step",
     "insert into audit.entries (id, actor_kind, action, resource, resource_id, changes) values "
     "('00000000-0000-7000-8000-000000000002', 'system', 'nobody', 'orders', '{pending}', "
     "'[{\"field\":\"status\",\"before\":\"pending\",\"after\":\"delivered\"}]')",
     {"orders.audit: order {pending}: an audit entry tells that it became delivered, which it did not"}},
    {"an_adjustment_without_its_entry",
     "delete from audit.entries where resource = 'stock'",
     {"orders.audit: stock {mug}/{north}: 1 adjustments in the ledger, 0 in the audit trail"}},
    {"an_import_without_its_entry",
     "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, "
     "reason, actor_kind) values (gen_random_uuid(), '{mug}', '{north}', 'adjust', 100, 0, 'import', "
     "'system');"
     "update inventory.stock set on_hand = on_hand + 100 where variant_id = '{mug}' and location_id = "
     "'{north}'",
     {"orders.audit: location {north}: imports have changed what lies there by 103 units, by the audit trail "
      "by 3"}},
    {"units_that_nobody_received",
     "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, "
     "reason, actor_kind) values (gen_random_uuid(), '{mug}', '{north}', 'receive', 100, 0, 'received', "
     "'system'); update inventory.stock set on_hand = on_hand + 100 where variant_id = '{mug}' and "
     "location_id = '{north}'",
     {"orders.audit: location {north}: imports have changed what lies there by 103 units, by the audit trail "
      "by 3"}},
    {"a_step_that_was_not_announced",
     "delete from ops.outbox where topic = 'order.shipped'",
     {"orders.outbox: order {shipped}: the event order.shipped is missing"}},
    {"a_payment_that_was_not_announced",
     "delete from ops.outbox where topic = 'payment.recorded' and resource_id = '{shipped}'",
     {"orders.outbox: order {shipped}: the event payment.recorded is missing"}},
    {"an_adjustment_that_was_not_announced",
     "delete from ops.outbox where topic = 'stock.adjusted'",
     {"orders.outbox: variant {mug}: 1 adjustments in the ledger, 0 events stock.adjusted"}},
    {"a_title_of_no_options",
     "update catalog.variants set title = 'Blue' where id = '{mug}'",
     {"catalog.titles: variant {mug}: its title is 'Blue', its options say 'Default'"}},
    {"a_product_that_search_misses",
     "update catalog.products set search = '' where id = (select product_id from catalog.variants where id = "
     "'{mug}')",
     {"catalog.search: product"}},
    {"an_entry_that_was_changed",
     "update audit.entries set action = 'nothing' where resource = 'stock'",
     {"audit.entries: audit entry", "it was changed after seal 1 had sealed it"}},
    {"an_entry_that_was_put_in",
     "insert into audit.entries (id, actor_kind, action, resource, resource_id, tx) select "
     "'00000000-0000-7000-8000-000000000003', 'system', 'a', 'b', 'c', from_tx from audit.seals",
     {"audit.insertions: audit entry 00000000-0000-7000-8000-000000000003: it was put in after seal 1 had "
      "sealed its time"}},
    {"an_entry_and_its_leaf_that_were_changed",
     "update audit.seals set leaves[1] = sha256('x')",
     {"audit.chain: seal 1: its digest is not that of its entries"}},
    {"a_chain_that_is_gone",
     "delete from audit.seals",
     {"audit.heads: seal 1: it is another than the verification of"}},
    {"a_role_that_may_rewrite_history",
     "grant update on inventory.movements to carrack_app",
     {"database.grants: inventory.movements: carrack_app may UPDATE there"}},
    {"a_right_that_was_lost",
     "revoke delete on sales.carts from carrack_app",
     {"database.grants: carrack_app: it has lost DELETE on sales.carts"}},
    {"a_right_that_was_added",
     "grant insert on sales.order_transition to carrack_app; grant update (quantity) on "
     "inventory.reservations to carrack_app",
     {"database.grants: carrack_app: it was given INSERT on sales.order_transition",
      "database.grants: carrack_app: it was given UPDATE of quantity on inventory.reservations"}},
    {"a_role_that_nobody_knows",
     "do $$ begin if to_regrole('verify_stranger') is null then create role verify_stranger; end if; end $$; "
     "grant select, update on catalog.variants to verify_stranger",
     {"database.grants: catalog.variants: verify_stranger may UPDATE there"}},
    {"limits_that_may_be_rewritten",
     "grant update on inventory.backorder_limits to carrack_app",
     {"database.grants: inventory.backorder_limits: carrack_app may UPDATE there"}},
    {"a_stranger_who_may_act_as_the_owner",
     "drop role if exists verify_mallory, verify_gang; create role verify_gang; create role verify_mallory;"
     "grant carrack_owner to verify_gang; grant verify_gang to verify_mallory",
     {"database.grants: carrack_owner: verify_gang may act as it",
      "database.grants: carrack_owner: verify_mallory may act as it"},
     "drop role verify_mallory, verify_gang"},
    {"a_stranger_who_may_act_as_the_server",
     "drop role if exists verify_mallory; create role verify_mallory noinherit; grant carrack_app to "
     "verify_mallory",
     {"database.grants: carrack_app: verify_mallory may act as it"},
     "drop role verify_mallory"},
    {"everybody_may_rewrite_a_column",
     "grant update (reason) on sales.order_status_history to public",
     {"database.grants: sales.order_status_history: everybody may UPDATE there"}},
    {"a_constraint_that_is_gone",
     "alter table inventory.stock drop constraint stock_not_oversold",
     {"database.constraints: stock_not_oversold: it is gone"}},
    {"a_key_that_may_be_used_twice",
     "alter table ops.idempotency_keys drop constraint idempotency_keys_pkey",
     {"database.constraints: idempotency_keys_pkey: it is gone"}},
    {"keys_that_are_not_enforced",
     "alter table sales.order_lines disable trigger all",
     {"database.constraints: sales.order_lines", "what enforces it is switched off"}},
    {"commits_that_do_not_last",
     "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end "
     "$$",
     {"database.durability: synchronous_commit: it is off"}},
};

INSTANTIATE_TEST_SUITE_P(each, app_verify_broken, testing::ValuesIn(breakages),
                         [](auto const& param) { return std::string(param.param.name); });

// Every check has something above that breaks it.
TEST(app_verify, every_check_is_broken_by_a_test) {
    traded_shop s;
    for (app::verified const& c : s.verify().checks) {
        bool const broken = std::ranges::any_of(breakages, [&](breakage const& b) {
            return std::ranges::any_of(b.named,
                                       [&](std::string_view n) { return n.starts_with(c.name + ":"); });
        });
        EXPECT_TRUE(broken) << c.name;
    }
}

// Managed servers make whoever sets up the roles their member; it is no news that he can act as them.
TEST(app_verify, who_administers_roles_may_be_a_member_of_them) {
    traded_shop s;
    breakage const grants{
        "",
        "drop role if exists verify_admin, verify_root; create role verify_admin createrole;"
        "create role verify_root superuser; grant carrack_owner to verify_admin, verify_root;"
        "grant carrack_app to verify_admin, carrack_owner",
        {},
        "drop role verify_admin, verify_root; revoke carrack_app from carrack_owner"};
    broken_shop const made(s, grants);
    EXPECT_EQ(wrong_of(s.verify()), "");
}

TEST(app_verify, many_wrong_rows_are_counted_and_a_few_named) {
    traded_shop s;
    s.admin(
        "insert into catalog.products (id, handle, title) select gen_random_uuid(), 'p' || n, 'P' from "
        "generate_series(1, 50) n");
    auto const v = s.verify();
    auto const found = std::ranges::find(v.checks, "catalog.search", &app::verified::name);
    ASSERT_NE(found, v.checks.end());
    EXPECT_EQ(found->count, 50);
    EXPECT_EQ(found->rows.size(), 20U);
}

// A cart by SQL, on a connection of the thread's own; gives the shopper's capability.
core::uuid fill_cart(db::session& on, traded_shop const& s, core::uuid variant) {
    auto const capability = core::make_random_uuid();
    on.run(fmt::format(
        "with c as (insert into sales.carts (id, key_digest, currency, email, shipping_method_id) values "
        "(gen_random_uuid(), sha256(uuid_send('{0}')), 'USD', 'ada@example.com', '{1}') returning id), "
        "a as (insert into sales.cart_addresses (cart_id, kind, name, line1, city, country) "
        "select id, 'shipping', 'Ada', 'Street 1', 'Town', 'DE' from c) "
        "insert into sales.cart_lines (id, cart_id, variant_id, quantity) select gen_random_uuid(), id, "
        "'{2}', 1 from c",
        core::to_string(capability), core::to_string(s.shop.shipping_method), core::to_string(variant)));
    return capability;
}

struct race {
    std::atomic<bool> over{false};
    std::atomic<int> placed{0};
};

core::task<void> buy_on(db::database& d, traded_shop const& s, race& r) {
    db::session own(s.shop.database.owner_url());
    shop_client api(d);
    while (!r.over) {
        auto const placed = co_await api.checkout(fill_cart(own, s, s.bowl), "k");
        EXPECT_EQ(placed.status, 201) << placed.body;
        std::string const order = text_at(placed, "/order/id");
        (void)co_await api.move(order, "confirmed");
        if (++r.placed % 2 == 0) (void)co_await api.move(order, "cancelled");
    }
}

TEST(app_verify, finds_nothing_wrong_while_shoppers_race) {
    traded_shop s;
    s.bring_in(s.bowl, s.north, 100'000);
    race r;
    std::vector<std::thread> shoppers;
    for (int i = 0; i < 3; ++i)
        shoppers.emplace_back([&] {
            with_database(options_for(s.shop.database.app_url()),
                          [&](db::database& d) { return buy_on(d, s, r); });
        });
    int runs = 0;
    std::int64_t seals = 0;
    while (runs < 8 || r.placed < 60) {
        auto const v = s.verify(runs % 2 == 1);
        ++runs;
        EXPECT_EQ(wrong_of(v), "") << "run " << runs;
        EXPECT_EQ(v.repaired, 0) << "nothing is mended that is only under way";
        if (v.head) seals = v.head->seq;
        if (testing::Test::HasFailure()) break;
    }
    r.over = true;
    for (auto& t : shoppers) t.join();
    EXPECT_GT(seals, 1);
    auto const last = s.verify();
    EXPECT_EQ(wrong_of(last), "");
    EXPECT_FALSE(last.unsealed_left);
}

}  // namespace
