// One transaction of moves: orders locked and read, each move decided, all written together.
#pragma once

#include "orders/moving_lane.hpp"

#include <coroutine>

namespace orders {

struct moving_entry {
    moving_entry(wanted_move w, core::deadline d) : what(std::move(w)), by(d) {}

    wanted_move what;
    core::deadline by;
    core::steady::time_point since = core::steady::now();

    core::meter spent;
    std::optional<core::result<order_record>> answer;
    std::exception_ptr error;  // neither: it goes on alone

    std::coroutine_handle<> who;  // waits
    bool told = false;
    bool left = false;  // the request is gone
};
using moving_ptr = std::shared_ptr<moving_entry>;

// Alone: waits for the order's head where somebody holds it. What a constraint refuses is the answer.
core::task<core::result<order_record>> move_alone(db::scope in, wanted_move const& w);

// Answers those of different orders that are to become the same; who has no answer afterwards goes on alone:
// its order is held by somebody, or the transaction failed and nothing of it was kept. Whether a lock was
// waited for in vain. Never throws.
core::task<bool> move_together(db::database& d, std::vector<moving_ptr> const& all);

}  // namespace orders
