#include "app/gauges.hpp"

#include "loop/loop.hpp"

#include <algorithm>
#include <atomic>

namespace app {
namespace {

// Runs `job` on each loop and comes back when the last has done it.
struct everywhere {
    std::vector<loop::event_loop*> loops;
    std::function<void(loop::event_loop&)> job;

    bool await_ready() const { return loops.empty(); }
    void await_suspend(std::coroutine_handle<> h) {
        auto const left = std::make_shared<std::atomic<std::size_t>>(loops.size());
        loop::event_loop* const home = &loop::event_loop::current();
        auto const all = loops;  // this object is gone once the last job has run
        auto const what = job;
        for (loop::event_loop* l : all)
            l->post([=] {
                what(*l);
                if (left->fetch_sub(1) == 1) home->post([h] { h.resume(); });
            });
    }
    void await_resume() const {}
};

}  // namespace

database_gauges::database_gauges() {
    auto const show = [&](char const* name, char const* help, std::size_t (*of)(db::gauges const&)) {
        shown_.emplace_back(name, help, observe::labels{}, [this, of] { return sum(of); });
    };
    show("carrack_db_read_connections", "Open connections of the read lane.",
         [](db::gauges const& g) { return g.read_connections; });
    show("carrack_db_transaction_connections", "Open connections of the transaction lane.",
         [](db::gauges const& g) { return g.transaction_connections; });
    show("carrack_db_idle_connections", "Open connections that nobody uses.",
         [](db::gauges const& g) { return g.idle_connections; });
    show("carrack_db_waiting", "Batches and transactions that wait for a connection.",
         [](db::gauges const& g) { return g.waiting; });
    show("carrack_db_statements_total", "SQL statements sent.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.statements); });
    show("carrack_db_errors_total", "SQL statements that failed.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.errors); });
    show("carrack_db_reconnects_total", "Connections made after one was lost.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.reconnects); });
    show("carrack_db_syncs_total", "Groups of SQL statements that left together.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.syncs); });
    show("carrack_db_deadlines_total", "Reads and transactions whose time was up first.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.deadlines); });
    show("carrack_db_cancels_total", "Statements that the server was asked to cancel.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.cancels); });
    show("carrack_db_retries_total", "Transactions that ran once more after a rival or a lost connection.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.retries); });
    show("carrack_db_lock_timeouts_total", "Transactions that gave up waiting for a lock.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.lock_timeouts); });
    show("carrack_db_shed_total", "Requests refused because the queue was full.",
         [](db::gauges const& g) { return static_cast<std::size_t>(g.shed); });
}

void database_gauges::add(loop::event_loop& on, db::database& d) {
    std::scoped_lock const hold(guard_);
    sources_.push_back({&on, &d});
}

void database_gauges::remove(loop::event_loop& on) {
    std::scoped_lock const hold(guard_);
    std::erase_if(sources_, [&](source const& s) { return s.on == &on; });
}

core::task<void> database_gauges::refresh() {
    std::vector<loop::event_loop*> loops;
    {
        std::scoped_lock const hold(guard_);
        for (source const& s : sources_) loops.push_back(s.on);
    }
    auto const look = [this](loop::event_loop& on) {
        std::scoped_lock const hold(guard_);
        for (source& s : sources_)
            if (s.on == &on) s.last = s.database->measure();
    };
    co_await everywhere{std::move(loops), look};
}

double database_gauges::sum(std::size_t (*of)(db::gauges const&)) const {
    std::scoped_lock const hold(guard_);
    std::size_t found = 0;
    for (source const& s : sources_) found += of(s.last);
    return static_cast<double>(found);
}

}  // namespace app
