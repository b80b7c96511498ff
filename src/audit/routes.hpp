// Puts the audit trail's endpoints into the one list of routes.
#pragma once

namespace http {
class registry;
}

namespace audit {

void add_routes(http::registry& to);

}  // namespace audit
