// What commands, and domains above this one, may do with orders inside their transaction.
#pragma once

#include "cart/cart.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "inventory/inventory.hpp"
#include "orders/machine.hpp"
#include "work/context.hpp"
#include "work/order_numbers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orders {

// ---- an order as it is stored ----

BOOST_DEFINE_ENUM_CLASS(adjustment_kind, shipping, tax, discount)

struct line_record {  // what was bought, as it was when it was bought
    core::uuid id;
    core::uuid variant_id;
    std::string product_title;
    std::string variant_title;
    std::optional<std::string> sku;
    std::int64_t quantity = 0;
    std::int64_t unit_amount = 0;
    std::int64_t total_amount = 0;
};
BOOST_DESCRIBE_STRUCT(line_record, (),
                      (id, variant_id, product_title, variant_title, sku, quantity, unit_amount,
                       total_amount))

struct adjustment_record {  // money beside the lines; a discount is negative
    core::uuid id;
    adjustment_kind kind = adjustment_kind::shipping;
    std::string label;
    std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(adjustment_record, (), (id, kind, label, amount))

struct history_record {
    std::int32_t seq = 0;
    order_status status = order_status::pending;
    http::principal_kind actor_kind = http::principal_kind::guest;
    std::optional<core::uuid> actor_id;
    std::optional<std::string> actor_name;  // as it is now; not stored here
    std::optional<std::string> reason;
    core::timestamp at;
};
BOOST_DESCRIBE_STRUCT(history_record, (), (seq, status, actor_kind, actor_id, actor_name, reason, at))

struct payment_event {
    core::uuid payment_id;
    std::int32_t seq = 0;
    payment_state kind = payment_state::requested;
    std::int64_t amount = 0;
    http::principal_kind actor_kind = http::principal_kind::guest;
    std::optional<core::uuid> actor_id;
    std::optional<std::string> actor_name;
    core::timestamp at;
};
BOOST_DESCRIBE_STRUCT(payment_event, (),
                      (payment_id, seq, kind, amount, actor_kind, actor_id, actor_name, at))

struct payment_record {
    core::uuid id;
    payment_provider provider = payment_provider::manual;
    std::int64_t amount = 0;
    std::vector<payment_event> events;  // by seq, at least one
};

struct order_record {
    core::uuid id;
    std::int64_t number = 0;
    core::uuid cart_id;
    std::optional<core::uuid> customer_id;
    core::bytes tracking_digest;  // SHA-256 of the token that opens it to a guest
    std::string email;
    core::currency currency;
    core::timestamp placed_at;
    std::optional<core::timestamp> pay_by;  // given when it was placed; none: nobody waited for its money
    std::optional<core::timestamp> payment_due_at;  // the same, as long as somebody waits
    std::vector<line_record> lines;
    std::vector<adjustment_record> adjustments;
    std::optional<cart::address> shipping_address;
    std::optional<cart::address> billing_address;
    std::vector<history_record> history;  // by seq, at least one: the last is the order's state
    std::vector<payment_record> payments;
    std::vector<inventory::holding> holdings;

    history_record const& now() const { return history.back(); }
};

// ---- placing ----

struct placed {
    order_record order;
    std::string tracking_token;  // said once; only its digest is stored
};

// Locks the cart, prices it from the catalogue, reserves its stock and queues every row of the order, with
// audit entry and event; the caller adds its own rows (an idempotency key) and commits. Three round trips
// with the commit. `seen` lists ETags: unless the cart, at today's prices, has one of them, version_stale.
core::task<core::result<placed>> place(db::transaction& t, core::uuid cart_capability,
                                       payment_provider provider, work::actor by, std::string seen = {});
extern std::span<db::refusal const> const placing_refusals;  // for transact(); work::key_taken is among them

// ---- moving on ----

struct move {
    core::uuid order_id;
    order_status to = order_status::confirmed;
    std::optional<std::string> reason;
    std::optional<std::int64_t> expected_seq;
};

// Locks stock and order, decides, and queues the history row with all that follows from it: cancelled gives
// the stock back and voids or refunds the payments; shipped takes the units off the shelf. The caller
// commits.
core::task<core::result<order_record>> move_on(db::transaction& t, move what, work::actor by);
extern std::span<db::refusal const> const moving_refusals;

// Locks the order and queues the next event of its open payment, for money that no provider reports:
// captured, refunded. The caller commits.
core::task<core::result<order_record>> pay(db::transaction& t, core::uuid order_id, payment_state to,
                                           work::actor by);

// The numbers of these orders, for domains below (work/order_numbers.hpp).
extern db::statement<work::numbered_order(std::vector<core::uuid>)> const number_orders;

// ---- failures ----

inline constexpr core::failure cart_not_ready{"cart_not_ready", core::fault::conflict,
                                              "The cart cannot be ordered as it is."};
inline constexpr core::failure amount_too_large{"amount_too_large", core::fault::conflict,
                                                "The order's total is larger than can be computed with."};
inline constexpr core::failure order_not_found{"order_not_found", core::fault::missing,
                                               "There is no such order."};
inline constexpr core::failure order_not_yet_placed{"order_not_yet_placed", core::fault::missing,
                                                    "The order had not been placed at that time."};
inline constexpr core::failure transition_not_allowed{"order_transition_not_allowed", core::fault::conflict,
                                                      "An order in this state cannot become that."};
inline constexpr core::failure order_changed{"order_changed", core::fault::conflict,
                                             "The order has moved on meanwhile; load it again."};

}  // namespace orders
