// The order lane: checkouts that arrive together are planned without a lock, summed, and committed together
// (docs/adr/0048-the-order-lane.md). It works on the event loop that made it, and takes checkouts of any.
#pragma once

#include "core/result.hpp"
#include "core/task.hpp"
#include "http/call.hpp"
#include "orders/api.hpp"
#include "orders/placing.hpp"

#include <memory>

namespace orders {

class lane {
public:
    explicit lane(db::database& d);
    ~lane();
    lane(lane const&) = delete;

    // More of them in one process would make batches smaller and wait for each other's rows.
    static constexpr std::size_t in_a_process = 2;

    // Places the order, or says why not: what a checkout that is alone in the shop would be told. When the
    // answer is stored under the request's key already, it is put into c.ready_answer. Throws what
    // transactions throw; after db::commit_unknown only the key knows.
    core::task<core::result<placed_order_view>> place(http::call& c, wish w);

private:
    std::shared_ptr<struct lane_state> state_;
};

}  // namespace orders
