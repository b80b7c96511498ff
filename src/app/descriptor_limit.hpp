// How many files, and so connections, this process may have open.
#pragma once

#include <cstdint>

namespace app {

// Raises the soft limit to the hard one (nothing here uses select()); returns what holds then.
std::uint64_t raise_descriptor_limit();

}  // namespace app
