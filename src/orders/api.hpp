// Everything the outside world may say to orders: checkout, tracking, and what staff do.
#pragma once

#include "http/endpoint.hpp"
#include "orders/orders.hpp"
#include "orders/places.hpp"
#include "orders/rules.hpp"
#include "work/idempotency.hpp"
#include "work/page.hpp"

namespace orders {

// ---- views ----

struct order_line_view {
    core::uuid id;
    core::uuid variant_id;
    std::string product_title;
    std::string variant_title;
    http::nullable<std::string> sku;
    std::int64_t quantity;
    core::money unit_price;
    core::money total;
};
BOOST_DESCRIBE_STRUCT(order_line_view, (),
                      (id, variant_id, product_title, variant_title, sku, quantity, unit_price, total))

struct order_adjustment_view {
    adjustment_kind kind;
    std::string label;
    core::money amount;  // a discount is negative
};
BOOST_DESCRIBE_STRUCT(order_adjustment_view, (), (kind, label, amount))

struct order_totals {
    core::money subtotal;
    core::money discount;
    core::money shipping;
    core::money tax;
    core::money total;
};
BOOST_DESCRIBE_STRUCT(order_totals, (), (subtotal, discount, shipping, tax, total))

struct order_actor {  // id and name are null for shoppers: they see what kind it was, not who
    http::principal_kind kind;
    http::nullable<core::uuid> id;
    http::nullable<std::string> name;
};
BOOST_DESCRIBE_STRUCT(order_actor, (), (kind, id, name))

struct order_step_view {
    std::int32_t seq;
    order_status status;
    core::timestamp at;
    order_actor actor;
    http::nullable<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(order_step_view, (), (seq, status, at, actor, reason))

struct order_view {
    core::uuid id;
    std::int64_t number;
    order_status status;
    std::int64_t version;  // the number of steps in the history
    core::timestamp placed_at;
    http::nullable<core::timestamp> payment_due_at;  // unpaid by then, it is cancelled; null: it need not be
    core::currency currency;
    std::string email;
    std::vector<order_line_view> lines;
    std::vector<order_adjustment_view> adjustments;
    order_totals totals;
    http::nullable<cart::address> shipping_address;
    http::nullable<cart::address> billing_address;
    std::vector<order_step_view> history;
};
BOOST_DESCRIBE_STRUCT(order_view, (),
                      (id, number, status, version, placed_at, payment_due_at, currency, email, lines,
                       adjustments, totals, shipping_address, billing_address, history))

struct placed_order_view {
    order_view order;
    std::string tracking_token;  // opens the order to whoever holds it; said here only
};
BOOST_DESCRIBE_STRUCT(placed_order_view, (), (order, tracking_token))

struct allocation_view {
    core::uuid location_id;
    std::int64_t quantity;
    std::string state;  // open, released, shipped
};
BOOST_DESCRIBE_STRUCT(allocation_view, (), (location_id, quantity, state))

struct staff_line_view {
    core::uuid id;
    core::uuid variant_id;
    std::string product_title;
    std::string variant_title;
    http::nullable<std::string> sku;
    std::int64_t quantity;
    core::money unit_price;
    core::money total;
    std::vector<allocation_view> allocations;
};
BOOST_DESCRIBE_STRUCT(staff_line_view, (),
                      (id, variant_id, product_title, variant_title, sku, quantity, unit_price, total,
                       allocations))

struct payment_event_view {
    std::int32_t seq;
    payment_state kind;
    core::money amount;
    core::timestamp at;
    order_actor actor;
};
BOOST_DESCRIBE_STRUCT(payment_event_view, (), (seq, kind, amount, at, actor))

struct payment_view {
    core::uuid id;
    payment_provider provider;
    payment_state state;
    core::money amount;
    std::vector<payment_event_view> events;
};
BOOST_DESCRIBE_STRUCT(payment_view, (), (id, provider, state, amount, events))

struct staff_order_view {
    core::uuid id;
    std::int64_t number;
    order_status status;
    std::int64_t version;  // the number of steps in the history
    core::timestamp placed_at;
    http::nullable<core::timestamp> payment_due_at;  // as the shopper sees it
    core::currency currency;
    std::string email;
    http::nullable<core::uuid> customer_id;
    bool partial;  // more of it lies at locations that the caller may not see: lines and allocations are
                   // missing
    std::vector<staff_line_view> lines;
    std::vector<order_adjustment_view> adjustments;
    order_totals totals;
    http::nullable<cart::address> shipping_address;
    http::nullable<cart::address> billing_address;
    std::vector<payment_view> payments;
    std::vector<order_step_view> history;
    std::vector<order_status> allowed_transitions;  // from here, by this caller
};
BOOST_DESCRIBE_STRUCT(staff_order_view, (),
                      (id, number, status, version, placed_at, payment_due_at, currency, email, customer_id,
                       partial, lines, adjustments, totals, shipping_address, billing_address, payments,
                       history, allowed_transitions))

struct order_summary {
    core::uuid id;
    std::int64_t number;
    order_status status;
    std::int64_t version;
    core::timestamp placed_at;
    std::string email;
    std::int64_t quantity;  // units, of all that the caller may see
    core::money total;
    bool partial;  // more of it lies at locations that the caller may not see
};
BOOST_DESCRIBE_STRUCT(order_summary, (),
                      (id, number, status, version, placed_at, email, quantity, total, partial))

// ---- requests ----

struct checkout_payment {
    payment_provider provider = payment_provider::manual;
};
BOOST_DESCRIBE_STRUCT(checkout_payment, (), (provider))

struct checkout_request {
    core::uuid id;  // the cart's
    checkout_payment payment;
};
BOOST_DESCRIBE_STRUCT(checkout_request, (), (id, payment))

using tracking_token = core::text<1, 100>;

struct track_order_request {
    core::uuid id;
    std::optional<tracking_token> token;  // a guest's; customers who have signed in need none for their own
};
BOOST_DESCRIBE_STRUCT(track_order_request, (), (id, token))

using transition_reason = core::text<1, 500>;

struct cancel_order_request {
    core::uuid id;
    std::optional<tracking_token> token;  // as for tracking
    std::optional<transition_reason> reason;
};
BOOST_DESCRIBE_STRUCT(cancel_order_request, (), (id, token, reason))

struct own_orders_request {
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(own_orders_request, (), (after, limit))

struct list_orders_request {
    std::optional<order_status> status;
    std::optional<core::timestamp> placed_after;
    std::optional<core::timestamp> placed_before;
    std::optional<work::search_text> q;
    std::optional<core::text<1, 40>> sort;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_orders_request, (), (status, placed_after, placed_before, q, sort, limit, after))

struct get_order_request {
    core::uuid id;
    std::optional<core::timestamp> at;
};
BOOST_DESCRIBE_STRUCT(get_order_request, (), (id, at))

struct transition_request {
    core::uuid id;
    order_status to = order_status::confirmed;
    std::optional<transition_reason> reason;
    std::optional<core::integer<0, 1'000'000>> expected_seq;
};
BOOST_DESCRIBE_STRUCT(transition_request, (), (id, to, reason, expected_seq))

BOOST_DEFINE_ENUM_CLASS(recorded_payment, captured, refunded)

struct record_payment_request {
    core::uuid id;
    recorded_payment kind = recorded_payment::captured;
};
BOOST_DESCRIBE_STRUCT(record_payment_request, (), (id, kind))

// ---- endpoints ----

inline constexpr http::endpoint<checkout_request, placed_order_view> checkout{{
    .verb = http::method::post,
    .path = "/v1/shop/carts/{id}/checkout",
    .id = "checkout",
    .allow = http::access::everyone().or_told(),
    .summary = "Order what is in the cart, as a guest or as the customer who has signed in",
    .description =
        "The order is priced from the catalogue and reserves its stock. The tracking token opens it to "
        "whoever "
        "holds it and is said in this answer only. Unpaid at `payment_due_at`, it is cancelled, unless staff "
        "have taken it on before. 409 names every line that cannot be ordered. With the "
        "ETag "
        "under which the cart was last shown as If-Match, exactly that is ordered: 412 when another tab, a "
        "price or a title has changed since.",
    .success = 201,
    .retry = http::replay::keyed,
    .match = http::precondition::honoured,
    .statements = 18,
    .fails_with = {&cart::cart_not_found, &cart::already_ordered, &cart_not_ready, &inventory::out_of_stock,
                   &amount_too_large, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<track_order_request, order_view> track_order{{
    .verb = http::method::get,
    .path = "/v1/shop/orders/{id}",
    .id = "trackOrder",
    .allow = http::access::everyone().or_told(),
    .summary = "See an order with its tracking token, or as the customer whose it is",
    .statements = 9,
    .fails_with = {&order_not_found},
}};

inline constexpr http::endpoint<cancel_order_request, order_view> cancel_order{{
    .verb = http::method::post,
    .path = "/v1/shop/orders/{id}/cancel",
    .id = "cancelOrder",
    .allow = http::access::everyone().or_told(),
    .summary = "Cancel an order that is not yet being worked on",
    .description = "With its tracking token, or as the customer whose it is.",
    .statements = 18,
    .fails_with = {&order_not_found, &transition_not_allowed, &order_changed, &work::key_reused,
                   &work::key_in_use},
}};

inline constexpr http::endpoint<own_orders_request, http::page<order_summary>> list_own_orders{{
    .verb = http::method::get,
    .path = "/v1/shop/account/orders",
    .id = "listOwnOrders",
    .allow = http::access::customer(),
    .summary = "One's own orders, newest first",
    .description = "Also those that were placed as a guest with the address of one's account.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<list_orders_request, http::page<order_summary>> list_orders{{
    .verb = http::method::get,
    .path = "/v1/admin/orders",
    .id = "listOrders",
    .allow = http::access::permission("orders").by_location(),
    .summary = "Orders, newest first",
    .description =
        "`q` finds an order by its number, `1234` or `#1234`; otherwise by a part, of at least three letters "
        "or digits, of the e-mail address or of the name it is shipped to. `sort` is `-placed_at` or "
        "`placed_at`. Whoever may see some locations alone sees the orders of which a part lies there.",
    .statements = 2,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<get_order_request, staff_order_view> get_order{{
    .verb = http::method::get,
    .path = "/v1/admin/orders/{id}",
    .id = "getOrder",
    .allow = http::access::permission("orders").by_location(),
    .summary = "Show an order with its allocations, payments and what may come next",
    .description =
        "Whoever may see some locations alone sees the lines of which a part lies there, with these "
        "parts; `partial` tells that there is more. What is of the order as a whole is shown as it is. With "
        "`at` "
        "the order is shown as it stood then: its state, history, payments and allocations; nothing may come "
        "next in the past. An instant that has not come yet is refused.",
    .statements = 8,
    .fails_with = {&order_not_found, &order_not_yet_placed},
}};

inline constexpr http::endpoint<transition_request, staff_order_view> transition_order{{
    .verb = http::method::post,
    .path = "/v1/admin/orders/{id}/transitions",
    .id = "transitionOrder",
    .allow = http::access::permission("orders").by_location().afresh(),  // a cancellation refunds
    .summary = "Move an order on, or cancel it",
    .description =
        "`expected_seq` is the history's last step that you have seen; the move is refused when another came "
        "after it. Cancelling gives the stock back and voids or refunds the payments; shipping takes the "
        "units off the shelf, and is refused while they have not arrived or older orders hold what has. The "
        "`reason` stands in the order's history, where the shopper reads it too. Whoever may do this at some "
        "locations alone moves the orders that lie wholly there.",
    .match = http::precondition::honoured,
    .statements = 18,
    .fails_with = {&order_not_found, &order_lies_elsewhere_too, &transition_not_allowed, &order_changed,
                   &inventory::insufficient_stock, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<record_payment_request, staff_order_view> add_payment{{
    .verb = http::method::post,
    .path = "/v1/admin/orders/{id}/payments",
    .id = "recordPayment",
    .allow = http::access::permission("payments").afresh(),
    .summary = "Record that money came in or was given back",
    .description =
        "For payments that no provider reports: the whole amount of the order's open payment. An order that "
        "is paid is not cancelled at `payment_due_at` any more.",
    .success = 201,
    .retry = http::replay::keyed,
    .match = http::precondition::honoured,
    .statements = 16,
    .fails_with = {&order_not_found, &payment_not_allowed, &work::key_reused, &work::key_in_use},
}};

}  // namespace orders
