// Everything the outside world may say about changing passwords.
#pragma once

#include "identity/api.hpp"

namespace identity {

inline constexpr core::failure current_password_wrong{"current_password_wrong", core::fault::invalid,
                                                      "The current password is another one."};

using given_password = core::text<1, password_length_max>;  // of any age: what is new has rules of its own

struct change_password_request {
    given_password current_password;
    password new_password;
};
BOOST_DESCRIBE_STRUCT(change_password_request, (), (current_password, new_password))

inline constexpr http::endpoint<change_password_request, core::nothing> change_password{{
    .verb = http::method::post,
    .path = "/v1/auth/password",
    .id = "changePassword",
    .allow = http::access::signed_in(),
    .summary = "Change one's own password",
    .description =
        "Ends every other sign-in of one's own, on every node within two seconds; this one goes on. A "
        "wrong current password counts as a try to sign in. Passwords are not kept, so an "
        "Idempotency-Key has no effect.",
    .success = 204,
    .retry = http::replay::none,
    .statements = 14,
    .body_limit = 4 * 1024,
    .fails_with = {&current_password_wrong, &password_too_common, &too_many_attempts},
}};

}  // namespace identity
