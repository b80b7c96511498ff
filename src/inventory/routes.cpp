#include "inventory/routes.hpp"

#include "http/bind.hpp"
#include "inventory/handlers.hpp"

namespace inventory {

void add_routes(http::registry& to) {
    to.add(http::serve<list_locations, &serve_locations>());
    to.add(http::serve<get_location, &serve_location>());
    to.add(http::serve<create_location, &serve_create_location>());
    to.add(http::serve<update_location, &serve_update_location>());
    to.add(http::serve<list_stock, &serve_stock_list>());
    to.add(http::serve<get_stock, &serve_stock>());
    to.add(http::serve<update_stock, &serve_update_stock>());
    to.add(http::serve<adjust_stock, &serve_adjust_stock>());
    to.add(http::serve<list_movements, &serve_movements>());
    to.add(http::serve<explain_stock, &serve_explanation>());
    to.add(http::serve<count_stock, &serve_count>());
    to.add(http::serve<list_shortages, &serve_shortages>());
}

}  // namespace inventory
