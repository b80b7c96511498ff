// What one request or job has asked of the database so far. It travels with the request: the
// database counts on it, the log prints it, the statement budget is checked against it.
#pragma once

#include "core/time.hpp"

namespace core {

struct meter {
    std::uint32_t statements = 0;
    std::uint32_t round_trips = 0;
    steady::duration waited{};
};

}  // namespace core
