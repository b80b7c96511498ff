// Puts identity's endpoints, and the public keys of its tokens, into the one list of routes.
#pragma once

namespace http {
class registry;
}

namespace identity {

void add_routes(http::registry& to);

}  // namespace identity
