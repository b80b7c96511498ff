#include "orders/places.hpp"

#include <algorithm>
#include <map>

namespace orders {
namespace {

using uuids = std::vector<core::uuid>;

constexpr db::statement<db::none(uuids, uuids, std::vector<core::timestamp>, std::vector<std::int64_t>)>
    insert_place_rows{"orders.insert_places", R"sql(
    insert into sales.order_places (order_id, location_id, status, placed_at, quantity)
    select w.order_id, w.location_id, 'pending', w.placed_at, w.quantity
      from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[])
        as w (order_id, location_id, placed_at, quantity))sql"};

}  // namespace

void insert_places(db::transaction& t, std::span<order_record const> all,
                   std::span<inventory::allocation const> what) {
    uuids orders_of, locations;
    std::vector<core::timestamp> at;
    std::vector<std::int64_t> quantities;
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::map<core::uuid, std::int64_t> units;  // by location
        for (inventory::portion const& p : what[i]) units[p.location_id] += p.quantity;
        for (auto const& [location, quantity] : units) {
            orders_of.push_back(all[i].id);
            locations.push_back(location);
            at.push_back(all[i].placed_at);
            quantities.push_back(quantity);
        }
    }
    t.add(insert_place_rows, orders_of, locations, at, quantities);
}

bool touches(http::reach const& where, order_record const& o) {
    return where.is_everywhere() || std::ranges::any_of(o.holdings, [&](inventory::holding const& h) {
               return where.includes(h.location_id);
           });
}

bool covers(http::reach const& where, order_record const& o) {
    return where.is_everywhere() ||
           (!where.is_nowhere() &&
            std::ranges::all_of(o.holdings, [&](auto const& h) { return where.includes(h.location_id); }));
}

bool touches(http::reach const& where, order_record const& o, line_record const& line) {
    return where.is_everywhere() || std::ranges::any_of(o.holdings, [&](inventory::holding const& h) {
               return h.order_line_id == line.id && where.includes(h.location_id);
           });
}

work::statement_list place_statements() {
    static constexpr db::statement_info const* all[] = {&insert_place_rows};
    return all;
}

}  // namespace orders
