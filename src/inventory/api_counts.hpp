// Counting what lies on a shelf, and the shortages that counts find.
#pragma once

#include "inventory/api.hpp"

namespace inventory {

struct count_stock_request {
    core::uuid variant_id;
    core::uuid location_id;
    core::integer<0, on_hand_max> counted;  // units that lie there
    std::optional<core::text<1, 500>> note;
};
BOOST_DESCRIBE_STRUCT(count_stock_request, (), (variant_id, location_id, counted, note))

struct short_order {
    core::uuid order_id;
    std::int64_t number;
    core::uuid order_line_id;
    std::int64_t quantity;  // of the line, promised here
    std::int64_t missing;   // of these, not on the shelf once older orders have theirs
    std::int64_t shortage;  // of the missing, beyond what may be owed: what makes up the row's shortage
};
BOOST_DESCRIBE_STRUCT(short_order, (), (order_id, number, order_line_id, quantity, missing, shortage))

struct stock_count_view {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand;
    std::int64_t reserved;
    std::int64_t available;
    std::int64_t backorder_limit;
    std::int64_t shortage;
    std::int64_t version;
    std::int64_t difference;          // found more than was thought, or less
    std::vector<short_order> orders;  // whom the shortage touches, the newest first
    bool more_orders;                 // older ones are left out
};
BOOST_DESCRIBE_STRUCT(stock_count_view, (),
                      (variant_id, location_id, on_hand, reserved, available, backorder_limit, shortage,
                       version, difference, orders, more_orders))

struct list_shortages_request {
    std::optional<core::uuid> variant_id;
    std::optional<core::uuid> location_id;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_shortages_request, (), (variant_id, location_id, limit, after))

struct shortage_view {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand;
    std::int64_t reserved;
    std::int64_t backorder_limit;
    std::int64_t shortage;
    std::int64_t version;
    std::vector<short_order> orders;  // whom it touches, the newest first
    bool more_orders;
};
BOOST_DESCRIBE_STRUCT(shortage_view, (),
                      (variant_id, location_id, on_hand, reserved, backorder_limit, shortage, version, orders,
                       more_orders))

inline constexpr std::int64_t short_orders_max = 50;  // shown of one row

inline constexpr http::endpoint<count_stock_request, stock_count_view> count_stock{{
    .verb = http::method::post,
    .path = "/v1/admin/stock/counts",
    .id = "countStock",
    .allow = http::access::permission("stock").by_location(),
    .summary = "Record how many units a count found",
    .description =
        "What was counted replaces what was thought to lie there, so If-Match tells which state was counted; "
        "`*` "
        "counts whatever has happened since. Where less is found than is promised to orders, what is missing "
        "becomes the row's shortage, which is never sold and shrinks as units arrive or orders are "
        "cancelled. "
        "What lies there goes to the oldest orders, so it touches the newest.",
    .success = 201,
    .retry = http::replay::keyed,
    .match = http::precondition::required,
    .statements = 10,
    .fails_with = {&unknown_variant, &unknown_location, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<list_shortages_request, http::page<shortage_view>> list_shortages{{
    .verb = http::method::get,
    .path = "/v1/admin/stock/shortages",
    .id = "listStockShortages",
    .allow = http::access::permission("stock").by_location(),
    .summary = "Where units are missing that are promised to orders, with the orders concerned",
    .description =
        "By variant and location. Of one row at most 50 orders are shown; working them off shows the others.",
    .statements = 3,
    .fails_with = {&work::cursor_invalid},
}};

}  // namespace inventory
