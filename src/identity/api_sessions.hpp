// Everything the outside world may say about its own sign-ins: which there are, and ending them.
#pragma once

#include "http/call.hpp"
#include "work/page.hpp"

namespace identity {

inline constexpr core::failure session_not_found{"session_not_found", core::fault::missing,
                                                 "There is no such sign-in of yours, or it has ended."};

struct own_session_view {
    core::uuid id;
    bool current;  // the one this request belongs to
    core::timestamp created_at;
    core::timestamp last_used_at;  // signed in or refreshed
    core::timestamp expires_at;    // unless it is used before
    std::string device;            // what the client said of itself; empty if nothing
    std::string address;           // where it was signed in from
};
BOOST_DESCRIBE_STRUCT(own_session_view, (),
                      (id, current, created_at, last_used_at, expires_at, device, address))

struct list_sessions_request {
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_sessions_request, (), (after, limit))

struct session_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(session_request, (), (id))

inline constexpr http::endpoint<list_sessions_request, http::page<own_session_view>> list_sessions{{
    .verb = http::method::get,
    .path = "/v1/auth/sessions",
    .id = "listSessions",
    .allow = http::access::signed_in(),
    .summary = "Where one is signed in, last used first",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<session_request, core::nothing> delete_session{{
    .verb = http::method::remove,
    .path = "/v1/auth/sessions/{id}",
    .id = "deleteSession",
    .allow = http::access::signed_in(),
    .summary = "End one of one's own sign-ins",
    .description = "In force on every node within two seconds.",
    .success = 204,
    .statements = 3,
    .fails_with = {&session_not_found},
}};

inline constexpr http::endpoint<http::no_parameters, core::nothing> delete_sessions{{
    .verb = http::method::remove,
    .path = "/v1/auth/sessions",
    .id = "deleteSessions",
    .allow = http::access::signed_in(),
    .summary = "Sign out everywhere, here included",
    .description = "In force on every node within two seconds.",
    .success = 204,
    .sets_cookie = true,
    .statements = 4,
}};

}  // namespace identity
