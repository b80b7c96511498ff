// What serves the inventory's endpoints: locations.cpp, stock.cpp, counting.cpp and explain.cpp.
#pragma once

#include "inventory/api_counts.hpp"
#include "inventory/api_past.hpp"

#include "http/call.hpp"

namespace inventory {

template <class T>
using answer = core::task<core::result<T>>;

answer<http::page<location_view>> serve_locations(http::call& c, list_locations_request in,
                                                  http::reach where);
answer<location_view> serve_location(http::call& c, location_request in, http::reach where);
answer<location_view> serve_create_location(http::call& c, create_location_request in);
answer<location_view> serve_update_location(http::call& c, update_location_request in, http::reach where);

answer<http::page<listed_stock_view>> serve_stock_list(http::call& c, list_stock_request in,
                                                       http::reach where);
answer<stock_view> serve_stock(http::call& c, stock_request in, http::reach where);
answer<stock_view> serve_update_stock(http::call& c, update_stock_request in, http::reach where);
answer<stock_view> serve_adjust_stock(http::call& c, adjust_stock_request in, http::reach where);
answer<http::page<movement_view>> serve_movements(http::call& c, list_movements_request in,
                                                  http::reach where);
answer<stock_explanation> serve_explanation(http::call& c, explain_stock_request in, http::reach where);
answer<stock_count_view> serve_count(http::call& c, count_stock_request in, http::reach where);
answer<http::page<shortage_view>> serve_shortages(http::call& c, list_shortages_request in,
                                                  http::reach where);

}  // namespace inventory
