#include "identity/trail.hpp"

namespace identity {

work::actor owner_of_account(http::call const& c, account_kind kind, core::uuid user) {
    work::actor by = work::actor_of(c);
    by.kind = principal_of(kind);
    by.id = user;
    return by;
}

void record_end(db::transaction& t, work::actor const& by, core::uuid session, core::uuid user,
                std::string_view reason) {
    audit::record(t, by, "sessions", session,
                  audit::changed(session_facts{user, {}}, session_facts{user, std::string(reason)}));
}

void record_password(db::transaction& t, work::actor const& by, account_kind kind, core::uuid user) {
    audit::record(t, by, resource_of(kind), user, {{"password", "\"(secret)\"", "\"(secret, another)\""}});
}

}  // namespace identity
