// Moving an order on, cancelling it (by moving_lane), recording its money: lock and load in one round trip,
// decide, write all with the commit in a second.
#include "orders/handlers.hpp"

#include "audit/audit.hpp"
#include "orders/events.hpp"
#include "orders/moving.hpp"
#include "orders/moving_lane.hpp"
#include "orders/own.hpp"
#include "orders/places.hpp"
#include "orders/store.hpp"
#include "orders/views.hpp"
#include "work/context.hpp"
#include "work/outbox.hpp"

namespace orders {
namespace {

// Decides, and queues what follows; the record becomes what is stored.
core::result<core::nothing> move_locked(db::transaction& t, locked_order& locked, move const& what,
                                        work::actor const& by) {
    auto step = next_step(locked.order, what, by, locked.now);
    if (!step) return step.error();
    step->actor_name = locked.actor_name;
    // From here on it succeeds, unless units to be shipped are not on the shelf yet or held by older orders.
    decided_move const one{&locked.order, &by, std::move(*step), locked.held};
    queue_moves(t, what.to, std::span(&one, 1));
    return core::nothing{};
}

move move_of(core::uuid id, order_status to, std::optional<transition_reason> const& reason) {
    move out{.order_id = id, .to = to, .reason = {}, .expected_seq = {}};
    if (reason) out.reason = reason->value;
    return out;
}

// A shopper may change their mind until staff begin to work on the order.
bool cancellable_by_shopper(order_status s) {
    return s == order_status::pending || s == order_status::confirmed;
}

wanted_move wanted(http::call& c, move what) {
    wanted_move out{.what = std::move(what), .by = work::actor_of(c), .admits = {}, .body = {}};
    if (!c.idempotency_key.empty()) out.key.emplace(c);
    return out;
}

template <class View>
std::string text_of(View const& v) {
    std::string out;
    http::write(out, v);
    return out;
}

moving_lane& lane_of(http::call& c) { return work::environment_of(c).lent_or_own<moving_lane>(); }

payment_state state_of(recorded_payment kind) {
    return kind == recorded_payment::captured ? payment_state::captured : payment_state::refunded;
}

// The order as it is with the payment's next event, which is queued.
core::result<core::nothing> pay_locked(db::transaction& t, locked_order& locked, payment_state to,
                                       work::actor const& by) {
    order_record& o = locked.order;
    auto event = record_payment(o, to, by, locked.now);
    if (!event) return event.error();
    event->actor_name = locked.actor_name;
    // From here on it succeeds.
    audited_payment before{payment_lifecycle.initial, 0};
    for (payment_record const& p : o.payments)
        if (p.id == event->payment_id) before = {p.events.back().kind, p.events.back().seq};
    payment_step const one{before.state, *event};
    insert_payment_steps(t, std::span(&one, 1));
    apply(o, *event);
    if (o.payment_due_at && !waits_for_money(o)) {
        stop_waiting(t, {o.id});
        o.payment_due_at.reset();
    }
    audit::record(t, by, "payments", event->payment_id,
                  audit::changed(before, audited_payment{event->kind, event->seq}));
    work::announce(t, events::payment_recorded, o.id,
                   {"{\"payment_id\":\"" + core::to_string(event->payment_id) + "\"}"});
    return core::nothing{};
}

answer<staff_order_view> payment_once(db::transaction& t, http::call& c, record_payment_request in) {
    auto locked = co_await lock_order(t, in.id, false, work::actor_of(c));
    if (!locked) co_return order_not_found;
    if (auto fresh = c.check_version(std::ssize(locked->order.history)); !fresh) co_return fresh.error();
    auto const paid = pay_locked(t, *locked, state_of(in.kind), work::actor_of(c));
    if (!paid) co_return paid.error();
    staff_order_view view = staff_view(locked->order, http::reach::everywhere(), where_orders_are_moved(c));
    work::remember(t, c, add_payment.success, view);
    co_await t.commit();
    co_return view;
}

static constexpr db::refusal moving_list[] = {{"order_transition_raced", &order_changed},
                                              {"order_transition_continues", &order_changed},
                                              {"order_transition_allowed", &transition_not_allowed},
                                              inventory::shipping_refusal,
                                              work::key_taken};

}  // namespace

constinit std::span<db::refusal const> const moving_refusals = moving_list;

core::task<core::result<order_record>> move_on(db::transaction& t, move what, work::actor by) {
    auto locked = co_await lock_order(t, what.order_id, settles(what.to).has_value(), by);
    if (!locked) co_return order_not_found;
    auto const moved = move_locked(t, *locked, what, by);
    if (!moved) co_return moved.error();
    co_return std::move(locked->order);
}

core::task<core::result<order_record>> pay(db::transaction& t, core::uuid order_id, payment_state to,
                                           work::actor by) {
    auto locked = co_await lock_order(t, order_id, false, by);
    if (!locked) co_return order_not_found;
    auto const paid = pay_locked(t, *locked, to, by);
    if (!paid) co_return paid.error();
    co_return std::move(locked->order);
}

answer<staff_order_view> serve_transition(http::call& c, transition_request in, http::reach where) {
    wanted_move w = wanted(c, move_of(in.id, in.to, in.reason));
    if (in.expected_seq) w.what.expected_seq = in.expected_seq->value;
    w.admits = [where, match = c.if_match](order_record const& o, bool) -> core::result<core::nothing> {
        if (!touches(where, o)) return order_not_found;
        if (!covers(where, o)) return order_lies_elsewhere_too;
        if (match.given && !match.match(std::ssize(o.history))) return core::version_stale;
        return core::nothing{};
    };
    w.body = [where](order_record const& o) { return text_of(staff_view(o, where, where)); };
    w.success = transition_order.success;
    auto const moved = co_await work::exactly_once(c, [&] { return lane_of(c).move(c, w); });
    if (!moved) co_return moved.error();
    if (c.ready_answer) co_return staff_order_view{};
    co_return staff_view(*moved, where, where);
}

answer<order_view> serve_cancel(http::call& c, cancel_order_request in) {
    if (auto const fine = names_somebody(c, in.token); !fine) co_return fine.error();
    wanted_move w = wanted(c, move_of(in.id, order_status::cancelled, in.reason));
    if (c.who.kind == http::principal_kind::customer) w.customer = c.who.id;
    w.admits = [token = in.token](order_record const& o, bool own) -> core::result<core::nothing> {
        if (!own && !(token && opens(*token, o))) return order_not_found;
        if (!cancellable_by_shopper(o.now().status)) return transition_not_allowed;
        return core::nothing{};
    };
    w.body = [](order_record const& o) { return text_of(shopper_view(o)); };
    w.success = cancel_order.success;
    auto const moved = co_await work::exactly_once(c, [&] { return lane_of(c).move(c, w); });
    if (!moved) co_return moved.error();
    if (c.ready_answer) co_return order_view{};
    co_return shopper_view(*moved);
}

answer<staff_order_view> serve_payment(http::call& c, record_payment_request in) {
    static constexpr db::refusal refusals[] = {{"payment_event_raced", &payment_not_allowed},
                                               {"payment_event_continues", &payment_not_allowed},
                                               {"payment_event_allowed", &payment_not_allowed},
                                               work::key_taken};
    co_return co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return payment_once(t, c, in); });
    });
}

}  // namespace orders
