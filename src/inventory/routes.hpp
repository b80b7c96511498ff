// The inventory's part of the route table.
#pragma once

namespace http {
class registry;
}

namespace inventory {

void add_routes(http::registry& to);

}  // namespace inventory
