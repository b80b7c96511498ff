// Everything the outside world may say to the inventory: locations, stock, its adjustments and its ledger.
#pragma once

#include "http/endpoint.hpp"
#include "inventory/rules.hpp"
#include "work/idempotency.hpp"
#include "work/page.hpp"

#include <boost/describe/enum.hpp>

namespace inventory {

// ---- locations ----

using location_priority = core::integer<-1000, 1000>;

struct location_view {
    core::uuid id;
    std::string code;
    std::string name;
    std::int32_t priority;  // orders take from the lowest first
    bool archived;
    std::int64_t version;
};
BOOST_DESCRIBE_STRUCT(location_view, (), (id, code, name, priority, archived, version))

struct list_locations_request {
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_locations_request, (), (limit, after))

struct location_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(location_request, (), (id))

struct create_location_request {
    core::handle code;
    core::text<1, 200> name;
    std::optional<location_priority> priority;
};
BOOST_DESCRIBE_STRUCT(create_location_request, (), (code, name, priority))

struct update_location_request {
    core::uuid id;
    core::patch<core::text<1, 200>> name;
    core::patch<location_priority> priority;
    core::patch<bool> archived;
};
BOOST_DESCRIBE_STRUCT(update_location_request, (), (id, name, priority, archived))

inline constexpr core::failure location_not_found{"location_not_found", core::fault::missing,
                                                  "There is no such location."};
inline constexpr core::failure location_code_taken{"location_code_taken", core::fault::conflict,
                                                   "Another location has this code."};
inline constexpr core::failure location_not_empty{
    "location_not_empty", core::fault::conflict,
    "There are units, reservations or backorder limits at this location; clear them before archiving it."};

inline constexpr http::endpoint<list_locations_request, http::page<location_view>> list_locations{{
    .verb = http::method::get,
    .path = "/v1/admin/locations",
    .id = "listLocations",
    .allow = http::access::permission("locations").by_location(),
    .summary = "Where stock is kept, by code",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<location_request, location_view> get_location{{
    .verb = http::method::get,
    .path = "/v1/admin/locations/{id}",
    .id = "getLocation",
    .allow = http::access::permission("locations").by_location(),
    .summary = "Show a location",
    .statements = 1,
    .fails_with = {&location_not_found},
}};

inline constexpr http::endpoint<create_location_request, location_view> create_location{{
    .verb = http::method::post,
    .path = "/v1/admin/locations",
    .id = "createLocation",
    .allow = http::access::permission("locations"),
    .summary = "Add a location",
    .success = 201,
    .statements = 5,
    .fails_with = {&location_code_taken, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<update_location_request, location_view> update_location{{
    .verb = http::method::patch,
    .path = "/v1/admin/locations/{id}",
    .id = "updateLocation",
    .allow = http::access::permission("locations").by_location(),
    .summary = "Rename, reorder or archive a location",
    .description = "Orders take from the location with the lowest priority first. Only an empty location can "
                   "be archived.",
    .match = http::precondition::required,
    .statements = 5,
    .fails_with = {&location_not_found, &location_not_empty},
}};

// ---- stock ----

struct stock_view {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand;
    std::int64_t reserved;
    std::int64_t available;  // what can still be sold, backorders included
    std::int64_t backorder_limit;
    std::int64_t shortage;  // promised to orders, found missing by a count
    std::int64_t version;
};
BOOST_DESCRIBE_STRUCT(stock_view, (),
                      (variant_id, location_id, on_hand, reserved, available, backorder_limit, shortage,
                       version))

// A row of the list, now or at an instant of the past.
struct listed_stock_view {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand;
    std::int64_t reserved;
    std::int64_t available;
    std::int64_t backorder_limit;
    std::int64_t shortage;
    http::nullable<std::int64_t> version;  // null in the past, which nobody edits
};
BOOST_DESCRIBE_STRUCT(listed_stock_view, (),
                      (variant_id, location_id, on_hand, reserved, available, backorder_limit, shortage,
                       version))

struct list_stock_request {
    std::optional<core::uuid> variant_id;
    std::optional<core::uuid> location_id;
    std::optional<core::timestamp> at;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_stock_request, (), (variant_id, location_id, at, limit, after))

struct stock_request {
    core::uuid variant_id;
    core::uuid location_id;
};
BOOST_DESCRIBE_STRUCT(stock_request, (), (variant_id, location_id))

struct update_stock_request {
    core::uuid variant_id;
    core::uuid location_id;
    core::patch<core::integer<0, 1'000'000>> backorder_limit;
};
BOOST_DESCRIBE_STRUCT(update_stock_request, (), (variant_id, location_id, backorder_limit))

BOOST_DEFINE_ENUM_CLASS(adjustment_reason, received, correction, damaged, lost, found)

struct adjust_stock_request {
    core::uuid variant_id;
    core::uuid location_id;
    core::integer<-1'000'000, 1'000'000> quantity;  // signed: what came, or went
    adjustment_reason reason = adjustment_reason::correction;
    std::optional<core::text<1, 500>> note;
};
BOOST_DESCRIBE_STRUCT(adjust_stock_request, (), (variant_id, location_id, quantity, reason, note))

inline constexpr core::failure stock_not_found{"stock_not_found", core::fault::missing,
                                               "This variant has never been at this location."};
inline constexpr core::failure unknown_variant{"unknown_variant", core::fault::invalid,
                                               "There is no such variant."};
inline constexpr core::failure unknown_location{"unknown_location", core::fault::invalid,
                                                "There is no such location, or it is archived."};

inline constexpr http::endpoint<list_stock_request, http::page<listed_stock_view>> list_stock{{
    .verb = http::method::get,
    .path = "/v1/admin/stock",
    .id = "listStock",
    .allow = http::access::permission("stock").by_location(),
    .summary = "What is where, by variant and location; with `at`, what was there then",
    .description = "With `at` the rows are what the ledger adds up to until that instant: of the rows that "
                   "there are today, "
                   "zeros where nothing had happened yet. An instant that has not come yet is refused.",
    .statements = 3,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<stock_request, stock_view> get_stock{{
    .verb = http::method::get,
    .path = "/v1/admin/stock/{variant_id}/{location_id}",
    .id = "getStock",
    .allow = http::access::permission("stock").by_location(),
    .summary = "Show one variant's stock at one location",
    .statements = 1,
    .fails_with = {&stock_not_found},
}};

inline constexpr http::endpoint<update_stock_request, stock_view> update_stock{{
    .verb = http::method::patch,
    .path = "/v1/admin/stock/{variant_id}/{location_id}",
    .id = "updateStock",
    .allow = http::access::permission("stock").by_location(),
    .summary = "Set how many units may be sold beyond what is there",
    .match = http::precondition::required,
    .statements = 4,
    .fails_with = {&stock_not_found, &unknown_location, &insufficient_stock},
}};

inline constexpr http::endpoint<adjust_stock_request, stock_view> adjust_stock{{
    .verb = http::method::post,
    .path = "/v1/admin/stock/adjustments",
    .id = "adjustStock",
    .allow = http::access::permission("stock").by_location(),
    .summary = "Add units that came, or take off those that are gone",
    .description = "The quantity is a difference, so no If-Match is needed; one that is sent is honoured. "
                   "Units that are "
                   "promised to an order cannot be taken; when a count does not find them, record the count.",
    .success = 201,
    .retry = http::replay::keyed,
    .match = http::precondition::honoured,
    .statements = 8,
    .fails_with = {&unknown_variant, &unknown_location, &insufficient_stock, &stock_too_large,
                   &work::key_reused, &work::key_in_use},
}};

// ---- the ledger ----

struct movement_actor {
    std::string kind;
    http::nullable<core::uuid> id;
};
BOOST_DESCRIBE_STRUCT(movement_actor, (), (kind, id))

struct movement_view {
    core::uuid id;
    core::timestamp at;
    core::uuid variant_id;
    core::uuid location_id;
    std::string kind;
    std::int64_t on_hand_delta;
    std::int64_t reserved_delta;
    std::string reason;
    std::string note;
    http::nullable<core::uuid> order_line_id;
    movement_actor actor;
};
BOOST_DESCRIBE_STRUCT(movement_view, (),
                      (id, at, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, note,
                       order_line_id, actor))

struct list_movements_request {
    std::optional<core::uuid> variant_id;
    std::optional<core::uuid> location_id;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_movements_request, (), (variant_id, location_id, limit, after))

inline constexpr http::endpoint<list_movements_request, http::page<movement_view>> list_movements{{
    .verb = http::method::get,
    .path = "/v1/admin/stock/movements",
    .id = "listStockMovements",
    .allow = http::access::permission("stock").by_location(),
    .summary = "The ledger of stock, newest first",
    .description = "`location_id` narrows the movements of one variant, so it needs `variant_id` beside it. "
                   "Whoever may see some locations alone names a variant, too.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

}  // namespace inventory
