// Puts the endpoints of carts and shipping methods into the one list of routes.
#pragma once

namespace http {
class registry;
}

namespace cart {

void add_routes(http::registry& to);

}  // namespace cart
