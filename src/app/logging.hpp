// The log as the configuration wants it.
#pragma once

#include "app/configuration.hpp"

namespace app {

void start_logging(configuration const& settings);

}  // namespace app
