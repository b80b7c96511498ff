// The orders' part of the route table.
#pragma once

namespace http {
class registry;
}

namespace orders {

void add_routes(http::registry& to);

}  // namespace orders
