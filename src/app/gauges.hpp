// The database layer's figures for the metrics page, one set for each event loop. A loop's figures may
// be read on that loop only, so they are fetched before the page is made.
#pragma once

#include "db/database.hpp"
#include "observe/metrics.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace loop {
class event_loop;
}

namespace app {

class database_gauges {
public:
    database_gauges();

    // Both on any thread; `d` lives until its loop has ended and `remove` was called.
    void add(loop::event_loop& on, db::database& d);
    void remove(loop::event_loop& on);

    core::task<void> refresh();  // on one of the loops, or another

private:
    struct source {
        loop::event_loop* on;
        db::database* database;
        db::gauges last{};
    };
    double sum(std::size_t (*of)(db::gauges const&)) const;

    mutable std::mutex guard_;
    std::vector<source> sources_;
    std::vector<observe::watched_value> shown_;
};

}  // namespace app
