// Passwords are compared only by whoever holds a try: a row that is written before, taken away when the
// password was right, and kept when it was wrong. So many guesses at once, by any number of servers, are no
// more than many one after the other.
#pragma once

#include "identity/store.hpp"
#include "work/context.hpp"

namespace identity {

struct held_try {
    core::uuid id;
    std::string network;
    std::optional<credentials_row> account;  // none, if nobody signs in with this address
};

// Waits while tries that may turn out right stand in the way. Else too_many_attempts with the fields that
// belong to it.
core::task<core::result<held_try>> begin_try(http::call& c, std::string email);

// How it ended: wrong, or without a comparison. (Where it was right, remove_try goes into the transaction
// that follows from it.)
core::task<void> note_failure(http::call& c, core::uuid held);
core::task<void> withdraw(http::call& c, core::uuid held);

// Compares; `what` fails as invalid_credentials when it is wrong. The try is ended unless it was right.
core::task<core::result<core::nothing>> compare_password(http::call& c, held_try const& held,
                                                         std::string password);

}  // namespace identity
