#include "orders/checks.hpp"

#include "audit/audit.hpp"
#include "cart/cart.hpp"
#include "db/sql_text.hpp"
#include "inventory/inventory.hpp"
#include "orders/machine.hpp"
#include "work/outbox.hpp"

namespace orders {
namespace {

using found = db::statement<work::broken_row()>;

// A machine's edges as rows, "('pending','confirmed'),…": the history is held against the program, whatever
// the database's own table says.
template <auto const& Machine>
struct edges_text {
    using state = decltype(Machine.initial);
    static constexpr std::string_view name_of(state s) {
        for (auto const& [name, value] : db::wire<state>::names)
            if (value == s) return name;
        return {};
    }
    static constexpr std::size_t size = [] {
        std::size_t n = 0;
        for (auto const& e : Machine.edges) n += name_of(e.from).size() + name_of(e.to).size() + 8;
        return n - 1;
    }();
    static constexpr auto characters = [] {
        std::array<char, size> out{};
        std::size_t at = 0;
        auto const append = [&](std::string_view part) {
            for (char const c : part) out[at++] = c;
        };
        for (auto const& e : Machine.edges) {
            if (at > 0) append(",");
            append("('");
            append(name_of(e.from));
            append("','");
            append(name_of(e.to));
            append("')");
        }
        return out;
    }();
    static constexpr std::string_view text{characters.data(), characters.size()};
};
constexpr std::string_view order_edges = edges_text<lifecycle>::text;
constexpr std::string_view payment_edges = edges_text<payment_lifecycle>::text;

constexpr std::string_view history_begins = "with edges (from_status, to_status) as (values ";
constexpr std::string_view history_ends = R"sql(), wrong as (
        select format('order %s, step %s', h.order_id, h.seq) as subject,
               format('%s after %s is no way of the machine', h.status, coalesce(p.status, 'nothing')) as says
          from sales.order_status_history h
          left join sales.order_status_history p on p.order_id = h.order_id and p.seq = h.seq - 1
         where case when h.seq = 0 then h.status <> 'pending' or h.prev_status is not null
                    else p.status is distinct from h.prev_status
                      or not exists (select from edges e where e.from_status = p.status and e.to_status = h.status) end
        union all
        select format('order %s', o.id), 'it has no history'
          from sales.orders o
         where not exists (select from sales.order_status_history h where h.order_id = o.id and h.seq = 0)
        union all
        select format('order_transition %s to %s', t.from_status, t.to_status), 'the program knows no such way'
          from sales.order_transition t
         where not exists (select from edges e where e.from_status = t.from_status and e.to_status = t.to_status)
        union all
        select format('order_transition %s to %s', e.from_status, e.to_status), 'the table lacks it'
          from edges e
         where not exists (select from sales.order_transition t
                            where e.from_status = t.from_status and e.to_status = t.to_status)
    ))sql";
constexpr found find_broken_histories{
    "orders.find_broken_histories", db::joined<history_begins, order_edges, history_ends, work::first_wrong>};

constexpr std::string_view heads = R"sql(
    with newest as (
        select distinct on (order_id) order_id, seq, status, at
          from sales.order_status_history order by order_id, seq desc
    ), wrong as (
        select format('order %s', o.id) as subject,
               case when h.order_id is null then 'it has no head'
                    when (h.seq, h.status) is distinct from (n.seq, n.status)
                    then format('its head says %s (%s), its history %s (%s)', h.status, h.seq, n.status, n.seq)
                    else format('its head has moments of its own: %s', concat_ws(', ', h.placed_at, h.changed_at, h.payment_due_at))
                    end as says
          from sales.orders o
          left join newest n on n.order_id = o.id
          left join sales.order_heads h on h.order_id = o.id
         where (h.seq, h.status, h.changed_at, h.placed_at, h.payment_due_at)
               is distinct from (n.seq, n.status, n.at, o.placed_at, )sql";
constexpr std::string_view heads_end = "))";
constexpr found find_wrong_heads{"orders.find_wrong_heads",
                                 db::joined<heads, due_of_head, heads_end, work::first_wrong>};

constexpr std::string_view places_begin = R"sql(
    with lying as (
        select r.order_id, r.location_id, sum(r.quantity)::bigint as quantity
          from )sql";
constexpr std::string_view places_end = R"sql( r group by r.order_id, r.location_id
    ), wrong as (
        select format('order %s at location %s', coalesce(p.order_id, l.order_id), coalesce(p.location_id, l.location_id)) as subject,
               format('its place says %s, %s units; it is %s, %s units', coalesce(p.status, 'nothing'), coalesce(p.quantity, 0),
                      coalesce(h.status, 'nothing'), coalesce(l.quantity, 0)) as says
          from sales.order_places p
          full join lying l on l.order_id = p.order_id and l.location_id = p.location_id
          left join sales.order_heads h on h.order_id = coalesce(p.order_id, l.order_id)
         where (p.quantity, p.status, p.placed_at) is distinct from (l.quantity, h.status, h.placed_at)
    ))sql";
