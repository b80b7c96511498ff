// What the outside world may say about permissions: which there are, why somebody may do something or not,
// and what another list would change for whom.
#pragma once

#include "identity/api.hpp"

namespace identity {

// --- the list --------------------------------------------------------------------------------------

struct key_name {
    core::uuid id;
    std::string name;
    std::string prefix;
};
BOOST_DESCRIBE_STRUCT(key_name, (), (id, name, prefix))

struct list_permissions_request {
    std::optional<core::text<1, 100>> resource;
    std::optional<bool> retired;
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_permissions_request, (), (resource, retired, after, limit))

struct listed_permission {
    std::int32_t id;
    std::string method;
    std::string route;
    std::string resource;
    std::string operation;
    bool retired;
    bool by_location;  // a grant of it can be limited to locations
    std::optional<core::timestamp> retired_at;
    std::optional<std::vector<role_ref>> roles;  // of a retired one: those that hold it still
    std::optional<std::vector<key_name>> api_keys;
};
BOOST_DESCRIBE_STRUCT(listed_permission, (),
                      (id, method, route, resource, operation, retired, by_location, retired_at, roles,
                       api_keys))

inline constexpr http::endpoint<list_permissions_request, http::page<listed_permission>> list_permissions{{
    .verb = http::method::get,
    .path = "/v1/admin/permissions",
    .id = "listPermissions",
    .allow = http::access::permission("roles"),
    .summary = "Every permission there is: method, route and resource",
    .description =
        "A permission whose route is gone is retired: it lets nobody in, and comes with the roles and "
        "the live API keys that hold it still. `retired` shows these alone, or the others alone.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

// --- why somebody may do something, or not ---------------------------------------------------------

BOOST_DEFINE_ENUM_CLASS(asked_method, GET, HEAD, POST, PUT, PATCH, DELETE)
BOOST_DEFINE_ENUM_CLASS(access_reason, granted, open_to_everyone, needs_only_sign_in, no_such_route, retired,
                        not_migrated, user_blocked, needs_second_factor, no_role, no_grant, for_customers)
BOOST_DEFINE_ENUM_CLASS(grant_kind, grant, everything)

// Of the roles that would let somebody in, so many are named.
inline constexpr std::size_t named_roles_max = 100;

struct explain_request {
    core::uuid user_id;
    asked_method method;
    core::text<1, 2048> path;
};
BOOST_DESCRIBE_STRUCT(explain_request, (), (user_id, method, path))

struct granting_role {
    role_ref role;
    grant_kind by;  // a grant of its own, or because the role holds everything
    std::optional<std::vector<core::uuid>> locations;  // at these alone; left out: everywhere
};
BOOST_DESCRIBE_STRUCT(granting_role, (), (role, by, locations))

struct explanation {
    bool allowed;
    access_reason reason;
    std::string detail;                                // the reason in words
    http::nullable<permission_view> permission;        // null where none is asked for, or none is there
    std::vector<granting_role> granted_by;             // roles of the user
    std::vector<role_ref> would_grant;                 // other roles that would let them in
    std::vector<role_ref> second_factor_required_by;   // roles of the user, where they lack one
    std::optional<std::vector<core::uuid>> locations;  // of all granting roles together; left out: no limit
};
BOOST_DESCRIBE_STRUCT(explanation, (),
                      (allowed, reason, detail, permission, granted_by, would_grant,
                       second_factor_required_by, locations))

inline constexpr http::endpoint<explain_request, explanation> explain_permission{{
    .verb = http::method::post,
    .path = "/v1/admin/permissions/explain",
    .id = "explainPermission",
    .allow = http::access::permission("roles"),
    .summary = "Why somebody may make a request, or may not, and by which role",
    .description =
        "`path` as a client sends it, or the template of a route. Answers from the rights as they are "
        "stored, which every server follows within two seconds. `locations` are there when the request is "
        "let "
        "in for what lies at these alone. Nothing is changed, so an "
        "Idempotency-Key has no effect.",
    .retry = http::replay::none,
    .statements = 3,
    .fails_with = {&user_not_found},
}};

// --- what another list would change ----------------------------------------------------------------

// Of the people whom a change concerns, so many are shown.
inline constexpr std::size_t shown_users_max = 100;

struct simulate_request {
    core::uuid role_id;
    std::optional<permission_choices> permissions;  // else as they are
    std::optional<bool> second_factor;              // else as it is
};
BOOST_DESCRIBE_STRUCT(simulate_request, (), (role_id, permissions, second_factor))

// A permission that is held before and after, but not at the same locations. Null: everywhere.
struct changed_limits {
    std::int32_t permission_id;
    http::nullable<std::vector<core::uuid>> before;
    http::nullable<std::vector<core::uuid>> after;
};
BOOST_DESCRIBE_STRUCT(changed_limits, (), (permission_id, before, after))

struct changed_user {
    core::uuid id;
    std::string name;
    user_status status;
    std::vector<std::int32_t> gained;  // ids of permissions: of the role, or all of theirs where a second
    std::vector<std::int32_t> lost;    // factor decides whether any counts
    std::vector<changed_limits> moved;
    std::vector<key_name> api_keys{};  // that they have made: none may do more than they
};
BOOST_DESCRIBE_STRUCT(changed_user, (), (id, name, status, gained, lost, moved, api_keys))

struct simulation {
    role_ref role;
    std::vector<permission_view> gained;
    std::vector<permission_view> lost;
    std::vector<changed_limits> moved;
    std::vector<changed_user> users;  // whom it changes: not who has it by another role
    std::int64_t user_count;          // of all of them, also those who are not shown
    http::nullable<std::string> refused;
};
BOOST_DESCRIBE_STRUCT(simulation, (), (role, gained, lost, moved, users, user_count, refused))

inline constexpr http::endpoint<simulate_request, simulation> simulate_permissions{{
    .verb = http::method::post,
    .path = "/v1/admin/permissions/simulate",
    .id = "simulatePermissions",
    .allow = http::access::permission("roles"),
    .summary = "What other permissions of a role, or a second factor that it requires, would change for whom",
    .description =
        "`permissions` as `setRolePermissions` takes them, `second_factor` as `updateRole` does; what is "
        "left "
        "out stays as it is. Up to 100 people are shown, by name; whoever has a permission by another role "
        "too neither gains nor loses it, and whoever lacks a second factor that a role of theirs requires "
        "has "
        "none at all. `moved` are those that are held before and after, but not at the same locations. "
        "`api_keys` are the live ones that such a person has made, which may never do more than their maker. "
        "`refused` is the code with which that change would be refused to the caller, null "
        "when it would be made. Nothing is changed, so an Idempotency-Key has no effect.",
    .retry = http::replay::none,
    .statements = 6,
    .body_limit = 256 * 1024,
    .fails_with = {&role_not_found},
}};

}  // namespace identity
