// What other domains may know of stock. Inventory stands below the catalogue: it knows variants as
// ids only, so that the catalogue's own reads can tell in the same round trip what can be sold.
#pragma once

#include <string_view>

namespace inventory {

// A scalar subquery (bigint) for a statement that has a variant in scope as `v.id`: the units that can be
// sold now over all locations, backorders included. The shortage is never sold.
inline constexpr std::string_view available_sql =
    "(select coalesce(sum(greatest(s.on_hand + s.backorder_limit - s.reserved, 0)), 0)::bigint"
    " from inventory.stock s where s.variant_id = v.id)";

}  // namespace inventory
