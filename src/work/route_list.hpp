// What this server answers, lent to every thread by the app: service<work::route_list>(c), for whoever tells
// of routes instead of serving them.
#pragma once

#include "http/registry.hpp"

namespace work {

struct route_list {
    http::registry const& all;
};

}  // namespace work
