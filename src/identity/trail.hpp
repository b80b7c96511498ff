// What the trail says of sign-ins: that they began, how they ended, and whose they were.
#pragma once

#include "audit/audit.hpp"

namespace identity {

struct session_facts {
    core::uuid user_id;
    std::optional<std::string> end_reason;
};
BOOST_DESCRIBE_STRUCT(session_facts, (), (user_id, end_reason))

// Whoever has shown by a password or a token that they are this member of the staff.
work::actor staff_actor(http::call const& c, core::uuid user);

void record_end(db::transaction& t, work::actor const& by, core::uuid session, core::uuid user,
                std::string_view reason);

// That somebody has another password: neither of them.
void record_password(db::transaction& t, work::actor const& by, core::uuid user);

}  // namespace identity
