// Orders decided without a database: the machine, what a cart becomes, what it costs, what a cancellation
// undoes.
#include "orders/rules.hpp"

#include "seed.hpp"

#include <gtest/gtest.h>

namespace {

using namespace orders;
using enum order_status;

constexpr order_status every_status[] = {pending, confirmed, processing, shipped, delivered, cancelled};

TEST(order_machine, has_seven_ways_and_no_other) {
    int ways = 0;
    for (order_status const from : every_status)
        for (order_status const to : every_status) ways += lifecycle.allows(from, to);
    EXPECT_EQ(ways, 7);
    EXPECT_EQ(lifecycle.next(pending), (std::vector{confirmed, cancelled}));
    EXPECT_EQ(lifecycle.next(processing), (std::vector{shipped, cancelled}));
    EXPECT_TRUE(lifecycle.next(delivered).empty());
    EXPECT_TRUE(lifecycle.next(cancelled).empty());
}

TEST(order_machine, settles_stock_on_two_moves_only) {
    for (order_status const to : every_status)
        EXPECT_EQ(settles(to).has_value(), to == cancelled || to == shipped);
    EXPECT_EQ(settles(cancelled), inventory::settlement::release);
    EXPECT_EQ(settles(shipped), inventory::settlement::ship);
}

line_record line(std::int64_t quantity, std::int64_t unit) {
    line_record l;
    l.quantity = quantity;
    l.unit_amount = unit;
    l.total_amount = quantity * unit;
    return l;
}
adjustment_record adjustment(adjustment_kind kind, std::int64_t amount) { return {{}, kind, "", amount}; }

TEST(order_totals, are_the_lines_and_the_adjustments) {
    line_record const lines[] = {line(2, 1050), line(1, 1)};
    adjustment_record const adjustments[] = {adjustment(adjustment_kind::shipping, 500),
                                             adjustment(adjustment_kind::discount, -600),
                                             adjustment(adjustment_kind::tax, 380)};
    EXPECT_EQ(*total_of(lines, adjustments), (totals{2101, -600, 500, 380, 2381}));
    EXPECT_EQ(*total_of({}, {}), totals{});
}

TEST(order_totals, refuse_what_money_cannot_hold) {
    std::vector<line_record> lines(2);
    lines[0].total_amount = core::amount_max;
    EXPECT_TRUE(total_of(lines, {}));
    lines[1].total_amount = 1;
    EXPECT_EQ(total_of(lines, {}).error().what, &amount_too_large);
    lines[1].total_amount = 0;
    adjustment_record const shipping[] = {adjustment(adjustment_kind::shipping, 1)};
    EXPECT_EQ(total_of(lines, shipping).error().what, &amount_too_large);
}

// Against sums in twice the width.
TEST(order_totals, hold_for_random_orders) {
    auto random = test::seeded();
    for (int round = 0; round < 20'000; ++round) {
        std::vector<line_record> lines(random() % 5);
        __int128 sum = 0;
        for (auto& l : lines) {
            l.total_amount = static_cast<std::int64_t>(random() % (core::amount_max / 2));
            sum += l.total_amount;
        }
        auto const got = total_of(lines, {});
        ASSERT_EQ(got.has_value(), sum <= core::amount_max);
        if (got) ASSERT_EQ(got->total, static_cast<std::int64_t>(sum));
    }
}

struct checkout_case {
    core::uuid variant = core::make_uuid7();
    core::uuid location = core::make_uuid7();
    cart::open_cart cart;
    std::vector<catalog::sellable> sellables;
    std::vector<inventory::stock_row> stock;

