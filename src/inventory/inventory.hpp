// What other domains may know and ask of stock, inside their transaction. Inventory stands below the
// catalogue: it knows variants as ids only. Every change writes the ledger in the same transaction.
#pragma once

#include "core/result.hpp"
#include "core/task.hpp"
#include "core/uuid.hpp"
#include "db/database.hpp"
#include "work/chores.hpp"
#include "work/context.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace inventory {

// A scalar subquery (bigint) for a statement that has a variant in scope as `v.id`: the units that can be
// sold now over all locations, backorders included. The shortage is never sold. Archived locations need
// no test: only an empty location can be archived, and it takes no stock.
inline constexpr std::string_view available_sql =
    "(select coalesce(sum(greatest(s.on_hand + s.backorder_limit - s.reserved, 0)), 0)::bigint"
    " from inventory.stock s where s.variant_id = v.id)";

// The same over the locations in `$2` alone, a uuid[] that is null for all of them.
inline constexpr std::string_view available_at_sql =
    "(select coalesce(sum(greatest(s.on_hand + s.backorder_limit - s.reserved, 0)), 0)::bigint"
    " from inventory.stock s where s.variant_id = v.id and ($2::uuid[] is null or s.location_id = any($2)))";

// A table for checks of the whole shop: what order lines hold or held, where.
inline constexpr std::string_view reservations_sql =
    "(select order_id, order_line_id, variant_id, location_id, quantity, state from inventory.reservations)";
// And what staff have counted: how many movements of a stock row are somebody's own adjustments.
inline constexpr std::string_view adjustments_sql =
    "(select variant_id || '/' || location_id as resource_id, count(*) as movements from inventory.movements"
    " where kind in ('receive', 'adjust') and reason <> 'import' and actor_kind in ('staff', 'machine')"
    " group by variant_id, location_id)";
// And what nobody has counted, by location: what imports have changed. Repairs, which are the system's
// corrections, are not in it.
inline constexpr std::string_view imports_sql =
    "(select location_id::text as resource_id, sum(on_hand_delta) as units from inventory.movements"
    " where kind not in ('reserve', 'release', 'ship')"
    " and not (kind in ('receive', 'adjust') and reason <> 'import' and actor_kind in ('staff', 'machine'))"
    " and not (reason = 'correction' and actor_kind = 'system') group by location_id)";

inline constexpr core::failure out_of_stock{"out_of_stock", core::fault::conflict,
                                            "There is not enough in stock for every line."};
inline constexpr core::failure insufficient_stock{
    "insufficient_stock", core::fault::conflict,
    "There are not so many units here that are neither gone nor promised to an order."};

// Of these, those that are there and not archived; also for domains below (work/locations.hpp).
extern db::statement<core::uuid(std::vector<core::uuid>)> const find_locations_in_use;

// ---- deciding, without the database ----

struct stock_row {
    core::uuid variant_id;
    core::uuid location_id;
    std::int32_t priority = 0;  // of the location: the lowest gives first
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t backorder_limit = 0;
};
BOOST_DESCRIBE_STRUCT(stock_row, (), (variant_id, location_id, priority, on_hand, reserved, backorder_limit))

struct demand {  // of one order line
    core::uuid order_id;
    core::uuid order_line_id;
    core::uuid variant_id;
    std::int64_t quantity = 0;
};

struct portion {  // what one location gives to one order line
    core::uuid order_id;
    core::uuid order_line_id;
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t quantity = 0;
    std::int64_t backordered = 0;  // of these, as allocate() found the shelf

    bool operator==(portion const&) const = default;
};
BOOST_DESCRIBE_STRUCT(portion, (), (order_id, order_line_id, variant_id, location_id, quantity))

using allocation = std::vector<portion>;

// Where every line's units come from: from what is on hand, location by location in order of priority, a
// line split where it must be; backorders only when nothing is left on hand anywhere. Demand for one
// variant is summed over the lines. All or nothing: with too little, out_of_stock names every short line
// as /lines/N, N being its place in `demands`.
core::result<allocation> allocate(std::span<stock_row const> rows, std::span<demand const> demands);

// Several orders, one after the other: each takes from what those before it have left, all or nothing, so
// one that is refused leaves everything to the next. As allocate() would answer each of them alone. `rows`
// are by variant; they are left as they are when all have taken.
std::vector<core::result<allocation>> allocate_in_turn(std::span<stock_row> rows,
                                                       std::span<std::vector<demand> const> orders);

// ---- changing it, inside the caller's transaction ----

// Queues: the rows of these variants at locations in use, locked until the transaction ends, in the one
// order in which stock is ever locked: variant, then location (docs/lock-order.md).
db::ticket<stock_row> lock_stock(db::transaction& t, std::vector<core::uuid> const& variants);

// Queues: the same rows, of which only those are locked that nobody else holds; for who will not wait.
struct seen_row {
    core::uuid variant_id;
    core::uuid location_id;
    std::int32_t priority = 0;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t backorder_limit = 0;
    bool locked = false;

