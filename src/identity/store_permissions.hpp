// Statements that tell of permissions: the list, and what an explanation or a simulation is made from.
#pragma once

#include "identity/api.hpp"
#include "identity/identity.hpp"
#include "identity/store_rights.hpp"

namespace identity {

struct listed_permission_row {
    std::int32_t id;
    std::string method;
    std::string route;
    std::string resource;
    std::string operation;
    bool by_location;
    std::optional<core::timestamp> retired_at;
    std::vector<core::uuid> role_ids;  // of a retired one, by name as role_names
    std::vector<std::string> role_names;
    std::vector<core::uuid> key_ids;  // of a retired one: of live keys, by name as key_names and key_prefixes
    std::vector<std::string> key_names;
    std::vector<std::string> key_prefixes;
};
BOOST_DESCRIBE_STRUCT(listed_permission_row, (),
                      (id, method, route, resource, operation, by_location, retired_at, role_ids, role_names,
                       key_ids, key_names, key_prefixes))

inline constexpr db::statement<listed_permission_row(std::int32_t, std::int64_t, std::optional<std::string>,
                                                     std::optional<bool>)>
    list_permissions_by_id{"identity.list_permissions_by_id", R"sql(
    select p.id, p.method, p.route, p.resource, p.operation, p.by_location, p.retired_at,
           r.ids as role_ids, r.names as role_names, k.ids as key_ids, k.names as key_names,
           k.prefixes as key_prefixes
      from identity.permissions p,
           lateral (select coalesce(array_agg(r.id order by lower(r.name)), '{}') as ids,
                           coalesce(array_agg(r.name order by lower(r.name)), '{}') as names
                      from identity.grants g join identity.roles r on r.id = g.role_id
                     where g.permission_id = p.id and p.retired_at is not null) r,
           lateral (select coalesce(array_agg(k.id order by lower(k.name), k.id), '{}') as ids,
                           coalesce(array_agg(k.name order by lower(k.name), k.id), '{}') as names,
                           coalesce(array_agg(k.prefix order by lower(k.name), k.id), '{}') as prefixes
                      from identity.api_key_grants g join identity.api_keys k on k.id = g.key_id
                     where g.permission_id = p.id and p.retired_at is not null and k.revoked_at is null
                       and (k.expires_at is null or k.expires_at > clock_timestamp())) k
     where p.id > $1 and ($3::text is null or p.resource = $3)
       and ($4::boolean is null or (p.retired_at is not null) = $4)
     order by p.id
     limit $2
)sql"};

struct named_role_row {
    core::uuid id;
    std::string name;
    bool everything;
    std::vector<std::int32_t> permissions;
    bool second_factor;                   // its holders need one
    bool held;                            // by the user asked about
    std::vector<std::int32_t> limited{};  // side by side with
    std::vector<core::uuid> locations{};
};
BOOST_DESCRIBE_STRUCT(named_role_row, (),
                      (id, name, everything, permissions, second_factor, held, limited, locations))

namespace named_sql {
inline constexpr std::string_view head = R"sql(
    select x.id, x.name, x.everything, x.permissions, x.second_factor,
           exists (select 1 from identity.user_roles ur where ur.role_id = x.id and ur.user_id = $1) as held,
           x.limited, x.locations
      from (select r.id, r.name, r.everything, r.second_factor, )sql";
inline constexpr std::string_view tail = R"sql(
              from identity.roles r) x
     order by lower(x.name))sql";
}  // namespace named_sql

inline constexpr db::statement<named_role_row(core::uuid)> load_named_roles{
    "identity.load_named_roles", db::joined<named_sql::head, limits_sql::of_role, named_sql::tail>};

struct role_user_row {
    core::uuid id;
    std::string name;
    user_status status;
    bool everything;                          // by another role
    std::vector<std::int32_t> other;          // that another role gives everywhere
    std::vector<std::int32_t> other_limited;  // that others give, side by side with where
    std::vector<core::uuid> other_locations;
    bool others_require_factor;
    bool has_factor;
};
BOOST_DESCRIBE_STRUCT(role_user_row, (),
                      (id, name, status, everything, other, other_limited, other_locations,
                       others_require_factor, has_factor))

// $1: the role.
inline constexpr db::statement<role_user_row(core::uuid)> load_role_users{"identity.load_role_users", R"sql(
    select u.id, u.name, u.status,
           exists (select 1 from identity.user_roles o join identity.roles r on r.id = o.role_id
                    where o.user_id = u.id and o.role_id <> $1 and r.everything) as everything,
           array(select distinct g.permission_id
                   from identity.user_roles o join identity.grants g on g.role_id = o.role_id
                  where o.user_id = u.id and o.role_id <> $1 and not g.limited
                  order by 1) as other,
           array(select l.permission_id
                   from identity.user_roles o join identity.grant_locations l on l.role_id = o.role_id
                  where o.user_id = u.id and o.role_id <> $1
                  order by l.permission_id, l.location_id, l.role_id) as other_limited,
           array(select l.location_id
                   from identity.user_roles o join identity.grant_locations l on l.role_id = o.role_id
                  where o.user_id = u.id and o.role_id <> $1
                  order by l.permission_id, l.location_id, l.role_id) as other_locations,
           exists (select 1 from identity.user_roles o join identity.roles r on r.id = o.role_id
                    where o.user_id = u.id and o.role_id <> $1 and r.second_factor) as others_require_factor,
           exists (select 1 from identity.second_factors f
                    where f.user_id = u.id and f.confirmed_at is not null) as has_factor
      from identity.user_roles ur
      join identity.users u on u.id = ur.user_id
     where ur.role_id = $1
     order by u.name, u.id
)sql"};

inline constexpr db::statement<permission_holders()> load_retired{"identity.load_retired", R"sql(
    select p.method || ' ' || p.route as permission,
           array(select r.name from identity.grants g join identity.roles r on r.id = g.role_id
                  where g.permission_id = p.id order by lower(r.name)) as roles,
           array(select k.name || ' (' || k.prefix || ')'
                   from identity.api_key_grants g join identity.api_keys k on k.id = g.key_id
                  where g.permission_id = p.id and k.revoked_at is null
                    and (k.expires_at is null or k.expires_at > clock_timestamp())
                  order by lower(k.name), k.id) as api_keys
      from identity.permissions p
     where p.retired_at is not null
     order by p.id
)sql"};

// The live API keys of these users.
struct key_of_user_row {
    core::uuid id;
    core::uuid maker_id;
    std::string name;
    std::string prefix;
};
BOOST_DESCRIBE_STRUCT(key_of_user_row, (), (id, maker_id, name, prefix))

inline constexpr db::statement<key_of_user_row(std::vector<core::uuid>)> load_keys_of_users{
    "identity.load_keys_of_users", R"sql(
    select id, maker_id, name, prefix
      from identity.api_keys
     where maker_id = any($1)
       and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
     order by lower(name), id
)sql"};

}  // namespace identity
