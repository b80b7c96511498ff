// What writes orders. Every statement takes arrays, so that several orders cost what one does.
#include "orders/store.hpp"

#include "orders/checks.hpp"
#include "orders/expiry.hpp"
#include "orders/load.hpp"
#include "orders/own.hpp"
#include "orders/places.hpp"

#include <algorithm>

namespace orders {
namespace {

using uuids = std::vector<core::uuid>;
using maybe_uuids = std::vector<std::optional<core::uuid>>;
using integers = std::vector<std::int64_t>;
using texts = std::vector<std::string>;
using maybe_texts = std::vector<std::optional<std::string>>;
using moments = std::vector<core::timestamp>;
using maybe_moments = std::vector<std::optional<core::timestamp>>;
using actors = std::vector<http::principal_kind>;

// Order, history and head belong together: one statement, whose foreign keys are checked at its end.
constexpr db::statement<db::none(uuids, integers, uuids, maybe_uuids, std::vector<core::bytes>, texts,
                                 std::vector<core::currency>, moments, actors, maybe_uuids, maybe_moments)>
    insert_order_rows{"orders.insert_orders", R"sql(
    with placed as (
        select w.id, w.number, w.cart_id, w.customer_id, w.tracking_digest, w.email, w.currency, w.placed_at,
               w.actor_kind, w.actor_id, w.payment_due_at
          from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[], $7::text[],
                      $8::timestamptz[], $9::text[], $10::uuid[], $11::timestamptz[])
            as w (id, number, cart_id, customer_id, tracking_digest, email, currency, placed_at, actor_kind, actor_id,
                  payment_due_at)
    ), ordered as (
        insert into sales.orders (id, number, cart_id, customer_id, tracking_digest, email, currency, placed_at,
                                  payment_due_at)
        select id, number, cart_id, customer_id, tracking_digest, email, currency, placed_at, payment_due_at from placed
    ), begun as (
        insert into sales.order_status_history (order_id, seq, status, actor_kind, actor_id, at)
        select id, 0, 'pending', actor_kind, actor_id, placed_at from placed
    )
    insert into sales.order_heads (order_id, seq, status, placed_at, changed_at, payment_due_at)
    select id, 0, 'pending', placed_at, placed_at, payment_due_at from placed)sql"};

constexpr db::statement<db::none(uuids, uuids, integers, uuids, texts, texts, maybe_texts, integers, integers,
                                 integers)>
    insert_lines{"orders.insert_lines", R"sql(
    insert into sales.order_lines (id, order_id, position, variant_id, product_title, variant_title, sku, quantity,
                                   unit_amount, total_amount)
    select w.id, w.order_id, w.position, w.variant_id, w.product_title, w.variant_title, w.sku, w.quantity,
           w.unit_amount, w.total_amount
      from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                  $8::bigint[], $9::bigint[], $10::bigint[])
        as w (id, order_id, position, variant_id, product_title, variant_title, sku, quantity, unit_amount,
              total_amount))sql"};

constexpr db::statement<db::none(uuids, uuids, integers, std::vector<adjustment_kind>, texts, integers)>
    insert_adjustments{"orders.insert_adjustments", R"sql(
    insert into sales.order_adjustments (id, order_id, position, kind, label, amount)
    select w.id, w.order_id, w.position, w.kind, w.label, w.amount
      from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
        as w (id, order_id, position, kind, label, amount))sql"};

constexpr db::statement<db::none(uuids, texts, texts, maybe_texts, texts, maybe_texts, texts, maybe_texts,
                                 maybe_texts, texts, maybe_texts)>
    insert_addresses{"orders.insert_addresses", R"sql(
    insert into sales.order_addresses (order_id, kind, name, company, line1, line2, city, region, postal_code, country,
                                       phone)
    select w.order_id, w.kind, w.name, w.company, w.line1, w.line2, w.city, w.region, w.postal_code, w.country, w.phone
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                  $9::text[], $10::text[], $11::text[])
        as w (order_id, kind, name, company, line1, line2, city, region, postal_code, country, phone))sql"};

constexpr db::statement<db::none(uuids, uuids, std::vector<payment_provider>, std::vector<core::currency>,
                                 integers, moments, actors, maybe_uuids)>
    insert_payments{"orders.insert_payments", R"sql(
    with asked as (
        select w.id, w.order_id, w.provider, w.currency, w.amount, w.at, w.actor_kind, w.actor_id
          from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[],
                      $8::uuid[])
            as w (id, order_id, provider, currency, amount, at, actor_kind, actor_id)
    ), made as (
        insert into sales.payments (id, order_id, provider, currency, amount, created_at)
        select id, order_id, provider, currency, amount, at from asked
    )
    insert into sales.payment_events (payment_id, seq, kind, amount, actor_kind, actor_id, at)
    select id, 0, 'requested', amount, actor_kind, actor_id, at from asked)sql"};

