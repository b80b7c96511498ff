// Locations, stock rows and the ledger as staff see and change them. What orders do is in reservations.cpp.
#include "inventory/store.hpp"

#include "audit/audit.hpp"
#include "db/sql_text.hpp"
#include "inventory/checks.hpp"
#include "inventory/events.hpp"
#include "inventory/past.hpp"
#include "inventory/shortages.hpp"
#include "inventory/statements.hpp"
#include "work/outbox.hpp"

#include <stdexcept>

namespace inventory {
namespace {

constexpr db::statement<location_view(core::uuid)> find_location_by_id{"inventory.find_location", R"sql(
    select id, code, name, priority, archived_at is not null as archived, version
      from inventory.locations where id = $1)sql"};

constexpr db::statement<location_view(core::uuid)> lock_location_by_id{"inventory.lock_location", R"sql(
    select id, code, name, priority, archived_at is not null as archived, version
      from inventory.locations where id = $1 for no key update)sql"};

// The last parameter of what follows: the locations that may be seen, null when all may.
using seen = std::optional<http::locations>;

constexpr db::statement<location_view(std::string, std::int64_t, seen)> list_by_code{
    "inventory.list_locations", R"sql(
    select id, code, name, priority, archived_at is not null as archived, version
      from inventory.locations where code > $1 and ($3::uuid[] is null or id = any($3)) order by code limit $2)sql"};

constexpr db::statement<bool(core::uuid)> location_holds_stock{"inventory.location_holds_stock", R"sql(
    select exists (select from inventory.stock
                    where location_id = $1 and (on_hand > 0 or reserved > 0 or backorder_limit > 0)) as value)sql"};

constexpr db::statement<db::none(core::uuid, std::string, std::string, std::int32_t)> add_location{
    "inventory.add_location",
    "insert into inventory.locations (id, code, name, priority) values ($1, $2, $3, $4)"};

constexpr db::statement<core::uuid(core::uuid, std::string, std::string, std::int32_t)> add_location_once{
    "inventory.add_location_once", R"sql(
    insert into inventory.locations (id, code, name, priority) values ($1, $2, $3, $4)
    on conflict (code) do nothing returning id)sql"};

constexpr db::statement<core::uuid(std::string)> find_location_by_code{
    "inventory.find_location_by_code",
    "select id from inventory.locations where code = $1 and archived_at is null for share"};

constexpr db::statement<location_in_use(std::optional<std::string>)> lock_first_location{
    "inventory.lock_first_location", R"sql(
    select id, code from inventory.locations
     where archived_at is null and ($1::text is null or code = $1)
     order by priority, code limit 1 for share)sql"};

constexpr db::statement<db::none(core::uuid, std::string, std::int32_t, bool, std::int64_t)> change_location{
    "inventory.change_location", R"sql(
    update inventory.locations
       set name = $2, priority = $3, version = $5,
           archived_at = case when $4 then coalesce(archived_at, clock_timestamp()) end
     where id = $1)sql"};

constexpr std::string_view stock_columns =
    "select variant_id, location_id, on_hand, reserved, backorder_limit, shortage, version from "
    "inventory.stock ";
constexpr std::string_view at_key = "where variant_id = $1 and location_id = $2";
constexpr std::string_view of_all =
    "where (variant_id, location_id) > ($1, $2) order by variant_id, location_id limit $3";
constexpr std::string_view of_variant =
    "where variant_id = $1 and location_id > $2 and ($3::uuid is null or location_id = $3)"
    " and ($5::uuid[] is null or location_id = any($5)) order by location_id limit $4";
constexpr std::string_view of_location =
    "where location_id = $1 and variant_id > $2 order by variant_id limit $3";

// Of each location the next page by its index, then of those the next page: whatever lies elsewhere is not
// walked.
constexpr std::string_view of_locations = R"sql(
    select s.variant_id, s.location_id, s.on_hand, s.reserved, s.backorder_limit, s.shortage, s.version
      from unnest($4::uuid[]) as seen (location_id)
     cross join lateral (select i.variant_id, i.location_id, i.on_hand, i.reserved, i.backorder_limit, i.shortage,
                                i.version
                           from inventory.stock i
                          where i.location_id = seen.location_id and i.variant_id >= $1
                            and (i.variant_id > $1 or i.location_id > $2)
                          order by i.variant_id limit $3) s
     order by s.variant_id, s.location_id limit $3)sql";

constexpr db::statement<stock_record(core::uuid, core::uuid)> find_stock_row{
    "inventory.find_stock", db::joined<stock_columns, at_key>};
constexpr db::statement<stock_record(core::uuid, core::uuid, std::int64_t)> list_all_stock{
    "inventory.list_stock", db::joined<stock_columns, of_all>};
constexpr db::statement<stock_record(core::uuid, core::uuid, std::int64_t, http::locations)>
    list_stock_of_locations{"inventory.list_stock_of_locations", of_locations};
constexpr db::statement<stock_record(core::uuid, core::uuid, std::optional<core::uuid>, std::int64_t, seen)>
    list_variant_stock{"inventory.list_variant_stock", db::joined<stock_columns, of_variant>};
constexpr db::statement<stock_record(core::uuid, core::uuid, std::int64_t)> list_location_stock{
    "inventory.list_location_stock", db::joined<stock_columns, of_location>};

struct locked_row {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t backorder_limit = 0;
    std::int64_t shortage = 0;
    std::int64_t version = 0;
    bool archived = false;
};
BOOST_DESCRIBE_STRUCT(locked_row, (),
                      (variant_id, location_id, on_hand, reserved, backorder_limit, shortage, version,
                       archived))

constexpr db::statement<locked_row(core::uuid, core::uuid)> lock_row{"inventory.lock_row", R"sql(
    select s.variant_id, s.location_id, s.on_hand, s.reserved, s.backorder_limit, s.shortage, s.version,
           l.archived_at is not null as archived
      from inventory.stock s join inventory.locations l on l.id = s.location_id
     where s.variant_id = $1 and s.location_id = $2
       for no key update of s for share of l)sql"};

constexpr db::statement<db::none(core::uuid, core::uuid, std::int64_t)> change_on_hand{
    "inventory.change_on_hand", R"sql(
    update inventory.stock
       set on_hand = on_hand + $3, version = version + 1,
           shortage = least(shortage, greatest(reserved - on_hand - $3 - backorder_limit, 0))
     where variant_id = $1 and location_id = $2)sql"};

constexpr db::statement<db::none(core::uuid, core::uuid, std::int64_t)> change_limit{"inventory.change_limit",
                                                                                     R"sql(
    with noted as (
        insert into inventory.backorder_limits (variant_id, location_id, backorder_limit) values ($1, $2, $3)
    )
    update inventory.stock
       set backorder_limit = $3, version = version + 1,
           shortage = least(shortage, greatest(reserved - on_hand - $3, 0))
     where variant_id = $1 and location_id = $2)sql"};

constexpr db::statement<db::none(core::uuid, core::uuid, core::uuid, std::string, std::int64_t,
                                 adjustment_reason, std::string, http::principal_kind,
                                 std::optional<core::uuid>)>
    add_movement{"inventory.add_movement", R"sql(
    insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, note,
                                     actor_kind, actor_id)
    values ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9))sql"};

