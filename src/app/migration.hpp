// Brings the database at hand up to date: for `carrack migrate`, and before `carrack up` serves.
#pragma once

#include "app/cluster_place.hpp"
#include "app/database_at_hand.hpp"
#include "db/migrate.hpp"

#include <functional>
#include <string>

namespace app {

// Says what was done, a line for each migration. Throws setup_error.
db::migrated migrate_database(database_at_hand const& at, say_function const& say);

// Runs `work` and turns what the database layer throws at commands into a setup_error: a sentence with
// a capital and a full stop.
void in_plain_words(std::function<void()> const& work);

inline constexpr char const* single_role_warning =
    "The server is used as one role only, the owner of the tables, so nothing but the program keeps history "
    "append-only. Give the program a role of its own: set CARRACK_DATABASE_URL to it and "
    "CARRACK_DATABASE_OWNER_URL to the owner, then run carrack migrate.";

}  // namespace app
