// Brings a database's schema up to date: the migrations inside the binary, forward only, each in one
// transaction with its row in ops.migrations, under a lock that lasts as long as that transaction.
// Blocking: for commands, and before the server listens.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace db {

class session;

struct migration {
    int number;  // 1, 2, 3, … without a gap
    std::string_view name;
    std::string_view sql;
    std::string_view known_checksum = {};  // made at build time: every start asks for it

    std::string checksum() const;  // SHA-256, in hex
};

std::span<migration const> embedded_migrations();  // in the order of their numbers
std::string_view embedded_grants();                // for every migrate; `:app_role` stands for the role

// One clear sentence with what to do. Nothing has been changed by the step that throws it.
class migration_refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline constexpr int oldest_server = 15;  // PostgreSQL's major version

// What about a server no migration can mend: how it is, and what to do.
struct server_fault {
    std::string says, remedy;  // a sentence each
};
std::optional<server_fault> fault_of_version(int version);  // 140011 is 14.11
std::optional<server_fault> fault_of_encoding(std::string_view encoding);
std::string encoding_of(session& on);

struct migrate_options {
    std::string owner_url;  // connects as the owner of the tables
    std::string app_role;   // what `serve` connects as; empty or the owner's own name: one role only
    std::string app_role_password = {};  // given to the role if it has to be made; may be empty
    std::span<migration const> migrations = embedded_migrations();
    std::string_view grants = embedded_grants();
    int lock_timeout_ms = 10'000;                        // waiting for another migrate, or for a table
    std::function<void(migration const&)> applied = {};  // told after each commit
};

struct migrated {
    int from = 0, to = 0;      // the highest number before and after
    bool single_role = false;  // the server's role acts as the owner, whom no grant holds back
    bool role_created = false;
};

// Throws migration_refused, db::unavailable, or db::error with the migration's name as its statement.
migrated migrate(migrate_options const& o);

struct schema_state {
    int applied = 0;                 // the highest number in the database
    std::vector<migration> pending;  // of ours
    std::string role;                // that looked
    // The role owns the tables, or has been given exactly our grants after the last migration.
    bool granted = true;
    bool current() const { return pending.empty() && granted; }
};

// Which migrations and grants the database lacks. Throws migration_refused when it is not ours to serve: too
// old a server, a newer binary's schema, a changed migration. Works with the application's role.
schema_state pending(std::string const& url, std::span<migration const> migrations = embedded_migrations(),
                     std::string_view grants = embedded_grants());

// What `serve` asks at its start: throws migration_refused, naming `carrack migrate`, unless current.
void require_current_schema(std::string const& url,
                            std::span<migration const> migrations = embedded_migrations(),
                            std::string_view grants = embedded_grants());

// How the rights of the role that connects differ from what the last migrate gave it: "INSERT on
// audit.entries", "UPDATE of state on inventory.reservations". Nothing for the owner of the tables.
struct changed_privileges {
    std::vector<std::string> lost, gained;
};
changed_privileges privileges_changed(std::string const& url);

// The roles that migrate has given rights, as an array of PostgreSQL's: "{carrack_app}".
std::string granted_roles(session& on);

std::string sha256_hex(std::string_view bytes);

}  // namespace db
