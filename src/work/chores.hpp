// What nobody needs any more is removed, and what would take ever longer is summed up, by statements that
// each domain lists here. The app runs them: woken by a commit, after its reply, at most once a minute for
// the process; one without requests asks nothing.
#pragma once

#include "db/statement.hpp"

#include <span>
#include <string_view>

namespace work {

struct chore {
    std::string_view what;                     // is removed: "idempotency_keys"
    db::statement<db::none()> const* removal;  // skips rows that others hold locked
    std::int64_t rows_most;                    // of one run, a transaction of its own
    bool adds = false;                         // rows that spare others work, instead of removing some
};

using chore_list = std::span<chore const>;

chore_list chores();  // this layer's own

}  // namespace work
