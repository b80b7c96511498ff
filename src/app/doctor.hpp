// What `carrack doctor` looks at. Each check is one line: how it is, in plain words, and what to do.
// Nothing is changed; a private database that isn't running is started for as long as it takes.
#pragma once

#include "app/configuration.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace app {

enum class verdict : std::uint8_t { ok, warning, failed };

struct finding {
    std::string what;  // "data folder"
    verdict how = verdict::ok;
    std::string says;
    std::string remedy = {};  // empty when all is well
};

// The data folder, the key, the configuration's file, PostgreSQL's programs, the port, limits.
std::vector<finding> examine_machine(configuration const& c, std::vector<setting_in_force> const& in_force);

// The server at hand: reachable, new enough, safe settings, migrated, grants, clock.
std::vector<finding> examine_database(configuration const& c);

}  // namespace app