    checkout_case() {
        cart.currency = core::currency::unchecked("USD");
        cart.email = "ada@example.com";
        cart.lines = {{core::make_uuid7(), variant, 3}};
        cart.shipping_address =
            cart::address{.name = {"Ada"}, .line1 = {"1 Way"}, .city = {"Town"}, .country = {"GB"}};
        cart.shipping_method = cart::shipping{core::make_uuid7(), "Post", 500};
        catalog::sellable item{};
        item.variant_id = variant;
        item.product_title = "Shirt";
        item.amount = 1999;
        item.for_sale = true;
        item.requires_shipping = true;
        sellables = {item};
        stock = {{variant, location, 0, 10, 0, 0}};
    }
    core::result<basket> price() const {
        return orders::price({core::make_uuid7(), std::vector<core::uuid>(cart.lines.size()), {}}, cart,
                             sellables, stock);
    }
};

TEST(order_price, is_the_catalogues_never_the_carts) {
    auto const b = checkout_case().price();
    ASSERT_TRUE(b);
    EXPECT_EQ(b->sums, (totals{5997, 0, 500, 0, 6497}));
    EXPECT_EQ(b->lines.at(0).product_title, "Shirt");
    EXPECT_EQ(b->allocation.at(0).quantity, 3);
}

TEST(order_price, asks_for_one_thing_after_the_other_and_names_them_all) {
    struct {
        char const* missing;
        void (*spoil)(checkout_case&);
        core::failure const* what;
        char const* pointer;
    } const cases[] = {
        {"lines", [](checkout_case& c) { c.cart.lines.clear(); }, &cart_not_ready, "/lines"},
        {"e-mail", [](checkout_case& c) { c.cart.email.reset(); }, &cart_not_ready, "/email"},
        {"address", [](checkout_case& c) { c.cart.shipping_address.reset(); }, &cart_not_ready,
         "/shipping_address"},
        {"method", [](checkout_case& c) { c.cart.shipping_method.reset(); }, &cart_not_ready,
         "/shipping_method_id"},
        {"rate", [](checkout_case& c) { c.cart.shipping_method->amount.reset(); }, &cart_not_ready,
         "/shipping_method_id"},
        {"variant", [](checkout_case& c) { c.sellables.clear(); }, &cart_not_ready, "/lines/0"},
        {"sale", [](checkout_case& c) { c.sellables[0].for_sale = false; }, &cart_not_ready, "/lines/0"},
        {"price", [](checkout_case& c) { c.sellables[0].amount.reset(); }, &cart_not_ready, "/lines/0"},
        {"stock", [](checkout_case& c) { c.stock.clear(); }, &inventory::out_of_stock, "/lines/0"},
    };
    for (auto const& c : cases) {
        checkout_case spoilt;
        c.spoil(spoilt);
        auto const r = spoilt.price();
        ASSERT_FALSE(r) << c.missing;
        EXPECT_EQ(r.error().what, c.what) << c.missing;
        EXPECT_EQ(r.error().violations.at(0).pointer, c.pointer) << c.missing;
    }
    checkout_case all;
    for (auto const& c : cases)
        if (std::string_view(c.missing) != "lines" && std::string_view(c.missing) != "rate" &&
            std::string_view(c.missing) != "variant")
            c.spoil(all);
    EXPECT_EQ(all.price().error().violations.size(), 5u);  // e-mail, address, method, sale, stock
}

TEST(order_price, refuses_an_amount_beyond_money) {
    checkout_case c;
    c.sellables[0].amount = core::amount_max / 2;
    EXPECT_EQ(c.price().error().what, &amount_too_large);
    c.cart.lines[0].quantity = 2;
    c.cart.shipping_method->amount = 0;
    EXPECT_TRUE(c.price());
    c.cart.shipping_method->amount = 1;
    EXPECT_EQ(c.price().error().what, &amount_too_large);
}

TEST(order_price, needs_no_address_for_what_is_not_shipped) {
    checkout_case c;
    c.sellables[0].requires_shipping = false;
    c.cart.shipping_address.reset();
    c.cart.shipping_method.reset();
    ASSERT_TRUE(c.price());
    EXPECT_EQ(c.price()->sums.total, 5997);
    EXPECT_TRUE(c.price()->adjustments.empty());
}

order_record order_in(order_status s, payment_state paid) {
    order_record o;
    o.history = {{.seq = 4, .status = s, .actor_kind = {}, .actor_id = {}, .reason = {}, .at = {}}};
    payment_record p{
        .id = core::make_uuid7(), .provider = payment_provider::manual, .amount = 100, .events = {}};
    p.events = {{.payment_id = p.id,
                 .seq = 7,
                 .kind = paid,
                 .amount = 100,
                 .actor_kind = {},
                 .actor_id = {},
                 .at = {}}};
    o.payments = {p};
    return o;
}

TEST(order_payment, is_waited_for_while_nobody_has_paid_or_taken_the_order_on) {
    for (order_status const now : every_status)
        for (payment_state const money :
             {payment_state::requested, payment_state::captured, payment_state::voided})
            EXPECT_EQ(waits_for_money(order_in(now, money)),
                      now == pending && money != payment_state::captured);
}

TEST(order_payment, is_due_when_its_provider_says) {
    core::timestamp const now{1'000'000};
    EXPECT_EQ(payment_due(now, 1, std::chrono::seconds(90)), core::timestamp{91'000'000});
    EXPECT_EQ(payment_due(now, 0, std::chrono::seconds(90)), std::nullopt) << "there is nothing to pay";
    EXPECT_EQ(payment_due(now, 1, std::nullopt), std::nullopt);
}

TEST(order_move, needs_the_state_that_the_caller_saw_and_a_way) {
    auto const o = order_in(confirmed, payment_state::requested);
    auto const by = work::command("test");
    EXPECT_EQ(next_step(o, {{}, processing, {}, 3}, by, {}).error().what, &order_changed);
    EXPECT_EQ(next_step(o, {{}, shipped, {}, 4}, by, {}).error().what, &transition_not_allowed);
    auto const step = next_step(o, {{}, processing, "because", 4}, by, {12});
    ASSERT_TRUE(step);
    EXPECT_EQ(step->seq, 5);
    EXPECT_EQ(step->status, processing);
    EXPECT_EQ(step->reason, "because");
    EXPECT_EQ(step->at.us, 12);
}

TEST(order_past, is_what_had_happened_by_then) {
    core::timestamp const placed{1'000}, confirmed_at{2'000}, shipped_at{3'000}, now{4'000};
    order_record o = order_in(pending, payment_state::captured);
    o.history = {
        {.seq = 0, .status = pending, .actor_id = {}, .actor_name = {}, .reason = {}, .at = placed},
        {.seq = 1, .status = confirmed, .actor_id = {}, .actor_name = {}, .reason = {}, .at = confirmed_at},
        {.seq = 2, .status = shipped, .actor_id = {}, .actor_name = {}, .reason = {}, .at = shipped_at}};
    o.holdings = {{.order_line_id = {}, .location_id = {}, .quantity = 2, .state = "shipped"}};
    payment_event asked = o.payments[0].events[0];
    asked.kind = payment_state::requested;
    asked.at = placed;
    o.payments[0].events[0].at = shipped_at;
    o.payments[0].events.insert(o.payments[0].events.begin(), asked);

    EXPECT_EQ(as_it_was(o, {4'001}, now).error().what, &core::invalid_request);
    EXPECT_EQ(as_it_was(o, {999}, now).error().what, &order_not_yet_placed);
    auto const first = as_it_was(o, placed, now);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->now().status, pending);
    EXPECT_EQ(first->holdings[0].state, "open");
    ASSERT_EQ(first->payments[0].events.size(), 1u);
    EXPECT_EQ(first->payments[0].events[0].kind, payment_state::requested);
    EXPECT_EQ(as_it_was(o, {2'999}, now)->now().status, confirmed);
    auto const last = as_it_was(o, now, now);
    EXPECT_EQ(last->now().status, shipped);
    EXPECT_EQ(last->holdings[0].state, "shipped");
    EXPECT_EQ(last->payments[0].events.size(), o.payments[0].events.size());
}

TEST(order_past, waits_for_its_money_until_some_came_or_it_moved_on) {
    core::timestamp const placed{1'000}, paid_at{2'000}, confirmed_at{3'000}, now{4'000}, by{9'000};
    order_record o = order_in(pending, payment_state::requested);
    o.history = {
        {.seq = 0, .status = pending, .actor_id = {}, .actor_name = {}, .reason = {}, .at = placed},
        {.seq = 1, .status = confirmed, .actor_id = {}, .actor_name = {}, .reason = {}, .at = confirmed_at}};
    o.payments[0].events[0].at = placed;
    o.pay_by = by;
    EXPECT_EQ(as_it_was(o, placed, now)->payment_due_at, by);
    EXPECT_EQ(as_it_was(o, paid_at, now)->payment_due_at, by);
    EXPECT_EQ(as_it_was(o, confirmed_at, now)->payment_due_at, std::nullopt);
    payment_event came = o.payments[0].events[0];
    came.kind = payment_state::captured;
    came.at = paid_at;
    o.payments[0].events.push_back(came);
    EXPECT_EQ(as_it_was(o, placed, now)->payment_due_at, by);
    EXPECT_EQ(as_it_was(o, paid_at, now)->payment_due_at, std::nullopt);
    came.kind = payment_state::refunded;
    came.at = paid_at;
    o.payments[0].events.push_back(came);
    EXPECT_EQ(as_it_was(o, paid_at, now)->payment_due_at, std::nullopt)
        << "what was paid back is nobody's to pay";
}

TEST(order_move, cancelling_undoes_each_payment_as_its_state_asks) {
    auto const by = work::command("test");
    auto const undone = [&](payment_state s) { return undo_payments(order_in(cancelled, s), by, {}); };
    ASSERT_EQ(undone(payment_state::requested).size(), 1u);
    EXPECT_EQ(undone(payment_state::requested)[0].kind, payment_state::voided);
    EXPECT_EQ(undone(payment_state::requested)[0].seq, 8);
    EXPECT_EQ(undone(payment_state::captured).at(0).kind, payment_state::refund_requested);
    for (auto const done : {payment_state::voided, payment_state::refund_requested, payment_state::refunded})
        EXPECT_TRUE(undone(done).empty());
}

TEST(order_move, staff_record_what_the_payments_state_allows) {
    auto const by = work::command("test");
    auto const record = [&](payment_state from, payment_state to) {
        return record_payment(order_in(pending, from), to, by, {}).has_value();
    };
    EXPECT_TRUE(record(payment_state::requested, payment_state::captured));
    EXPECT_TRUE(record(payment_state::refund_requested, payment_state::refunded));
    EXPECT_FALSE(record(payment_state::captured, payment_state::captured));
    EXPECT_FALSE(record(payment_state::voided, payment_state::captured));
    EXPECT_FALSE(record(payment_state::captured, payment_state::refunded));
}

}  // namespace
