// Subtotals that are not what the ledger's movements up to their instant add up to, kind by kind.
#pragma once

#include "db/sql_text.hpp"

namespace inventory {

// Goes on after "with rows as (…)", the stock rows in question, and ends with `differing`: what the subtotals
// say, zero where they lack a kind, and what the ledger says.
inline constexpr std::string_view subtotals_beside_ledger = R"sql(, said as (
        select t.variant_id, t.location_id, t.at, t.kind, t.version, t.movements, t.on_hand, t.reserved
          from inventory.subtotals t join rows using (variant_id, location_id)
    ), moved as (
        select m.variant_id, m.location_id, m.kind, m.at, m.on_hand_delta, m.reserved_delta
          from inventory.movements m join rows using (variant_id, location_id)
    ), kinds as (
        select variant_id, location_id, kind from moved union select variant_id, location_id, kind from said
    ), instants as (
        select variant_id, location_id, at, max(version) as version from said group by variant_id, location_id, at
    ), points as (
        select variant_id, location_id, kind, at, 1 as one, on_hand_delta, reserved_delta, null::bigint as version from moved
        union all
        select i.variant_id, i.location_id, k.kind, i.at, 0, 0, 0, i.version
          from instants i join kinds k using (variant_id, location_id)
    ), sums as (
        select variant_id, location_id, kind, at, version, sum(one) over up_to as movements,
               sum(on_hand_delta) over up_to as on_hand, sum(reserved_delta) over up_to as reserved
          from points window up_to as (partition by variant_id, location_id, kind order by at)
    ), differing as (
        select s.variant_id, s.location_id, s.kind, s.at, s.version, s.movements, s.on_hand, s.reserved,
               coalesce(t.movements, 0) as said, coalesce(t.on_hand, 0) as said_on_hand,
               coalesce(t.reserved, 0) as said_reserved
          from sums s left join said t using (variant_id, location_id, at, kind)
         where s.version is not null
           and (coalesce(t.movements, 0), coalesce(t.on_hand, 0), coalesce(t.reserved, 0))
               is distinct from (s.movements, s.on_hand, s.reserved)
    ))sql";

}  // namespace inventory
