#include "loop/loop.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace loop {
namespace {
thread_local event_loop* running = nullptr;
}

struct event_loop::state {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> alive{io.get_executor()};
};

event_loop::event_loop() : state_(std::make_unique<state>()) {}
event_loop::~event_loop() = default;

void event_loop::run() {
    event_loop* const outer = std::exchange(running, this);
    state_->io.run();
    running = outer;
}

void event_loop::stop() { state_->io.stop(); }

void event_loop::post(std::function<void()> work) { boost::asio::post(state_->io, std::move(work)); }

void event_loop::defer(std::function<void()> work) { boost::asio::defer(state_->io, std::move(work)); }

void event_loop::after(core::steady::duration wait, std::function<void()> work) {
    auto timer = std::make_shared<boost::asio::steady_timer>(state_->io, wait);
    timer->async_wait([timer, work = std::move(work)](boost::system::error_code ec) {
        if (!ec) work();
    });
}

boost::asio::io_context& event_loop::io() { return state_->io; }

event_loop& event_loop::current() {
    assert(running != nullptr);
    return *running;
}

namespace {
struct sleeping {
    core::steady::duration wait;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const {
        event_loop::current().after(wait, [h] { h.resume(); });
    }
    void await_resume() const noexcept {}
};
}  // namespace

core::task<void> sleep(core::steady::duration wait) { co_await sleeping{wait}; }

void run_blocking(std::function<core::task<void>()> work) {
    event_loop own;
    std::exception_ptr failed;
    own.post([&] {
        core::start(work(), [&](std::exception_ptr e) {
            failed = e;
            own.stop();
        });
    });
    own.run();
    if (failed) std::rethrow_exception(failed);
}

}  // namespace loop
