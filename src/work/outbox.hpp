// Events leave through rows that the change's own transaction inserts: nothing is announced that
// did not commit, and nothing that committed is forgotten.
#pragma once

#include "db/database.hpp"

#include <string_view>

namespace work {

// A table for checks of the whole shop: what was announced.
inline constexpr std::string_view outbox_sql = "(select topic, resource_id from ops.outbox)";

struct event {
    std::string_view topic;
    core::uuid resource;
    db::json payload;
};
void announce(db::transaction& t, std::span<event const> all);  // in this order

// `topic` is "order.placed"; `payload` a JSON object.
void announce(db::transaction& t, std::string_view topic, core::uuid resource, db::json payload = {"{}"});

}  // namespace work
