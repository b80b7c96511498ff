#include "orders/placing.hpp"

#include "audit/audit.hpp"
#include "crypto/digest.hpp"
#include "orders/events.hpp"
#include "orders/places.hpp"
#include "work/outbox.hpp"

#include <algorithm>

namespace orders {
namespace {

// What the audit trail says of a new order. The person is in the order; the trail points there.
struct audited_order {
    std::int64_t number;
    order_status status;
    core::currency currency;
    std::int64_t total;
};
BOOST_DESCRIBE_STRUCT(audited_order, (), (number, status, currency, total))

drawn_ids draw_ids(std::size_t lines) {
    drawn_ids ids{
        .order = core::make_uuid7(), .lines = std::vector<core::uuid>(lines), .shipping = core::make_uuid7()};
    std::ranges::generate(ids.lines, [] { return core::make_uuid7(); });
    return ids;
}

core::bytes digest_of(std::string_view token) {
    auto const digest = crypto::sha256(token);
    return {digest.begin(), digest.end()};
}

// Is the ETag in a list of them? Weak ones never match (RFC 9110, 13.1.1).
bool names(std::string_view list, std::string_view etag) {
    std::size_t const at = list.find(etag);
    return at != list.npos && !list.substr(0, at).ends_with("W/");
}

// What the catalogue says can be sold, over all locations together, as if it were on one shelf: a line is
// short there when it is short in the rows.
std::vector<inventory::stock_row> shelf_of(std::span<catalog::sellable const> offered) {
    std::vector<inventory::stock_row> out;
    for (catalog::sellable const& s : offered)
        out.push_back({.variant_id = s.variant_id,
                       .location_id = {},
                       .priority = 0,
                       .on_hand = s.available,
                       .reserved = 0,
                       .backorder_limit = 0});
    return out;
}

payment_record payment_of(payment_provider provider, std::int64_t amount, work::actor const& by,
                          core::timestamp at) {
    payment_record out{.id = core::make_uuid7(), .provider = provider, .amount = amount, .events = {}};
    out.events.push_back({.payment_id = out.id,
                          .seq = 0,
                          .kind = payment_lifecycle.initial,
                          .amount = amount,
                          .actor_kind = by.kind,
                          .actor_id = by.id,
                          .actor_name = {},
                          .at = at});
    return out;
}

order_record record_of(wish const& w, plan p, drawn_number drawn, std::string_view token) {
    work::actor const& by = w.by;
    auto const due = payment_due(drawn.now, p.priced.sums.total, w.pay_within);
    return {.id = p.ids.order,
            .number = drawn.number,
            .cart_id = p.cart.id,
            .customer_id = by.kind == http::principal_kind::customer ? by.id : std::nullopt,
            .tracking_digest = digest_of(token),
            .email = std::move(*p.cart.email),
            .currency = p.cart.currency,
            .placed_at = drawn.now,
            .pay_by = due,
            .payment_due_at = due,
            .lines = std::move(p.priced.lines),
            .adjustments = std::move(p.priced.adjustments),
            .shipping_address = std::move(p.cart.shipping_address),
            .billing_address = std::move(p.cart.billing_address),
            .history = {{.seq = 0,
                         .status = lifecycle.initial,
                         .actor_kind = by.kind,
                         .actor_id = by.id,
                         .actor_name = {},
                         .reason = {},
                         .at = drawn.now}},
            .payments = {payment_of(w.provider, p.priced.sums.total, by, drawn.now)},
            .holdings = {}};
}

}  // namespace

core::result<plan> plan_order(wish const& w, cart::open_cart cart,
                              std::span<catalog::sellable const> offered) {
    if (!w.seen.empty() && !names(w.seen, cart::etag_of(w.cart, cart, offered))) return core::version_stale;
    drawn_ids ids = draw_ids(cart.lines.size());
    auto priced = price(ids, cart, offered, shelf_of(offered));
    if (!priced) return priced.error();
    return plan{std::move(cart), std::move(ids), std::move(*priced)};
}

void placements::add(wish const& w, plan p, inventory::allocation from, drawn_number drawn) {
    totals.push_back(p.priced.sums.total);
    allocations.push_back(std::move(from));
    by.push_back(w.by);
    tracking_tokens.push_back(crypto::random_token(24));
    orders.push_back(record_of(w, std::move(p), drawn, tracking_tokens.back()));
}

void queue_rows(db::transaction& t, placements const& all) {
    std::vector<cart::became> became;
    std::vector<audit::note> notes;
    std::vector<work::event> announced;
    for (std::size_t i = 0; i < all.orders.size(); ++i) {
        order_record const& o = all.orders[i];
        became.push_back({o.cart_id, o.id});
        audited_order const fresh{o.number, lifecycle.initial, o.currency, all.totals[i]};
        notes.push_back({all.by[i], "orders", core::to_string(o.id), audit::created(fresh)});
        announced.push_back({events::placed, o.id, {"{\"number\":" + std::to_string(o.number) + "}"}});
    }
    insert_orders(t, all.orders);
    insert_places(t, all.orders, all.allocations);
    cart::mark_ordered(t, became);
    audit::record(t, notes);
    work::announce(t, announced);
}

std::vector<inventory::taken> taken_by(placements const& all) {
    std::vector<inventory::taken> out;
    for (std::size_t i = 0; i < all.orders.size(); ++i) out.push_back({&all.allocations[i], &all.by[i]});
    return out;
}

}  // namespace orders