constexpr found find_wrong_places{
    "orders.find_wrong_places",
    db::joined<places_begin, inventory::reservations_sql, places_end, work::first_wrong>};

// Each line holds what it is of, of its variant, in the state that goes with the order's.
constexpr std::string_view holdings_begin = R"sql(
    with held as (
        select r.order_id, r.order_line_id, r.variant_id, sum(r.quantity) as quantity, min(r.state) as state,
               max(r.state) as other_state
          from )sql";
constexpr std::string_view holdings_end = R"sql( r group by r.order_id, r.order_line_id, r.variant_id
    ), due as (
        select l.order_id, l.id, l.variant_id, l.quantity, h.status,
               case h.status when 'cancelled' then 'released' when 'shipped' then 'shipped' when 'delivered' then 'shipped'
                    else 'open' end as state
          from sales.order_lines l left join sales.order_heads h on h.order_id = l.order_id
    ), wrong as (
        select format('order %s, line %s', coalesce(d.order_id, r.order_id), coalesce(d.id, r.order_line_id)) as subject,
               case when d.id is null then format('there is no such line of variant %s, and units are held for it', r.variant_id)
                    else format('the order is %s with %s units; held are %s, %s', d.status, d.quantity,
                                coalesce(r.quantity, 0), coalesce(r.state, 'nothing')) end as says
          from due d
          full join held r on r.order_id = d.order_id and r.order_line_id = d.id and r.variant_id = d.variant_id
         where (d.quantity, d.state, d.state) is distinct from (r.quantity, r.state, r.other_state)
    ))sql";
constexpr found find_wrong_holdings{
    "orders.find_wrong_holdings",
    db::joined<holdings_begin, inventory::reservations_sql, holdings_end, work::first_wrong>};

constexpr std::string_view money = R"sql(
    with bought as (
        select order_id, sum(total_amount) as amount from sales.order_lines group by order_id
    ), besides as (
        select order_id, sum(amount) as amount from sales.order_adjustments group by order_id
    ), paid as (
        select order_id, sum(amount) as amount, min(currency) as currency, max(currency) as other_currency
          from sales.payments group by order_id
    ), wrong as (
        select format('order %s, line %s', l.order_id, l.id) as subject,
               format('%s times %s is not %s', l.quantity, l.unit_amount, l.total_amount) as says
          from sales.order_lines l
         where l.total_amount <> l.unit_amount::numeric * l.quantity or l.quantity < 1 or l.unit_amount < 0
        union all
        select format('order %s', o.id),
               format('its lines and adjustments add up to %s %s, its payments to %s %s',
                      coalesce(b.amount::text, 'nothing'), o.currency, coalesce(p.amount::text, 'nothing'), p.currency)
          from sales.orders o
          left join bought b on b.order_id = o.id
          left join besides a on a.order_id = o.id
          left join paid p on p.order_id = o.id
         where b.amount + coalesce(a.amount, 0) is distinct from p.amount or p.amount is null
            or p.currency <> o.currency or p.other_currency <> o.currency
    ))sql";
constexpr found find_wrong_money{"orders.find_wrong_money", db::joined<money, work::first_wrong>};

