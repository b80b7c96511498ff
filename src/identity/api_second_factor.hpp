// What may be said about the second factor of a sign-in: codes of an authenticator app, and recovery codes.
#pragma once

#include "http/call.hpp"
#include "http/failures.hpp"
#include "identity/api_passwords.hpp"

namespace identity {

struct second_factor_view {
    std::string secret;       // in base32, to be typed into an app
    std::string otpauth_uri;  // the same, to be shown as a QR code
};
BOOST_DESCRIBE_STRUCT(second_factor_view, (), (secret, otpauth_uri))

struct recovery_codes_view {
    std::vector<std::string> recovery_codes;  // each good once; shown here and never again
};
BOOST_DESCRIBE_STRUCT(recovery_codes_view, (), (recovery_codes))

inline constexpr core::failure second_factor_exists{
    "second_factor_exists", core::fault::conflict,
    "There is a second factor already; take it away before another one is set up."};
inline constexpr core::failure second_factor_not_found{"second_factor_not_found", core::fault::missing,
                                                       "There is no second factor here."};
inline constexpr core::failure second_factor_own{
    "second_factor_own", core::fault::conflict,
    "One's own second factor is taken away with a code, by DELETE /v1/auth/second-factor."};
inline constexpr core::failure second_factor_code_wrong{"second_factor_code_wrong", core::fault::invalid,
                                                        "This code is wrong, too old, or was used before."};
using http::second_factor_missing;

struct begin_second_factor_request {
    given_password current_password;  // a stolen access token shall not lock its owner out
};
BOOST_DESCRIBE_STRUCT(begin_second_factor_request, (), (current_password))

struct confirm_second_factor_request {
    one_time_code code;
};
BOOST_DESCRIBE_STRUCT(confirm_second_factor_request, (), (code))

struct remove_second_factor_request {  // one of them
    std::optional<one_time_code> code;
    std::optional<identity::recovery_code> recovery_code;
};
BOOST_DESCRIBE_STRUCT(remove_second_factor_request, (), (code, recovery_code))

inline constexpr http::endpoint<begin_second_factor_request, second_factor_view> begin_second_factor{{
    .verb = http::method::post,
    .path = "/v1/auth/second-factor",
    .id = "beginSecondFactor",
    .allow = http::access::staff(),
    .summary = "Set up a second factor: the secret for an authenticator app, shown once",
    .description =
        "It counts when it is confirmed with a first code; until then this can be asked again. A wrong "
        "password counts as a try to sign in. Secrets are not kept for repetitions, so an "
        "Idempotency-Key has no effect.",
    .success = 201,
    .retry = http::replay::none,
    .statements = 9,
    .body_limit = 4 * 1024,
    .fails_with = {&access_token_invalid, &current_password_wrong, &second_factor_exists, &too_many_attempts},
}};

inline constexpr http::endpoint<confirm_second_factor_request, recovery_codes_view> confirm_second_factor{{
    .verb = http::method::post,
    .path = "/v1/auth/second-factor/confirm",
    .id = "confirmSecondFactor",
    .allow = http::access::staff(),
    .summary = "Confirm the second factor with a first code; the answer holds ten recovery codes",
    .description =
        "From then on signing in needs a code, and other sign-ins, which have shown none, end. A wrong "
        "one counts as a wrong password does. An Idempotency-Key has no effect.",
    .retry = http::replay::none,
    .statements = 15,
    .fails_with = {&access_token_invalid, &second_factor_not_found, &second_factor_exists,
                   &second_factor_code_wrong, &too_many_attempts},
}};

inline constexpr http::endpoint<remove_second_factor_request, core::nothing> remove_second_factor{{
    .verb = http::method::remove,
    .path = "/v1/auth/second-factor",
    .id = "removeSecondFactor",
    .allow = http::access::staff(),
    .summary = "Do without the second factor, for which it is needed once more",
    .description =
        "Takes `code` or `recovery_code`, which is spent by it. A wrong one counts as a wrong password does.",
    .success = 204,
    .statements = 12,
    .fails_with = {&access_token_invalid, &second_factor_not_found, &second_factor_code_wrong,
                   &too_many_attempts},
}};

inline constexpr http::endpoint<user_request, core::nothing> remove_users_second_factor{{
    .verb = http::method::remove,
    .path = "/v1/admin/users/{id}/second-factor",
    .id = "removeUsersSecondFactor",
    .allow = http::access::permission("users").afresh(),
    .summary = "Take away the second factor of somebody who has lost it",
    .description =
        "Nobody does that to a user who may do what they may not do themselves, nor to themselves: a "
        "stolen token shall not do without a code.",
    .success = 204,
    .statements = 7,
    .fails_with = {&user_not_found, &second_factor_not_found, &second_factor_own, &rights_exceeded},
}};

}  // namespace identity
