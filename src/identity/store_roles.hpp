// Statements about roles, their grants, and the permissions made from the endpoint declarations.
#pragma once

#include "identity/store_rights.hpp"

namespace identity {

struct role_row {
    core::uuid id;
    std::string name;
    std::string description;
    bool everything;
    bool second_factor;  // its holders need one
    std::vector<std::int32_t> permissions;
    std::vector<std::int32_t> limited;  // side by side with
    std::vector<core::uuid> locations;
    std::int64_t user_count;
    bool held;  // by the user asked about, or by the maker of the API key
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(role_row, (),
                      (id, name, description, everything, second_factor, permissions, limited, locations,
                       user_count, held, version, created_at, updated_at))

namespace role_sql {
inline constexpr std::string_view head =
    "select r.id, r.name, r.description, r.everything, r.second_factor, ";
inline constexpr std::string_view tail = R"sql(,
           (select count(*) from identity.user_roles ur where ur.role_id = r.id) as user_count,
           exists (select 1 from identity.user_roles ur
                    where ur.role_id = r.id
                      and ur.user_id in ($2, (select k.maker_id from identity.api_keys k where k.id = $2))) as held,
           r.version, r.created_at, r.updated_at
      from identity.roles r
     where r.id = $1)sql";
}  // namespace role_sql

inline constexpr db::statement<role_row(core::uuid, core::uuid)> find_role{
    "identity.find_role", db::joined<role_sql::head, limits_sql::of_role, role_sql::tail>};

struct role_list_row {
    core::uuid id;
    std::string name;
    std::string sort_key;
    std::string description;
    bool everything;
    std::int64_t permission_count;
    std::int64_t user_count;
    std::int64_t version;
};
BOOST_DESCRIBE_STRUCT(role_list_row, (),
                      (id, name, sort_key, description, everything, permission_count, user_count, version))

// $1: the last name seen, in lower case; '' to begin. Names are unique in lower case.
inline constexpr db::statement<role_list_row(std::string, std::int64_t, std::optional<std::string>)>
    list_roles_by_name{"identity.list_roles_by_name", R"sql(
    select r.id, r.name, lower(r.name) as sort_key, r.description, r.everything,
           case when r.everything then (select count(*) from identity.permissions p where p.retired_at is null)
                else (select count(*) from identity.grants g where g.role_id = r.id) end as permission_count,
           (select count(*) from identity.user_roles ur where ur.role_id = r.id) as user_count,
           r.version
      from identity.roles r
     where lower(r.name) > $1
       and ($3::text is null or strpos(lower(r.name), lower($3)) > 0)
     order by lower(r.name)
     limit $2
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string, std::string, bool, bool)> insert_role{
    "identity.insert_role",
    "insert into identity.roles (id, name, description, everything, second_factor)"
    " values ($1, $2, $3, $4, $5)"};

inline constexpr db::statement<db::none(core::uuid, std::optional<std::string>, std::optional<std::string>,
                                        std::optional<bool>)>
    change_role{"identity.change_role", R"sql(
    update identity.roles
       set name = coalesce($2, name), description = coalesce($3, description),
           second_factor = coalesce($4, second_factor), version = version + 1,
           updated_at = clock_timestamp()
     where id = $1
)sql"};

inline constexpr db::statement<db::none(core::uuid)> remove_role{"identity.remove_role",
                                                                 "delete from identity.roles where id = $1"};

using permission_ids = std::vector<std::int32_t>;

// $2: the permissions; $3: those of them that are limited. One that stays, but of the other kind, goes too.
inline constexpr db::statement<db::none(core::uuid, permission_ids, permission_ids)> remove_other_grants{
    "identity.remove_other_grants", R"sql(
    delete from identity.grants
     where role_id = $1 and not (permission_id = any($2) and limited = (permission_id = any($3)))
)sql"};

inline constexpr db::statement<db::none(core::uuid, permission_ids, permission_ids)> add_grants{
    "identity.add_grants", R"sql(
    insert into identity.grants (role_id, permission_id, limited)
    select $1, wanted, wanted = any($3) from unnest($2) as wanted
        on conflict do nothing
)sql"};

// $2 and $3: permission and location of each limit, side by side.
inline constexpr db::statement<db::none(core::uuid, permission_ids, std::vector<core::uuid>)> set_limits{
    "identity.set_limits", R"sql(
    with wanted as (
        select w.permission_id, w.location_id from unnest($2, $3) as w (permission_id, location_id)
    ), gone as (
        delete from identity.grant_locations l
         where l.role_id = $1
           and not exists (select 1 from wanted w
                            where w.permission_id = l.permission_id and w.location_id = l.location_id)
    )
    insert into identity.grant_locations (role_id, permission_id, location_id)
    select $1, w.permission_id, w.location_id from wanted w
        on conflict do nothing
)sql"};

// Enough to say who uses a role.
inline constexpr db::statement<std::string(core::uuid, std::int64_t)> load_holder_names{
    "identity.load_holder_names", R"sql(
    select u.name
      from identity.user_roles ur
      join identity.users u on u.id = ur.user_id
     where ur.role_id = $1
     order by u.name, u.id
     limit $2
)sql"};

inline constexpr db::statement<std::int64_t()> count_roles{"identity.count_roles",
                                                           "select count(*) from identity.roles"};
inline constexpr db::statement<core::uuid()> find_everything_role{
    "identity.find_everything_role",
    "select id from identity.roles where everything order by created_at, id limit 1"};
inline constexpr db::statement<core::uuid(std::string)> find_role_by_name{
    "identity.find_role_by_name", "select id from identity.roles where lower(name) = lower($1)"};

// --- permissions, made from the declarations -------------------------------------------------------

using texts = std::vector<std::string>;
using flags = std::vector<bool>;

// $1 to $5: method, route, resource and operation of every declared permission, and whether it can be
// limited, side by side. One that can no longer be limited counts as limitable while there are limited grants
// of it: they are kept, and let nobody in.
inline constexpr db::statement<db::none(texts, texts, texts, texts, flags)> renew_permissions{
    "identity.renew_permissions", R"sql(
    update identity.permissions p
       set resource = d.resource, operation = d.operation, retired_at = null, by_location = d.by_location
      from (select u.method, u.route, u.resource, u.operation,
                   u.by_location
                     or exists (select 1 from identity.permissions i join identity.grants g on g.permission_id = i.id
                                 where i.method = u.method and i.route = u.route and g.limited)
                     or exists (select 1 from identity.permissions i
                                  join identity.api_key_grants g on g.permission_id = i.id
                                 where i.method = u.method and i.route = u.route and g.limited) as by_location
              from unnest($1, $2, $3, $4, $5) as u (method, route, resource, operation, by_location)) d
     where p.method = d.method and p.route = d.route
       and (p.resource <> d.resource or p.operation <> d.operation or p.retired_at is not null
            or p.by_location <> d.by_location)
)sql"};

inline constexpr db::statement<db::none(texts, texts, texts, texts, flags)> insert_permissions{
    "identity.insert_permissions", R"sql(
    insert into identity.permissions (method, route, resource, operation, by_location)
    select d.method, d.route, d.resource, d.operation, d.by_location
      from unnest($1, $2, $3, $4, $5) with ordinality as d (method, route, resource, operation, by_location, place)
     where not exists (select 1 from identity.permissions p where p.method = d.method and p.route = d.route)
     order by d.place
)sql"};

inline constexpr db::statement<db::none(texts, texts)> retire_permissions{"identity.retire_permissions",
                                                                          R"sql(
    update identity.permissions p
       set retired_at = clock_timestamp()
     where p.retired_at is null
       and not exists (select 1 from unnest($1, $2) as d (method, route)
                        where d.method = p.method and d.route = p.route)
)sql"};

}  // namespace identity
