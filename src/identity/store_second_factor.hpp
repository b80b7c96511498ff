// Statements about second factors and their recovery codes.
#pragma once

#include "db/statement.hpp"

#include <boost/describe/class.hpp>

namespace identity {

// Nothing when there is a confirmed one.
inline constexpr db::statement<core::uuid(core::uuid, core::bytes)> begin_factor{"identity.begin_factor",
                                                                                 R"sql(
    insert into identity.second_factors as f (user_id, secret) values ($1, $2)
        on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at
     where f.confirmed_at is null
    returning user_id
)sql"};

struct factor_row {
    core::bytes secret;  // sealed
    std::int64_t last_step;
    bool confirmed;
};
BOOST_DESCRIBE_STRUCT(factor_row, (), (secret, last_step, confirmed))

// The lock makes of two tries with one code one that comes second.
inline constexpr db::statement<factor_row(core::uuid)> lock_factor{"identity.lock_factor", R"sql(
    select secret, last_step, confirmed_at is not null as confirmed
      from identity.second_factors
     where user_id = $1
       for update
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::int64_t)> use_step{"identity.use_step", R"sql(
    update identity.second_factors
       set last_step = $2, confirmed_at = coalesce(confirmed_at, clock_timestamp())
     where user_id = $1
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::vector<core::bytes>)> insert_recovery_codes{
    "identity.insert_recovery_codes",
    "insert into identity.recovery_codes (user_id, digest) select $1, digest from unnest($2) as digest"};

inline constexpr db::statement<core::uuid(core::uuid, core::bytes)> use_recovery_code{
    "identity.use_recovery_code", R"sql(
    update identity.recovery_codes set used_at = clock_timestamp()
     where user_id = $1 and digest = $2 and used_at is null
    returning user_id
)sql"};

// With its recovery codes; whether it was confirmed.
inline constexpr db::statement<bool(core::uuid)> remove_factor{
    "identity.remove_factor",
    "delete from identity.second_factors where user_id = $1 returning confirmed_at is not null as value"};

// As processes keep them in memory.
inline constexpr db::statement<core::uuid()> load_factor_users{
    "identity.load_factor_users",
    "select user_id from identity.second_factors where confirmed_at is not null"};
inline constexpr db::statement<core::uuid()> load_demanding_roles{
    "identity.load_demanding_roles", "select id from identity.roles where second_factor"};

}  // namespace identity
