// Every route of the program: the domains' and its own.
#pragma once

#include "http/registry.hpp"

#include <string>

namespace app {

void add_domain_routes(http::registry& to);

struct system_routes {
    std::string metrics_token;      // empty: /metrics is open where it is served
    bool serve_metrics = true;      // false: another listener does
    std::function<bool()> draining;
};
// /livez, /readyz, /metrics, /openapi.json, /docs
void add_system_routes(http::registry& to, system_routes o);

std::string openapi_document(http::registry const& routes);

}  // namespace app