constexpr std::string_view movement_columns =
    "select m.id, m.at, m.variant_id, m.location_id, m.kind, m.on_hand_delta, m.reserved_delta, m.reason, "
    "m.note,"
    " m.order_line_id, m.actor_kind, m.actor_id ";
constexpr std::string_view newest = "from inventory.movements m where m.id < $1 order by m.id desc limit $2";
// The newest of each of the variant's few rows by the index, then the newest of those. In the order of the
// database's clock, by which each row's movements follow each other.
constexpr std::string_view newest_of_variant = R"sql(
      from inventory.stock s
     cross join lateral (select i.id, i.at, i.variant_id, i.location_id, i.kind, i.on_hand_delta, i.reserved_delta, i.reason,
                                i.note, i.order_line_id, i.actor_kind, i.actor_id
                           from inventory.movements i
                          where i.variant_id = s.variant_id and i.location_id = s.location_id
                            and (i.at, i.id) < ($3, $4)
                          order by i.at desc, i.id desc limit $5) m
     where s.variant_id = $1 and ($2::uuid is null or s.location_id = $2)
       and ($6::uuid[] is null or s.location_id = any($6))
     order by m.at desc, m.id desc limit $5)sql";

constexpr db::statement<movement_row(core::uuid, std::int64_t)> list_all_movements{
    "inventory.list_movements", db::joined<movement_columns, newest>};
