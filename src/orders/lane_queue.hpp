// Who waits in the order lane, and in which order they are taken. Belongs to the lane's event loop; used by
// the lane alone.
#pragma once

#include "core/meter.hpp"
#include "http/call.hpp"
#include "loop/loop.hpp"
#include "observe/metrics.hpp"
#include "orders/api.hpp"
#include "orders/deadlines.hpp"
#include "orders/placing.hpp"
#include "work/idempotency.hpp"

#include <atomic>
#include <coroutine>
#include <deque>
#include <memory>
#include <unordered_set>

namespace orders {

// One checkout on its way. It holds all that is needed by value: its request may go while it is being
// written, and may belong to another event loop.
struct checkout_entry {
    checkout_entry(wish w, core::deadline d) : what(std::move(w)), by(d) {}

    wish what;
    std::optional<work::request_key> key;
    deadlines* due = nullptr;  // is told when the order may have been placed
    core::deadline by;
    core::steady::time_point since = core::steady::now();
    loop::event_loop& home = loop::event_loop::current();  // of its request

    // The lane's alone, until the answer is told.
    enum class stage : std::uint8_t {
        waiting,
        taken,    // planned, or waiting for locks: it can still leave
        written,  // on its way to COMMIT: only the database knows
        done,
    } now = stage::waiting;

    core::meter spent;
    std::optional<core::result<placed_order_view>> answer;
    std::optional<http::reply> ready;
    std::exception_ptr error;

    // Its request's alone: who waits, nobody any more when the request is gone; and whether it was told.
    std::coroutine_handle<> who;
    bool told = false;

    std::atomic<bool> left{false};  // the request is gone

    bool done() const { return now == stage::done; }
    void tell();  // on its loop
};
using entry_ptr = std::shared_ptr<checkout_entry>;

struct lane_limits {
    std::size_t batch = 64;        // orders in one transaction
    std::size_t waiting = 1024;    // beyond that, a checkout is refused at once
    std::size_t alone = 4;         // transactions of those that were set aside
    std::size_t batches_most = 3;  // at once, when one hangs
    core::steady::duration hangs_after = std::chrono::milliseconds(100);
    core::steady::duration careful_for = std::chrono::seconds(10);
};

class lane_queue {
public:
    explicit lane_queue(lane_limits l = {}) : limits(l) {}

    lane_limits const limits;

    void arrive(entry_ptr e);  // throws db::overloaded
    // The next to be planned together, in the order of their arrival: never two of one cart, nor two under
    // one key, because what becomes of the first is part of the second's answer. None when nobody can be
    // taken now.
    std::vector<entry_ptr> take();
    void put_back(std::vector<entry_ptr> const& all);  // to the front, in their order
    void set_aside(entry_ptr e);                       // to be placed alone
    entry_ptr take_aside();                            // null: nobody

    // The answer: whoever waits goes on in the next turn of the loop.
    void answer(entry_ptr const& e, core::result<placed_order_view> with);
    void answer(entry_ptr const& e, http::reply stored);
    void fail(entry_ptr const& e, std::exception_ptr why);

    // Those whose time is up leave, unless they are being written.
    void drop_late(core::steady::time_point now);

    bool empty() const { return waiting_.empty() && aside_.empty() && held_.empty(); }
    bool nobody_waits() const { return waiting_.empty(); }

private:
    void finish(entry_ptr const& e);
    bool claim(checkout_entry const& e);  // false: its cart or its key is under way
    void release(checkout_entry const& e);

    std::deque<entry_ptr> waiting_;
    std::deque<entry_ptr> aside_;
    std::unordered_set<entry_ptr> held_;  // taken and not done
    std::unordered_set<std::string> busy_;
};

// What whoever runs the shop sees of all lanes of the process.
struct lane_metrics {
    observe::sizes batch = observe::make_sizes("carrack_order_batch_size", "Orders committed together.");
    observe::histogram wait = observe::make_histogram(
        "carrack_order_lane_wait_seconds", "From a checkout's arrival to the batch that takes it along.");
    observe::counter splits =
        observe::make_counter("carrack_order_batch_splits_total",
                              "Batches that failed as a whole and were halved to find out why.");
    observe::counter overtaken =
        observe::make_counter("carrack_order_batch_overtaken_total",
                              "Batches planned again, with their stock locked first, because others had "
                              "taken what they were to get.");
    observe::counter alone =
        observe::make_counter("carrack_order_lane_alone_total",
                              "Checkouts planned again, alone, because a row had moved or was held.");
    observe::counter shed = observe::make_counter("carrack_order_lane_shed_total",
                                                  "Checkouts refused because too many were waiting.");
};
lane_metrics const& metrics();

}  // namespace orders
