// Orders whose time to be paid is over are cancelled by the system, many in one transaction
// (docs/adr/0052-unpaid-orders.md).
#pragma once

#include "core/meter.hpp"
#include "db/database.hpp"
#include "work/context.hpp"
#include "work/statements.hpp"

#include <boost/describe/class.hpp>

#include <atomic>

namespace orders {

struct due_moment {
    core::timestamp now;  // the database's clock, which decides
    std::optional<core::timestamp> next;
};
BOOST_DESCRIBE_STRUCT(due_moment, (), (now, next))
core::task<due_moment> find_next_due(db::scope in);

struct due_order {
    core::uuid order_id;
    core::timestamp due_at;
};
BOOST_DESCRIBE_STRUCT(due_order, (), (order_id, due_at))

struct expired_batch {
    std::size_t seen = 0;     // that were due
    std::size_t expired = 0;  // others have just been paid or are being moved
    due_order last = {};      // of those seen
    bool elsewhere = false;   // another server is at it; nothing was done
};
// The first `most` that are due behind `after`, in one transaction. What it saw stands in `out` also when it
// throws.
core::task<void> expire_batch(db::scope in, due_order after, std::int64_t most, work::actor by,
                              expired_batch& out);

struct expiry_bounds {
    std::int64_t batch = 100;                                    // orders in one transaction
    core::steady::duration patience = std::chrono::seconds(10);  // of one transaction
    core::steady::duration pause_least = std::chrono::milliseconds(5);
    core::steady::duration to_tell = std::chrono::milliseconds(500);  // what is left, behind the end
    int failures_most = 20;                                           // in one go
    due_order from = {};                                              // it begins behind this one
};

struct expiry_report {
    std::size_t expired = 0;
    std::size_t failed = 0;                 // orders that could not be cancelled; the log says why
    bool elsewhere = false;                 // another server is at it
    due_moment then = {};                   // afterwards
    std::optional<due_order> left_at = {};  // too many failed: the next go is to begin behind this one
    bool more() const { return then.next && *then.next <= then.now; }
};
// Batch after batch, until none is due, the time is up (a batch that is cut off by it is the next go's) or
// `stop` is set. Between two of them as long a pause
// as the last one took: shoppers get at the rows in between. Throws what the database throws, except for what
// is one order's fault: that one is passed over. and those behind too many of them wait for the next go.
core::task<expiry_report> expire_due(db::database& d, core::deadline by, core::meter* meter, work::actor who,
                                     std::atomic<bool> const& stop, expiry_bounds bounds = {});

// The system, because of a deadline.
work::actor deadline_actor();

work::statement_list expiry_statements();

}  // namespace orders
