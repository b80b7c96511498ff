#include "app/routes.hpp"

#include "audit/routes.hpp"
#include "cart/routes.hpp"
#include "catalog/routes.hpp"
#include "identity/routes.hpp"
#include "inventory/routes.hpp"
#include "orders/routes.hpp"

namespace app {

void add_domain_routes(http::registry& to) {
    audit::add_routes(to);
    identity::add_routes(to);
    inventory::add_routes(to);
    catalog::add_routes(to);
    cart::add_routes(to);
    orders::add_routes(to);
}

}  // namespace app
