#include "orders/moving.hpp"

#include "audit/audit.hpp"
#include "orders/events.hpp"
#include "work/outbox.hpp"

#include <algorithm>

namespace orders {
namespace {

struct audited_state {
    order_status status;
    std::int32_t seq;
};
BOOST_DESCRIBE_STRUCT(audited_state, (), (status, seq))

payment_state last_state(order_record const& o, core::uuid payment) {
    return std::ranges::find(o.payments, payment, &payment_record::id)->events.back().kind;
}

void apply(order_record& o, inventory::settlement how) {
    for (inventory::holding& h : o.holdings)
        if (h.state == "open") h.state = how == inventory::settlement::release ? "released" : "shipped";
}

struct written {
    std::vector<order_step> steps;
    std::vector<payment_step> undone;
    std::vector<inventory::taken> held;
    std::vector<audit::note> notes;
    std::vector<work::event> announced;
};

void add(written& out, decided_move const& m) {
    order_record& o = *m.of;
    history_record const before = o.now();
    out.steps.push_back({o.id, before.status, m.step});
    o.history.push_back(m.step);
    o.payment_due_at.reset();
    out.held.push_back({&m.held, m.by});
    if (m.step.status == order_status::cancelled)
        for (payment_event& e : undo_payments(o, *m.by, m.step.at)) {
            e.actor_name = m.step.actor_name;
            out.undone.push_back({last_state(o, e.payment_id), e});
            apply(o, e);
        }
    out.notes.push_back(
        {*m.by, "orders", core::to_string(o.id),
         audit::changed(audited_state{before.status, before.seq}, audited_state{m.step.status, m.step.seq})});
    out.announced.push_back(
        {events::moved(m.step.status), o.id, {"{\"seq\":" + std::to_string(m.step.seq) + "}"}});
}

}  // namespace

void apply(order_record& o, payment_event const& e) {
    for (payment_record& p : o.payments)
        if (p.id == e.payment_id) p.events.push_back(e);
}

void queue_moves(db::transaction& t, order_status to, std::span<decided_move const> all) {
    written out;
    for (decided_move const& m : all) add(out, m);
    insert_steps(t, out.steps);
    if (auto const how = settles(to)) {
        inventory::settle(t, *how, out.held);
        for (decided_move const& m : all) apply(*m.of, *how);
    }
    insert_payment_steps(t, out.undone);
    audit::record(t, out.notes);
    work::announce(t, out.announced);
}

}  // namespace orders
