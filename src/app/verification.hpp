// Whether everything that has to hold in a shop does: the checks that the domains list, the chain of the
// audit trail's seals, and what the database itself promises. Each check is one statement in a read-only
// snapshot of its own, which locks nothing; the shop goes on beside it.
#pragma once

#include "app/configuration.hpp"
#include "audit/api.hpp"
#include "audit/seals.hpp"
#include "db/database.hpp"
#include "work/checks.hpp"

#include <functional>
#include <string>
#include <vector>

namespace app {

struct verified {
    std::string name;
    std::string title;
    audit::integrity_verdict verdict = audit::integrity_verdict::ok;
    std::int64_t count = 0;              // of rows that are wrong
    std::vector<work::broken_row> rows;  // the first of them
};

struct verification {
    core::timestamp started_at;
    std::vector<verified> checks;
    std::int64_t repaired = 0;             // rows
    std::int64_t sealed = 0;               // audit entries, before the chain was looked at
    std::optional<audit::seal_head> head;  // of the chain
    bool unsealed_left = false;            // behind transactions that are still running

    std::int64_t wrong() const;  // checks
};

struct verifying {
    std::string app_url;
    std::string owner_url;  // repairs are the owner's
    bool unnamed_statements = false;
    bool repair = false;
    std::function<void(std::size_t done, std::size_t total)> progress = [](std::size_t, std::size_t) {};
};

// Seals, repairs if it is to, looks at everything, and keeps the outcome for GET /v1/admin/integrity. Throws
// setup_error.
verification verify(verifying const& how);

std::string findings_json(verification const& v);  // an array of audit::integrity_finding

std::vector<work::check> every_check();  // of the domains

// What the database promises by its settings, grants and constraints, seen as the role that connects by the
// first of these; the owner's address only says who else belongs to the set-up.
std::vector<verified> verify_database(std::string const& app_url, std::string const& owner_url);

}  // namespace app
