// What this domain announces in the outbox; the resource is the order.
#pragma once

#include "orders/machine.hpp"

#include <string_view>

namespace orders::events {

inline constexpr std::string_view placed = "order.placed";
inline constexpr std::string_view payment_recorded = "payment.recorded";

constexpr std::string_view moved(order_status to) {
    switch (to) {
        case order_status::pending: break;  // no way leads there
        case order_status::confirmed: return "order.confirmed";
        case order_status::processing: return "order.processing";
        case order_status::shipped: return "order.shipped";
        case order_status::delivered: return "order.delivered";
        case order_status::cancelled: return "order.cancelled";
    }
    return placed;
}

}  // namespace orders::events