    stock_row row() const { return {variant_id, location_id, priority, on_hand, reserved, backorder_limit}; }
};
BOOST_DESCRIBE_STRUCT(seen_row, (),
                      (variant_id, location_id, priority, on_hand, reserved, backorder_limit, locked))
db::ticket<seen_row> lock_free_stock(db::transaction& t, std::vector<core::uuid> const& variants);

// Queues: the same rows as they are now, none locked: to allocate from before others are kept waiting.
db::ticket<stock_row> read_stock(db::transaction& t, std::vector<core::uuid> const& variants);

struct taken {  // or given back
    allocation const* what;
    work::actor const* by;
};

// Queues: locks the rows that these allocations take from, in order. Readable afterwards: is there still as
// much as they take, and on the shelf what they took from there? Without a lock before, nobody knows: others
// were free to take it, and what would be a backorder here may lie on another shelf.
struct room {  // what can be promised of a stock row
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t units = 0;
    std::int64_t on_shelf = 0;  // of these
};
BOOST_DESCRIBE_STRUCT(room, (), (variant_id, location_id, units, on_shelf))
db::ticket<room> lock_taken(db::transaction& t, std::span<taken const> all);
bool has_room(std::vector<room> const& locked, std::span<taken const> all);

// Queues: takes the units out of what can be sold. The caller has locked the rows and has seen that they hold
// as much; one statement whatever the number of orders and lines. `stock_not_oversold` stands behind it.
void reserve(db::transaction& t, std::span<taken const> all);  // older first
inline void reserve(db::transaction& t, allocation const& what, work::actor const& by) {
    taken const one{&what, &by};
    reserve(t, std::span(&one, 1));
}

// Queues: what these orders still hold, its stock rows locked in order. Not yet settled: each portion open.
db::ticket<portion> lock_reserved(db::transaction& t, std::vector<core::uuid> const& orders);

// What orders hold or held, for staff's view of an order.
struct holding {
    core::uuid order_line_id;
    core::uuid location_id;
    std::int64_t quantity = 0;
    std::string state;  // open, released, shipped
};
BOOST_DESCRIBE_STRUCT(holding, (), (order_line_id, location_id, quantity, state))
extern db::statement<holding(core::uuid)> const load_holdings;  // of one order

enum class settlement { release, ship };

// Queues: gives the reserved units back, or takes them off the shelf, exactly once: `all` is what
// lock_reserved() found in this transaction. Older reservations are served first: shipping breaks the
// constraint unless what is on hand covers them and these. Put `shipping_refusal` among the refusals.
void settle(db::transaction& t, settlement how, std::span<taken const> all);
inline constexpr db::refusal shipping_refusal{"stock_not_oversold", &insufficient_stock};

// What a count or an import found on the shelf.
struct counted {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand = 0;  // 0 or more
};
inline constexpr std::size_t counted_max = 5000;  // in one call

// Queues: writes the differences to the ledger, as adjustments with the reason `import`, and makes the stock
// rows that are missing. Where less is found than is reserved, the missing units become the row's shortage.
// The same counts again change nothing. A variant at a location at most once; at most counted_max rows. The
// audit entry is the caller's: one for each location with its `units` before and after, against which
// `carrack verify` holds the ledger. Readable afterwards: by how many units all these rows have changed.
db::ticket<std::int64_t> set_on_hand(db::transaction& t, std::vector<counted> const& what,
                                     work::actor const& by);

// How many of a variant may be sold at a location beyond what is on hand.
struct backorders {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t limit = 0;  // 0 or more
};

// Queues it, for rows that are there; the same limits again change nothing. Never refused: units that a lower
// limit no longer covers, though they are promised, become the row's shortage. A variant at a location at
// most once; at most counted_max rows. The audit entry is the caller's.
void set_backorder_limits(db::transaction& t, std::vector<backorders> const& what);

work::chore_list chores();  // subtotals of the ledger, for what is asked of the past

struct location_in_use {
    core::uuid id;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(location_in_use, (), (id, code))

// The location with this code or, without one, that which gives first; kept from being archived until the
// transaction ends. Nothing when there is none in use.
core::task<std::optional<location_in_use>> lock_location_in_use(db::transaction& t,
                                                                std::optional<std::string> code);

// For commands that make a shop (import, sample): the location with this code, made if there is none, and
// kept from being archived until the transaction ends. Nothing when it is archived.
core::task<std::optional<core::uuid>> ensure_location(db::transaction& t, work::actor by, std::string code,
                                                      std::string name, std::int32_t priority);

// ---- repairing ----

// Queues, for `carrack verify --repair`: reservations of these lines that the ledger knows and the table has
// not are written again, and what the ledger has not settled gets this state ('open', 'released', 'shipped').
struct restored {
    db::ticket<db::none> added, restated;
};
restored restore_reservations(db::transaction& t, core::uuid order, std::vector<core::uuid> const& lines,
                              std::string const& state);

}  // namespace inventory
