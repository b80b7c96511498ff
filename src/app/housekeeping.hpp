// Removes what nobody needs any more, and gives others their turn at it: woken by a request that committed
// something, after its reply, at most once a minute for the process. No timer: a shop without requests asks
// its database nothing.
#pragma once

#include "core/task.hpp"
#include "db/database.hpp"
#include "observe/metrics.hpp"
#include "work/chores.hpp"

#include <atomic>
#include <functional>
#include <vector>

namespace app {

std::vector<work::chore> every_chore();

class housekeeping {  // one for the process
public:
    // `also` is what else takes its turn then.
    using turn = std::function<core::task<void>(db::database&)>;
    explicit housekeeping(std::vector<work::chore> chores, turn also = {});

    // On any loop, with its database, which closes only after what has been started here.
    void woken(db::database& d);
    // All of them once, now. What the database does to it is logged: the next commit's turn comes.
    core::task<void> run(db::database& d);

private:
    std::vector<work::chore> chores_;
    turn also_;
    std::vector<observe::counter> counts_;
    std::atomic<core::steady::rep> next_{0};
};

}  // namespace app
