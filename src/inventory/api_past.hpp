// Why a stock row is what it is, now or at an instant: the movements that make it.
#pragma once

#include "inventory/api.hpp"

namespace inventory {

struct explain_stock_request {
    core::uuid variant_id;
    core::uuid location_id;
    std::optional<core::timestamp> at;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(explain_stock_request, (), (variant_id, location_id, at, limit, after))

// What all movements of a kind have done, up to the instant.
struct movement_sum {
    std::string kind;
    std::int64_t movements;
    std::int64_t on_hand_delta;
    std::int64_t reserved_delta;
};
BOOST_DESCRIBE_STRUCT(movement_sum, (), (kind, movements, on_hand_delta, reserved_delta))

struct movement_order {
    core::uuid id;
    std::int64_t number;
    core::uuid line_id;
};
BOOST_DESCRIBE_STRUCT(movement_order, (), (id, number, line_id))

struct named_actor {
    std::string kind;
    http::nullable<core::uuid> id;
    http::nullable<std::string> name;  // as it is today
};
BOOST_DESCRIBE_STRUCT(named_actor, (), (kind, id, name))

struct explained_movement {
    core::uuid id;
    core::timestamp at;
    std::string kind;
    std::int64_t on_hand_delta;
    std::int64_t reserved_delta;
    std::int64_t on_hand;   // after it
    std::int64_t reserved;  // after it
    std::string reason;
    std::string note;
    http::nullable<movement_order> order;
    named_actor actor;
};
BOOST_DESCRIBE_STRUCT(explained_movement, (),
                      (id, at, kind, on_hand_delta, reserved_delta, on_hand, reserved, reason, note, order,
                       actor))

struct stock_explanation {
    core::uuid variant_id;
    core::uuid location_id;
    http::nullable<core::timestamp> at;  // as asked; null: now
    std::int64_t on_hand;
    std::int64_t reserved;
    std::int64_t available;
    std::int64_t backorder_limit;
    std::int64_t shortage;
    std::vector<movement_sum> kinds;
    std::vector<explained_movement> data;  // newest first
    http::nullable<std::string> next;
};
BOOST_DESCRIBE_STRUCT(stock_explanation, (),
                      (variant_id, location_id, at, on_hand, reserved, available, backorder_limit, shortage,
                       kinds, data, next))

inline constexpr http::endpoint<explain_stock_request, stock_explanation> explain_stock{{
    .verb = http::method::get,
    .path = "/v1/admin/stock/explain",
    .id = "explainStock",
    .allow = http::access::permission("stock").by_location(),
    .summary = "Why a stock row is what it is: the movements that make it, newest first",
    .description =
        "Each movement with its order, its actor and what the row was after it; the sums of each kind over "
        "all "
        "of them, which add up to the row. With `at`, as of that instant, which must not lie in the future.",
    .statements = 4,
    .fails_with = {&stock_not_found, &work::cursor_invalid},
}};

}  // namespace inventory
