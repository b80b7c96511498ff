// Statements about who may do what, as processes keep it in memory.
#pragma once

#include "identity/store_limits.hpp"

#include <boost/describe/class.hpp>

namespace identity {

struct versions_row {
    std::int64_t rights;
    std::int64_t keys;
    std::int64_t sessions;
};
BOOST_DESCRIBE_STRUCT(versions_row, (), (rights, keys, sessions))

inline constexpr db::statement<versions_row()> load_versions{"identity.load_versions", R"sql(
    select (select version from ops.versions where name = 'rights')   as rights,
           (select version from ops.versions where name = 'keys')     as keys,
           (select version from ops.versions where name = 'sessions') as sessions
)sql"};

// Raised in the transaction of the change. Its row lock is also what puts changes of rights one behind the
// other: a transaction that changes rights begins with it and then reads what it decides upon. The new
// version is the time, so that it is another than any before, also than those that a restored backup has
// forgotten.
inline constexpr db::statement<std::int64_t()> raise_rights{"identity.raise_rights", R"sql(
    update ops.versions
       set version = greatest(version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
     where name = 'rights'
    returning version
)sql"};
inline constexpr db::statement<std::int64_t()> raise_keys{"identity.raise_keys", R"sql(
    update ops.versions
       set version = greatest(version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
     where name = 'keys'
    returning version
)sql"};
inline constexpr db::statement<std::int64_t()> raise_sessions{"identity.raise_sessions", R"sql(
    update ops.versions
       set version = greatest(version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
     where name = 'sessions'
    returning version
)sql"};

// The same lock for whoever does not know yet whether something is to be changed.
inline constexpr db::statement<std::int64_t()> lock_rights{
    "identity.lock_rights", "select version from ops.versions where name = 'rights' for update"};

struct permission_row {
    std::int32_t id;
    std::string method;
    std::string route;
    std::string resource;
    std::string operation;
    bool retired;
    bool by_location = false;  // a grant of it may be limited
};
BOOST_DESCRIBE_STRUCT(permission_row, (), (id, method, route, resource, operation, retired, by_location))

inline constexpr db::statement<permission_row()> load_permissions{"identity.load_permissions", R"sql(
    select id, method, route, resource, operation, retired_at is not null as retired, by_location
      from identity.permissions
     order by id
)sql"};

struct role_grants_row {
    core::uuid id;
    bool everything;
    std::vector<std::int32_t> permissions;
    std::vector<std::int32_t> limited{};  // side by side with
    std::vector<core::uuid> locations{};
    bool of_key = false;  // what an API key was given, not a role
};
BOOST_DESCRIBE_STRUCT(role_grants_row, (), (id, everything, permissions, limited, locations, of_key))

namespace grants_sql {
inline constexpr std::string_view role = "select r.id, r.everything, ";
inline constexpr std::string_view from_roles = ", false as of_key from identity.roles r";
inline constexpr std::string_view named = " where r.id = any($1)";
inline constexpr std::string_view held_by = R"sql(, false as of_key
      from identity.user_roles ur
      join identity.roles r on r.id = ur.role_id
     where ur.user_id in ($1, (select k.maker_id from identity.api_keys k where k.id = $1))
     union all
    select k.id, false, )sql";
inline constexpr std::string_view from_keys = R"sql(, true as of_key
      from identity.api_keys k
     where k.id = $1)sql";
}  // namespace grants_sql

inline constexpr db::statement<role_grants_row()> load_role_grants{
    "identity.load_role_grants", db::joined<grants_sql::role, limits_sql::of_role, grants_sql::from_roles>};

inline constexpr db::statement<role_grants_row(std::vector<core::uuid>)> load_grants_of_roles{
    "identity.load_grants_of_roles",
    db::joined<grants_sql::role, limits_sql::of_role, grants_sql::from_roles, grants_sql::named>};

// What somebody holds, role by role; of an API key, its maker's roles and what the key was given.
inline constexpr db::statement<role_grants_row(core::uuid)> load_grants_of_user{
    "identity.load_grants_of_user", db::joined<grants_sql::role, limits_sql::of_role, grants_sql::held_by,
                                               limits_sql::of_key, grants_sql::from_keys>};

struct holder_row {
    core::uuid user_id;
    std::vector<core::uuid> roles;
};
BOOST_DESCRIBE_STRUCT(holder_row, (), (user_id, roles))

inline constexpr db::statement<holder_row()> load_holders{
    "identity.load_holders",
    "select user_id, array_agg(role_id) as roles from identity.user_roles group by user_id"};

// Of the staff. A blocked shopper's sign-ins have ended, and none begins: that is all they had.
inline constexpr db::statement<core::uuid()> load_blocked_users{
    "identity.load_blocked_users",
    "select id from identity.users where status = 'blocked' and kind = 'staff'"};

// $1: seconds to look back.
inline constexpr db::statement<core::uuid(std::int64_t)> load_ended_sessions{
    "identity.load_ended_sessions",
    "select id from identity.sessions where ended_at > now() - $1 * interval '1 second'"};

struct signing_key_row {
    std::string id;
    core::bytes public_key;
    core::bytes secret_key;     // sealed
    std::int64_t starts_in_us;  // signs from then on, by the database's clock; 0: already
};
BOOST_DESCRIBE_STRUCT(signing_key_row, (), (id, public_key, secret_key, starts_in_us))

inline constexpr db::statement<signing_key_row()> load_signing_keys{"identity.load_signing_keys", R"sql(
    select id, public_key, secret_key,
           greatest(0, extract(epoch from active_at - clock_timestamp()) * 1000000)::bigint as starts_in_us
      from identity.signing_keys
     where retired_at is null
     order by active_at desc, id
)sql"};

// $4: seconds until it begins to sign.
inline constexpr db::statement<db::none(std::string, core::bytes, core::bytes, std::int64_t)>
    insert_signing_key{"identity.insert_signing_key", R"sql(
    insert into identity.signing_keys (id, public_key, secret_key, active_at)
    values ($1, $2, $3, clock_timestamp() + $4 * interval '1 second')
)sql"};

}  // namespace identity