constexpr std::string_view payments_begin = "with edges (from_kind, to_kind) as (values ";
constexpr std::string_view payments_end = R"sql(), newest as (
        select distinct on (payment_id) payment_id, kind from sales.payment_events order by payment_id, seq desc
    ), wrong as (
        select format('payment %s, event %s', e.payment_id, e.seq) as subject,
               format('%s after %s is no way of the machine', e.kind, coalesce(b.kind, 'nothing')) as says
          from sales.payment_events e
          left join sales.payment_events b on b.payment_id = e.payment_id and b.seq = e.seq - 1
         where case when e.seq = 0 then e.kind <> 'requested' or e.prev_kind is not null
                    else b.kind is distinct from e.prev_kind
                      or not exists (select from edges w where w.from_kind = b.kind and w.to_kind = e.kind) end
        union all
        select format('payment %s, event %s', e.payment_id, e.seq),
               format('it is about %s, the payment about %s', e.amount, p.amount)
          from sales.payment_events e join sales.payments p on p.id = e.payment_id
         where e.amount <> p.amount
        union all
        select format('payment %s', p.id),
               format('it is %s, and its order %s', coalesce(n.kind, 'without any event'), h.status)
          from sales.payments p
          left join newest n on n.payment_id = p.id
          left join sales.order_heads h on h.order_id = p.order_id
         where n.kind is null
            or (h.status = 'cancelled') is distinct from (n.kind in ('voided', 'refund_requested', 'refunded'))
    ))sql";
constexpr found find_wrong_payments{
    "orders.find_wrong_payments", db::joined<payments_begin, payment_edges, payments_end, work::first_wrong>};

constexpr std::string_view numbers_begin = R"sql(
    with wrong as (
        select format('order %s', o.id) as subject, format('another has its number %s', o.number) as says
          from (select id, number, count(*) over (partition by number) as times from sales.orders) o where o.times > 1
        union all
        select format('order %s', o.id), format('its number %s is still to be drawn', o.number)
          from sales.orders o
         where o.number > (select coalesce(pg_sequence_last_value('sales.order_number'::regclass), 0))
        union all
        select format('order %s', o.id), 'its cart does not name it'
          from sales.orders o left join )sql";
constexpr std::string_view numbers_middle = R"sql( c on c.id = o.cart_id
         where c.order_id is distinct from o.id
        union all
        select format('cart %s', c.id), format('it names order %s, which does not name it', c.order_id)
          from )sql";
constexpr std::string_view numbers_end = R"sql( c left join sales.orders o on o.id = c.order_id
         where o.cart_id is distinct from c.id
    ))sql";
constexpr found find_wrong_numbers{"orders.find_wrong_numbers",
                                   db::joined<numbers_begin, cart::ordered_sql, numbers_middle,
                                              cart::ordered_sql, numbers_end, work::first_wrong>};

// Each step of an order and each record of its money has its one entry, and no entry tells of others.
constexpr std::string_view audited_begin = R"sql(
    with stepped as (
        select 'order ' || order_id as subject, status as what from sales.order_status_history
        union all
        select 'payment ' || payment_id, kind from sales.payment_events where kind in ('captured', 'refunded')
    ), noted as (
        select case c.resource when 'orders' then 'order ' else 'payment ' end || c.resource_id as subject, c.after #>> '{}' as what
          from )sql";
constexpr std::string_view audited_middle = R"sql( c
         where c.resource = 'orders' and c.field = 'status' or c.resource = 'payments' and c.field = 'state'
    ), wrong as (
        select subject, format('no audit entry tells that it became %s', what) as says
          from (select subject, what from stepped except all select subject, what from noted) u
        union all
        select subject, format('an audit entry tells that it became %s, which it did not', what)
          from (select subject, what from noted except all select subject, what from stepped) u
        union all
        select 'stock ' || coalesce(a.resource_id, n.resource_id),
               format('%s adjustments in the ledger, %s in the audit trail', coalesce(a.movements, 0), coalesce(n.entries, 0))
          from )sql";
constexpr std::string_view audited_adjustments = R"sql( a
          full join (select c.resource_id, count(*) as entries from )sql";
constexpr std::string_view audited_counts = R"sql( c
                      where c.resource = 'stock' and c.field = 'on_hand' and c.resource_id like '%/%' group by c.resource_id) n
            on n.resource_id = a.resource_id
         where coalesce(a.movements, 0) <> coalesce(n.entries, 0)
        union all
        select 'location ' || coalesce(i.resource_id, n.resource_id),
               format('imports have changed what lies there by %s units, by the audit trail by %s', coalesce(i.units, 0),
                      coalesce(n.units, 0))
          from )sql";