// The history's rows and the heads that follow them. Two racers: one wins, `order_transition_raced` tells the
// other. An order that moves on waits for its money no longer.
constexpr db::statement<db::none(uuids, std::vector<std::int32_t>, std::vector<order_status>,
                                 std::vector<order_status>, actors, maybe_uuids, maybe_texts, moments)>
    insert_history_steps{"orders.insert_steps", R"sql(
    with step as (
        insert into sales.order_status_history
               (order_id, seq, status, prev_seq, prev_status, actor_kind, actor_id, reason, at)
        select w.order_id, w.seq, w.status, w.seq - 1, w.prev_status, w.actor_kind, w.actor_id, w.reason, w.at
          from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[],
                      $8::timestamptz[])
            as w (order_id, seq, status, prev_status, actor_kind, actor_id, reason, at)
        returning order_id, seq, status, at
    ), placed as (
        update sales.order_places p set status = s.status from step s where p.order_id = s.order_id
    )
    update sales.order_heads h set seq = s.seq, status = s.status, changed_at = s.at, payment_due_at = null
      from step s where h.order_id = s.order_id)sql"};

constexpr db::statement<db::none(uuids)> end_waiting{"orders.end_waiting", R"sql(
    update sales.order_heads set payment_due_at = null
     where order_id = any($1) and payment_due_at is not null)sql"};

constexpr db::statement<db::none(uuids, std::vector<std::int32_t>, std::vector<payment_state>,
                                 std::vector<payment_state>, integers, actors, maybe_uuids, moments)>
    insert_payment_events{"orders.insert_payment_events", R"sql(
    insert into sales.payment_events (payment_id, seq, kind, prev_seq, prev_kind, amount, actor_kind, actor_id, at)
    select w.payment_id, w.seq, w.kind, w.seq - 1, w.prev_kind, w.amount, w.actor_kind, w.actor_id, w.at
      from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::uuid[],
                  $8::timestamptz[])
        as w (payment_id, seq, kind, prev_kind, amount, actor_kind, actor_id, at))sql"};

template <class Row, class T>
std::vector<T> column(std::span<Row const> rows, T Row::* member) {
    std::vector<T> out;
    out.reserve(rows.size());
    for (Row const& r : rows) out.push_back(r.*member);
    return out;
}

void add_lines(db::transaction& t, std::span<order_record const> all) {
    uuids ids, orders_of, variants;
    integers positions, quantities, units, totals_of;
    texts products, titles;
    maybe_texts skus;
    for (order_record const& o : all) {
        std::int64_t position = 0;
        for (line_record const& l : o.lines) {
            ids.push_back(l.id);
            orders_of.push_back(o.id);
            positions.push_back(position++);
            variants.push_back(l.variant_id);
            products.push_back(l.product_title);
            titles.push_back(l.variant_title);
            skus.push_back(l.sku);
            quantities.push_back(l.quantity);
            units.push_back(l.unit_amount);
            totals_of.push_back(l.total_amount);
        }
    }
    t.add(insert_lines, ids, orders_of, positions, variants, products, titles, skus, quantities, units,
          totals_of);
}

void add_adjustments(db::transaction& t, std::span<order_record const> all) {
    uuids ids, orders_of;
    integers positions, amounts;
    std::vector<adjustment_kind> kinds;
    texts labels;
    for (order_record const& o : all) {
        std::int64_t position = 0;
        for (adjustment_record const& a : o.adjustments) {
            ids.push_back(a.id);
            orders_of.push_back(o.id);
            positions.push_back(position++);
            kinds.push_back(a.kind);
            labels.push_back(a.label);
            amounts.push_back(a.amount);
        }
    }
    if (!ids.empty()) t.add(insert_adjustments, ids, orders_of, positions, kinds, labels, amounts);
}

std::optional<std::string> plain(auto const& text) {
    if (!text) return std::nullopt;
    return text->value;
}

void add_addresses(db::transaction& t, std::span<order_record const> all) {
    uuids orders_of;
    texts kinds, names, lines1, cities, countries;
    maybe_texts companies, lines2, regions, postal_codes, phones;
    for (order_record const& o : all)
        for (auto const& [kind, address] :
             {std::pair("shipping", &o.shipping_address), std::pair("billing", &o.billing_address)}) {
            if (!*address) continue;
            cart::address const& a = **address;
            orders_of.push_back(o.id);
            kinds.emplace_back(kind);
            names.push_back(a.name.value);
            companies.push_back(plain(a.company));
            lines1.push_back(a.line1.value);
            lines2.push_back(plain(a.line2));
            cities.push_back(a.city.value);
            regions.push_back(plain(a.region));
            postal_codes.push_back(plain(a.postal_code));
            countries.push_back(a.country.value);
            phones.push_back(plain(a.phone));
        }
    if (!orders_of.empty())
        t.add(insert_addresses, orders_of, kinds, names, companies, lines1, lines2, cities, regions,
              postal_codes, countries, phones);
}

