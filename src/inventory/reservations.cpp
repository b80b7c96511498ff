// What orders and imports do to stock: arrays in, one statement each, the ledger written beside the rows.
#include "inventory/statements.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace inventory {
namespace {

uuids movement_ids(std::size_t n) {
    uuids out(n);
    std::ranges::generate(out, [] { return core::make_uuid7(); });
    return out;
}

template <class Row, class T>
std::vector<T> column(std::vector<Row> const& rows, T Row::* member) {
    std::vector<T> out;
    out.reserve(rows.size());
    for (Row const& r : rows) out.push_back(r.*member);
    return out;
}

struct listed {  // portion by portion, with who it is of
    allocation portions;
    actor_kinds kinds;
    actor_ids actors;

    explicit listed(std::span<taken const> all) {
        for (taken const& one : all)
            for (portion const& p : *one.what) {
                portions.push_back(p);
                kinds.push_back(one.by->kind);
                actors.push_back(one.by->id);
            }
    }
};

using stock_place = std::pair<core::uuid, core::uuid>;  // variant, location

struct sums {  // over the portions of one stock row
    std::int64_t quantity = 0;
    std::int64_t from_shelf = 0;
};

std::map<stock_place, sums> demand_by_row(std::span<taken const> all) {
    std::map<stock_place, sums> out;
    for (taken const& one : all)
        for (portion const& p : *one.what) {
            sums& row = out[{p.variant_id, p.location_id}];
            row.quantity += p.quantity;
            row.from_shelf += p.quantity - p.backordered;
        }
    return out;
}

}  // namespace

constexpr db::statement<holding(core::uuid)> load_holdings{"inventory.load_holdings", R"sql(
    select r.order_line_id, r.location_id, r.quantity, r.state
      from inventory.reservations r
      join inventory.locations l on l.id = r.location_id
     where r.order_id = $1
     order by r.order_line_id, l.priority, r.location_id)sql"};

db::ticket<stock_row> lock_stock(db::transaction& t, std::vector<core::uuid> const& variants) {
    return t.add(lock_rows, variants);
}

db::ticket<stock_row> read_stock(db::transaction& t, std::vector<core::uuid> const& variants) {
    return t.add(read_rows, variants);
}

db::ticket<room> lock_taken(db::transaction& t, std::span<taken const> all) {
    uuids variants, locations;
    for (auto const& [place, demand] : demand_by_row(all)) {
        variants.push_back(place.first);
        locations.push_back(place.second);
    }
    return t.add(lock_taken_rows, variants, locations);
}

bool has_room(std::vector<room> const& locked, std::span<taken const> all) {
    auto wanted = demand_by_row(all);
    for (room const& r : locked) {
        auto const found = wanted.find({r.variant_id, r.location_id});
        if (found == wanted.end()) continue;
        sums const& demand = found->second;
        if (demand.quantity <= r.units && demand.from_shelf <= r.on_shelf) wanted.erase(found);
    }
    return wanted.empty();
}

db::ticket<seen_row> lock_free_stock(db::transaction& t, std::vector<core::uuid> const& variants) {
    return t.add(lock_free_rows, variants);
}

void reserve(db::transaction& t, std::span<taken const> all) {
    listed const l(all);
    t.add(reserve_units, movement_ids(l.portions.size()), column(l.portions, &portion::order_id),
          column(l.portions, &portion::order_line_id), column(l.portions, &portion::variant_id),
          column(l.portions, &portion::location_id), column(l.portions, &portion::quantity), l.kinds,
          l.actors);
}

db::ticket<portion> lock_reserved(db::transaction& t, std::vector<core::uuid> const& orders) {
    return t.add(lock_open_reservations, orders);
}

void settle(db::transaction& t, settlement how, std::span<taken const> all) {
    listed const l(all);
    if (l.portions.empty()) return;
    t.add(how == settlement::release ? release_units : ship_units, movement_ids(l.portions.size()),
          column(l.portions, &portion::order_id), column(l.portions, &portion::order_line_id),
          column(l.portions, &portion::location_id), l.kinds, l.actors);
}

db::ticket<std::int64_t> set_on_hand(db::transaction& t, std::vector<counted> const& what,
                                     work::actor const& by) {
    if (what.size() > counted_max) throw std::logic_error("more stock counts in one call than counted_max");
    auto const variants = column(what, &counted::variant_id);
    auto const locations = column(what, &counted::location_id);
    t.add(add_missing_rows, variants, locations);
    return t.add(write_counts, movement_ids(what.size()), variants, locations,
                 column(what, &counted::on_hand), by.kind, by.id);
}

void set_backorder_limits(db::transaction& t, std::vector<backorders> const& what) {
    if (what.size() > counted_max)
        throw std::logic_error("more backorder limits in one call than counted_max");
    t.add(write_limits, column(what, &backorders::variant_id), column(what, &backorders::location_id),
          column(what, &backorders::limit));
}

}  // namespace inventory
