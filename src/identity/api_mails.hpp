// Everything the outside world may say with a token that came by mail, and to get one.
#pragma once

#include "identity/api.hpp"

namespace identity {

using mail_token = core::text<43, 43>;  // 32 bytes in base64url

inline constexpr core::failure mail_token_invalid{
    "mail_token_invalid", core::fault::invalid,
    "This token is not, or no longer, good: each can be used once and not for long. Ask for another mail."};

struct forgot_password_request {
    core::email email;
    std::optional<identity::audience> audience;  // else admin: the staff
};
BOOST_DESCRIBE_STRUCT(forgot_password_request, (), (email, audience))

struct reset_password_request {
    mail_token token;
    password new_password;
};
BOOST_DESCRIBE_STRUCT(reset_password_request, (), (token, new_password))

struct verify_email_request {
    mail_token token;
};
BOOST_DESCRIBE_STRUCT(verify_email_request, (), (token))

inline constexpr http::endpoint<forgot_password_request, core::nothing> forgot_password{{
    .verb = http::method::post,
    .path = "/v1/auth/password/forgot",
    .id = "forgotPassword",
    .allow = http::access::everyone(),
    .summary = "Ask for a mail with which to set another password",
    .description =
        "The answer is the same whether somebody signs in with this address or not. An account gets three "
        "mails an hour at most. Repeating it does no harm, so an Idempotency-Key has no effect.",
    .success = 202,
    .retry = http::replay::none,
    .statements = 8,
    .body_limit = 4 * 1024,
    .fails_with = {&too_many_attempts},
}};

inline constexpr http::endpoint<reset_password_request, core::nothing> reset_own_password{{
    .verb = http::method::post,
    .path = "/v1/auth/password/reset",
    .id = "resetPassword",
    .allow = http::access::everyone(),
    .summary = "Set another password with the token that came by mail",
    .description =
        "The token is good once, for thirty minutes. Ends every sign-in of the account, on every node within "
        "two seconds. Passwords are not kept, so an Idempotency-Key has no effect.",
    .success = 204,
    .retry = http::replay::none,
    .statements = 8,
    .body_limit = 4 * 1024,
    .fails_with = {&mail_token_invalid, &password_too_common},
}};

inline constexpr http::endpoint<http::no_parameters, core::nothing> request_verification{{
    .verb = http::method::post,
    .path = "/v1/auth/email/verification",
    .id = "requestEmailVerification",
    .allow = http::access::signed_in(),
    .summary = "Ask for a mail that shows that one's address is one's own",
    .description =
        "Nothing is sent where that has been shown, nor more than three mails an hour. Repeating it does no "
        "harm, so an Idempotency-Key has no effect.",
    .success = 202,
    .retry = http::replay::none,
    .statements = 9,
    .fails_with = {&too_many_attempts},
}};

inline constexpr http::endpoint<verify_email_request, core::nothing> verify_own_email{{
    .verb = http::method::post,
    .path = "/v1/auth/email/verify",
    .id = "verifyEmail",
    .allow = http::access::everyone(),
    .summary = "Show with the token that came by mail that the address is one's own",
    .description =
        "After a registration the account is made by it, and can be signed in to. The token is good "
        "once, for a day; an Idempotency-Key has no effect.",
    .success = 204,
    .retry = http::replay::none,
    .statements = 5,
    .body_limit = 4 * 1024,
    .fails_with = {&mail_token_invalid},
}};

}  // namespace identity
