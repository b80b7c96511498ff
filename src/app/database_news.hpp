// What happens to the database, as lines of the log.
#pragma once

#include "db/database.hpp"

namespace app {

void log_database_news(db::news const& n);

// For a start behind a pooler, and for whoever finds one later.
inline constexpr char const* pooler_remedy =
    "A pooler such as PgBouncer stands between; if it shares out connections by the transaction, set "
    "CARRACK_POOLER=transaction (--pooler transaction).";

}  // namespace app
