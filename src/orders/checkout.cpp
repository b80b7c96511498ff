// From a cart to an order: for requests through the lane, for commands inside a transaction of theirs.
#include "orders/handlers.hpp"

#include "orders/deadlines.hpp"
#include "orders/lane.hpp"
#include "orders/placing.hpp"
#include "work/context.hpp"

namespace orders {

static constexpr db::refusal placing_list[] = {{"cart_ordered_once", &cart::already_ordered},
                                               {"stock_not_oversold", &inventory::out_of_stock},
                                               work::key_taken};
constinit std::span<db::refusal const> const placing_refusals = placing_list;

core::task<core::result<placed>> place(db::transaction& t, core::uuid cart_capability,
                                       payment_provider provider, work::actor by, std::string seen) {
    wish const w{.cart = cart_capability, .provider = provider, .by = std::move(by), .seen = std::move(seen)};
    auto cart = co_await cart::lock_for_order(t, w.cart);
    if (!cart) co_return cart::cart_not_found;
    if (cart->order_id) co_return cart::already_ordered;
    std::vector<core::uuid> variants;
    for (cart::cart_line const& l : cart->lines) variants.push_back(l.variant_id);
    auto const sellables = t.add(catalog::load_sellables, variants, cart->currency);
    auto const stock = inventory::lock_stock(t, variants);
    auto const drawn = t.add(draw_numbers, 1);
    co_await t.run();

    auto decided = plan_order(w, std::move(*cart), sellables.all());
    if (!decided) co_return decided.error();
    auto given = inventory::allocate(stock.all(), decided->demands());
    if (!given) co_return given.error();
    // From here on it succeeds.
    placements one;
    one.add(w, std::move(*decided), std::move(*given), drawn.one());
    queue_rows(t, one);
    inventory::reserve(t, taken_by(one));
    co_return placed{std::move(one.orders.front()), std::move(one.tracking_tokens.front())};
}

answer<placed_order_view> serve_checkout(http::call& c, checkout_request in) {
    wish w{.cart = in.id, .provider = in.payment.provider, .by = work::actor_of(c), .seen = {}};
    w.pay_within = work::service<deadlines>(c).terms.of(w.provider);
    if (c.if_match.given && !c.if_match.any) w.seen = c.in.list_field("if-match");
    lane& together = work::environment_of(c).lent_or_own<lane>();
    co_return co_await work::settled(c, [&] { return together.place(c, w); });
}

}  // namespace orders
