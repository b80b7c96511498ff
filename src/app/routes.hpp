// Every route of the program: the domains' and its own.
#pragma once

#include "http/registry.hpp"

#include <string>

namespace app {

void add_domain_routes(http::registry& to);

// /livez, /readyz, /openapi.json, /docs
void add_system_routes(http::registry& to, std::function<bool()> draining);

// /sample/…svg: what the sample shop's goods look like.
void add_sample_pictures(http::registry& to);

struct metrics_route {
    std::string token;                          // empty: open to whoever reaches the listener
    bool nearby_only = false;                   // and did not come through a proxy
    std::function<core::task<void>()> refresh;  // brings the gauges up to date before they are shown
};
void add_metrics_route(http::registry& to, metrics_route o);

std::string openapi_document(http::registry const& routes);

}  // namespace app
