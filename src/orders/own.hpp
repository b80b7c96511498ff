// Whose an order is: of the customer who placed it, or whose address a guest has placed it with.
#pragma once

#include "db/database.hpp"
#include "db/sql_text.hpp"
#include "http/call.hpp"
#include "identity/identity.hpp"
#include "orders/api.hpp"

namespace orders {

// Neither a tracking token nor a customer: nobody's order can be meant.
core::result<core::nothing> names_somebody(http::call const& c, std::optional<tracking_token> const& token);

// Asks whether this customer's; nothing where there is no such order.
inline constexpr std::string_view own_sql_head =
    "select coalesce(o.customer_id = $1 or (o.customer_id is null and lower(o.email) = ";
inline constexpr std::string_view own_sql_tail = "), false) as value from sales.orders o where o.id = $2";
inline constexpr db::statement<bool(core::uuid, core::uuid)> is_own{
    "orders.is_own", db::joined<own_sql_head, identity::customer_address_sql, own_sql_tail>};

// Whether the caller may see it: by its token, or because it is theirs.
core::task<bool> may_see(http::call& c, std::optional<tracking_token> token, order_record const& o);

}  // namespace orders
