// One request on its way through the server: what came in, who sent it, by when it must be
// answered, and what the answer carries besides its body.
#pragma once

#include "core/meter.hpp"
#include "core/result.hpp"
#include "core/task.hpp"
#include "core/uuid.hpp"
#include "http/endpoint.hpp"
#include "http/reach.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

struct request {
    method verb = method::get;
    bool head = false;  // HEAD: dispatched as GET, answered without the body
    std::string_view spoken =
        "-";             // the method for the log: one of ours, OPTIONS, "other", or "-" if unreadable
    std::string target;  // as sent
    std::string path;    // before the '?', as sent; the router wants the plain form
    std::string query;   // after the '?', still encoded
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields;  // names in lower case, in order

    // The value of a field that may appear once; empty when absent.
    std::string_view field(std::string_view lower_name) const;
    // All values of a list field, joined by commas (RFC 9110, 5.3).
    std::string list_field(std::string_view lower_name) const;
};

// What the app lends to every handler of a thread; domains know how to find their things in it.
struct environment {
    virtual ~environment() = default;
};

// A machine is a program with an API key; it acts for itself, within the rights of who made the key.
enum class principal_kind : std::uint8_t { guest, staff, machine, customer, system, provider };
BOOST_DESCRIBE_ENUM(principal_kind, guest, staff, machine, customer, system, provider)

struct principal {
    principal_kind kind = principal_kind::guest;
    core::uuid id;       // the user's, or the API key's; nil for a guest
    core::uuid session;  // the sign-in this request belongs to
};

// If-Match, read against the ETags that the server makes ("<version>-<digest>").
struct wanted_version {
    static constexpr std::size_t versions_max = 16;  // of a longer list the rest is not looked at

    bool given = false;
    bool any = false;       // If-Match: *
    std::size_t count = 0;  // none though given: matches nothing
    std::array<std::int64_t, versions_max> versions;

    bool match(std::int64_t stored) const;
};

struct route;

struct reply {
    int status = 200;
    std::string body;
    std::string_view content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> fields;
    bool close = false;          // no further request on this connection
    std::string_view code = {};  // of the problem that it tells, for the log; a constant
};

struct call {
    request const& in;
    environment& env;
    route const* to = nullptr;
    principal who;
    reach where;  // of the permission that let this request in; the doorkeeper's word
    std::string request_id;
    std::string remote;       // the peer's address
    bool cross_site = false;  // a page that is none of ours has caused it (http/origin.hpp)
    core::deadline by;
    core::meter meter;
    std::string idempotency_key;  // empty when not sent, or not looked at
    std::string compared_as;      // what tells one body from another under a key; empty: the body
    wanted_version if_match;
    std::vector<std::pair<std::string, std::string>> reply_fields;  // extra fields of the answer
    int status_override = 0;            // a handler's other success, e.g. 200 for a replayed 201
    std::optional<reply> ready_answer;  // set: sent as it is, instead of the handler's value

    // The write's precondition against the version that is stored.
    core::result<core::nothing> check_version(std::int64_t stored) const;
};

reply problem_reply(core::problem const& e, std::string_view request_id);
int status_of(core::failure const& f);
int status_of(core::fault kind);

// A strong validator: "<version>-<digest of the body>", or the digest alone.
std::string make_etag(std::string_view body, std::optional<std::int64_t> version);

// The doorkeeper: asked after the route is known and before the body is read. Sets `c.who`, and `c.where` for
// what needs a permission. A failure is the answer.
struct doorkeeper {
    virtual ~doorkeeper() = default;
    virtual core::task<core::result<core::nothing>> admit(call& c) = 0;
};

}  // namespace http
