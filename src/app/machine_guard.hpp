// Who may ask for what is meant for the shop's own machines: the metrics, the tick.
#pragma once

#include "http/call.hpp"

#include <optional>
#include <string>

namespace app {

struct machine_guard {
    std::string token = {};    // empty: open to whoever reaches the listener
    bool nearby_only = false;  // and did not come through a proxy or from a page of another origin

    std::optional<http::reply> refusal(http::call const& c) const;
};

}  // namespace app
