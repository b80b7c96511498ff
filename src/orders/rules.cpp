#include "orders/rules.hpp"

#include <algorithm>

namespace orders {
namespace {

// Adds `part` to `sum` and to nothing else; false on overflow.
bool add(std::int64_t& sum, std::int64_t part) {
    auto const more = core::checked_add(sum, part);
    if (more) sum = *more;
    return more.has_value();
}

std::int64_t& share(totals& t, adjustment_kind kind) {
    switch (kind) {
        case adjustment_kind::shipping: return t.shipping;
        case adjustment_kind::tax: return t.tax;
        case adjustment_kind::discount: break;
    }
    return t.discount;
}

catalog::sellable const* find(std::span<catalog::sellable const> all, core::uuid variant) {
    auto const found = std::ranges::find(all, variant, &catalog::sellable::variant_id);
    return found == all.end() ? nullptr : &*found;
}

using faults = std::vector<core::violation>;

void check_lines(cart::open_cart const& cart, std::span<catalog::sellable const> sellables, faults& out) {
    if (cart.lines.empty()) out.push_back({"/lines", "cart_empty", "must have at least one line"});
    for (std::size_t i = 0; i < cart.lines.size(); ++i) {
        auto const* item = find(sellables, cart.lines[i].variant_id);
        std::string const where = "/lines/" + std::to_string(i);
        if (item == nullptr || !item->for_sale)
            out.push_back({where, "variant_not_for_sale", "is no longer for sale"});
        else if (!item->amount)
            out.push_back({where, "no_price", "has no price in the cart's currency"});
    }
}

void check_delivery(cart::open_cart const& cart, std::span<catalog::sellable const> sellables, faults& out) {
    if (!cart.email) out.push_back({"/email", "required", "is required to order"});
    bool const ships = std::ranges::any_of(sellables, &catalog::sellable::requires_shipping);
    if (ships && !cart.shipping_address)
        out.push_back({"/shipping_address", "required", "is required for what has to be shipped"});
    if (ships && !cart.shipping_method)
        out.push_back({"/shipping_method_id", "required", "is required for what has to be shipped"});
    if (cart.shipping_method && !cart.shipping_method->amount)
        out.push_back({"/shipping_method_id", "not_offered", "is no longer offered in the cart's currency"});
}

core::result<line_record> line_of(core::uuid id, cart::cart_line const& line, catalog::sellable const& item) {
    auto const total = core::checked_multiply(*item.amount, line.quantity);
    if (!total) return amount_too_large;
    return line_record{.id = id,
                       .variant_id = line.variant_id,
                       .product_title = item.product_title,
                       .variant_title = item.variant_title,
                       .sku = item.sku,
                       .quantity = line.quantity,
                       .unit_amount = *item.amount,
                       .total_amount = *total};
}

}  // namespace

std::vector<inventory::demand> demands_of(drawn_ids const& ids, cart::open_cart const& cart) {
    std::vector<inventory::demand> out;
    for (std::size_t i = 0; i < cart.lines.size(); ++i)
        out.push_back({ids.order, ids.lines.at(i), cart.lines[i].variant_id, cart.lines[i].quantity});
    return out;
}

core::result<totals> total_of(std::span<line_record const> lines,
                              std::span<adjustment_record const> adjustments) {
    totals out;
    bool fits = true;
    for (line_record const& l : lines) fits = fits && add(out.subtotal, l.total_amount);
    for (adjustment_record const& a : adjustments) fits = fits && add(share(out, a.kind), a.amount);
    for (std::int64_t const part : {out.subtotal, out.discount, out.shipping, out.tax})
        fits = fits && add(out.total, part);
    if (!fits) return amount_too_large;
    return out;
}

core::result<basket> price(drawn_ids const& ids, cart::open_cart const& cart,
                           std::span<catalog::sellable const> sellables,
                           std::span<inventory::stock_row const> stock) {
    faults found;
    check_lines(cart, sellables, found);
    check_delivery(cart, sellables, found);
    auto allocated = inventory::allocate(stock, demands_of(ids, cart));
    if (!found.empty()) {
        if (!allocated) std::ranges::move(allocated.error().violations, std::back_inserter(found));
        return core::problem{cart_not_ready, std::move(found)};
    }
    if (!allocated) return allocated.error();

    basket out{.lines = {}, .adjustments = {}, .sums = {}, .allocation = std::move(*allocated)};
    for (std::size_t i = 0; i < cart.lines.size(); ++i) {
        auto line = line_of(ids.lines[i], cart.lines[i], *find(sellables, cart.lines[i].variant_id));
        if (!line) return line.error();
        out.lines.push_back(std::move(*line));
    }
    if (cart.shipping_method)
        out.adjustments.push_back({.id = ids.shipping,
                                   .kind = adjustment_kind::shipping,
                                   .label = cart.shipping_method->name,
                                   .amount = *cart.shipping_method->amount});
    auto const sums = total_of(out.lines, out.adjustments);
    if (!sums) return sums.error();
    out.sums = *sums;
    return out;
}

core::result<history_record> next_step(order_record const& order, move const& what, work::actor const& by,
                                       core::timestamp at) {
    if (what.expected_seq && *what.expected_seq != order.now().seq) return order_changed;
    if (!lifecycle.allows(order.now().status, what.to)) return transition_not_allowed;
    return history_record{.seq = order.now().seq + 1,
                          .status = what.to,
                          .actor_kind = by.kind,
                          .actor_id = by.id,
                          .reason = what.reason,
                          .at = at};
}

std::optional<core::timestamp> still_to_pay_by(order_record const& order) {
    bool const paid = std::ranges::any_of(order.payments, [](payment_record const& p) {
        return std::ranges::find(p.events, payment_state::captured, &payment_event::kind) != p.events.end();
    });
    return paid || order.now().status != order_status::pending ? std::nullopt : order.pay_by;
}

core::result<order_record> as_it_was(order_record order, core::timestamp at, core::timestamp now) {
    if (at > now)
        return core::problem{core::invalid_request, {{"/at", "in_the_future", "must not lie in the future"}}};
    auto const later = [at](auto const& event) { return event.at > at; };
    std::erase_if(order.history, later);
    if (order.history.empty()) return order_not_yet_placed;
    for (payment_record& p : order.payments) std::erase_if(p.events, later);
    std::erase_if(order.payments, [](payment_record const& p) { return p.events.empty(); });
    bool const settled = std::ranges::any_of(
        order.history, [](history_record const& h) { return settles(h.status).has_value(); });
    if (!settled)
        for (inventory::holding& h : order.holdings) h.state = "open";
    order.payment_due_at = still_to_pay_by(order);
    return order;
}

std::optional<core::timestamp> payment_due(core::timestamp placed_at, std::int64_t total,
                                           payment_terms::period within) {
    if (!within || total == 0) return std::nullopt;
    return core::timestamp{placed_at.us + std::chrono::microseconds(*within).count()};
}

bool waits_for_money(order_record const& order) {
    return order.now().status == order_status::pending &&
           std::ranges::none_of(order.payments, [](payment_record const& p) {
               return p.events.back().kind == payment_state::captured;
           });
}

std::optional<inventory::settlement> settles(order_status to) {
    if (to == order_status::cancelled) return inventory::settlement::release;
    if (to == order_status::shipped) return inventory::settlement::ship;
    return std::nullopt;
}

namespace {
payment_event event_after(payment_record const& p, payment_state kind, work::actor const& by,
                          core::timestamp at) {
    return {.payment_id = p.id,
            .seq = p.events.back().seq + 1,
            .kind = kind,
            .amount = p.amount,
            .actor_kind = by.kind,
            .actor_id = by.id,
            .at = at};
}
}  // namespace

std::vector<payment_event> undo_payments(order_record const& order, work::actor const& by,
                                         core::timestamp at) {
    std::vector<payment_event> out;
    for (payment_record const& p : order.payments) {
        payment_state const now = p.events.back().kind;
        for (payment_state const to : {payment_state::voided, payment_state::refund_requested})
            if (payment_lifecycle.allows(now, to)) out.push_back(event_after(p, to, by, at));
    }
    return out;
}

core::result<payment_event> record_payment(order_record const& order, payment_state kind,
                                           work::actor const& by, core::timestamp at) {
    for (payment_record const& p : order.payments) {
        bool const by_staff = std::ranges::any_of(providers, [&](provider_traits const& t) {
            return t.provider == p.provider && t.recorded_by_staff;
        });
        if (by_staff && payment_lifecycle.allows(p.events.back().kind, kind))
            return event_after(p, kind, by, at);
    }
    return payment_not_allowed;
}

}  // namespace orders
