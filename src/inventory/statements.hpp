// The statements that orders and imports cause: set-based, one for any number of rows. Arrays of one call
// are of one length.
#pragma once

#include "inventory/inventory.hpp"

namespace inventory {

using uuids = std::vector<core::uuid>;
using integers = std::vector<std::int64_t>;
using actor_kinds = std::vector<http::principal_kind>;
using actor_ids = std::vector<std::optional<core::uuid>>;

inline constexpr db::statement<db::none(uuids, uuids)> add_missing_rows{"inventory.add_missing_rows", R"sql(
    insert into inventory.stock (variant_id, location_id)
    select w.variant_id, w.location_id from unnest($1::uuid[], $2::uuid[]) as w (variant_id, location_id)
     order by 1, 2
    on conflict (variant_id, location_id) do nothing)sql"};

inline constexpr db::statement<stock_row(uuids)> lock_rows{"inventory.lock_rows", R"sql(
    select s.variant_id, s.location_id, l.priority, s.on_hand, s.reserved, s.backorder_limit
      from inventory.stock s join inventory.locations l on l.id = s.location_id
     where s.variant_id = any($1) and l.archived_at is null
     order by s.variant_id, s.location_id
       for no key update of s)sql"};

inline constexpr db::statement<stock_row(uuids)> read_rows{"inventory.read_rows", R"sql(
    select s.variant_id, s.location_id, l.priority, s.on_hand, s.reserved, s.backorder_limit
      from inventory.stock s join inventory.locations l on l.id = s.location_id
     where s.variant_id = any($1) and l.archived_at is null
     order by s.variant_id, s.location_id)sql"};

inline constexpr db::statement<room(uuids, uuids)> lock_taken_rows{"inventory.lock_taken_rows", R"sql(
    select s.variant_id, s.location_id, s.on_hand + s.backorder_limit - s.reserved as units,
           greatest(s.on_hand - s.reserved, 0) as on_shelf
      from unnest($1::uuid[], $2::uuid[]) as w (variant_id, location_id)
      join inventory.stock s on s.variant_id = w.variant_id and s.location_id = w.location_id
     order by s.variant_id, s.location_id
       for no key update of s)sql"};

inline constexpr db::statement<seen_row(uuids)> lock_free_rows{"inventory.lock_free_rows", R"sql(
    with free as (
        select s.variant_id, s.location_id, s.on_hand, s.reserved, s.backorder_limit
          from inventory.stock s
         where s.variant_id = any($1)
         order by s.variant_id, s.location_id
           for no key update skip locked
    )
    select s.variant_id, s.location_id, l.priority, coalesce(f.on_hand, s.on_hand) as on_hand,
           coalesce(f.reserved, s.reserved) as reserved,
           coalesce(f.backorder_limit, s.backorder_limit) as backorder_limit, f.variant_id is not null as locked
      from inventory.stock s
      join inventory.locations l on l.id = s.location_id
      left join free f on f.variant_id = s.variant_id and f.location_id = s.location_id
     where s.variant_id = any($1) and l.archived_at is null
     order by s.variant_id, s.location_id)sql"};

// movement ids, orders, lines, variants, locations, quantities; who.
inline constexpr db::statement<db::none(uuids, uuids, uuids, uuids, uuids, integers, actor_kinds, actor_ids)>
    reserve_units{"inventory.reserve_units", R"sql(
    with wanted as (
        select w.movement_id, w.order_id, w.order_line_id, w.variant_id, w.location_id, w.quantity, w.actor_kind,
               w.actor_id
          from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[], $8::uuid[])
            as w (movement_id, order_id, order_line_id, variant_id, location_id, quantity, actor_kind, actor_id)
    ), held as (
        insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity)
        select order_line_id, location_id, variant_id, order_id, quantity from wanted
    ), noted as (
        insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason,
                                         order_id, order_line_id, actor_kind, actor_id)
        select movement_id, variant_id, location_id, 'reserve', 0, quantity, 'order_placed', order_id, order_line_id,
               actor_kind, actor_id
          from wanted
    )
    update inventory.stock s
       set reserved = s.reserved + d.quantity, version = s.version + 1
      from (select variant_id, location_id, sum(quantity)::bigint as quantity from wanted group by 1, 2) d
     where s.variant_id = d.variant_id and s.location_id = d.location_id)sql"};

inline constexpr db::statement<portion(uuids)> lock_open_reservations{"inventory.lock_open_reservations",
                                                                      R"sql(
    select r.order_id, r.order_line_id, r.variant_id, r.location_id, r.quantity
      from inventory.reservations r
      join inventory.stock s on s.variant_id = r.variant_id and s.location_id = r.location_id
     where r.order_id = any($1) and r.state = 'open'
     order by r.variant_id, r.location_id, r.order_line_id
       for no key update of s)sql"};

