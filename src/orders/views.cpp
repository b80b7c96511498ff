#include "orders/views.hpp"

#include "crypto/digest.hpp"
#include "orders/places.hpp"
#include "work/context.hpp"
#include "work/rights.hpp"

namespace orders {
namespace {

http::nullable<std::string> maybe(std::optional<std::string> const& text) { return {text}; }

std::vector<order_adjustment_view> adjustments_of(order_record const& o) {
    std::vector<order_adjustment_view> out;
    for (adjustment_record const& a : o.adjustments) out.push_back({a.kind, a.label, {a.amount, o.currency}});
    return out;
}

order_totals totals_of(order_record const& o) {
    auto const sums = total_of(o.lines, o.adjustments);
    if (!sums) throw std::logic_error("a stored order's money does not add up");
    auto const money = [&](std::int64_t amount) { return core::money{amount, o.currency}; };
    return {money(sums->subtotal), money(sums->discount), money(sums->shipping), money(sums->tax),
            money(sums->total)};
}

template <class Record>
order_actor actor_of(Record const& r) {
    return {r.actor_kind, {r.actor_id}, {r.actor_name}};
}

staff_line_view staff_line(order_record const& o, line_record const& l, http::reach const& seen) {
    staff_line_view v{.id = l.id,
                      .variant_id = l.variant_id,
                      .product_title = l.product_title,
                      .variant_title = l.variant_title,
                      .sku = maybe(l.sku),
                      .quantity = l.quantity,
                      .unit_price = {l.unit_amount, o.currency},
                      .total = {l.total_amount, o.currency},
                      .allocations = {}};
    for (inventory::holding const& h : o.holdings)
        if (h.order_line_id == l.id && seen.includes(h.location_id))
            v.allocations.push_back({h.location_id, h.quantity, h.state});
    return v;
}

payment_view payment_of(order_record const& o, payment_record const& p) {
    payment_view v{p.id, p.provider, p.events.back().kind, {p.amount, o.currency}, {}};
    for (payment_event const& e : p.events)
        v.events.push_back({e.seq, e.kind, {e.amount, o.currency}, e.at, actor_of(e)});
    return v;
}

}  // namespace

order_view shopper_view(order_record const& o) {
    order_view v{.id = o.id,
                 .number = o.number,
                 .status = o.now().status,
                 .version = std::ssize(o.history),
                 .placed_at = o.placed_at,
                 .payment_due_at = {o.payment_due_at},
                 .currency = o.currency,
                 .email = o.email,
                 .lines = {},
                 .adjustments = adjustments_of(o),
                 .totals = totals_of(o),
                 .shipping_address = {o.shipping_address},
                 .billing_address = {o.billing_address},
                 .history = {}};
    for (line_record const& l : o.lines)
        v.lines.push_back({l.id,
                           l.variant_id,
                           l.product_title,
                           l.variant_title,
                           maybe(l.sku),
                           l.quantity,
                           {l.unit_amount, o.currency},
                           {l.total_amount, o.currency}});
    for (history_record const& h : o.history)
        v.history.push_back({h.seq, h.status, h.at, {h.actor_kind, {}, {}}, maybe(h.reason)});
    return v;
}

staff_order_view staff_view(order_record const& o, http::reach const& seen, http::reach const& moves) {
    staff_order_view v{.id = o.id,
                       .number = o.number,
                       .status = o.now().status,
                       .version = std::ssize(o.history),
                       .placed_at = o.placed_at,
                       .payment_due_at = {o.payment_due_at},
                       .currency = o.currency,
                       .email = o.email,
                       .customer_id = {o.customer_id},
                       .partial = !covers(seen, o),
                       .lines = {},
                       .adjustments = adjustments_of(o),
                       .totals = totals_of(o),
                       .shipping_address = {o.shipping_address},
                       .billing_address = {o.billing_address},
                       .payments = {},
                       .history = {},
                       .allowed_transitions = {}};
    for (line_record const& l : o.lines)
        if (touches(seen, o, l)) v.lines.push_back(staff_line(o, l, seen));
    for (payment_record const& p : o.payments) v.payments.push_back(payment_of(o, p));
    for (history_record const& h : o.history)
        v.history.push_back({h.seq, h.status, h.at, actor_of(h), maybe(h.reason)});
    if (covers(moves, o)) v.allowed_transitions = lifecycle.next(o.now().status);
    return v;
}

order_summary summary_view(summary_row r) {
    return {r.id,        r.number,           r.status,   r.seq + 1,
            r.placed_at, std::move(r.email), r.quantity, {r.total, r.currency},
            r.partial};
}

http::reach where_orders_are_moved(http::call& c) {
    return work::service<work::rights>(c).reach_of(c.who, transition_order);
}

bool opens(tracking_token const& token, order_record const& o) {
    auto const digest = crypto::sha256(token.value);
    auto const text = [](auto const& bytes) {
        return std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    };
    return crypto::equal(text(digest), text(o.tracking_digest));
}

}  // namespace orders
