#include "inventory/checks.hpp"
#include "inventory/subtotals_beside_ledger.hpp"

#include "db/sql_text.hpp"

namespace inventory {
namespace {

using found = db::statement<work::broken_row()>;

// Of each row that was ever made, whether it is still there or not.
constexpr std::string_view stock_and_ledger = R"sql(
    with ledger as (
        select variant_id, location_id, sum(on_hand_delta) as on_hand, sum(reserved_delta) as reserved
          from inventory.movements group by variant_id, location_id
    ), wrong as (
        select format('stock %s/%s', coalesce(s.variant_id, l.variant_id), coalesce(s.location_id, l.location_id)) as subject,
               case when s.variant_id is null
                    then format('the row is gone; by the ledger on hand %s, reserved %s', l.on_hand, l.reserved)
                    else format('on hand %s, by the ledger %s; reserved %s, by the ledger %s', s.on_hand,
                                coalesce(l.on_hand, 0), s.reserved, coalesce(l.reserved, 0)) end as says
          from inventory.stock s
          full join ledger l on l.variant_id = s.variant_id and l.location_id = s.location_id
         where (s.on_hand, s.reserved) is distinct from (coalesce(l.on_hand, 0), coalesce(l.reserved, 0))
    ))sql";
constexpr found find_stock_beside_ledger{"inventory.find_stock_beside_ledger",
                                         db::joined<stock_and_ledger, work::first_wrong>};

constexpr std::string_view stock_and_promises = R"sql(
    with open as (
        select variant_id, location_id, sum(quantity) as quantity
          from inventory.reservations where state = 'open' group by variant_id, location_id
    ), wrong as (
        select format('stock %s/%s', coalesce(s.variant_id, o.variant_id), coalesce(s.location_id, o.location_id)) as subject,
               format('%s, by the open reservations %s',
                      case when s.variant_id is null then 'the row is gone' else format('reserved %s', s.reserved) end,
                      coalesce(o.quantity, 0)) as says
          from inventory.stock s
          full join open o on o.variant_id = s.variant_id and o.location_id = s.location_id
         where s.reserved is distinct from coalesce(o.quantity, 0)
    ))sql";
constexpr found find_stock_beside_promises{"inventory.find_stock_beside_promises",
                                           db::joined<stock_and_promises, work::first_wrong>};

constexpr std::string_view bounds = R"sql(
    with wrong as (
        select format('stock %s/%s', s.variant_id, s.location_id) as subject,
               format('on hand %s, reserved %s, backorder limit %s, shortage %s instead of %s', s.on_hand, s.reserved,
                      s.backorder_limit, s.shortage, greatest(s.reserved - s.on_hand - s.backorder_limit, 0)) as says
          from inventory.stock s
         where s.on_hand < 0 or s.reserved < 0 or s.backorder_limit < 0
            or s.shortage <> greatest(s.reserved - s.on_hand - s.backorder_limit, 0)
    ))sql";
constexpr found find_stock_out_of_bounds{"inventory.find_stock_out_of_bounds",
                                         db::joined<bounds, work::first_wrong>};

// As past.cpp reads them: a row without any note never had a limit. The order is the key's, backwards.
constexpr std::string_view limits = R"sql(
    with noted as (
        select distinct on (variant_id, location_id) variant_id, location_id, backorder_limit
          from inventory.backorder_limits order by variant_id desc, location_id desc, at desc
    ), wrong as (
        select format('stock %s/%s', coalesce(s.variant_id, n.variant_id), coalesce(s.location_id, n.location_id)) as subject,
               format('%s, the newest noted is %s',
                      case when s.variant_id is null then 'the row is gone' else format('backorder limit %s', s.backorder_limit) end,
                      coalesce(n.backorder_limit, 0)) as says
          from inventory.stock s
          full join noted n on n.variant_id = s.variant_id and n.location_id = s.location_id
         where s.backorder_limit is distinct from coalesce(n.backorder_limit, 0)
    ))sql";
