// Brings the database at hand up to date: for `carrack migrate`, and before `carrack up` serves.
#pragma once

#include "app/cluster_place.hpp"
#include "app/command.hpp"
#include "app/database_at_hand.hpp"
#include "db/migrate.hpp"

#include <functional>
#include <string>

namespace app {

// Says what was done, a line for each migration. Throws setup_error.
db::migrated migrate_database(database_at_hand const& at, say_function const& say);

// The way to the database is closed. what() is both sentences; `doctor` shows them apart.
class database_trouble : public setup_error {
public:
    database_trouble(std::string says, std::string remedy)
        : setup_error(says + " " + remedy), says_(std::move(says)), remedy_(std::move(remedy)) {}
    std::string const& says() const { return says_; }
    std::string const& remedy() const { return remedy_; }

private:
    std::string says_, remedy_;
};

// Runs `work` and turns what the database layer throws at commands into a setup_error: a sentence with
// a capital and a full stop, and what to do.
void in_plain_words(std::function<void()> const& work);

// For whoever makes something beside a database that was named: throws setup_error unless that answers its
// owner and can be migrated by this binary. A private one is not looked at.
void check_named_database(configuration const& settings);

inline constexpr char const* single_role_warning =
    "The server is used as one role only, the owner of the tables, so nothing but the program keeps history "
    "append-only. Give the program a role of its own: set CARRACK_DATABASE_URL to it and "
    "CARRACK_DATABASE_OWNER_URL to the owner, then run carrack migrate.";

}  // namespace app
