// Seals the audit trail behind the requests that write it: some seconds after one has committed an entry, and
// soon after the start. No timer runs while nothing is written: an idle shop asks its database nothing.
#pragma once

#include "core/task.hpp"
#include "db/database.hpp"
#include "observe/metrics.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace app {

class sealer {  // one for the process; it outlives the loops
public:
    explicit sealer(std::chrono::milliseconds delay = std::chrono::seconds(5));

    // One for each loop, which makes it after its database and gives it up before that.
    class seat {
    public:
        seat(sealer& all, db::database& d) : all_(&all), database_(&d) {}
        // After a commit: does nothing unless an audit entry was written.
        static void woken(std::shared_ptr<seat> const& at);
        // Whether there is anything to seal or not: at the start, for what a process before this one has
        // left.
        static void due(std::shared_ptr<seat> const& at);

    private:
        friend sealer;
        sealer* all_;
        db::database* database_;
    };

    // Now. What the database does to it is logged, and what was written waits for the next entry. Whether
    // some entries wait for a transaction that is older than they.
    core::task<bool> run(db::database& d);

private:
    static void in_a_while(std::shared_ptr<seat> const& at);
    static core::task<void> turn(std::shared_ptr<seat> at);

    std::chrono::milliseconds delay_;
    std::atomic<bool> due_{false};    // a run is ahead
    std::atomic<unsigned> waits_{0};  // in a row, for transactions that are still running
    observe::counter sealed_;
};

}  // namespace app
