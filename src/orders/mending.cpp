// `carrack verify --repair` of what is kept beside an order's history: its head and its places.
#include "orders/checks.hpp"

#include "audit/audit.hpp"
#include "db/sql_text.hpp"
#include "inventory/inventory.hpp"

namespace orders {
namespace {

constexpr std::string_view to_mend_begins = R"sql(
    with newest as (
        select distinct on (order_id) order_id, seq, status, at
          from sales.order_status_history order by order_id, seq desc
    ), lying as (
        select r.order_id, r.location_id, sum(r.quantity)::bigint as quantity
          from )sql";
constexpr std::string_view to_mend_ends = R"sql( r group by r.order_id, r.location_id
    ), misplaced as (
        select coalesce(p.order_id, l.order_id) as order_id
          from sales.order_places p
          full join lying l on l.order_id = p.order_id and l.location_id = p.location_id
          left join newest n on n.order_id = coalesce(p.order_id, l.order_id)
          left join sales.orders o on o.id = coalesce(p.order_id, l.order_id)
         where (p.quantity, p.status, p.placed_at) is distinct from (l.quantity, n.status, o.placed_at)
    )
    select o.id as value
      from sales.orders o
      join newest n on n.order_id = o.id
      left join sales.order_heads h on h.order_id = o.id
     where o.id > $1
       and ((h.seq, h.status, h.changed_at, h.placed_at) is distinct from (n.seq, n.status, n.at, o.placed_at)
            or exists (select from misplaced m where m.order_id = o.id))
     order by o.id limit 1000)sql";
constexpr db::statement<core::uuid(core::uuid)> find_orders_to_mend{
    "orders.find_orders_to_mend", db::joined<to_mend_begins, inventory::reservations_sql, to_mend_ends>};

// Where there is no head to lock, a step that comes meanwhile finds none either.
constexpr db::statement<std::int32_t(core::uuid)> lock_head_to_mend{
    "orders.lock_head_to_mend",
    "select seq as value from sales.order_heads where order_id = $1 for no key update"};

struct kept_beside {
    std::string head;
    std::string places;
};
BOOST_DESCRIBE_STRUCT(kept_beside, (), (head, places))

constexpr db::statement<kept_beside(core::uuid)> look_beside{"orders.look_beside", R"sql(
    select coalesce((select format('%s %s %s %s', seq, status, changed_at, placed_at)
                       from sales.order_heads where order_id = $1), '') as head,
           coalesce((select string_agg(format('%s %s %s %s', location_id, quantity, status, placed_at), '; ' order by location_id)
                       from sales.order_places where order_id = $1), '') as places)sql"};

constexpr db::statement<db::none(core::uuid)> rebuild_head{"orders.rebuild_head", R"sql(
    insert into sales.order_heads as h (order_id, seq, status, placed_at, changed_at)
    select o.id, n.seq, n.status, o.placed_at, n.at
      from sales.orders o
      join sales.order_status_history n on n.order_id = o.id
     where o.id = $1
     order by n.seq desc limit 1
        on conflict (order_id) do update
       set seq = excluded.seq, status = excluded.status, placed_at = excluded.placed_at, changed_at = excluded.changed_at
     where (h.seq, h.status, h.placed_at, h.changed_at)
           is distinct from (excluded.seq, excluded.status, excluded.placed_at, excluded.changed_at))sql"};

constexpr std::string_view stray_begins = R"sql(
    delete from sales.order_places p
     where p.order_id = $1
       and not exists (select from )sql";
constexpr std::string_view stray_ends =
    R"sql( r where r.order_id = $1 and r.location_id = p.location_id))sql";
constexpr db::statement<db::none(core::uuid)> remove_stray_places{
    "orders.remove_stray_places", db::joined<stray_begins, inventory::reservations_sql, stray_ends>};

constexpr std::string_view places_begin = R"sql(
    insert into sales.order_places as p (order_id, location_id, status, placed_at, quantity)
    select r.order_id, r.location_id, h.status, h.placed_at, sum(r.quantity)::bigint
      from )sql";
constexpr std::string_view places_end = R"sql( r
      join sales.order_heads h on h.order_id = r.order_id
     where r.order_id = $1
     group by r.order_id, r.location_id, h.status, h.placed_at
        on conflict (order_id, location_id) do update
       set status = excluded.status, placed_at = excluded.placed_at, quantity = excluded.quantity
     where (p.status, p.placed_at, p.quantity) is distinct from (excluded.status, excluded.placed_at, excluded.quantity))sql";
constexpr db::statement<db::none(core::uuid)> rebuild_places{
    "orders.rebuild_places", db::joined<places_begin, inventory::reservations_sql, places_end>};

core::task<core::result<bool>> mend_order(db::transaction& t, core::uuid order, work::actor const& by) {
    t.add(lock_head_to_mend, order);
    auto const was = t.add(look_beside, order);
    auto const head = t.add(rebuild_head, order);
    auto const strays = t.add(remove_stray_places, order);
    auto const places = t.add(rebuild_places, order);
    auto const is = t.add(look_beside, order);
    co_await t.run();
    bool const mended = head.affected() + strays.affected() + places.affected() > 0;
    if (mended) audit::record(t, by, "orders", order, audit::changed(was.one(), is.one()));
    co_await t.commit();
    co_return mended;
}

core::task<std::int64_t> mend_orders(db::scope in, work::actor by) {
    std::int64_t mended = 0;
    core::uuid after{};
    for (;;) {
        auto const rows = co_await in.all(find_orders_to_mend, after);
        for (core::uuid const order : rows) {
            auto const body = [&](db::transaction& t) { return mend_order(t, order, by); };
            auto const done = co_await in.transact({}, body);
            mended += done && *done ? 1 : 0;
        }
        if (rows.empty()) co_return mended;
        after = rows.back();
    }
}

}  // namespace

work::mending_list mendings() {
    static constexpr work::mending all[] = {{"orders", &mend_orders}};
    return all;
}

work::statement_list mending_statements() {
    static constexpr db::statement_info const* all[] = {&find_orders_to_mend, &lock_head_to_mend,
                                                        &look_beside,         &rebuild_head,
                                                        &remove_stray_places, &rebuild_places};
    return all;
}

}  // namespace orders
