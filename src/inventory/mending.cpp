// `carrack verify --repair` of stock, its ledger and its reservations.
#include "inventory/checks.hpp"
#include "inventory/statements.hpp"
#include "inventory/store.hpp"

#include "audit/audit.hpp"
#include "inventory/events.hpp"
#include "work/outbox.hpp"

namespace inventory {
namespace {

// Those behind $1/$2 that a check of stock would name.
constexpr db::statement<stock_key(core::uuid, core::uuid)> find_stock_to_mend{"inventory.find_stock_to_mend",
                                                                              R"sql(
    with ledger as (
        select variant_id, location_id, sum(on_hand_delta) as on_hand, sum(reserved_delta) as reserved
          from inventory.movements group by variant_id, location_id
    ), open as (
        select variant_id, location_id, sum(quantity) as quantity
          from inventory.reservations where state = 'open' group by variant_id, location_id
    ), noted as (
        select order_line_id, location_id, variant_id, sum(reserved_delta) as held, count(*) as movements,
               max(case kind when 'ship' then 'shipped' when 'release' then 'released' end) as ended
          from inventory.movements where order_line_id is not null group by order_line_id, location_id, variant_id
    ), unnoted as (
        select coalesce(r.variant_id, n.variant_id) as variant_id, coalesce(r.location_id, n.location_id) as location_id
          from inventory.reservations r
          full join noted n on n.order_line_id = r.order_line_id and n.location_id = r.location_id
                           and n.variant_id = r.variant_id
         where coalesce(n.held, 0) <> case when r.state = 'open' then r.quantity else 0 end
            or r.order_line_id is not null
               and (coalesce(n.movements, 0) <> case when r.state = 'open' then 1 else 2 end
                    or coalesce(n.ended, 'open') <> r.state)
    )
    select s.variant_id, s.location_id
      from inventory.stock s
      left join ledger l on l.variant_id = s.variant_id and l.location_id = s.location_id
      left join open o on o.variant_id = s.variant_id and o.location_id = s.location_id
     where (s.variant_id, s.location_id) > ($1, $2)
       and (s.on_hand <> coalesce(l.on_hand, 0) or s.reserved <> coalesce(l.reserved, 0)
            or s.reserved <> coalesce(o.quantity, 0)
            or s.shortage <> greatest(s.reserved - s.on_hand - s.backorder_limit, 0)
            or exists (select from unnoted u where u.variant_id = s.variant_id and u.location_id = s.location_id))
     order by s.variant_id, s.location_id limit 1000)sql"};

struct stock_counts {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t shortage = 0;
    std::int64_t ledger_on_hand = 0;
    std::int64_t ledger_reserved = 0;
    std::int64_t open_reservations = 0;  // units
};
BOOST_DESCRIBE_STRUCT(stock_counts, (),
                      (on_hand, reserved, shortage, ledger_on_hand, ledger_reserved, open_reservations))

constexpr db::statement<std::int64_t(core::uuid, core::uuid)> lock_stock_to_mend{
    "inventory.lock_stock_to_mend", R"sql(
    select version as value from inventory.stock where variant_id = $1 and location_id = $2 for no key update)sql"};

constexpr db::statement<stock_counts(core::uuid, core::uuid)> count_stock{"inventory.count_stock", R"sql(
    select s.on_hand, s.reserved, s.shortage, m.on_hand as ledger_on_hand, m.reserved as ledger_reserved,
           (select coalesce(sum(r.quantity), 0)::bigint from inventory.reservations r
             where r.variant_id = $1 and r.location_id = $2 and r.state = 'open') as open_reservations
      from inventory.stock s
     cross join lateral (select coalesce(sum(i.on_hand_delta), 0)::bigint as on_hand,
                                coalesce(sum(i.reserved_delta), 0)::bigint as reserved
                           from inventory.movements i
                          where i.variant_id = s.variant_id and i.location_id = s.location_id) m
     where s.variant_id = $1 and s.location_id = $2)sql"};

// The ledger is history, a reservation is kept beside it.
constexpr db::statement<db::none(core::uuid, core::uuid)> settle_by_ledger{"inventory.settle_by_ledger",
                                                                           R"sql(
    update inventory.reservations r
       set quantity = n.reserved, state = coalesce(n.ended, r.state)
      from (select order_line_id, sum(reserved_delta) filter (where kind = 'reserve')::bigint as reserved,
                   max(case kind when 'ship' then 'shipped' when 'release' then 'released' end) as ended
              from inventory.movements
             where variant_id = $1 and location_id = $2 and order_line_id is not null
             group by order_line_id) n
     where r.variant_id = $1 and r.location_id = $2 and r.order_line_id = n.order_line_id and n.reserved is not null
       and (r.quantity, r.state) is distinct from (n.reserved, coalesce(n.ended, r.state)))sql"};

using line_ids = std::vector<core::uuid>;
constexpr db::statement<db::none(core::uuid, line_ids, std::string)> restore_missing{
    "inventory.restore_missing", R"sql(
    insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity, state)
    select m.order_line_id, m.location_id, m.variant_id, $1, m.reserved_delta, coalesce(e.state, $3)
      from inventory.movements m
      left join lateral (select case s.kind when 'ship' then 'shipped' else 'released' end as state
                           from inventory.movements s
                          where s.order_line_id = m.order_line_id and s.location_id = m.location_id
                            and s.kind in ('ship', 'release') limit 1) e on true
     where m.order_line_id = any($2) and m.kind = 'reserve'
        on conflict do nothing)sql"};

constexpr db::statement<db::none(core::uuid, std::string)> restate_unsettled{"inventory.restate_unsettled",
                                                                             R"sql(
    update inventory.reservations r
       set state = $2
     where r.order_id = $1 and r.state <> $2
       and not exists (select from inventory.movements m
                        where m.order_line_id = r.order_line_id and m.location_id = r.location_id
                          and m.kind in ('ship', 'release')))sql"};

struct missing_movement {
    core::uuid order_id;
    core::uuid order_line_id;
    std::string kind;
    std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(missing_movement, (), (order_id, order_line_id, kind, quantity))

// What reservations have and the ledger has not; and reserved units that belong to no reservation, to be
// released.
constexpr db::statement<missing_movement(core::uuid, core::uuid)> find_missing_movements{
    "inventory.find_missing_movements", R"sql(
    select r.order_id, r.order_line_id, k.kind, r.quantity
      from inventory.reservations r
     cross join lateral (select 'reserve' as kind
                         union all select 'release' where r.state = 'released'
                         union all select 'ship' where r.state = 'shipped') k
     where r.variant_id = $1 and r.location_id = $2
       and not exists (select from inventory.movements m
                        where m.order_line_id = r.order_line_id and m.location_id = r.location_id and m.kind = k.kind)
    union all
    select m.order_id, m.order_line_id, 'release', m.reserved_delta
      from inventory.movements m
     where m.variant_id = $1 and m.location_id = $2 and m.kind = 'reserve'
       and not exists (select from inventory.movements l
                        where l.order_line_id = m.order_line_id and l.location_id = m.location_id
                          and l.kind in ('release', 'ship'))
       and not exists (select from inventory.reservations r
                        where r.order_line_id = m.order_line_id and r.location_id = m.location_id
                          and r.variant_id = m.variant_id))sql"};

using texts = std::vector<std::string>;
constexpr db::statement<db::none(core::uuid, core::uuid, uuids, uuids, uuids, texts, integers,
                                 http::principal_kind, std::string)>
    add_missing_movements{"inventory.add_missing_movements", R"sql(
    insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, note,
                                     order_id, order_line_id, actor_kind)
    select w.id, $1, $2, w.kind, case when w.kind = 'ship' then -w.quantity else 0 end,
           case when w.kind = 'reserve' then w.quantity else -w.quantity end,
           case w.kind when 'reserve' then 'order_placed' when 'release' then 'order_cancelled' else 'order_shipped' end,
           $9, w.order_id, w.order_line_id, $8
      from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[])
        as w (id, order_id, order_line_id, kind, quantity))sql"};

