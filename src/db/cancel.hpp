// Asking the server to cancel statements. libpq's call blocks while it connects, so a few threads of the
// process do it; whoever finds them all busy waits in a queue, since a cancel that is not sent leaves a
// backend behind. Private to this layer.
#pragma once

#include "core/time.hpp"
#include "db/libpq.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace db::detail {

// One connection's request. Done: the server has taken it, or cannot be asked.
class cancel_request {
public:
    explicit cancel_request(PGcancel* how) : how_(how) {}
    ~cancel_request();
    cancel_request(cancel_request const&) = delete;
    cancel_request& operator=(cancel_request const&) = delete;

    bool done() const { return done_.load(std::memory_order_acquire); }
    void send();  // blocks

private:
    PGcancel* how_;
    std::atomic<bool> done_{false};
};

// Connections given up while the server may still be at their statement. They count against a lane's bound
// until the server has taken the cancel, or is silent for so long that nobody can tell.
class departures {
public:
    void add(std::shared_ptr<cancel_request> r) { all_.push_back({std::move(r), core::steady::now()}); }
    std::size_t count(core::steady::time_point now);

private:
    struct one {
        std::shared_ptr<cancel_request> asked;
        core::steady::time_point since;
    };
    std::vector<one> all_;
};

void send_soon(std::shared_ptr<cancel_request> r);

// Waits until everything asked for so far has been sent: before a process ends.
void wait_for_cancels(std::chrono::milliseconds most);

}  // namespace db::detail
