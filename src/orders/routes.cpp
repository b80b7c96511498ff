#include "orders/routes.hpp"

#include "http/bind.hpp"
#include "orders/handlers.hpp"

namespace orders {

void add_routes(http::registry& to) {
    to.add(http::serve<checkout, &serve_checkout>());
    to.add(http::serve<track_order, &serve_tracking>());
    to.add(http::serve<cancel_order, &serve_cancel>());
    to.add(http::serve<list_own_orders, &serve_own_orders>());
    to.add(http::serve<list_orders, &serve_orders>());
    to.add(http::serve<get_order, &serve_order>());
    to.add(http::serve<transition_order, &serve_transition>());
    to.add(http::serve<add_payment, &serve_payment>());
}

}  // namespace orders