constexpr found find_unnoted_limits{"inventory.find_unnoted_limits", db::joined<limits, work::first_wrong>};

// Each reservation is in the ledger as it is: reserved, and then released or shipped or neither, of the same
// variant and order; and nothing else is.
constexpr std::string_view movements_of_lines = R"sql(
    with noted as (
        select order_id, order_line_id, location_id, variant_id,
               sum(reserved_delta) filter (where kind = 'reserve') as reserved,
               -sum(reserved_delta) filter (where kind = 'release') as released,
               -sum(reserved_delta) filter (where kind = 'ship') as shipped
          from inventory.movements where order_line_id is not null
         group by order_id, order_line_id, location_id, variant_id
    ), wrong as (
        select format('reservation of order line %s at %s', coalesce(r.order_line_id, n.order_line_id),
                      coalesce(r.location_id, n.location_id)) as subject,
               format('%s, in the ledger reserved %s, released %s, shipped %s',
                      case when r.order_line_id is null
                           then format('there is none of order %s and variant %s', n.order_id, n.variant_id)
                           else format('%s units are %s', r.quantity, r.state) end,
                      coalesce(n.reserved, 0), coalesce(n.released, 0), coalesce(n.shipped, 0)) as says
          from inventory.reservations r
          full join noted n on n.order_id = r.order_id and n.order_line_id = r.order_line_id
                           and n.location_id = r.location_id and n.variant_id = r.variant_id
         where case when r.order_line_id is null
                    then n.reserved is null or coalesce(n.released, 0) + coalesce(n.shipped, 0) <> n.reserved
                    else n.reserved is distinct from r.quantity
                      or n.released is distinct from case when r.state = 'released' then r.quantity end
                      or n.shipped is distinct from case when r.state = 'shipped' then r.quantity end end
    ))sql";
constexpr found find_unnoted_reservations{"inventory.find_unnoted_reservations",
                                          db::joined<movements_of_lines, work::first_wrong>};

constexpr std::string_view of_all_rows =
    "with rows as (select distinct variant_id, location_id from inventory.subtotals)";
constexpr std::string_view as_differing = R"sql(, wrong as (
        select format('subtotals of stock %s/%s, %s, at %s', variant_id, location_id, kind, at) as subject,
               format('%s movements with on hand %s and reserved %s; by the ledger %s with %s and %s', said, said_on_hand,
                      said_reserved, movements, on_hand, reserved) as says
          from differing
    ))sql";
constexpr found find_subtotals_beside_ledger{
    "inventory.find_subtotals_beside_ledger",
    db::joined<of_all_rows, subtotals_beside_ledger, as_differing, work::first_wrong>};

}  // namespace

work::check_list checks() {
    static constexpr work::check all[] = {
        {"inventory.ledger", "Stock is what the movements of the ledger add up to.",
         &find_stock_beside_ledger},
        {"inventory.reserved", "What is reserved is what the open reservations add up to.",
         &find_stock_beside_promises},
        {"inventory.bounds", "Nothing is oversold, and what is short is shown as the shortage.",
         &find_stock_out_of_bounds},
        {"inventory.limits", "Stock's backorder limits are the newest that were noted.",
         &find_unnoted_limits},
        {"inventory.reservations", "Each reservation is in the ledger: reserved, then released or shipped.",
         &find_unnoted_reservations},
        {"inventory.subtotals", "Subtotals of the ledger are what its movements up to then add up to.",
         &find_subtotals_beside_ledger}};
    return all;
}

work::statement_list check_statements() {
    static constexpr db::statement_info const* all[] = {
        &find_stock_beside_ledger, &find_stock_beside_promises, &find_stock_out_of_bounds,
        &find_unnoted_limits,      &find_unnoted_reservations,  &find_subtotals_beside_ledger};
    return all;
}

}  // namespace inventory
