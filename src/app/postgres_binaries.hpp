// Finds PostgreSQL's own programs, wherever the distribution puts them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace app {

struct postgres_binaries {
    std::filesystem::path folder;  // holds postgres and initdb
    int version = 0;               // major
};

// All that were found, the newest first; too old ones included, so that a message can name them.
std::vector<postgres_binaries> find_postgres();

// Those of the version that made a cluster, or the newest when `version` is 0. Throws setup_error
// with what was found and what to install.
postgres_binaries choose_postgres(int version);

// The same among `found`, the newest first.
postgres_binaries choose_postgres(int version, std::vector<postgres_binaries> const& found);

}  // namespace app
