#include "orders/own.hpp"

#include "orders/views.hpp"
#include "work/context.hpp"

namespace orders {

core::result<core::nothing> names_somebody(http::call const& c, std::optional<tracking_token> const& token) {
    if (token || c.who.kind == http::principal_kind::customer) return core::nothing{};
    return core::problem{core::invalid_request,
                         {{"/token", "required", "is required of whoever is not signed in as a customer"}}};
}

core::task<bool> may_see(http::call& c, std::optional<tracking_token> token, order_record const& o) {
    if (token && opens(*token, o)) co_return true;
    if (c.who.kind != http::principal_kind::customer) co_return false;
    if (o.customer_id) co_return *o.customer_id == c.who.id;
    co_return (co_await work::database(c).first(is_own, c.who.id, o.id)).value_or(false);
}

}  // namespace orders
