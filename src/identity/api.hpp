// Everything the outside world may say about signing in, users, roles and permissions.
#pragma once

#include "http/call.hpp"
#include "http/failures.hpp"
#include "http/json_write.hpp"
#include "identity/audience.hpp"
#include "identity/passwords.hpp"
#include "identity/rules.hpp"
#include "identity/throttle.hpp"
#include "work/idempotency.hpp"
#include "work/page.hpp"

namespace identity {

// --- words -----------------------------------------------------------------------------------------

BOOST_DEFINE_ENUM_CLASS(user_status, active, blocked)
BOOST_DEFINE_ENUM_CLASS(permission_method, GET, POST, PUT, PATCH, DELETE)
BOOST_DEFINE_ENUM_CLASS(token_place, cookie, body)  // where the refresh token travels

using password = core::text<password_length_min, password_length_max>;
using person_name = core::text<1, 200>;
using role_name = core::text<1, 100>;
using role_description = core::text<0, 500>;
using role_ids = core::list<core::uuid, 50>;
using location_ids = core::list<core::uuid, 100, 1>;  // of a limited grant
using refresh_token = core::text<43, 43>;             // 32 bytes in base64url
using one_time_code = core::text<6, 6>;               // of an authenticator app
using recovery_code = core::text<16, 24>;             // 80 bits in base32, perhaps in groups

struct role_ref {
    core::uuid id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(role_ref, (), (id, name))

struct signed_in_user {
    core::uuid id;
    std::string email;
    http::nullable<std::string> name;  // a shopper may have told none
    std::vector<std::string> roles;    // shoppers have none
};
BOOST_DESCRIBE_STRUCT(signed_in_user, (), (id, email, name, roles))

struct held_permission {
    std::string method;
    std::string route;
    std::string resource;
    std::string operation;
    std::optional<std::vector<core::uuid>> locations;  // at these alone; left out: everywhere
};
BOOST_DESCRIBE_STRUCT(held_permission, (), (method, route, resource, operation, locations))

struct permission_view {
    std::int32_t id;
    std::string method;
    std::string route;
    std::string resource;
    std::string operation;
    bool retired;      // its route is gone; the grants are kept
    bool by_location;  // a grant of it can be limited to locations
};
BOOST_DESCRIBE_STRUCT(permission_view, (), (id, method, route, resource, operation, retired, by_location))

struct granted_permission {
    std::int32_t id;
    std::string method;
    std::string route;
    std::string resource;
    std::string operation;
    bool retired;
    bool by_location;
    std::optional<std::vector<core::uuid>> locations;  // at these alone; left out: everywhere
};
BOOST_DESCRIBE_STRUCT(granted_permission, (),
                      (id, method, route, resource, operation, retired, by_location, locations))

struct user_view {
    core::uuid id;
    std::string email;
    std::string name;
    user_status status;
    std::vector<role_ref> roles;
    http::nullable<core::timestamp> email_verified_at;
    bool second_factor;  // they have one, confirmed
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(user_view, (),
                      (id, email, name, status, roles, email_verified_at, second_factor, version, created_at,
                       updated_at))

struct role_row_view {
    core::uuid id;
    std::string name;
    std::string description;
    bool everything;
    std::int64_t permission_count;
    std::int64_t user_count;
    std::int64_t version;
};
BOOST_DESCRIBE_STRUCT(role_row_view, (),
                      (id, name, description, everything, permission_count, user_count, version))

struct role_view {
    core::uuid id;
    std::string name;
    std::string description;
    bool everything;                              // holds every permission, also those to come
    bool second_factor;                           // its holders need one to use any permission
    std::vector<granted_permission> permissions;  // of one that holds everything: all there are now
    std::int64_t user_count;
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(role_view, (),
                      (id, name, description, everything, second_factor, permissions, user_count, version,
                       created_at, updated_at))

// --- failures --------------------------------------------------------------------------------------

inline constexpr core::failure invalid_credentials{"invalid_credentials", core::fault::unauthenticated,
                                                   "E-mail address and password do not match an account."};
inline constexpr core::failure second_factor_required{
    "second_factor_required", core::fault::unauthenticated,
    "Send the code that your authenticator app shows as `code`, or a `recovery_code`."};
inline constexpr core::failure second_factor_invalid{"second_factor_invalid", core::fault::unauthenticated,
                                                     "This code is wrong, too old, or was used before."};
inline constexpr core::failure refresh_token_invalid{"refresh_token_invalid", core::fault::unauthenticated,
                                                     "This refresh token is no longer good; sign in again."};
inline constexpr core::failure cross_site_request{"cross_site_request", core::fault::forbidden,
                                                  "The refresh token's cookie is for pages of this shop; "
                                                  "name other origins in CARRACK_CORS_ORIGINS, or send "
                                                  "the token in the body."};
using http::access_token_invalid;
using http::authentication_required;
using http::permission_denied;
inline constexpr core::failure user_not_found{"user_not_found", core::fault::missing,
                                              "There is no such user."};
inline constexpr core::failure role_not_found{"role_not_found", core::fault::missing,
                                              "There is no such role."};
inline constexpr core::failure email_taken{"email_taken", core::fault::conflict,
                                           "Somebody already signs in with this e-mail address."};
inline constexpr core::failure role_name_taken{"role_name_taken", core::fault::conflict,
                                               "There already is a role of this name."};
inline constexpr core::failure role_in_use{"role_in_use", core::fault::conflict,
                                           "Users still hold this role; take it from them first."};

// --- signing in ------------------------------------------------------------------------------------

struct login_request {
    core::email email;
    core::text<1, 256> password;
    std::optional<identity::audience> audience;  // else admin: the staff
    std::optional<token_place> refresh;
    std::optional<one_time_code> code;                     // of the second factor, of whoever has one
    std::optional<identity::recovery_code> recovery_code;  // or this
};
BOOST_DESCRIBE_STRUCT(login_request, (), (email, password, audience, refresh, code, recovery_code))

struct login_view {
    std::string access_token;
    std::string token_type;   // "Bearer"
    std::int64_t expires_in;  // seconds
    signed_in_user user;
    std::optional<std::string> refresh_token;  // with "refresh": "body"; else it is a cookie
};
BOOST_DESCRIBE_STRUCT(login_view, (), (access_token, token_type, expires_in, user, refresh_token))

struct refresh_request {
    std::optional<identity::refresh_token> refresh_token;  // else the cookie
    std::optional<identity::audience> audience;            // whose cookie; else admin
};
BOOST_DESCRIBE_STRUCT(refresh_request, (), (refresh_token, audience))

struct logout_request {
    std::optional<identity::refresh_token> refresh_token;  // else the cookie, else the access token
    std::optional<identity::audience> audience;  // whose cookie; else the access token's, else admin
};
BOOST_DESCRIBE_STRUCT(logout_request, (), (refresh_token, audience))

struct machine_view {
    core::uuid id;
    std::string name;
    std::string prefix;
    http::nullable<core::timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(machine_view, (), (id, name, prefix, expires_at))

struct session_view {
    identity::audience audience;
    signed_in_user user;          // for an API key: who made it
    std::vector<role_ref> roles;  // of an API key there are none, only permissions
    std::vector<held_permission> permissions;
    std::optional<machine_view> machine;  // the API key, when one asks
    bool second_factor_missing;           // a role requires one: until it is set up nothing else is allowed
    http::nullable<core::timestamp> email_verified_at;  // of the user's address
};
BOOST_DESCRIBE_STRUCT(session_view, (),
                      (audience, user, roles, permissions, machine, second_factor_missing, email_verified_at))

inline constexpr http::endpoint<login_request, login_view> login{{
    .verb = http::method::post,
    .path = "/v1/auth/login",
    .id = "login",
    .allow = http::access::everyone(),
    .summary = "Sign in with e-mail address and password",
    .description =
        "With `\"audience\": \"shop\"` shoppers sign in to their account, else the staff: accounts of their "
        "own, "
        "also where the address is the same. The refresh token is set as the cookie "
        "`__Host-carrack_refresh`, or `__Host-carrack_shop_refresh`; with `\"refresh\": \"body\"` it is in "
        "the "
        "answer instead. Tokens are not kept, so an Idempotency-Key has no effect. Wrong passwords slow down "
        "the account and the address they come from; an account stands ten of them in fifteen minutes.",
    .retry = http::replay::none,
    .sets_cookie = true,
    .statements = 12,
    .body_limit = 4 * 1024,
    .fails_with = {&invalid_credentials, &second_factor_required, &second_factor_invalid, &too_many_attempts},
}};

inline constexpr http::endpoint<refresh_request, login_view> refresh{{
    .verb = http::method::post,
    .path = "/v1/auth/refresh",
    .id = "refresh",
    .allow = http::access::everyone(),
    .summary = "A new pair of tokens for a refresh token, which is spent by it",
    .description =
        "Takes the cookie, of the staff or with `\"audience\": \"shop\"` of shoppers; or `refresh_token` in "
        "the "
        "body and then answers in the body. A spent token that comes back ends the sign-in it belongs to, on "
        "every device that holds a copy. Within ten seconds a repetition gets the same pair; an "
        "Idempotency-Key has no effect. The cookie is refused where a page of another origin sends it.",
    .retry = http::replay::none,
    .takes_cookies = refresh_cookies,
    .sets_cookie = true,
    .statements = 5,
    .body_limit = 4 * 1024,
    .fails_with = {&refresh_token_invalid, &cross_site_request},
}};

inline constexpr http::endpoint<logout_request, core::nothing> logout{{
    .verb = http::method::post,
    .path = "/v1/auth/logout",
    .id = "logout",
    .allow = http::access::everyone(),
    .summary = "End this sign-in",
    .description =
        "Of the cookies takes the staff's, or with `\"audience\": \"shop\"` the shoppers'. Repeating it does "
        "no "
        "harm, so an Idempotency-Key has no effect. The cookie is refused where a page of another origin "
        "sends it.",
    .success = 204,
    .retry = http::replay::none,
    .takes_cookies = refresh_cookies,
    .sets_cookie = true,
    .statements = 3,
    .body_limit = 4 * 1024,
    .fails_with = {&cross_site_request},
}};

inline constexpr http::endpoint<http::no_parameters, session_view> get_session{{
    .verb = http::method::get,
    .path = "/v1/auth/session",
    .id = "getSession",
    .allow = http::access::identified(),
    .summary = "Who is signed in, or which API key asks, and what they may do",
    .statements = 1,
    .fails_with = {&access_token_invalid},
}};

// --- users -----------------------------------------------------------------------------------------

struct list_users_request {
    std::optional<work::search_text> q;  // a part of the name or the e-mail address
    std::optional<user_status> status;
    std::optional<core::uuid> role_id;
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_users_request, (), (q, status, role_id, after, limit))

struct create_user_request {
    core::email email;
    person_name name;
    identity::password password;
    std::optional<role_ids> roles;
};
BOOST_DESCRIBE_STRUCT(create_user_request, (), (email, name, password, roles))

struct user_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(user_request, (), (id))

struct update_user_request {
    core::uuid id;
    core::patch<person_name> name;
    core::patch<user_status> status;
    core::patch<role_ids> roles;
};
BOOST_DESCRIBE_STRUCT(update_user_request, (), (id, name, status, roles))

inline constexpr http::endpoint<list_users_request, http::page<user_view>> list_users{{
    .verb = http::method::get,
    .path = "/v1/admin/users",
    .id = "listUsers",
    .allow = http::access::permission("users"),
    .summary = "The staff, newest first",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<create_user_request, user_view> create_user{{
    .verb = http::method::post,
    .path = "/v1/admin/users",
    .id = "createUser",
    .allow = http::access::permission("users").afresh(),
    .summary = "Add a member of staff",
    .success = 201,
    .statements = 9,
    .fails_with = {&password_too_common, &email_taken, &rights_exceeded, &work::key_reused,
                   &work::key_in_use},
}};

inline constexpr http::endpoint<user_request, user_view> get_user{{
    .verb = http::method::get,
    .path = "/v1/admin/users/{id}",
    .id = "getUser",
    .allow = http::access::permission("users"),
    .summary = "One member of staff",
    .statements = 1,
    .fails_with = {&user_not_found},
}};

inline constexpr http::endpoint<update_user_request, user_view> update_user{{
    .verb = http::method::patch,
    .path = "/v1/admin/users/{id}",
    .id = "updateUser",
    .allow = http::access::permission("users").afresh(),
    .summary = "Rename, block or unblock somebody, or change their roles",
    .description =
        "Blocking ends every sign-in of the user. `roles` replaces the whole list. Nobody changes a user "
        "who may do what they may not do themselves.",
    .statements = 14,
    .fails_with = {&user_not_found, &rights_exceeded, &last_owner},
}};

// --- roles and permissions -------------------------------------------------------------------------

struct permission_choice {  // either `id`, or `method` and `route`
    std::optional<core::integer<1, 2'147'483'647>> id;
    std::optional<permission_method> method;
    std::optional<core::text<2, 200>> route;
    std::optional<location_ids> locations{};  // at these alone; left out: everywhere
};
BOOST_DESCRIBE_STRUCT(permission_choice, (), (id, method, route, locations))
using permission_choices = core::list<permission_choice, 2000>;

struct list_roles_request {
    std::optional<work::search_text> q;
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_roles_request, (), (q, after, limit))

struct create_role_request {
    role_name name;
    std::optional<role_description> description;
    std::optional<permission_choices> permissions;
};
BOOST_DESCRIBE_STRUCT(create_role_request, (), (name, description, permissions))

struct role_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(role_request, (), (id))

struct update_role_request {
    core::uuid id;
    core::patch<role_name> name;
    core::patch<role_description> description;
    core::patch<bool> second_factor;
};
BOOST_DESCRIBE_STRUCT(update_role_request, (), (id, name, description, second_factor))

struct copy_role_request {
    core::uuid id;
    role_name name;
    std::optional<role_description> description;  // else the copied role's
};
BOOST_DESCRIBE_STRUCT(copy_role_request, (), (id, name, description))

struct set_permissions_request {
    core::uuid id;
    permission_choices permissions;
};
BOOST_DESCRIBE_STRUCT(set_permissions_request, (), (id, permissions))

inline constexpr http::endpoint<list_roles_request, http::page<role_row_view>> list_roles{{
    .verb = http::method::get,
    .path = "/v1/admin/roles",
    .id = "listRoles",
    .allow = http::access::permission("roles"),
    .summary = "Roles by name",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<create_role_request, role_view> create_role{{
    .verb = http::method::post,
    .path = "/v1/admin/roles",
    .id = "createRole",
    .allow = http::access::permission("roles").afresh(),
    .summary = "Make a role, within one's own rights",
    .description = "`locations` limits a permission, of those that say `by_location`, to some locations.",
    .success = 201,
    .statements = 11,
    .body_limit = 256 * 1024,
    .fails_with = {&role_name_taken, &rights_exceeded, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<copy_role_request, role_view> copy_role{{
    .verb = http::method::post,
    .path = "/v1/admin/roles/{id}/copy",
    .id = "copyRole",
    .allow = http::access::permission("roles").afresh(),
    .summary = "Make a role that holds what another holds now, within one's own rights",
    .description =
        "The copy of a role that holds everything lists the permissions that there are now, and does "
        "not hold what a later release adds. Retired permissions are left out. Limits to locations are "
        "copied, "
        "and a second factor that the role requires is required by the copy.",
    .success = 201,
    .statements = 11,
    .body_limit = 4 * 1024,
    .fails_with = {&role_not_found, &role_name_taken, &rights_exceeded, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<role_request, role_view> get_role{{
    .verb = http::method::get,
    .path = "/v1/admin/roles/{id}",
    .id = "getRole",
    .allow = http::access::permission("roles"),
    .summary = "A role and what it holds",
    .statements = 2,
    .fails_with = {&role_not_found},
}};

inline constexpr http::endpoint<update_role_request, role_view> update_role{{
    .verb = http::method::patch,
    .path = "/v1/admin/roles/{id}",
    .id = "updateRole",
    .allow = http::access::permission("roles").afresh(),
    .summary = "Rename or describe a role, or let it require a second factor",
    .match = http::precondition::required,
    .statements = 7,
    .fails_with = {&role_not_found, &role_name_taken, &rights_exceeded, &own_role},
}};

inline constexpr http::endpoint<role_request, core::nothing> delete_role{{
    .verb = http::method::remove,
    .path = "/v1/admin/roles/{id}",
    .id = "deleteRole",
    .allow = http::access::permission("roles").afresh(),
    .summary = "Delete a role that nobody holds",
    .success = 204,
    .match = http::precondition::required,
    .statements = 7,
    .fails_with = {&role_not_found, &role_in_use, &rights_exceeded},
}};

inline constexpr http::endpoint<set_permissions_request, role_view> set_permissions{{
    .verb = http::method::put,
    .path = "/v1/admin/roles/{id}/permissions",
    .id = "setRolePermissions",
    .allow = http::access::permission("roles").afresh(),
    .summary = "Replace what a role holds",
    .description =
        "In force on every node within two seconds. `locations` limits a permission, of those that say "
        "`by_location`, to some locations; whoever holds it there alone can give it there alone.",
    .match = http::precondition::required,
    .statements = 11,
    .body_limit = 256 * 1024,
    .fails_with = {&role_not_found, &role_holds_everything, &rights_exceeded, &own_role},
}};

}  // namespace identity
