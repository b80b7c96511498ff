// Pure decisions about orders: what a cart becomes, what it costs, which way an order may go and what
// follows.
#pragma once

#include "catalog/catalog.hpp"
#include "orders/orders.hpp"
#include "orders/terms.hpp"

namespace orders {

struct totals {
    std::int64_t subtotal = 0;
    std::int64_t discount = 0;  // 0 or negative
    std::int64_t shipping = 0;
    std::int64_t tax = 0;
    std::int64_t total = 0;

    bool operator==(totals const&) const = default;
};

// What the lines and adjustments add up to; amount_too_large when that is beyond what money may be.
core::result<totals> total_of(std::span<line_record const> lines,
                              std::span<adjustment_record const> adjustments);

struct basket {  // what a cart becomes: priced, allocated, not yet an order
    std::vector<line_record> lines;
    std::vector<adjustment_record> adjustments;
    totals sums;
    inventory::allocation allocation;
};

struct drawn_ids {
    core::uuid order;
    std::vector<core::uuid> lines;  // one for each line of the cart
    core::uuid shipping;
};

// What its lines ask for of the stock, in their order.
std::vector<inventory::demand> demands_of(drawn_ids const& ids, cart::open_cart const& cart);

// In order: is the cart whole, is everything for sale, is there enough in stock (every fault at once, with
// pointers into the cart), then the arithmetic.
core::result<basket> price(drawn_ids const& ids, cart::open_cart const& cart,
                           std::span<catalog::sellable const> sellables,
                           std::span<inventory::stock_row const> stock);

// The history row that the move adds, or why not: order_changed, transition_not_allowed.
core::result<history_record> next_step(order_record const& order, move const& what, work::actor const& by,
                                       core::timestamp at);

// Until when it waits for its money: never again once some has come, or when it has moved on.
std::optional<core::timestamp> still_to_pay_by(order_record const& order);

// The order as it stood at an instant: order_not_yet_placed, or invalid when the instant lies beyond `now`.
// What it holds of the stock is settled by its steps, so they tell what was still open.
core::result<order_record> as_it_was(order_record order, core::timestamp at, core::timestamp now);
// Until when an order that is placed now waits for its money; one that costs nothing waits for none.
std::optional<core::timestamp> payment_due(core::timestamp placed_at, std::int64_t total,
                                           payment_terms::period within);
// Whether nobody has paid for it and nobody has taken it on: then its time can run out.
bool waits_for_money(order_record const& order);

// What happens to the stock that the order holds.
std::optional<inventory::settlement> settles(order_status to);

// What a cancellation does to the payments: money that came is to be refunded, the others are void.
std::vector<payment_event> undo_payments(order_record const& order, work::actor const& by,
                                         core::timestamp at);

inline constexpr core::failure payment_not_allowed{
    "payment_not_allowed", core::fault::conflict, "No payment of this order is in a state that allows this."};

// The event that records what staff saw happen with the order's money.
core::result<payment_event> record_payment(order_record const& order, payment_state kind,
                                           work::actor const& by, core::timestamp at);

}  // namespace orders
