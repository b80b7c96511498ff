// What serves the endpoints of orders: checkout.cpp, transitions.cpp, reading.cpp.
#pragma once

#include "http/call.hpp"
#include "orders/api.hpp"

namespace orders {

template <class T>
using answer = core::task<core::result<T>>;

answer<placed_order_view> serve_checkout(http::call& c, checkout_request in);
answer<order_view> serve_tracking(http::call& c, track_order_request in);
answer<order_view> serve_cancel(http::call& c, cancel_order_request in);
answer<http::page<order_summary>> serve_own_orders(http::call& c, own_orders_request in);
answer<http::page<order_summary>> serve_orders(http::call& c, list_orders_request in, http::reach where);
answer<staff_order_view> serve_order(http::call& c, get_order_request in, http::reach where);
answer<staff_order_view> serve_transition(http::call& c, transition_request in, http::reach where);
answer<staff_order_view> serve_payment(http::call& c, record_payment_request in);

}  // namespace orders
