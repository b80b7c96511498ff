// An order as shoppers and as staff see it.
#pragma once

#include "http/call.hpp"
#include "orders/api.hpp"
#include "orders/store.hpp"

namespace orders {

order_view shopper_view(order_record const& o);

// What of it lies at locations that the caller may see, with what they may do next where they may move
// orders.
staff_order_view staff_view(order_record const& o, http::reach const& seen, http::reach const& moves);
http::reach where_orders_are_moved(http::call& c);

order_summary summary_view(summary_row r);

// Does the token open this order? Takes as long for a wrong one as for a right one.
bool opens(tracking_token const& token, order_record const& o);

}  // namespace orders
