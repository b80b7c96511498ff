// Puts the catalogue's endpoints into the one list of routes.
#pragma once

namespace http {
class registry;
}

namespace catalog {

void add_routes(http::registry& to);

}  // namespace catalog
