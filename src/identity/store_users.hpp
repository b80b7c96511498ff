// Statements about users.
#pragma once

#include "db/statement.hpp"
#include "identity/api.hpp"
#include "identity/identity.hpp"

namespace identity {

struct user_row {
    core::uuid id;
    std::string email;
    std::string name;
    user_status status;
    std::vector<core::uuid> role_ids;  // by name, as role_names
    std::vector<std::string> role_names;
    std::optional<core::timestamp> email_verified_at;
    bool second_factor;  // they have one, confirmed
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(user_row, (),
                      (id, email, name, status, role_ids, role_names, email_verified_at, second_factor,
                       version, created_at, updated_at))

inline constexpr db::statement<user_row(core::uuid)> find_staff{"identity.find_staff", R"sql(
    select u.id, u.email, u.name, u.status,
           array(select r.id from identity.user_roles ur join identity.roles r on r.id = ur.role_id
                  where ur.user_id = u.id order by lower(r.name)) as role_ids,
           array(select r.name from identity.user_roles ur join identity.roles r on r.id = ur.role_id
                  where ur.user_id = u.id order by lower(r.name)) as role_names,
           u.email_verified_at,
           exists (select 1 from identity.second_factors f
                    where f.user_id = u.id and f.confirmed_at is not null) as second_factor,
           u.version, u.created_at, u.updated_at
      from identity.users u
     where u.id = $1 and u.kind = 'staff'
)sql"};

inline constexpr db::statement<core::uuid(core::uuid)> lock_staff{
    "identity.lock_staff", "select id from identity.users where id = $1 and kind = 'staff' for update"};

// The staff of a shop are few, so the filters need no index of their own; the order has one.
inline constexpr db::statement<user_row(core::uuid, std::int64_t, std::optional<std::string>,
                                        std::optional<user_status>, std::optional<core::uuid>)>
    list_staff{"identity.list_staff", R"sql(
    select u.id, u.email, u.name, u.status,
           array(select r.id from identity.user_roles ur join identity.roles r on r.id = ur.role_id
                  where ur.user_id = u.id order by lower(r.name)) as role_ids,
           array(select r.name from identity.user_roles ur join identity.roles r on r.id = ur.role_id
                  where ur.user_id = u.id order by lower(r.name)) as role_names,
           u.email_verified_at,
           exists (select 1 from identity.second_factors f
                    where f.user_id = u.id and f.confirmed_at is not null) as second_factor,
           u.version, u.created_at, u.updated_at
      from identity.users u
     where u.kind = 'staff' and u.id < $1
       and ($3::text is null or strpos(lower(u.email), lower($3)) > 0 or strpos(lower(u.name), lower($3)) > 0)
       and ($4::text is null or u.status = $4)
       and ($5::uuid is null or exists (select 1 from identity.user_roles h where h.user_id = u.id and h.role_id = $5))
     order by u.id desc
     limit $2
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string, std::string, std::string)> insert_staff{
    "identity.insert_staff",
    "insert into identity.users (id, kind, email, name, password_hash) values ($1, 'staff', $2, $3, $4)"};

inline constexpr db::statement<db::none(core::uuid, std::optional<std::string>, std::optional<user_status>)>
    update_staff{"identity.update_staff", R"sql(
    update identity.users
       set name = coalesce($2, name), status = coalesce($3, status), version = version + 1,
           updated_at = clock_timestamp()
     where id = $1
)sql"};

// $2: the hash of the password that it replaces.
inline constexpr db::statement<db::none(core::uuid, std::string, std::string)> set_password{
    "identity.set_password", R"sql(
    update identity.users
       set password_hash = $3, version = version + 1, updated_at = clock_timestamp()
     where id = $1 and password_hash = $2 and status = 'active'
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::vector<core::uuid>)> remove_other_roles{
    "identity.remove_other_roles",
    "delete from identity.user_roles where user_id = $1 and not (role_id = any($2))"};

inline constexpr db::statement<db::none(core::uuid, std::vector<core::uuid>)> add_roles{"identity.add_roles",
                                                                                        R"sql(
    insert into identity.user_roles (user_id, role_id)
    select $1, wanted from unnest($2) as wanted
        on conflict do nothing
)sql"};

inline constexpr db::statement<std::int64_t()> count_owners{"identity.count_owners", R"sql(
    select count(distinct u.id)
      from identity.roles r
      join identity.user_roles ur on ur.role_id = r.id
      join identity.users u on u.id = ur.user_id
     where r.everything and u.status = 'active' and u.kind = 'staff'
)sql"};

inline constexpr db::statement<actor_name(std::vector<core::uuid>)> load_actor_names{
    "identity.load_actor_names",
    "select id, name from identity.users where id = any($1) and name is not null"
    " union all select id, name from identity.api_keys where id = any($1)"};

}  // namespace identity
