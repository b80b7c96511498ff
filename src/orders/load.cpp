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
                   .pay_by = h->pay_by,
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

namespace {

// What is queued behind the locks: each statement sees what the last holder has left.
struct locking {
    db::ticket<inventory::portion> held;
    std::vector<order_tickets> orders;
    db::ticket<identity::actor_name> names;
};

locking queue_locked(db::transaction& t, std::span<mover const> all) {
    locking out;
    for (mover const& m : all) out.orders.push_back(queue_order(t, m.order_id));
    std::vector<core::uuid> actors;
    for (mover const& m : all)
        if (m.by->id) actors.push_back(*m.by->id);
    if (!actors.empty()) out.names = identity::load_names(t, actors);
    return out;
}

std::vector<std::optional<locked_order>> read_locked(locking const& from, std::span<mover const> all,
                                                     bool with_stock) {
    std::vector<inventory::portion> const held =
        with_stock ? from.held.all() : std::vector<inventory::portion>();
    bool const named = std::ranges::any_of(all, [](mover const& m) { return m.by->id.has_value(); });
    std::vector<identity::actor_name> const names =
        named ? from.names.all() : std::vector<identity::actor_name>();
    std::vector<std::optional<locked_order>> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& one = out.emplace_back();
        auto order = from.orders[i].read();
        if (!order) continue;
        one = locked_order{
            .order = std::move(*order), .held = {}, .now = from.orders[i].head.one().now, .actor_name = {}};
        std::ranges::copy_if(held, std::back_inserter(one->held),
                             [&](inventory::portion const& p) { return p.order_id == all[i].order_id; });
        auto const who =
            std::ranges::find_if(names, [&](identity::actor_name const& n) { return all[i].by->id == n.id; });
        if (who != names.end()) one->actor_name = who->name;
    }
    return out;
}

}  // namespace

core::task<std::optional<locked_order>> lock_order(db::transaction& t, core::uuid id, bool with_stock,
                                                   work::actor by) {
    mover const one{id, &by};
    db::ticket<inventory::portion> held;
    if (with_stock) held = inventory::lock_reserved(t, {id});
    t.add(lock_head, id);
    auto queued = queue_locked(t, std::span(&one, 1));
    queued.held = held;
    co_await t.run();
    co_return std::move(read_locked(queued, std::span(&one, 1), with_stock).front());
}

core::task<std::vector<sought_order>> lock_free_orders(db::transaction& t, std::span<mover const> all,
                                                       bool with_stock) {
    std::vector<core::uuid> ids;
    for (mover const& m : all) ids.push_back(m.order_id);
    db::ticket<inventory::portion> held;
    if (with_stock) held = inventory::lock_reserved(t, ids);
    auto const free = t.add(lock_free_heads, ids);
    auto queued = queue_locked(t, all);
    queued.held = held;
    co_await t.run();
    auto const locked = free.all();
    auto found = read_locked(queued, all, with_stock);
    std::vector<sought_order> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        bool const ours = std::ranges::find(locked, all[i].order_id) != locked.end();
        bool const there = found[i].has_value();
        out.push_back({ours ? std::move(found[i]) : std::nullopt, there && !ours});
    }
    co_return out;
}

}  // namespace orders
