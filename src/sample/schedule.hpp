// When everything in the sample's past happened: weeks of trade, ending now. Pure.
#pragma once

#include "core/time.hpp"
#include "sample/tables.hpp"

#include <vector>

namespace sample {

enum class deed : std::uint8_t { place, take_money, step, cancel, pay_back };

struct event {
    core::timestamp at;
    std::size_t order;  // by its place in placed_orders()
    deed what = deed::place;
    orders::order_status to = orders::order_status::pending;  // of a step
};

core::timestamp opening(core::timestamp now);                // before the first order
std::vector<event> schedule(core::timestamp now);            // of all orders, ascending, all of it past
std::vector<orders::order_status> steps_of(order const& o);  // after pending, up to where it stands

}  // namespace sample