constexpr std::string_view audited_imports = R"sql( i
          full join (select c.resource_id, sum((c.after #>> '{}')::numeric - (c.before #>> '{}')::numeric) as units
                       from )sql";
constexpr std::string_view audited_end = R"sql( c
                      where c.resource = 'stock' and c.field = 'units' and jsonb_typeof(c.before) = 'number'
                        and jsonb_typeof(c.after) = 'number' group by c.resource_id) n
            on n.resource_id = i.resource_id
         where coalesce(i.units, 0) <> coalesce(n.units, 0)
    ))sql";
constexpr found find_unaudited{
    "orders.find_unaudited",
    db::joined<audited_begin, audit::changes_sql, audited_middle, inventory::adjustments_sql,
               audited_adjustments, audit::changes_sql, audited_counts, inventory::imports_sql,
               audited_imports, audit::changes_sql, audited_end, work::first_wrong>};

// Each step and each record of money once; of stock at least as often as somebody has counted, because limits
// and imports are announced, too.
constexpr std::string_view announced_begin = R"sql(
    with stepped as (
        select order_id, case when seq = 0 then 'order.placed' else 'order.' || status end as topic
          from sales.order_status_history
        union all
        select p.order_id, 'payment.recorded'
          from sales.payment_events e join sales.payments p on p.id = e.payment_id
         where e.kind in ('captured', 'refunded')
    ), events as materialized (
        select o.resource_id, o.topic from )sql";
constexpr std::string_view announced_middle = R"sql( o
         where o.topic like 'order.%' or o.topic in ('payment.recorded', 'stock.adjusted')
    ), told as (
        select resource_id as order_id, topic from events where topic <> 'stock.adjusted'
    ), counted as (
        select split_part(a.resource_id, '/', 1)::uuid as variant_id, sum(a.movements) as movements from )sql";
constexpr std::string_view announced_end = R"sql( a group by 1
    ), wrong as (
        select format('order %s', order_id) as subject, format('the event %s is missing', topic) as says
          from (select order_id, topic from stepped except all select order_id, topic from told) u
        union all
        select format('order %s', order_id), format('the event %s tells what did not happen', topic)
          from (select order_id, topic from told except all select order_id, topic from stepped) u
        union all
        select format('variant %s', c.variant_id),
               format('%s adjustments in the ledger, %s events stock.adjusted', c.movements, coalesce(e.times, 0))
          from counted c
          left join (select resource_id, count(*) as times from events where topic = 'stock.adjusted'
                      group by resource_id) e on e.resource_id = c.variant_id
         where c.movements > coalesce(e.times, 0)
    ))sql";
constexpr found find_unannounced{"orders.find_unannounced",
                                 db::joined<announced_begin, work::outbox_sql, announced_middle,
                                            inventory::adjustments_sql, announced_end, work::first_wrong>};

}  // namespace

work::check_list checks() {
    static constexpr work::check all[] = {
        {"orders.histories", "Every order's history follows the state machine.", &find_broken_histories},
        {"orders.heads", "Every order's head is the last step of its history.", &find_wrong_heads},
        {"orders.holdings", "Every order line holds its units, in the state that goes with the order's.",
         &find_wrong_holdings},
        {"orders.places", "Where orders lie is what their reservations say.", &find_wrong_places},
        {"orders.money", "Every order's lines, adjustments and payments add up.", &find_wrong_money},
        {"orders.payments", "Every payment's events follow its state machine and its order.",
         &find_wrong_payments},
        {"orders.numbers", "Every order has a number and a cart of its own.", &find_wrong_numbers},
        {"orders.audit", "Every step, payment, adjustment and import has its audit entry.", &find_unaudited},
        {"orders.outbox", "Every step, payment and adjustment was announced.", &find_unannounced}};
    return all;
}

work::statement_list check_statements() {
    static constexpr db::statement_info const* all[] = {
        &find_broken_histories, &find_wrong_heads, &find_wrong_holdings,
        &find_wrong_places,     &find_wrong_money, &find_wrong_payments,
        &find_wrong_numbers,    &find_unaudited,   &find_unannounced};
    return all;
}

}  // namespace orders
