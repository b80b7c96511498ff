// Puts what the sample's transaction did in one moment at the times when it is said to have happened.
#pragma once

#include "core/task.hpp"
#include "core/time.hpp"
#include "db/database.hpp"

#include <vector>

namespace sample {

// What is written after a mark, up to the next, happened from `shown` on.
class chronicle {
public:
    chronicle(core::timestamp real, core::timestamp shown) : real_{real}, shown_{shown} {}

    core::task<void> mark(db::transaction& t, core::timestamp shown);
    // Of what was written since the first mark; before the commit. Nothing for a role that may not rewrite
    // history, as the server's own may not: then all of it has just happened.
    core::task<void> date_back(db::transaction& t) const;

private:
    std::vector<core::timestamp> real_, shown_;
};

}  // namespace sample
