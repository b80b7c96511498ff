// Whether roles still hold permissions whose routes are gone.
#pragma once

#include "app/doctor.hpp"

namespace app {

finding examine_permissions(configuration const& c, std::string const& database_url);  // throws setup_error

}  // namespace app
