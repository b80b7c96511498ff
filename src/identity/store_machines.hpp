// Statements about API keys.
#pragma once

#include "identity/store_limits.hpp"

#include <boost/describe/class.hpp>

namespace identity {

// As processes keep it in memory.
struct live_key_row {
    core::uuid id;
    core::bytes digest;
    std::string name;
    std::string prefix;
    core::uuid maker_id;
    std::optional<core::timestamp> expires_at;
    std::vector<std::int32_t> permissions;
    std::vector<std::int32_t> limited{};  // side by side with
    std::vector<core::uuid> locations{};
};
BOOST_DESCRIBE_STRUCT(live_key_row, (),
                      (id, digest, name, prefix, maker_id, expires_at, permissions, limited, locations))

namespace key_sql {
inline constexpr std::string_view live =
    "select k.id, k.digest, k.name, k.prefix, k.maker_id, k.expires_at, ";
inline constexpr std::string_view from_live = R"sql(
      from identity.api_keys k
     where k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp()))sql";
inline constexpr std::string_view one = "select k.id, k.name, k.prefix, k.maker_id, u.name as maker_name, ";
inline constexpr std::string_view from_one = R"sql(,
           k.created_at, k.expires_at, k.last_used_at, k.revoked_at
      from identity.api_keys k
      join identity.users u on u.id = k.maker_id
     where k.id = $1)sql";
}  // namespace key_sql

inline constexpr db::statement<live_key_row()> load_live_keys{
    "identity.load_live_keys", db::joined<key_sql::live, limits_sql::of_key, key_sql::from_live>};

struct api_key_row {
    core::uuid id;
    std::string name;
    std::string prefix;
    core::uuid maker_id;
    std::string maker_name;
    std::vector<std::int32_t> permissions;
    std::vector<std::int32_t> limited;  // side by side with
    std::vector<core::uuid> locations;
    core::timestamp created_at;
    std::optional<core::timestamp> expires_at;
    std::optional<core::timestamp> last_used_at;
    std::optional<core::timestamp> revoked_at;
};
BOOST_DESCRIBE_STRUCT(api_key_row, (),
                      (id, name, prefix, maker_id, maker_name, permissions, limited, locations, created_at,
                       expires_at, last_used_at, revoked_at))

inline constexpr db::statement<api_key_row(core::uuid)> find_api_key{
    "identity.find_api_key", db::joined<key_sql::one, limits_sql::of_key, key_sql::from_one>};

struct api_key_list_row {
    core::uuid id;
    std::string name;
    std::string prefix;
    core::uuid maker_id;
    std::string maker_name;
    std::int64_t permission_count;
    core::timestamp created_at;
    std::optional<core::timestamp> expires_at;
    std::optional<core::timestamp> last_used_at;
    std::optional<core::timestamp> revoked_at;
};
BOOST_DESCRIBE_STRUCT(api_key_list_row, (),
                      (id, name, prefix, maker_id, maker_name, permission_count, created_at, expires_at,
                       last_used_at, revoked_at))

inline constexpr db::statement<api_key_list_row(core::uuid, std::int64_t)> list_api_key_rows{
    "identity.list_api_keys", R"sql(
    select k.id, k.name, k.prefix, k.maker_id, u.name as maker_name,
           (select count(*) from identity.api_key_grants g where g.key_id = k.id) as permission_count,
           k.created_at, k.expires_at, k.last_used_at, k.revoked_at
      from identity.api_keys k
      join identity.users u on u.id = k.maker_id
     where k.id < $1
     order by k.id desc
     limit $2
)sql"};

inline constexpr db::statement<std::int64_t()> count_live_keys{"identity.count_live_keys", R"sql(
    select count(*) from identity.api_keys
     where revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string, std::string, core::bytes, core::uuid,
                                        std::optional<core::timestamp>)>
    insert_api_key{"identity.insert_api_key", R"sql(
    insert into identity.api_keys (id, name, prefix, digest, maker_id, expires_at)
    values ($1, $2, $3, $4, $5, $6)
)sql"};

// $2: the permissions; $3: those of them that are limited.
inline constexpr db::statement<db::none(core::uuid, std::vector<std::int32_t>, std::vector<std::int32_t>)>
    insert_api_key_grants{"identity.insert_api_key_grants", R"sql(
    insert into identity.api_key_grants (key_id, permission_id, limited)
    select $1, wanted, wanted = any($3) from unnest($2) as wanted
)sql"};

// $2 and $3: permission and location of each limit, side by side.
inline constexpr db::statement<db::none(core::uuid, std::vector<std::int32_t>, std::vector<core::uuid>)>
    insert_api_key_limits{"identity.insert_api_key_limits", R"sql(
    insert into identity.api_key_grant_locations (key_id, permission_id, location_id)
    select $1, w.permission_id, w.location_id from unnest($2, $3) as w (permission_id, location_id)
)sql"};

inline constexpr db::statement<db::none(core::uuid)> revoke_key{
    "identity.revoke_api_key",
    "update identity.api_keys set revoked_at = clock_timestamp() where id = $1 and revoked_at is null"};

// By whichever server comes first in that minute.
inline constexpr db::statement<db::none(core::uuid)> note_key_used{"identity.note_key_used", R"sql(
    update identity.api_keys set last_used_at = date_trunc('minute', clock_timestamp())
     where id = $1 and (last_used_at is null or last_used_at < date_trunc('minute', clock_timestamp()))
)sql"};

}  // namespace identity
