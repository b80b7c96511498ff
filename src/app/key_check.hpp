// Whether the secret key at hand is the one that sealed the keys in the database.
#pragma once

#include "app/doctor.hpp"

namespace app {

// Makes no key: without one at hand there is nothing to find. Throws setup_error.
std::vector<finding> examine_signing_keys(configuration const& c, std::string const& database_url);

}  // namespace app
