// From a cart to an order: lock and load in two round trips, decide, write all with the commit in a third.
#include "orders/handlers.hpp"

#include "audit/audit.hpp"
#include "crypto/digest.hpp"
#include "orders/events.hpp"
#include "orders/store.hpp"
#include "orders/views.hpp"
#include "work/context.hpp"
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

std::vector<core::uuid> variants_of(cart::open_cart const& cart) {
    std::vector<core::uuid> out;
    for (cart::cart_line const& l : cart.lines) out.push_back(l.variant_id);
    return out;
}

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

placed order_of(core::uuid id, cart::open_cart cart, basket priced, drawn_number drawn,
                payment_provider provider, work::actor const& by) {
    placed out{.order = {}, .tracking_token = crypto::random_token(24)};
    payment_record payment{
        .id = core::make_uuid7(), .provider = provider, .amount = priced.sums.total, .events = {}};
    payment.events.push_back({.payment_id = payment.id,
                              .seq = 0,
                              .kind = payment_lifecycle.initial,
                              .amount = payment.amount,
                              .actor_kind = by.kind,
                              .actor_id = by.id,
                              .at = drawn.now});
    out.order = {.id = id,
                 .number = drawn.number,
                 .cart_id = cart.id,
                 .customer_id = by.kind == http::principal_kind::customer ? by.id : std::nullopt,
                 .tracking_digest = digest_of(out.tracking_token),
                 .email = std::move(*cart.email),
                 .currency = cart.currency,
                 .placed_at = drawn.now,
                 .lines = std::move(priced.lines),
                 .adjustments = std::move(priced.adjustments),
                 .shipping_address = std::move(cart.shipping_address),
                 .billing_address = std::move(cart.billing_address),
                 .history = {{.seq = 0,
                              .status = lifecycle.initial,
                              .actor_kind = by.kind,
                              .actor_id = by.id,
                              .reason = {},
                              .at = drawn.now}},
                 .payments = {std::move(payment)},
                 .holdings = {}};
    return out;
}

// Is the ETag in a list of them? Weak ones never match (RFC 9110, 13.1.1).
bool names(std::string_view list, std::string_view etag) {
    std::size_t const at = list.find(etag);
    return at != list.npos && !list.substr(0, at).ends_with("W/");
}

answer<placed_order_view> checkout_once(db::transaction& t, http::call& c, checkout_request in) {
    std::string seen;
    if (c.if_match.given && !c.if_match.any) seen = c.in.list_field("if-match");
    auto const done = co_await place(t, in.id, in.payment.provider, work::actor_of(c), seen);
    if (!done) co_return done.error();
    placed_order_view view{shopper_view(done->order), done->tracking_token};
    work::remember(t, c, checkout.success, view);
    co_await t.commit();
    co_return view;
}

}  // namespace

static constexpr db::refusal placing_list[] = {{"cart_ordered_once", &cart::already_ordered},
                                               {"stock_not_oversold", &inventory::out_of_stock},
                                               work::key_taken};
constinit std::span<db::refusal const> const placing_refusals = placing_list;

core::task<core::result<placed>> place(db::transaction& t, core::uuid cart_capability,
                                       payment_provider provider, work::actor by, std::string seen) {
    auto cart = co_await cart::lock_for_order(t, cart_capability);
    if (!cart) co_return cart::cart_not_found;
    if (cart->order_id) co_return cart::already_ordered;
    auto const variants = variants_of(*cart);
    auto const sellables = t.add(catalog::load_sellables, variants, cart->currency);
    auto const stock = inventory::lock_stock(t, variants);
    auto const drawn = t.add(draw_number);
    co_await t.run();

    if (!seen.empty() && !names(seen, cart::etag_of(cart_capability, *cart, sellables.all())))
        co_return core::version_stale;
    drawn_ids const ids = draw_ids(cart->lines.size());
    auto priced = price(ids, *cart, sellables.all(), stock.all());
    if (!priced) co_return priced.error();
    // From here on it succeeds.
    inventory::allocation const allocation = std::move(priced->allocation);
    audited_order const fresh{drawn.one().number, lifecycle.initial, cart->currency, priced->sums.total};
    placed out = order_of(ids.order, std::move(*cart), std::move(*priced), drawn.one(), provider, by);
    insert_orders(t, std::span(&out.order, 1));
    inventory::reserve(t, allocation, by);
    cart::mark_ordered(t, out.order.cart_id, out.order.id);
    audit::record(t, by, "orders", out.order.id, audit::created(fresh));
    work::announce(t, events::placed, out.order.id,
                   {"{\"number\":" + std::to_string(out.order.number) + "}"});
    co_return out;
}

answer<placed_order_view> serve_checkout(http::call& c, checkout_request in) {
    co_return co_await work::exactly_once(c, [&] {
        return work::database(c).transact(placing_refusals,
                                          [&](db::transaction& t) { return checkout_once(t, c, in); });
    });
}

}  // namespace orders
