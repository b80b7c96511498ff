// What an exception means to a caller when the trouble is not our bug: the database is away, too
// slow, or full of others' work.
#pragma once

#include "core/failure.hpp"

#include <exception>
#include <optional>

namespace work {

// Nothing: a bug of ours, to be logged and answered as such.
std::optional<core::problem> explain(std::exception_ptr why);

}  // namespace work