constexpr db::statement<movement_row(core::uuid, std::optional<core::uuid>, core::timestamp, core::uuid,
                                     std::int64_t, seen)>
    list_variant_movements{"inventory.list_variant_movements",
                           db::joined<movement_columns, newest_of_variant>};

}  // namespace

constexpr db::statement<core::uuid(std::vector<core::uuid>)> find_locations_in_use{
    "inventory.find_locations_in_use",
    "select id from inventory.locations where id = any($1) and archived_at is null"};

core::task<std::optional<location_view>> find_location(db::scope in, http::reach where, core::uuid id) {
    if (!where.includes(id)) co_return std::nullopt;
    co_return co_await in.first(find_location_by_id, id);
}

core::task<std::vector<location_view>> load_locations(db::scope in, http::reach where, std::string after_code,
                                                      std::int64_t limit) {
    co_return co_await in.all(list_by_code, after_code, limit, where.listed());
}

core::task<std::optional<location_view>> lock_location(db::transaction& t, http::reach where, core::uuid id) {
    if (!where.includes(id)) co_return std::nullopt;
    co_return co_await t.first(lock_location_by_id, id);
}

core::task<bool> holds_stock(db::transaction& t, core::uuid location_id) {
    auto const found = co_await t.first(location_holds_stock, location_id);
    co_return found.value_or(false);
}

void insert_location(db::transaction& t, location_view const& l) {
    t.add(add_location, l.id, l.code, l.name, l.priority);
}

void update_location_row(db::transaction& t, location_view const& l) {
    t.add(change_location, l.id, l.name, l.priority, l.archived, l.version);
}

core::task<std::optional<core::uuid>> ensure_location(db::transaction& t, work::actor by, std::string code,
                                                      std::string name, std::int32_t priority) {
    location_view const wanted{.id = core::make_uuid7(),
                               .code = code,
                               .name = name,
                               .priority = priority,
                               .archived = false,
                               .version = 1};
    auto const made = t.add(add_location_once, wanted.id, code, name, priority);
    auto const there = t.add(find_location_by_code, code);
    co_await t.run();
    if (made.first()) {
        audit::record(t, by, "locations", wanted.id, audit::created(wanted));
        work::announce(t, events::location_created, wanted.id);
    }
    co_return there.first();
}

core::task<std::optional<location_in_use>> lock_location_in_use(db::transaction& t,
                                                                std::optional<std::string> code) {
    co_return co_await t.first(lock_first_location, code);
}

core::task<std::optional<stock_record>> find_stock(db::scope in, http::reach where, stock_key at) {
    if (!where.includes(at.location_id)) co_return std::nullopt;
    co_return co_await in.first(find_stock_row, at.variant_id, at.location_id);
}

db::ticket<stock_record> queue_stock(db::batch& in, stock_key at) {
    return in.add(find_stock_row, at.variant_id, at.location_id);
}