constexpr db::statement<db::none(core::uuid, core::uuid, core::uuid, http::principal_kind, std::string)>
    correct_ledger{"inventory.correct_ledger", R"sql(
    insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, note,
                                     actor_kind)
    select $3, s.variant_id, s.location_id, 'adjust', s.on_hand - m.on_hand, 0, 'correction', $5, $4
      from inventory.stock s
     cross join lateral (select coalesce(sum(i.on_hand_delta), 0)::bigint as on_hand
                           from inventory.movements i
                          where i.variant_id = s.variant_id and i.location_id = s.location_id) m
     where s.variant_id = $1 and s.location_id = $2 and s.on_hand <> m.on_hand)sql"};

constexpr db::statement<db::none(core::uuid, core::uuid)> rebuild_reserved{"inventory.rebuild_reserved",
                                                                           R"sql(
    update inventory.stock s
       set reserved = r.open, shortage = greatest(r.open - s.on_hand - s.backorder_limit, 0), version = s.version + 1
      from (select coalesce(sum(quantity), 0)::bigint as open from inventory.reservations
             where variant_id = $1 and location_id = $2 and state = 'open') r
     where s.variant_id = $1 and s.location_id = $2
       and (s.reserved <> r.open or s.shortage <> greatest(r.open - s.on_hand - s.backorder_limit, 0)))sql"};

