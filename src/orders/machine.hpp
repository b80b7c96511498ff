// The states of an order and of a payment, and the ways between them, as constants. The order's is the same
// as the rows of sales.order_transition, which a test compares.
#pragma once

#include "core/machine.hpp"

#include <boost/describe/enum.hpp>

namespace orders {

BOOST_DEFINE_ENUM_CLASS(order_status, pending, confirmed, processing, shipped, delivered, cancelled)

inline constexpr core::machine<order_status, 6, 7> lifecycle{
    .initial = order_status::pending,
    .edges = {{{order_status::pending, order_status::confirmed},
               {order_status::confirmed, order_status::processing},
               {order_status::processing, order_status::shipped},
               {order_status::shipped, order_status::delivered},
               {order_status::pending, order_status::cancelled},
               {order_status::confirmed, order_status::cancelled},
               {order_status::processing, order_status::cancelled}}},
};
static_assert(lifecycle.every_state_reachable());
static_assert(lifecycle.no_edge_twice());
static_assert(lifecycle.allows(order_status::pending, order_status::confirmed));
static_assert(!lifecycle.allows(order_status::pending, order_status::shipped), "no state is skipped");
static_assert(!lifecycle.allows(order_status::shipped, order_status::cancelled),
              "what has left is not cancelled");

// A payment's state is the kind of its last event.
BOOST_DEFINE_ENUM_CLASS(payment_state, requested, captured, voided, refund_requested, refunded)

inline constexpr core::machine<payment_state, 5, 4> payment_lifecycle{
    .initial = payment_state::requested,
    .edges = {{{payment_state::requested, payment_state::captured},
               {payment_state::requested, payment_state::voided},
               {payment_state::captured, payment_state::refund_requested},
               {payment_state::refund_requested, payment_state::refunded}}},
};
static_assert(payment_lifecycle.every_state_reachable());
static_assert(payment_lifecycle.no_edge_twice());

// How an order is paid. A new provider is a line here and what it does in its own folder.
BOOST_DEFINE_ENUM_CLASS(payment_provider, manual)

struct provider_traits {
    payment_provider provider;
    bool recorded_by_staff;  // staff say when money came and went; no webhook does
};
inline constexpr provider_traits providers[] = {{payment_provider::manual, true}};

}  // namespace orders
