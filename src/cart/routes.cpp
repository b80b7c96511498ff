#include "cart/routes.hpp"

#include "cart/handlers.hpp"
#include "http/bind.hpp"

namespace cart {

void add_routes(http::registry& to) {
    to.add(http::serve<create_cart, &begin_cart>());
    to.add(http::serve<get_cart, &show_cart>());
    to.add(http::serve<update_cart, &change_cart>());
    to.add(http::serve<add_line, &put_line>());
    to.add(http::serve<update_line, &change_line>());
    to.add(http::serve<remove_line, &drop_line>());
    to.add(http::serve<list_offers, &page_offers>());
    to.add(http::serve<list_methods, &page_methods>());
    to.add(http::serve<create_method, &offer_method>());
    to.add(http::serve<update_method, &change_method>());
}

}  // namespace cart