core::task<core::result<bool>> mend_row(db::transaction& t, stock_key at, work::actor const& by) {
    t.add(lock_stock_to_mend, at.variant_id, at.location_id);
    auto const was = t.add(count_stock, at.variant_id, at.location_id);
    auto const settled = t.add(settle_by_ledger, at.variant_id, at.location_id);
    auto const lacks = t.add(find_missing_movements, at.variant_id, at.location_id);
    co_await t.run();
    std::int64_t changed = settled.affected();
    uuids ids, orders, lines;
    texts kinds;
    integers quantities;
    for (missing_movement const& m : lacks.all()) {
        ids.push_back(core::make_uuid7());
        orders.push_back(m.order_id);
        lines.push_back(m.order_line_id);
        kinds.push_back(m.kind);
        quantities.push_back(m.quantity);
    }
    std::string const note(work::mending_note);
    t.add(add_missing_movements, at.variant_id, at.location_id, ids, orders, lines, kinds, quantities,
          by.kind, note);
    auto const corrected =
        t.add(correct_ledger, at.variant_id, at.location_id, core::make_uuid7(), by.kind, note);
    auto const rebuilt = t.add(rebuild_reserved, at.variant_id, at.location_id);
    auto const is = t.add(count_stock, at.variant_id, at.location_id);
    co_await t.run();
    changed += std::ssize(ids) + corrected.affected() + rebuilt.affected();
    if (changed > 0) {
        audit::record(t, by, "stock", name_of(at), audit::changed(was.one(), is.one()));
        work::announce(t, events::stock_adjusted, at.variant_id,
                       {"{\"location_id\":\"" + core::to_string(at.location_id) + "\"}"});
    }
    co_await t.commit();
    co_return changed > 0;
}

core::task<work::mended> mend_stock(db::scope in, work::actor by) {
    auto const next = [&](stock_key after) {
        return in.all(find_stock_to_mend, after.variant_id, after.location_id);
    };
    auto const mend = [&](stock_key at) {
        return in.transact({}, [&by, at](db::transaction& t) { return mend_row(t, at, by); });
    };
    auto const name = [](stock_key at) { return "stock " + name_of(at); };
    co_return co_await work::mend_each<stock_key>(name, next, mend);
}

}  // namespace

restored restore_reservations(db::transaction& t, core::uuid order, line_ids const& lines,
                              std::string const& state) {
    return {t.add(restore_missing, order, lines, state), t.add(restate_unsettled, order, state)};
}

work::mending_list mendings() {
    static constexpr work::mending all[] = {{"inventory", &mend_stock},
                                            {"inventory.subtotals", &mend_subtotals}};
    return all;
}

work::statement_list mending_statements() {
    static constexpr db::statement_info const* all[] = {
        &find_stock_to_mend,    &lock_stock_to_mend, &count_stock,      &find_missing_movements,
        &add_missing_movements, &correct_ledger,     &rebuild_reserved, &settle_by_ledger,
        &restore_missing,       &restate_unsettled};
    return all;
}

}  // namespace inventory
