// Passwords are compared only by whoever holds a try: a row that is written before, taken away when the
// password was right, and kept when it was wrong. So many guesses at once, by any number of servers, are no
// more than many one after the other.
#pragma once

#include "identity/store.hpp"
#include "work/context.hpp"

namespace identity {

struct held_try {
    core::uuid id;
    account_kind kind;
    std::string network;
    std::optional<credentials_row> account;  // none, if nobody signs in with this address
};

// Of which account, known or not, and from which network: what tries, and requests for mail, are counted by.
struct origin_of_try {
    core::bytes account;
    std::string network;
};
origin_of_try origin_of(http::call& c, account_kind of, std::string_view email);
void lock_tries(db::transaction& t, origin_of_try const& of);  // in the one order that there is

// too_many_attempts with RateLimit and RateLimit-Policy as draft-ietf-httpapi-ratelimit-headers-10 writes
// them.
core::problem refused(http::call& c, throttling const& by);

// Waits while tries that may turn out right stand in the way. Else too_many_attempts with the fields that
// belong to it.
core::task<core::result<held_try>> begin_try(http::call& c, account_kind of, std::string email);

// How it ended: wrong, or without a comparison. (Where it was right, remove_try goes into the transaction
// that follows from it.)
core::task<void> note_failure(http::call& c, core::uuid held);
core::task<void> withdraw(http::call& c, core::uuid held);

// Compares; `what` fails as invalid_credentials when it is wrong. The try is ended unless it was right.
core::task<core::result<core::nothing>> compare_password(http::call& c, held_try const& held,
                                                         std::string password);

// current_password_wrong, pointing at the member of that name.
core::problem wrong_current_password();

// As above, of whoever is signed in already; wrong_current_password() when it is wrong.
core::task<core::result<core::nothing>> compare_current_password(http::call& c, held_try const& held,
                                                                 std::string password);

}  // namespace identity
