// Statements about the keys that sign access tokens, as whoever runs the shop sees and changes them.
#pragma once

#include "db/statement.hpp"

#include <boost/describe/class.hpp>

namespace identity {

struct key_dates_row {
    std::string id;
    core::timestamp created_at;
    core::timestamp active_at;
    core::timestamp now;  // by the same clock
};
BOOST_DESCRIBE_STRUCT(key_dates_row, (), (id, created_at, active_at, now))

// Those that verify, the newest first.
inline constexpr db::statement<key_dates_row()> list_signing_keys{"identity.list_signing_keys", R"sql(
    select id, created_at, active_at, clock_timestamp() as now
      from identity.signing_keys
     where retired_at is null
     order by active_at desc, id
)sql"};

inline constexpr db::statement<db::none(std::string)> retire_signing_key{
    "identity.retire_signing_key",
    "update identity.signing_keys set retired_at = clock_timestamp() where id = $1 and retired_at is null"};

// Superseded so long ago (superseded_key_memory) that no token of theirs is good any more. The version is
// locked first, as by every change of keys, and only if there is something to do and nobody holds it.
inline constexpr std::int64_t spent_keys_most = 1000;
inline constexpr db::statement<db::none()> retire_spent_keys{"identity.retire_spent_keys", R"sql(
    with spent as (
        select k.id from identity.signing_keys k
         where k.retired_at is null
           and exists (select 1 from identity.signing_keys n
                        where n.retired_at is null and n.active_at > k.active_at
                          and n.active_at < now() - interval '320 seconds')
         limit 1000
    ), turn as (
        select name from ops.versions
         where name = 'keys' and exists (select 1 from spent)
           for update skip locked
    ), raised as (
        update ops.versions v
           set version = greatest(v.version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
          from turn where v.name = turn.name
    )
    update identity.signing_keys k set retired_at = clock_timestamp()
      from spent, turn
     where k.id = spent.id and k.retired_at is null
)sql"};

}  // namespace identity
