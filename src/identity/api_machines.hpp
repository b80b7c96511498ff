// What may be said about API keys: how machines (a till, a warehouse, an accounting system) use the shop.
#pragma once

#include "identity/api.hpp"
#include "identity/identity.hpp"

namespace identity {

using api_key_name = core::text<1, 100>;

struct api_key_row_view {
    core::uuid id;
    std::string name;
    std::string prefix;  // how the key begins: enough to tell it from others
    actor_name maker;
    std::int64_t permission_count;
    core::timestamp created_at;
    http::nullable<core::timestamp> expires_at;
    http::nullable<core::timestamp> last_used_at;  // to the minute
    http::nullable<core::timestamp> revoked_at;
};
BOOST_DESCRIBE_STRUCT(api_key_row_view, (),
                      (id, name, prefix, maker, permission_count, created_at, expires_at, last_used_at,
                       revoked_at))

struct api_key_view {
    core::uuid id;
    std::string name;
    std::string prefix;
    actor_name maker;
    std::vector<granted_permission> permissions;  // as given; in force are those that the maker holds
    core::timestamp created_at;
    http::nullable<core::timestamp> expires_at;
    http::nullable<core::timestamp> last_used_at;
    http::nullable<core::timestamp> revoked_at;
};
BOOST_DESCRIBE_STRUCT(api_key_view, (),
                      (id, name, prefix, maker, permissions, created_at, expires_at, last_used_at,
                       revoked_at))

struct new_api_key_view {
    core::uuid id;
    std::string name;
    std::string prefix;
    std::vector<granted_permission> permissions;
    core::timestamp created_at;
    http::nullable<core::timestamp> expires_at;
    std::string token;  // the key itself: shown here and never again
};
BOOST_DESCRIBE_STRUCT(new_api_key_view, (), (id, name, prefix, permissions, created_at, expires_at, token))

inline constexpr core::failure api_key_not_found{"api_key_not_found", core::fault::missing,
                                                 "There is no such API key."};
inline constexpr core::failure too_many_api_keys{
    "too_many_api_keys", core::fault::conflict,
    "There are as many API keys in use as a shop may have; revoke those that nobody uses."};
using http::person_required;

struct list_api_keys_request {
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_api_keys_request, (), (after, limit))

struct create_api_key_request {
    api_key_name name;
    permission_choices permissions;
    std::optional<core::timestamp> expires_at;  // never, without it
};
BOOST_DESCRIBE_STRUCT(create_api_key_request, (), (name, permissions, expires_at))

struct api_key_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(api_key_request, (), (id))

inline constexpr http::endpoint<list_api_keys_request, http::page<api_key_row_view>> list_api_keys{{
    .verb = http::method::get,
    .path = "/v1/admin/api-keys",
    .id = "listApiKeys",
    .allow = http::access::permission("api-keys"),
    .summary = "API keys, newest first",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<create_api_key_request, new_api_key_view> create_api_key{{
    .verb = http::method::post,
    .path = "/v1/admin/api-keys",
    .id = "createApiKey",
    .allow = http::access::permission("api-keys").afresh(),
    .summary = "Make an API key, within one's own rights",
    .description =
        "The answer holds the key itself, which is shown nowhere else; send it as `Authorization: "
        "Bearer …`. It "
        "may do what it was given, for as long and where its maker may. An API key makes no API keys.",
    .success = 201,
    .statements = 12,
    .body_limit = 256 * 1024,
    .fails_with = {&person_required, &rights_exceeded, &too_many_api_keys, &work::key_reused,
                   &work::key_in_use},
}};

inline constexpr http::endpoint<api_key_request, api_key_view> get_api_key{{
    .verb = http::method::get,
    .path = "/v1/admin/api-keys/{id}",
    .id = "getApiKey",
    .allow = http::access::permission("api-keys"),
    .summary = "An API key and what it holds, but not the key itself",
    .statements = 2,
    .fails_with = {&api_key_not_found},
}};

inline constexpr http::endpoint<api_key_request, core::nothing> revoke_api_key{{
    .verb = http::method::remove,
    .path = "/v1/admin/api-keys/{id}",
    .id = "revokeApiKey",
    .allow = http::access::permission("api-keys").afresh(),
    .summary = "Revoke an API key, for good",
    .description = "In force on every node within two seconds.",
    .success = 204,
    .statements = 6,
    .fails_with = {&api_key_not_found, &rights_exceeded},
}};

}  // namespace identity
