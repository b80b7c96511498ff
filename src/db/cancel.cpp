// A queue and up to four threads, which end when it is empty.
#include "db/cancel.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace db::detail {
namespace {

constexpr std::size_t threads_most = 4;
constexpr auto silence_most = std::chrono::seconds(10);

struct line_of_requests {
    std::mutex guard;
    std::condition_variable emptied;
    std::deque<std::shared_ptr<cancel_request>> waiting;
    std::size_t threads = 0;
};

// Never destroyed: a thread may outlive main().
line_of_requests& all() {
    static line_of_requests& one = *new line_of_requests;
    return one;
}

void work_off() {
    line_of_requests& q = all();
    std::unique_lock hold(q.guard);
    while (!q.waiting.empty()) {
        auto const next = std::move(q.waiting.front());
        q.waiting.pop_front();
        hold.unlock();
        next->send();
        hold.lock();
    }
    if (--q.threads == 0) q.emptied.notify_all();
}

// Signals stay with the threads that expect them. False when there is no thread to be had.
bool start_thread() {
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    bool started = true;
    try {
        std::thread(work_off).detach();
    } catch (std::system_error const&) {
        started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

}  // namespace

cancel_request::~cancel_request() { pq().freeCancel(how_); }

void cancel_request::send() {
    char complaint[256];
    pq().cancel(how_, complaint,
                sizeof complaint);  // one that fails finds no server: nothing is left to cancel
    done_.store(true, std::memory_order_release);
}

std::size_t departures::count(core::steady::time_point now) {
    std::erase_if(all_, [now](one const& d) { return d.asked->done() || now - d.since > silence_most; });
    return all_.size();
}

void send_soon(std::shared_ptr<cancel_request> r) {
    line_of_requests& q = all();
    std::lock_guard const hold(q.guard);
    q.waiting.push_back(std::move(r));
    if (q.threads == threads_most) return;
    if (start_thread()) ++q.threads;  // it waits for the guard; without it the next request tries again
}

void wait_for_cancels(std::chrono::milliseconds most) {
    line_of_requests& q = all();
    std::unique_lock hold(q.guard);
    q.emptied.wait_for(hold, most, [&q] { return q.threads == 0; });
}

}  // namespace db::detail
