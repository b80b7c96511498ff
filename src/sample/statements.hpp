// Whether there is a shop already, asked under a lock: two processes that start at once load one sample.
#pragma once

#include "core/time.hpp"
#include "work/statements.hpp"

#include <string>
#include <vector>

namespace sample {

inline constexpr db::statement<bool()> is_empty{"sample.is_empty", R"sql(
    select not exists (select from catalog.products) and not exists (select from sales.orders) as value)sql"};

inline constexpr db::statement<bool(std::string, std::string)> is_the_sample{"sample.is_the_sample", R"sql(
    select exists (select from identity.users where email = $1)
       and exists (select from catalog.products where handle = $2) as value)sql"};

// Until the transaction ends.
inline constexpr db::statement<bool()> one_at_a_time{
    "sample.one_at_a_time", "select true as value from pg_advisory_xact_lock(7205759403792794)"};

// ---- the past: see chronicle.hpp ----

using moments = std::vector<core::timestamp>;

inline constexpr db::statement<core::timestamp()> clock_now{"sample.clock_now",
                                                            "select clock_timestamp() as value"};

inline constexpr db::statement<bool()> may_date_back{"sample.may_date_back", R"sql(
    select bool_and(has_table_privilege(c.oid, 'update')) as value
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where (n.nspname, c.relname) in (('sales', 'orders'), ('sales', 'order_status_history'), ('sales', 'payments'),
           ('sales', 'payment_events'), ('inventory', 'movements'), ('audit', 'entries'), ('catalog', 'products'))
)sql"};

// Each takes the moments when parts of the work began, and when those are said to have been.
inline constexpr db::statement<db::none(moments, moments)> date_back_orders{"sample.date_back_orders", R"sql(
    with part as materialized (
        select real, shown, lead(real, 1, 'infinity') over (order by real) as until
          from unnest($1::timestamptz[], $2::timestamptz[]) as u (real, shown)),
    placed as (
        update sales.orders o set placed_at = p.shown + (o.placed_at - p.real)
          from part p where o.placed_at >= p.real and o.placed_at < p.until),
    moved as (
        update sales.order_status_history h set at = p.shown + (h.at - p.real)
          from part p where h.at >= p.real and h.at < p.until),
    asked as (
        update sales.payments y set created_at = p.shown + (y.created_at - p.real)
          from part p where y.created_at >= p.real and y.created_at < p.until)
    update sales.payment_events e set at = p.shown + (e.at - p.real)
      from part p where e.at >= p.real and e.at < p.until)sql"};

inline constexpr db::statement<db::none(moments, moments)> date_back_goods{"sample.date_back_goods", R"sql(
    with part as materialized (
        select real, shown, lead(real, 1, 'infinity') over (order by real) as until
          from unnest($1::timestamptz[], $2::timestamptz[]) as u (real, shown)),
    goods as (
        update catalog.products g
           set created_at = p.shown + (g.created_at - p.real),
               updated_at = p.shown + (g.created_at - p.real),
               published_at = case when g.published_at is not null then p.shown + (g.created_at - p.real) end,
               archived_at = case when g.archived_at is not null then p.shown + (g.created_at - p.real) end
          from part p where g.created_at >= p.real and g.created_at < p.until),
    kinds as (
        update catalog.variants v set created_at = p.shown + (v.created_at - p.real)
          from part p where v.created_at >= p.real and v.created_at < p.until),
    staff as (
        update identity.users w set created_at = p.shown + (w.created_at - p.real),
                                    updated_at = p.shown + (w.created_at - p.real)
          from part p where w.created_at >= p.real and w.created_at < p.until),
    places as (
        update inventory.locations l set created_at = p.shown + (l.created_at - p.real)
          from part p where l.created_at >= p.real and l.created_at < p.until)
    update catalog.categories c set created_at = p.shown + (c.created_at - p.real)
      from part p where c.created_at >= p.real and c.created_at < p.until)sql"};

// Ledger and audit trail are listed by their ids, which are of version 7: they get those of their time.
inline constexpr db::statement<db::none(moments, moments)> date_back_trail{"sample.date_back_trail", R"sql(
    with part as materialized (
        select real, shown, lead(real, 1, 'infinity') over (order by real) as until
          from unnest($1::timestamptz[], $2::timestamptz[]) as u (real, shown)),
    dated as materialized (
        select x.id, p.shown + (x.at - p.real) as at,
               (extract(epoch from p.shown + (x.at - p.real)) * 1000000)::bigint as us
          from (select id, at from inventory.movements union all select id, at from audit.entries) x
          join part p on x.at >= p.real and x.at < p.until),
    named as materialized (
        select id, at, (lpad(to_hex(us / 1000), 12, '0') || '7' || lpad(to_hex(us % 1000 * 4096 / 1000), 3, '0')
                        || substr(replace(id::text, '-', ''), 17))::uuid as new_id
          from dated),
    ledger as (
        update inventory.movements m set id = n.new_id, at = n.at from named n where m.id = n.id)
    update audit.entries e set id = n.new_id, at = n.at from named n where e.id = n.id)sql"};

// Of orders, by what their history says now.
inline constexpr db::statement<db::none()> date_back_heads{"sample.date_back_heads", R"sql(
    with heads as (
        update sales.order_heads h set placed_at = o.placed_at, changed_at = s.at
          from sales.orders o, sales.order_status_history s
         where o.id = h.order_id and s.order_id = h.order_id and s.seq = h.seq)
    update sales.order_places p set placed_at = o.placed_at from sales.orders o where o.id = p.order_id)sql"};

// What has one of our names below /sample/ of another address; who has seen the product is told that it
// changed.
inline constexpr db::statement<db::none(std::string, std::vector<std::string>)> readdress_pictures{
    "sample.readdress_pictures", R"sql(
    with moved as (
        update catalog.media set url = $1 || substring(url from '[^/]*$')
         where url ~ '^https?://[^/]+/sample/[^/]+$' and substring(url from '[^/]*$') = any($2)
           and url <> $1 || substring(url from '[^/]*$')
        returning product_id)
    update catalog.products set version = version + 1, updated_at = clock_timestamp()
     where id in (select product_id from moved))sql"};

work::statement_list statements();

}  // namespace sample
