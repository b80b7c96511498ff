// `carrack verify --repair` of what is kept beside an order's history: its head, its places, and in which
// state its reservations are.
#include "orders/checks.hpp"

#include "audit/audit.hpp"
#include "db/sql_text.hpp"
#include "inventory/inventory.hpp"

namespace orders {
namespace {

// A history that leaves the machine's ways tells nothing: somebody has to look.
constexpr std::string_view newest_of_lawful = R"sql(
    with newest as (
        select distinct on (order_id) order_id, seq, status, at,
               case status when 'cancelled' then 'released' when 'shipped' then 'shipped' when 'delivered' then 'shipped'
                    else 'open' end as holding
          from sales.order_status_history n
         where not exists (select from sales.order_status_history h
                             left join sales.order_status_history p on p.order_id = h.order_id and p.seq = h.seq - 1
                            where h.order_id = n.order_id
                              and case when h.seq = 0 then h.status <> 'pending'
                                       else not exists (select from sales.order_transition t
                                                         where t.from_status = p.status and t.to_status = h.status) end)
         order by order_id, seq desc
    ))sql";

constexpr std::string_view to_mend_begins = R"sql(, lying as (
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
       and ((h.seq, h.status, h.changed_at, h.placed_at, h.payment_due_at)
            is distinct from (n.seq, n.status, n.at, o.placed_at, )sql";
constexpr std::string_view to_mend_misplaced = R"sql()
            or exists (select from misplaced m where m.order_id = o.id))
       and not exists (select from )sql";
// What has left the house for an order that did not says that its history lacks a step.
constexpr std::string_view to_mend_agrees = R"sql( r where r.order_id = o.id and r.state <> n.holding)
     order by o.id limit 1000)sql";
constexpr db::statement<core::uuid(core::uuid)> find_orders_to_mend{
    "orders.find_orders_to_mend",
    db::joined<newest_of_lawful, to_mend_begins, inventory::reservations_sql, to_mend_ends, due_of_head,
               to_mend_misplaced, inventory::reservations_sql, to_mend_agrees>};

constexpr std::string_view held_begins = R"sql(, held as (
        select r.order_id, r.order_line_id, sum(r.quantity) as quantity, min(r.state) as state, max(r.state) as other_state
          from )sql";
constexpr std::string_view held_ends = R"sql( r group by r.order_id, r.order_line_id
    )
    select distinct l.order_id as value
      from sales.order_lines l
      join newest n on n.order_id = l.order_id
      left join held r on r.order_id = l.order_id and r.order_line_id = l.id
     where l.order_id > $1
       and (l.quantity, n.holding, n.holding) is distinct from (r.quantity, r.state, r.other_state)
     order by l.order_id limit 1000)sql";
constexpr db::statement<core::uuid(core::uuid)> find_holdings_to_mend{
    "orders.find_holdings_to_mend",
    db::joined<newest_of_lawful, held_begins, inventory::reservations_sql, held_ends>};

struct due_holding {
    std::vector<core::uuid> lines;
    std::string state;  // of a reservation
};
BOOST_DESCRIBE_STRUCT(due_holding, (), (lines, state))

constexpr std::string_view holding_of_one = R"sql(
    select array(select l.id from sales.order_lines l where l.order_id = $1) as lines, n.holding as state
      from newest n where n.order_id = $1)sql";
constexpr db::statement<due_holding(core::uuid)> find_due_holding{
    "orders.find_due_holding", db::joined<newest_of_lawful, holding_of_one>};

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
    select coalesce((select concat_ws(' ', seq, status, changed_at, placed_at, payment_due_at)
                       from sales.order_heads where order_id = $1), '') as head,
           coalesce((select string_agg(format('%s %s %s %s', location_id, quantity, status, placed_at), '; ' order by location_id)
                       from sales.order_places where order_id = $1), '') as places)sql"};

constexpr std::string_view head_begins = R"sql(
    insert into sales.order_heads as h (order_id, seq, status, placed_at, changed_at, payment_due_at)
    select o.id, n.seq, n.status, o.placed_at, n.at,)sql";
constexpr std::string_view head_ends = R"sql(
      from sales.orders o
      join sales.order_status_history n on n.order_id = o.id
     where o.id = $1
     order by n.seq desc limit 1
        on conflict (order_id) do update
       set seq = excluded.seq, status = excluded.status, placed_at = excluded.placed_at, changed_at = excluded.changed_at,
           payment_due_at = excluded.payment_due_at
     where (h.seq, h.status, h.placed_at, h.changed_at, h.payment_due_at)
           is distinct from (excluded.seq, excluded.status, excluded.placed_at, excluded.changed_at, excluded.payment_due_at))sql";
constexpr db::statement<db::none(core::uuid)> rebuild_head{"orders.rebuild_head",
                                                           db::joined<head_begins, due_of_head, head_ends>};

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

core::task<core::result<bool>> mend_holdings_of(db::transaction& t, core::uuid order, work::actor const& by) {
    t.add(lock_head_to_mend, order);
    auto const due = t.add(find_due_holding, order);
    co_await t.run();
    if (due.size() == 0) co_return false;
    auto const [lines, state] = due.one();
    auto const done = inventory::restore_reservations(t, order, lines, state);
    co_await t.run();
    std::int64_t const mended = done.added.affected() + done.restated.affected();
    if (mended > 0)
        audit::record(t, by, "orders", order, {{"reservations_restored", "0", std::to_string(mended)}});
    co_await t.commit();
    co_return mended > 0;
}

using find_next = db::statement<core::uuid(core::uuid)>;
using mend_one = core::task<core::result<bool>> (*)(db::transaction&, core::uuid, work::actor const&);

core::task<work::mended> mend_all(db::scope in, work::actor by, find_next const& finds, mend_one one) {
    auto const name = [](core::uuid order) { return "order " + core::to_string(order); };
    auto const next = [&](core::uuid after) { return in.all(finds, after); };
    auto const mend = [&](core::uuid order) {
        return in.transact({}, [&by, order, one](db::transaction& t) { return one(t, order, by); });
    };
    co_return co_await work::mend_each<core::uuid>(name, next, mend);
}

core::task<work::mended> mend_orders(db::scope in, work::actor by) {
    return mend_all(in, std::move(by), find_orders_to_mend, &mend_order);
}

}  // namespace

core::task<work::mended> mend_holdings(db::scope in, work::actor by) {
    return mend_all(in, std::move(by), find_holdings_to_mend, &mend_holdings_of);
}

work::mending_list mendings() {
    static constexpr work::mending all[] = {{"orders", &mend_orders}};
    return all;
}

work::statement_list mending_statements() {
    static constexpr db::statement_info const* all[] = {
        &find_holdings_to_mend, &find_due_holding, &find_orders_to_mend, &lock_head_to_mend,
        &look_beside,           &rebuild_head,     &remove_stray_places, &rebuild_places};
    return all;
}

}  // namespace orders