void add_payments(db::transaction& t, std::span<order_record const> all) {
    uuids ids, orders_of;
    std::vector<payment_provider> providers_of;
    std::vector<core::currency> currencies;
    integers amounts;
    moments at;
    actors kinds;
    maybe_uuids actor_ids;
    for (order_record const& o : all)
        for (payment_record const& p : o.payments) {
            ids.push_back(p.id);
            orders_of.push_back(o.id);
            providers_of.push_back(p.provider);
            currencies.push_back(o.currency);
            amounts.push_back(p.amount);
            at.push_back(o.placed_at);
            kinds.push_back(o.now().actor_kind);
            actor_ids.push_back(o.now().actor_id);
        }
    t.add(insert_payments, ids, orders_of, providers_of, currencies, amounts, at, kinds, actor_ids);
}

}  // namespace

constexpr db::statement<drawn_number(std::int64_t)> draw_numbers{"orders.draw_numbers", R"sql(
    select nextval('sales.order_number') as number, clock_timestamp() as now from generate_series(1, $1))sql"};

void insert_orders(db::transaction& t, std::span<order_record const> all) {
    actors kinds;
    maybe_uuids actor_ids;
    for (order_record const& o : all) {
        kinds.push_back(o.now().actor_kind);
        actor_ids.push_back(o.now().actor_id);
    }
    t.add(insert_order_rows, column(all, &order_record::id), column(all, &order_record::number),
          column(all, &order_record::cart_id), column(all, &order_record::customer_id),
          column(all, &order_record::tracking_digest), column(all, &order_record::email),
          column(all, &order_record::currency), column(all, &order_record::placed_at), kinds, actor_ids,
          column(all, &order_record::pay_by));
    add_lines(t, all);
    add_adjustments(t, all);
    add_addresses(t, all);
    add_payments(t, all);
}

void insert_steps(db::transaction& t, std::span<order_step const> all) {
    uuids orders_of;
    std::vector<std::int32_t> seqs;
    std::vector<order_status> to, from;
    actors kinds;
    maybe_uuids actor_ids;
    maybe_texts reasons;
    moments at;
    for (order_step const& s : all) {
        orders_of.push_back(s.order_id);
        seqs.push_back(s.step.seq);
        to.push_back(s.step.status);
        from.push_back(s.from);
        kinds.push_back(s.step.actor_kind);
        actor_ids.push_back(s.step.actor_id);
        reasons.push_back(s.step.reason);
        at.push_back(s.step.at);
    }
    t.add(insert_history_steps, orders_of, seqs, to, from, kinds, actor_ids, reasons, at);
}

void insert_payment_steps(db::transaction& t, std::span<payment_step const> all) {
    if (all.empty()) return;
    std::vector<payment_event> events;
    for (payment_step const& s : all) events.push_back(s.event);
    std::span<payment_event const> const rows(events);
    t.add(insert_payment_events, column(rows, &payment_event::payment_id), column(rows, &payment_event::seq),
          column(rows, &payment_event::kind), column(all, &payment_step::from),
          column(rows, &payment_event::amount), column(rows, &payment_event::actor_kind),
          column(rows, &payment_event::actor_id), column(rows, &payment_event::at));
}

void stop_waiting(db::transaction& t, std::vector<core::uuid> const& orders) { t.add(end_waiting, orders); }

work::statement_list statements() {
    static std::vector<db::statement_info const*> const all = [] {
        std::vector<db::statement_info const*> out{&lock_head,
                                                   &lock_free_heads,
                                                   &load_head,
                                                   &load_lines,
                                                   &load_adjustments,
                                                   &load_addresses,
                                                   &load_history,
                                                   &load_payments,
                                                   &load_payment_events,
                                                   &draw_numbers,
                                                   &insert_order_rows,
                                                   &insert_lines,
                                                   &insert_adjustments,
                                                   &insert_addresses,
                                                   &insert_payments,
                                                   &insert_history_steps,
                                                   &end_waiting,
                                                   &insert_payment_events,
                                                   &is_own,
                                                   &number_orders};
        for (auto const part : {list_statements(), place_statements(), expiry_statements(),
                                check_statements(), mending_statements()})
            out.insert(out.end(), part.begin(), part.end());
        return out;
    }();
    return all;
}

}  // namespace orders