core::task<std::vector<stock_record>> load_stock(db::scope in, http::reach where,
                                                 std::optional<core::uuid> variant,
                                                 std::optional<core::uuid> location, stock_key after,
                                                 std::int64_t limit) {
    if (location && !where.includes(*location)) co_return std::vector<stock_record>{};
    if (variant)
        co_return co_await in.all(list_variant_stock, *variant, after.location_id, location, limit,
                                  where.listed());
    if (location) co_return co_await in.all(list_location_stock, *location, after.variant_id, limit);
    if (auto const seen_at = where.listed())
        co_return co_await in.all(list_stock_of_locations, after.variant_id, after.location_id, limit,
                                  *seen_at);
    co_return co_await in.all(list_all_stock, after.variant_id, after.location_id, limit);
}

core::task<std::optional<locked_stock>> lock_stock_row(db::transaction& t, http::reach where, stock_key at,
                                                       bool make) {
    if (!where.includes(at.location_id)) at.location_id = {};  // which is no location's
    if (make) t.add(add_missing_rows, {at.variant_id}, {at.location_id});
    auto const r = co_await t.first(lock_row, at.variant_id, at.location_id);
    if (!r) co_return std::nullopt;
    co_return locked_stock{
        {r->variant_id, r->location_id, r->on_hand, r->reserved, r->backorder_limit, r->shortage, r->version},
        r->archived};
}

void add_units(db::transaction& t, stock_key at, std::int64_t quantity, adjustment_reason why,
               std::string note, work::actor const& by) {
    t.add(change_on_hand, at.variant_id, at.location_id, quantity);
    std::string const kind = why == adjustment_reason::received ? "receive" : "adjust";
    t.add(add_movement, core::make_uuid7(), at.variant_id, at.location_id, kind, quantity, why, note, by.kind,
          by.id);
}

void set_backorder_limit(db::transaction& t, stock_key at, std::int64_t limit) {
    t.add(change_limit, at.variant_id, at.location_id, limit);
}

core::task<std::vector<movement_row>> load_movements(db::scope in, http::reach where,
                                                     std::optional<core::uuid> variant,
                                                     std::optional<core::uuid> location, moment before,
                                                     std::int64_t limit) {
    if (variant)
        co_return co_await in.all(list_variant_movements, *variant, location, before.at, before.id, limit,
                                  where.listed());
    if (!where.is_everywhere())
        throw std::logic_error("movements of some locations are asked for by variant");
    co_return co_await in.all(list_all_movements, before.id, limit);
}

work::statement_list statements() {
    static std::vector<db::statement_info const*> const all = [] {
        std::vector<db::statement_info const*> out{&find_locations_in_use,
                                                   &find_location_by_id,
                                                   &lock_location_by_id,
                                                   &list_by_code,
                                                   &location_holds_stock,
                                                   &add_location,
                                                   &add_location_once,
                                                   &find_location_by_code,
                                                   &lock_first_location,
                                                   &change_location,
                                                   &find_stock_row,
                                                   &list_all_stock,
                                                   &list_variant_stock,
                                                   &list_location_stock,
                                                   &list_stock_of_locations,
                                                   &lock_row,
                                                   &change_on_hand,
                                                   &change_limit,
                                                   &add_movement,
                                                   &list_all_movements,
                                                   &list_variant_movements,
                                                   &add_missing_rows,
                                                   &lock_rows,
                                                   &read_rows,
                                                   &lock_free_rows,
                                                   &lock_taken_rows,
                                                   &reserve_units,
                                                   &lock_open_reservations,
                                                   &release_units,
                                                   &ship_units,
                                                   &write_counts,
                                                   &write_limits,
                                                   &load_holdings};
        for (auto const part : {past_statements(), shortage_statements(), check_statements(),
                                mending_statements(), subtotals_mending_statements()})
            out.insert(out.end(), part.begin(), part.end());
        return out;
    }();
    return all;
}

}  // namespace inventory
