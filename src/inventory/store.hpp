// The statements and rows of locations, stock, reservations and the ledger.
#pragma once

#include "inventory/api.hpp"
#include "work/statements.hpp"

namespace inventory {

work::statement_list statements();

// ---- locations ----

// What lies beyond the caller's reach is not there: neither found nor locked nor listed, here and below.
core::task<std::optional<location_view>> find_location(db::scope in, http::reach where, core::uuid id);
core::task<std::vector<location_view>> load_locations(db::scope in, http::reach where, std::string after_code,
                                                      std::int64_t limit);
core::task<std::optional<location_view>> lock_location(db::transaction& t, http::reach where, core::uuid id);
core::task<bool> holds_stock(db::transaction& t, core::uuid location_id);
void insert_location(db::transaction& t, location_view const& l);
void update_location_row(db::transaction& t, location_view const& l);  // name, priority, archived, version

// ---- stock ----

struct stock_key {
    core::uuid variant_id;
    core::uuid location_id;
};
BOOST_DESCRIBE_STRUCT(stock_key, (), (variant_id, location_id))
std::string name_of(stock_key const& at);  // "VARIANT/LOCATION", as the audit trail has it

struct locked_stock {
    stock_record stock;
    bool location_archived = false;
};

core::task<std::optional<stock_record>> find_stock(db::scope in, http::reach where, stock_key at);
db::ticket<stock_record> queue_stock(db::batch& in,
                                     stock_key at);  // whether it may be seen is the caller's to ask
// By variant and location, beyond `after`; each filter has an index in its order.
core::task<std::vector<stock_record>> load_stock(db::scope in, http::reach where,
                                                 std::optional<core::uuid> variant,
                                                 std::optional<core::uuid> location, stock_key after,
                                                 std::int64_t limit);
// The row and its location locked, so that the location cannot be archived meanwhile. `make` inserts a row
// of zeros where there is none, and breaks a foreign key where there is no such variant or location.
core::task<std::optional<locked_stock>> lock_stock_row(db::transaction& t, http::reach where, stock_key at,
                                                       bool make);
// Queue the change of a locked row, the ledger's entry with it.
void add_units(db::transaction& t, stock_key at, std::int64_t quantity, adjustment_reason why,
               std::string note, work::actor const& by);
void set_backorder_limit(db::transaction& t, stock_key at, std::int64_t limit);

// ---- the ledger ----

struct movement_row {
    core::uuid id;
    core::timestamp at;
    core::uuid variant_id;
    core::uuid location_id;
    std::string kind;
    std::int64_t on_hand_delta = 0;
    std::int64_t reserved_delta = 0;
    std::string reason;
    std::string note;
    std::optional<core::uuid> order_line_id;
    std::string actor_kind;
    std::optional<core::uuid> actor_id;
};
BOOST_DESCRIBE_STRUCT(movement_row, (),
                      (id, at, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, note,
                       order_line_id, actor_kind, actor_id))

// A place in the ledger; what is before it is older. Without an instant beyond every movement.
inline constexpr core::timestamp end_of_time{253'402'300'799'999'999};  // of the year 9999
struct moment {
    core::timestamp at = end_of_time;
    core::uuid id = last_id();

    static constexpr core::uuid last_id() {
        core::uuid out;
        out.bytes.fill(0xff);
        return out;
    }
};

// Newest first, before `before`: of a variant by time, of all by id. A location, and a limited reach, only
// together with a variant.
core::task<std::vector<movement_row>> load_movements(db::scope in, http::reach where,
                                                     std::optional<core::uuid> variant,
                                                     std::optional<core::uuid> location, moment before,
                                                     std::int64_t limit);

}  // namespace inventory
