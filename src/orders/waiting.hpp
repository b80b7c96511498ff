// How a request waits in a lane for what others do in its place.
#pragma once

#include "loop/loop.hpp"

#include <coroutine>
#include <memory>

namespace orders {

// Suspends until the entry is told. Entry: `who`, `told`, and `left`, which is set when the request goes.
template <class Entry>
struct answered {
    std::shared_ptr<Entry> on;

    explicit answered(std::shared_ptr<Entry> e) : on(std::move(e)) {}
    answered(answered const&) = delete;
    ~answered() {
        on->who = {};
        on->left = true;  // a request that goes before it was taken takes its wish along
    }
    bool await_ready() const noexcept { return on->told; }
    void await_suspend(std::coroutine_handle<> h) const noexcept { on->who = h; }
    void await_resume() const noexcept {}
};

struct next_turn {  // answers go out before the next batch is planned
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const {
        loop::event_loop::current().defer([h] { h.resume(); });
    }
    void await_resume() const noexcept {}
};

}  // namespace orders
