// Identity as the server puts it together, asked without sockets: route, doorkeeper, decoding, handler.
#pragma once

#include "audit/routes.hpp"
#include "crypto/password.hpp"
#include "http/dispatch.hpp"
#include "identity/doorkeeper.hpp"
#include "identity/identity.hpp"
#include "identity/routes.hpp"
#include "postgres_fixture.hpp"
#include "work/locations.hpp"
#include "work/route_list.hpp"

#include <boost/json/parse.hpp>

namespace integration {

namespace json = boost::json;

inline constexpr auto owner_email = "owner@example.com";
inline constexpr auto owner_password = "correct horse battery";

struct heard {  // an answer
    int status = 0;
    json::value body;
    std::vector<std::pair<std::string, std::string>> fields;
    std::uint32_t statements = 0;
    std::uint32_t round_trips = 0;
    std::uint32_t budget = 0;

    std::string field(std::string_view name) const;
    std::string code() const;  // of a problem
    std::string text(std::string_view member) const;
    std::string refresh_cookie() const;  // the value that was set
};

struct asked {
    http::method verb = http::method::get;
    std::string path;
    std::string body;
    std::string token;                                        // the access token, if any
    std::vector<std::pair<std::string, std::string>> fields;  // further ones
    std::string remote = "192.0.2.1";
};

// What one process has: the routes, the password pool, what its loops share.
struct process {
    explicit process(std::string url, std::string address = "https://shop.test",
                     std::optional<crypto::secret_key> key = {});

    http::registry routes;
    crypto::password_pool passwords;
    identity::commons shared;
    std::string url;
};

// What one event loop has.
struct node {
    node(process& p, db::database& d);
    node(node const&) = delete;

    core::task<heard> ask(asked what);
    core::task<heard> post(std::string path, std::string body, std::string token = {});
    core::task<heard> get(std::string path, std::string token);
    core::task<heard> change(http::method verb, std::string path, std::string body, std::string token,
                             std::string etag);
    // Signs in and answers the access token.
    core::task<std::string> token_of(std::string email, std::string password);

    process& of;
    db::database& database;
    identity::service service;
    identity::doorkeeper door;
    work::environment env;
    work::route_list answered;
    work::location_list places;
};

// A migrated database with permissions and the owner, and `body` run on one loop of one process.
void with_shop(std::function<core::task<void>(node&)> body);
// The same with two processes on one database, each with an address of its own.
void with_two_processes(std::function<core::task<void>(node&, node&)> body);

// --- for tests of users and roles ---

inline constexpr auto staff_password = "a good password";
inline constexpr auto user_and_role_rights =
    R"({"method":"GET","route":"/v1/admin/users"},{"method":"POST","route":"/v1/admin/users"},)"
    R"({"method":"PATCH","route":"/v1/admin/users/{id}"},{"method":"POST","route":"/v1/admin/roles"},)"
    R"({"method":"PUT","route":"/v1/admin/roles/{id}/permissions"},{"method":"DELETE","route":"/v1/admin/roles/{id}"})";

std::string look(node& n, std::string const& sql);  // the first value, as the application's role
std::string role_id(node& n, std::string const& name);
std::string quoted(std::string const& s);
std::string user_body(std::string const& email, std::string const& roles);
core::task<std::string> owner_token(node& n);
// Signs in a new user with a new role of the same name that holds these permissions (JSON, comma between).
core::task<std::string> token_with(node& n, std::string name, std::string permissions);
// Everything that a denied request must leave as it was; and, one after the other, what the trail says of
// refusals: "PATCH /v1/admin/users/{id} users last_owner".
std::string fingerprint(node& n);
std::string refusals(node& n);

}  // namespace integration
