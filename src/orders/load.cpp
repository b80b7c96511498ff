// One whole order, read in one round trip: by a read batch, or locked inside a transaction.
#include "orders/load.hpp"

#include "orders/store.hpp"

#include <algorithm>

namespace orders {
constexpr db::statement<work::numbered_order(std::vector<core::uuid>)> number_orders{
    "orders.number_orders", "select id, number from sales.orders where id = any($1)"};

namespace {

template <class Text>
std::optional<Text> text_of(std::optional<std::string> const& field) {
    if (!field) return std::nullopt;
    return Text{*field};
}

cart::address address_of(address_row const& r) {
    return {.name = {r.name},
            .company = text_of<core::text<1, 200>>(r.company),
            .line1 = {r.line1},
            .line2 = text_of<core::text<1, 200>>(r.line2),
            .city = {r.city},
            .region = text_of<core::text<1, 200>>(r.region),
            .postal_code = text_of<core::text<1, 20>>(r.postal_code),
            .country = {r.country},
            .phone = text_of<core::text<1, 40>>(r.phone)};
}

template <class On>
order_tickets queue_order(On& on, core::uuid id) {
    return {.head = on.add(load_head, id),
            .lines = on.add(load_lines, id),
            .adjustments = on.add(load_adjustments, id),
            .addresses = on.add(load_addresses, id),
            .history = on.add(load_history, id),
            .payments = on.add(load_payments, id),
            .events = on.add(load_payment_events, id),
            .holdings = on.add(inventory::load_holdings, id)};
}

}  // namespace

std::optional<order_record> order_tickets::read() const {
    auto h = head.first();
    if (!h) return std::nullopt;
    order_record o{.id = h->id,
                   .number = h->number,
                   .cart_id = h->cart_id,
                   .customer_id = h->customer_id,
                   .tracking_digest = std::move(h->tracking_digest),
                   .email = std::move(h->email),
                   .currency = h->currency,
                   .placed_at = h->placed_at,
                   .payment_due_at = h->payment_due_at,
                   .lines = lines.all(),
                   .adjustments = adjustments.all(),
                   .shipping_address = {},
                   .billing_address = {},
                   .history = history.all(),
                   .payments = {},
                   .holdings = holdings.all()};
    for (address_row const& a : addresses.all())
        (a.kind == "shipping" ? o.shipping_address : o.billing_address) = address_of(a);
    for (payment_row const& p : payments.all()) o.payments.push_back({p.id, p.provider, p.amount, {}});
    for (payment_event& e : events.all()) {
        auto const of = std::ranges::find(o.payments, e.payment_id, &payment_record::id);
        if (of != o.payments.end()) of->events.push_back(e);
    }
    return o;
}

core::task<std::optional<order_record>> load_order(db::scope in, core::uuid id) {
    db::batch b = in.read();
    auto const queued = queue_order(b, id);
    co_await b.run();
    co_return queued.read();
}

core::task<std::optional<dated_order>> load_dated_order(db::scope in, core::uuid id) {
    db::batch b = in.read();
    auto const queued = queue_order(b, id);
    co_await b.run();
    auto order = queued.read();
    if (!order) co_return std::nullopt;
    co_return dated_order{std::move(*order), queued.head.one().now};
}

core::task<std::optional<locked_order>> lock_order(db::transaction& t, core::uuid id, bool with_stock,
                                                   work::actor by) {
    db::ticket<inventory::portion> held;
    db::ticket<identity::actor_name> names;
    if (with_stock) held = inventory::lock_reserved(t, {id});
    t.add(lock_head, id);
    auto const queued = queue_order(t, id);  // statements after the lock: they see what its last holder left
    if (by.id) names = identity::load_names(t, {*by.id});
    co_await t.run();
    auto order = queued.read();
    if (!order) co_return std::nullopt;
    locked_order out{.order = std::move(*order), .held = {}, .now = queued.head.one().now, .actor_name = {}};
    if (with_stock) out.held = held.all();
    if (by.id)
        if (auto known = names.first()) out.actor_name = std::move(known->name);
    co_return out;
}

}  // namespace orders
