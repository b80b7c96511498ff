// What the trail says of sign-ins: that they began, how they ended, and whose they were.
#pragma once

#include "audit/audit.hpp"
#include "identity/api.hpp"

namespace identity {

struct session_facts {
    core::uuid user_id;
    std::optional<std::string> end_reason;
};
BOOST_DESCRIBE_STRUCT(session_facts, (), (user_id, end_reason))

// Whoever has shown by a password or a token whose account it is.
work::actor owner_of_account(http::call const& c, account_kind kind, core::uuid user);

void record_end(db::transaction& t, work::actor const& by, core::uuid session, core::uuid user,
                std::string_view reason);

// Of a shopper's account; name and address are somebody's and stay in one place.
struct account_facts {
    user_status status;
};
BOOST_DESCRIBE_STRUCT(account_facts, (), (status))

// That somebody has another password: neither of them.
void record_password(db::transaction& t, work::actor const& by, account_kind kind, core::uuid user);

}  // namespace identity
