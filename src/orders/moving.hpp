// What a move writes, for one order or for many that become the same together.
#pragma once

#include "orders/store.hpp"

namespace orders {

struct decided_move {
    order_record* of = nullptr;  // becomes what is stored
    work::actor const* by = nullptr;
    history_record step;              // by next_step()
    inventory::allocation held = {};  // what it still reserves, where the move settles that
};

// Queues the history's rows and all that follows from them: cancelled gives the stock back and voids or
// refunds the payments, shipped takes the units off the shelf; audit entries and events. The same statements
// for one as for many.
void queue_moves(db::transaction& t, order_status to, std::span<decided_move const> all);

// What the audit trail says of a payment.
struct audited_payment {
    payment_state state;
    std::int32_t seq;
};
BOOST_DESCRIBE_STRUCT(audited_payment, (), (state, seq))

// Adds the event to the record of its payment.
void apply(order_record& o, payment_event const& e);

}  // namespace orders
