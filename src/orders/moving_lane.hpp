// Moves of orders that arrive together go together: one transaction for all that become the same, each
// decided by itself, as if it were alone (docs/adr/0062-moves-that-arrive-together.md). One for each event
// loop.
#pragma once

#include "core/result.hpp"
#include "core/task.hpp"
#include "http/call.hpp"
#include "orders/orders.hpp"
#include "work/idempotency.hpp"

#include <functional>
#include <memory>

namespace orders {

// A move with all that it is decided and answered by, by value: its request may go while it is written.
struct wanted_move {
    move what;
    work::actor by;
    std::optional<core::uuid> customer = {};  // who has to be asked about: is it theirs?
    // Whether the order, as it is locked, may be moved so by who asks; `own` is the word on `customer`.
    std::function<core::result<core::nothing>(order_record const&, bool own)> admits;
    // The answer that is kept under the key, of the order as it is then.
    std::function<std::string(order_record const&)> body;
    int success = 200;
    std::optional<work::request_key> key = {};
};

class moving_lane {
public:
    explicit moving_lane(db::database& d);
    ~moving_lane();
    moving_lane(moving_lane const&) = delete;

    // The order as the move has left it, or why it is not moved. Throws what transactions throw; after
    // db::commit_unknown only the key knows.
    core::task<core::result<order_record>> move(http::call& c, wanted_move w);

private:
    std::shared_ptr<struct moving_lane_state> state_;
};

}  // namespace orders
