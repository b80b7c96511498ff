// Statements about passwords that were tried.
#pragma once

#include "db/statement.hpp"
#include "identity/throttle.hpp"

#include <boost/describe/class.hpp>

namespace identity {

BOOST_DESCRIBE_STRUCT(seen_try, (), (of_account, from_here, known, pending, age_us))

// Tries of one account come one behind the other, and so do those from one network. Always in this order;
// each number stands for the digests and texts that begin with it, which is no harm: they wait for each other
// then.
inline constexpr db::statement<bool(std::int32_t)> lock_tries_of_account{
    "identity.lock_tries_of_account", "select true as value from pg_advisory_xact_lock(7301, $1)"};
inline constexpr db::statement<bool(std::int32_t)> lock_tries_from_network{
    "identity.lock_tries_from_network", "select true as value from pg_advisory_xact_lock(7302, $1)"};

// Of account $1 or network $2, the last quarter of an hour. One that is pending for a minute was left by a
// process that died, and counts as wrong.
inline constexpr db::statement<seen_try(core::bytes, std::string)> load_tries{"identity.load_tries", R"sql(
    select account = $1 as of_account, network = $2 as from_here, known,
           pending and at > clock_timestamp() - interval '1 minute' as pending,
           (extract(epoch from clock_timestamp() - at) * 1000000)::bigint as age_us
      from identity.tries
     where (account = $1 or network = $2) and at > clock_timestamp() - interval '15 minutes'
)sql"};

inline constexpr db::statement<db::none(core::uuid, core::bytes, std::string, bool)> insert_try{
    "identity.insert_try",
    "insert into identity.tries (id, account, network, known) values ($1, $2, $3, $4)"};

inline constexpr db::statement<db::none(core::uuid)> remove_try{"identity.remove_try",
                                                                "delete from identity.tries where id = $1"};

inline constexpr db::statement<db::none(core::uuid)> fail_try{
    "identity.fail_try", "update identity.tries set pending = false, at = clock_timestamp() where id = $1"};

inline constexpr std::int64_t old_tries_most = 1000;
inline constexpr db::statement<db::none()> remove_old_tries{"identity.remove_old_tries", R"sql(
    delete from identity.tries
     where id in (select id from identity.tries where at < now() - interval '1 hour' order by at limit 1000
                     for update skip locked)
)sql"};

}  // namespace identity