// The reservation's state moves once, from open; what did not move moves no stock. movement ids, orders,
// lines, locations; who, of each.
inline constexpr db::statement<db::none(uuids, uuids, uuids, uuids, actor_kinds, actor_ids)> release_units{
    "inventory.release_units", R"sql(
    with settled as (
        update inventory.reservations r set state = 'released'
          from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[])
            as w (movement_id, order_id, order_line_id, location_id, actor_kind, actor_id)
         where r.order_id = w.order_id and r.order_line_id = w.order_line_id and r.location_id = w.location_id
           and r.state = 'open'
        returning w.movement_id, w.actor_kind, w.actor_id, r.order_id, r.order_line_id, r.variant_id, r.location_id,
                  r.quantity
    ), noted as (
        insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason,
                                         order_id, order_line_id, actor_kind, actor_id)
        select movement_id, variant_id, location_id, 'release', 0, -quantity, 'order_cancelled', order_id, order_line_id,
               actor_kind, actor_id
          from settled
    )
    update inventory.stock s
       set reserved = s.reserved - d.quantity, version = s.version + 1,
           shortage = least(s.shortage, greatest(s.reserved - d.quantity - s.on_hand - s.backorder_limit, 0))
      from (select variant_id, location_id, sum(quantity)::bigint as quantity from settled group by 1, 2) d
     where s.variant_id = d.variant_id and s.location_id = d.location_id)sql"};

// As release_units, but the units leave the shelf. First come, first served: what is on hand covers every
// open reservation of the row up to the newest that ships, or the row gets a count of -1, which breaks
// stock_not_oversold and undoes it all. While all of a row's promises lie there, nothing is summed.
inline constexpr db::statement<db::none(uuids, uuids, uuids, uuids, actor_kinds, actor_ids)> ship_units{
    "inventory.ship_units", R"sql(
    with settled as (
        update inventory.reservations r set state = 'shipped'
          from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[])
            as w (movement_id, order_id, order_line_id, location_id, actor_kind, actor_id)
         where r.order_id = w.order_id and r.order_line_id = w.order_line_id and r.location_id = w.location_id
           and r.state = 'open'
        returning w.movement_id, w.actor_kind, w.actor_id, r.order_id, r.order_line_id, r.variant_id, r.location_id,
                  r.quantity, r.seq
    ), noted as (
        insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason,
                                         order_id, order_line_id, actor_kind, actor_id)
        select movement_id, variant_id, location_id, 'ship', -quantity, -quantity, 'order_shipped', order_id, order_line_id,
               actor_kind, actor_id
          from settled
    )
    update inventory.stock s
       set on_hand = case when s.on_hand >= s.reserved then s.on_hand - d.quantity
                          when s.on_hand >= (select sum(r.quantity) from inventory.reservations r
                                              where r.variant_id = s.variant_id and r.location_id = s.location_id
                                                and r.state = 'open' and r.seq <= d.newest)
                          then s.on_hand - d.quantity
                          else -1 end,
           reserved = s.reserved - d.quantity, version = s.version + 1
      from (select variant_id, location_id, sum(quantity)::bigint as quantity, max(seq) as newest
              from settled group by 1, 2) d
     where s.variant_id = d.variant_id and s.location_id = d.location_id)sql"};

// movement ids, variants, locations, counts; who. Rows whose count is what they say are left alone. Gives the
// sum of the differences.
inline constexpr db::statement<std::int64_t(uuids, uuids, uuids, integers, http::principal_kind,
                                            std::optional<core::uuid>)>
    write_counts{"inventory.write_counts", R"sql(
    with counted as (
        select s.variant_id, s.location_id, w.movement_id, w.on_hand, w.on_hand - s.on_hand as difference
          from inventory.stock s
          join unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
            as w (movement_id, variant_id, location_id, on_hand)
            on s.variant_id = w.variant_id and s.location_id = w.location_id
         order by s.variant_id, s.location_id
           for no key update of s
    ), noted as (
        insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason,
                                         actor_kind, actor_id)
        select movement_id, variant_id, location_id, 'adjust', difference, 0, 'import', $5, $6
          from counted where difference <> 0
    ), written as (
        update inventory.stock s
           set on_hand = s.on_hand + c.difference, version = s.version + 1,
               shortage = greatest(s.reserved - c.on_hand - s.backorder_limit, 0)
          from counted c
         where s.variant_id = c.variant_id and s.location_id = c.location_id and c.difference <> 0
    )
    select coalesce(sum(difference), 0)::bigint as value from counted)sql"};

// variants, locations, limits. Rows whose limit is what they say are left alone.
inline constexpr db::statement<db::none(uuids, uuids, integers)> write_limits{"inventory.write_limits", R"sql(
    with wanted as (
        select s.variant_id, s.location_id, w.backorder_limit
          from inventory.stock s
          join unnest($1::uuid[], $2::uuid[], $3::bigint[]) as w (variant_id, location_id, backorder_limit)
            on s.variant_id = w.variant_id and s.location_id = w.location_id
         where s.backorder_limit <> w.backorder_limit
         order by s.variant_id, s.location_id
           for no key update of s
    ), noted as (
        insert into inventory.backorder_limits (variant_id, location_id, backorder_limit)
        select variant_id, location_id, backorder_limit from wanted
    )
    update inventory.stock s
       set backorder_limit = w.backorder_limit, version = s.version + 1,
           shortage = greatest(s.reserved - s.on_hand - w.backorder_limit, 0)
      from wanted w
     where s.variant_id = w.variant_id and s.location_id = w.location_id)sql"};

}  // namespace inventory
