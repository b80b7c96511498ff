// Which locations there are, for domains that stand below the one that owns them: lent to every thread by the
// app, service<work::location_list>(c).
#pragma once

#include "db/statement.hpp"

#include <vector>

namespace work {

struct location_list {
    // Of these, those that exist and are not archived.
    db::statement<core::uuid(std::vector<core::uuid>)> const& in_use;
};

}  // namespace work
