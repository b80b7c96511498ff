// What serves the inventory's endpoints: locations.cpp and stock.cpp.
#pragma once

#include "inventory/api.hpp"

#include "http/call.hpp"

namespace inventory {

template <class T>
using answer = core::task<core::result<T>>;

answer<http::page<location_view>> serve_locations(http::call& c, list_locations_request in,
                                                  http::reach where);
answer<location_view> serve_location(http::call& c, location_request in, http::reach where);
answer<location_view> serve_create_location(http::call& c, create_location_request in);
answer<location_view> serve_update_location(http::call& c, update_location_request in, http::reach where);

answer<http::page<stock_view>> serve_stock_list(http::call& c, list_stock_request in, http::reach where);
answer<stock_view> serve_stock(http::call& c, stock_request in, http::reach where);
answer<stock_view> serve_update_stock(http::call& c, update_stock_request in, http::reach where);
answer<stock_view> serve_adjust_stock(http::call& c, adjust_stock_request in, http::reach where);
answer<http::page<movement_view>> serve_movements(http::call& c, list_movements_request in,
                                                  http::reach where);

}  // namespace inventory
