// Whoever reaches for more than they hold is refused, and the trail says so, though nothing else has changed.
#pragma once

#include "http/call.hpp"
#include "identity/rules.hpp"

namespace identity {

core::task<void> record_refusal(http::call& c, core::failure const* why, std::string resource,
                                std::string id);

// Passes the outcome of a change on, after writing down that it was refused as an escalation, if it was. In a
// transaction of its own: the change's has been rolled back. `id` is empty when the thing was still to be
// made.
template <class T>
core::task<core::result<T>> refusal_recorded(http::call& c, core::result<T> outcome, std::string resource,
                                             std::string id) {
    if (!outcome && !c.ready_answer && is_escalation(*outcome.error().what))
        co_await record_refusal(c, outcome.error().what, std::move(resource), std::move(id));
    co_return outcome;
}

}  // namespace identity
