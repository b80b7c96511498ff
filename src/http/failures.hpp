// What HTTP itself can refuse, before or beside any endpoint, each with its status.
#pragma once

#include "core/failure.hpp"

namespace http {

inline constexpr core::failure bad_syntax{"bad_request", core::fault::malformed,
                                          "The request is not valid HTTP."};
inline constexpr core::failure body_malformed{"malformed_body", core::fault::malformed,
                                              "The body is not a JSON document that can be accepted."};
inline constexpr core::failure method_not_allowed{"method_not_allowed", core::fault::malformed,
                                                  "This address does not answer to this method."};
inline constexpr core::failure body_too_large{"body_too_large", core::fault::malformed,
                                              "The body is larger than this endpoint accepts."};
inline constexpr core::failure target_too_long{"uri_too_long", core::fault::malformed,
                                               "The address is too long."};
inline constexpr core::failure fields_too_large{"header_too_large", core::fault::malformed,
                                                "The header fields are too large or too many."};
inline constexpr core::failure media_type_unsupported{
    "unsupported_media_type", core::fault::malformed,
    "Send the body as application/json in UTF-8, uncompressed."};
inline constexpr core::failure expectation_failed{"expectation_failed", core::fault::malformed,
                                                  "Only Expect: 100-continue is understood."};
inline constexpr core::failure request_timeout{"request_timeout", core::fault::malformed,
                                               "The request did not arrive in time."};
inline constexpr core::failure idempotency_key_required{
    "idempotency_key_required", core::fault::malformed,
    "Send an Idempotency-Key header, so that a repeated request is done once."};
inline constexpr core::failure idempotency_key_invalid{
    "idempotency_key_invalid", core::fault::malformed,
    "An Idempotency-Key is 1 to 255 visible ASCII characters."};
inline constexpr core::failure internal_error{
    "internal_error", core::fault::unavailable,
    "Something went wrong on our side; the request id finds it in the log."};

// What the doorkeeper may answer before an endpoint that is not open to everyone.
inline constexpr core::failure authentication_required{
    "authentication_required", core::fault::unauthenticated,
    "Sign in and send the access token as `Authorization: Bearer …`."};
inline constexpr core::failure access_token_invalid{
    "access_token_invalid", core::fault::unauthenticated,
    "This access token is not, or no longer, good; refresh it or sign in again."};
inline constexpr core::failure person_required{
    "person_required", core::fault::forbidden,
    "This is for people who have signed in; an API key cannot do it."};
inline constexpr core::failure second_factor_missing{
    "second_factor_missing", core::fault::forbidden,
    "A role of yours, or of whoever made the API key, requires a second factor: set one up with POST "
    "/v1/auth/second-factor first."};
inline constexpr core::failure permission_denied{"permission_denied", core::fault::forbidden,
                                                 "Your roles do not allow this."};

}  // namespace http
