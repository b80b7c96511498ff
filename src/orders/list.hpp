// The statements behind the list of orders: one for each index that can give its order.
#pragma once

#include "db/sql_text.hpp"
#include "orders/store.hpp"

namespace orders {

namespace list_sql {
inline constexpr std::string_view columns = R"sql(
    select o.id, o.number, h.status, h.seq, o.placed_at, o.email, o.currency,
           coalesce((select sum(l.total_amount)::bigint from sales.order_lines l where l.order_id = o.id), 0)
             + coalesce((select sum(a.amount)::bigint from sales.order_adjustments a where a.order_id = o.id), 0)
               as total,
           coalesce((select sum(l.quantity)::bigint from sales.order_lines l where l.order_id = o.id), 0) as quantity
)sql";
// $1 the last row's time, $2 its id, $3 and $4 the times between which they were placed, $5 how many.
inline constexpr std::string_view all_newest = R"sql(
      from sales.orders o join sales.order_heads h on h.order_id = o.id
     where (o.placed_at, o.id) < ($1, $2) and o.placed_at > $3 and o.placed_at < $4
     order by o.placed_at desc, o.id desc limit $5)sql";
inline constexpr std::string_view all_oldest = R"sql(
      from sales.orders o join sales.order_heads h on h.order_id = o.id
     where (o.placed_at, o.id) > ($1, $2) and o.placed_at > $3 and o.placed_at < $4
     order by o.placed_at, o.id limit $5)sql";
// $6 the status, by the head's index.
inline constexpr std::string_view status_newest = R"sql(
      from sales.order_heads h join sales.orders o on o.id = h.order_id
     where h.status = $6 and (h.placed_at, h.order_id) < ($1, $2) and h.placed_at > $3 and h.placed_at < $4
     order by h.placed_at desc, h.order_id desc limit $5)sql";
inline constexpr std::string_view status_oldest = R"sql(
      from sales.order_heads h join sales.orders o on o.id = h.order_id
     where h.status = $6 and (h.placed_at, h.order_id) > ($1, $2) and h.placed_at > $3 and h.placed_at < $4
     order by h.placed_at, h.order_id limit $5)sql";
// $6 the status, if any, $7 a pattern for the e-mail address (trigram index), $8 a number (unique index).
inline constexpr std::string_view found_newest = R"sql(
      from sales.orders o join sales.order_heads h on h.order_id = o.id
     where (o.email ilike $7 or o.number = $8) and ($6::text is null or h.status = $6)
       and (o.placed_at, o.id) < ($1, $2) and o.placed_at > $3 and o.placed_at < $4
     order by o.placed_at desc, o.id desc limit $5)sql";
inline constexpr std::string_view found_oldest = R"sql(
      from sales.orders o join sales.order_heads h on h.order_id = o.id
     where (o.email ilike $7 or o.number = $8) and ($6::text is null or h.status = $6)
       and (o.placed_at, o.id) > ($1, $2) and o.placed_at > $3 and o.placed_at < $4
     order by o.placed_at, o.id limit $5)sql";

using moment = core::timestamp;
using all = db::statement<summary_row(moment, core::uuid, moment, moment, std::int64_t)>;
using by_status = db::statement<summary_row(moment, core::uuid, moment, moment, std::int64_t, order_status)>;
using found =
    db::statement<summary_row(moment, core::uuid, moment, moment, std::int64_t, std::optional<order_status>,
                              std::optional<std::string>, std::optional<std::int64_t>)>;
}  // namespace list_sql

inline constexpr list_sql::all list_newest{"orders.list_newest",
                                           db::joined<list_sql::columns, list_sql::all_newest>};
inline constexpr list_sql::all list_oldest{"orders.list_oldest",
                                           db::joined<list_sql::columns, list_sql::all_oldest>};
inline constexpr list_sql::by_status list_status_newest{
    "orders.list_status_newest", db::joined<list_sql::columns, list_sql::status_newest>};
inline constexpr list_sql::by_status list_status_oldest{
    "orders.list_status_oldest", db::joined<list_sql::columns, list_sql::status_oldest>};
inline constexpr list_sql::found search_newest{"orders.search_newest",
                                               db::joined<list_sql::columns, list_sql::found_newest>};
inline constexpr list_sql::found search_oldest{"orders.search_oldest",
                                               db::joined<list_sql::columns, list_sql::found_oldest>};

}  // namespace orders
