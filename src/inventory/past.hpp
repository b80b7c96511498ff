// Stock as the ledger says it was at an instant, and the movements that made it. What is summed begins at the
// nearest subtotals before the instant, which a chore writes: no row's past costs more the longer it is.
#pragma once

#include "inventory/store.hpp"
#include "work/chores.hpp"

namespace inventory {

work::statement_list past_statements();

// The database's clock: an instant beyond it has not come yet.
extern db::statement<core::timestamp()> const read_clock;
core::result<core::nothing> check_instant(std::optional<core::timestamp> const& at, core::timestamp now);

// These rows as they were then, in this order. Versions are 0.
core::task<std::vector<stock_record>> load_stock_at(db::scope in, std::vector<stock_record> rows,
                                                    core::timestamp at);

struct summed_kind {
    std::string kind;
    std::int64_t movements = 0;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
};

struct explained_row {
    core::uuid id;
    core::timestamp at;
    std::string kind;
    std::int64_t on_hand_delta = 0;
    std::int64_t reserved_delta = 0;
    std::int64_t on_hand = 0;  // after it
    std::int64_t reserved = 0;
    std::string reason;
    std::string note;
    std::optional<core::uuid> order_id;
    std::optional<core::uuid> order_line_id;
    std::string actor_kind;
    std::optional<core::uuid> actor_id;
    std::optional<std::string> actor_name;
};

struct explanation {
    stock_record stock;              // as it was; the version is today's
    core::timestamp now;             // the database's clock
    std::vector<summed_kind> kinds;  // by name
    std::vector<explained_row> movements;
};

// One row's past up to `at`, in one round trip and one snapshot: sums of everything, and `limit` movements
// before `before`, newest first. Nothing for a row that is not there or beyond reach.
core::task<std::optional<explanation>> explain_row(db::scope in, http::reach where, stock_key of,
                                                   std::optional<core::timestamp> at, moment before,
                                                   std::int64_t limit);

}  // namespace inventory
