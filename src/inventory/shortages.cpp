#include "inventory/shortages.hpp"

namespace inventory {
namespace {

using uuids = std::vector<core::uuid>;
using integers = std::vector<std::int64_t>;
using maybe_uuid = std::optional<core::uuid>;

// Along the index of what is short, which is little.
constexpr db::statement<stock_record(core::uuid, core::uuid, maybe_uuid, maybe_uuid,
                                     std::optional<http::locations>, std::int64_t)>
    list_short_rows{"inventory.list_short_rows", R"sql(
    select variant_id, location_id, on_hand, reserved, backorder_limit, shortage, version
      from inventory.stock
     where shortage > 0 and (variant_id, location_id) > ($1, $2)
       and ($3::uuid is null or variant_id = $3) and ($4::uuid is null or location_id = $4)
       and ($5::uuid[] is null or location_id = any($5))
     order by variant_id, location_id limit $6)sql"};

// variants, locations, shortages, promised beyond what lies there; so many of each.
constexpr db::statement<short_reservation(uuids, uuids, integers, integers, std::int64_t)> list_short_orders{
    "inventory.list_short_orders", R"sql(
    select w.variant_id, w.location_id, a.order_id, a.order_line_id, a.quantity,
           least(a.quantity, w.missing - a.newer)::bigint as missing,
           least(a.quantity, w.shortage - a.newer)::bigint as shortage
      from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
              with ordinality as w (variant_id, location_id, shortage, missing, place)
     cross join lateral (
           select r.order_id, r.order_line_id, r.quantity, r.seq,
                  sum(r.quantity) over (order by r.seq desc) - r.quantity as newer
             from (select i.order_id, i.order_line_id, i.quantity, i.seq from inventory.reservations i
                    where i.variant_id = w.variant_id and i.location_id = w.location_id and i.state = 'open'
                    order by i.seq desc limit $5) r) a
     where a.newer < w.shortage
     order by w.place, a.seq desc)sql"};

constexpr db::statement<db::none(core::uuid, core::uuid, std::int64_t, core::uuid, std::int64_t, std::string,
                                 http::principal_kind, maybe_uuid)>
    write_one_count{"inventory.write_count", R"sql(
    with noted as (
        insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, note,
                                         actor_kind, actor_id)
        values ($4, $1, $2, 'adjust', $5, 0, 'counted', $6, $7, $8)
    )
    update inventory.stock
       set on_hand = $3, version = version + 1, shortage = greatest(reserved - $3 - backorder_limit, 0)
     where variant_id = $1 and location_id = $2)sql"};

template <class On>
db::ticket<short_reservation> queue(On& in, std::vector<stock_record> const& rows, std::int64_t most) {
    uuids variants, locations;
    integers shortages, missing;
    for (stock_record const& s : rows) {
        variants.push_back(s.variant_id);
        locations.push_back(s.location_id);
        shortages.push_back(s.shortage);
        missing.push_back(s.reserved - s.on_hand);
    }
    return in.add(list_short_orders, variants, locations, shortages, missing, most);
}

}  // namespace

core::task<std::vector<stock_record>> load_short_rows(db::scope in, http::reach where, maybe_uuid variant,
                                                      maybe_uuid location, stock_key after,
                                                      std::int64_t limit) {
    co_return co_await in.all(list_short_rows, after.variant_id, after.location_id, variant, location,
                              where.listed(), limit);
}

db::ticket<short_reservation> queue_short(db::batch& in, std::vector<stock_record> const& rows,
                                          std::int64_t most) {
    return queue(in, rows, most);
}
db::ticket<short_reservation> queue_short(db::transaction& in, std::vector<stock_record> const& rows,
                                          std::int64_t most) {
    return queue(in, rows, most);
}

void write_count(db::transaction& t, stock_record const& before, stock_record const& after, std::string note,
                 work::actor const& by) {
    t.add(write_one_count, after.variant_id, after.location_id, after.on_hand, core::make_uuid7(),
          after.on_hand - before.on_hand, note, by.kind, by.id);
}

work::statement_list shortage_statements() {
    static constexpr db::statement_info const* all[] = {&list_short_rows, &list_short_orders,
                                                        &write_one_count};
    return all;
}

}  // namespace inventory
