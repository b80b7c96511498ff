// Every route of the program: the domains' and its own.
#pragma once

#include "app/machine_guard.hpp"
#include "http/registry.hpp"
#include "orders/deadlines.hpp"

#include <string>

namespace app {

void add_domain_routes(http::registry& to);

// /livez, /readyz, /openapi.json, /docs
void add_system_routes(http::registry& to, std::function<bool()> draining);

// /sample/…svg: what the sample shop's goods look like.
void add_sample_pictures(http::registry& to);

struct metrics_route {
    machine_guard guard;
    std::function<core::task<void>()> refresh;  // brings the gauges up to date before they are shown
};
void add_metrics_route(http::registry& to, metrics_route o);

// POST /v1/internal/tick: what is due is done now, for whoever wakes a shop that sleeps.
struct tick_route {
    machine_guard guard;
    orders::deadlines* due = nullptr;
};
void add_tick_route(http::registry& to, tick_route o);

std::string openapi_document(http::registry const& routes);

}  // namespace app
