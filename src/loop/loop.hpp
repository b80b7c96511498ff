// The event loop: one per thread, nothing shared between them. Everything that a coroutine waits
// for comes back on the loop it started on.
#pragma once

#include "core/task.hpp"
#include "core/time.hpp"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace loop {

class event_loop {
public:
    event_loop();
    ~event_loop();
    event_loop(event_loop const&) = delete;
    event_loop& operator=(event_loop const&) = delete;

    // Runs on the calling thread until stop(). While it runs, current() is this loop.
    void run();
    void stop();  // from any thread

    void post(std::function<void()> work);   // from any thread; runs on this loop
    void defer(std::function<void()> work);  // from this thread; after what is ready now
    void after(core::steady::duration wait, std::function<void()> work);  // from this thread

    boost::asio::io_context& io();

    static event_loop& current();  // the loop running on this thread; a bug if there is none

private:
    struct state;
    std::unique_ptr<state> state_;
};

core::task<void> sleep(core::steady::duration wait);

// Runs `work` to its end on a loop made for it: for commands and tests.
void run_blocking(std::function<core::task<void>()> work);

}  // namespace loop
