#include "catalog/routes.hpp"

#include "catalog/handlers.hpp"
#include "http/bind.hpp"

namespace catalog {

void add_routes(http::registry& to) {
    to.add(http::serve<browse_products, &serve_browse>());
    to.add(http::serve<view_product, &serve_view>());
    to.add(http::serve<browse_categories, &serve_browse_categories>());

    to.add(http::serve<list_products, &serve_list>());
    to.add(http::serve<load_product, &serve_load>());
    to.add(http::serve<create_product, &serve_create>());
    to.add(http::serve<change_product, &serve_change>());
    to.add(http::serve<remove_product, &serve_remove>());
    to.add(http::serve<add_variant, &serve_add_variant>());
    to.add(http::serve<change_variant, &serve_change_variant>());
    to.add(http::serve<remove_variant, &serve_remove_variant>());
    to.add(http::serve<set_prices, &serve_set_prices>());
    to.add(http::serve<add_media, &serve_add_media>());
    to.add(http::serve<change_media, &serve_change_media>());
    to.add(http::serve<remove_media, &serve_remove_media>());

    to.add(http::serve<list_categories, &serve_list_categories>());
    to.add(http::serve<create_category, &serve_create_category>());
    to.add(http::serve<change_category, &serve_change_category>());
    to.add(http::serve<remove_category, &serve_remove_category>());
}

}  // namespace catalog
