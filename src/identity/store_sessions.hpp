// Statements about sign-ins and their refresh tokens.
#pragma once

#include "db/statement.hpp"
#include "identity/audience.hpp"

#include <boost/describe/class.hpp>

namespace identity {

struct credentials_row {
    core::uuid id;
    std::string email;
    std::optional<std::string> name;
    std::optional<std::string> password_hash;
    bool active;
    std::vector<std::string> roles;
    bool from_known_network;
};
BOOST_DESCRIBE_STRUCT(credentials_row, (),
                      (id, email, name, password_hash, active, roles, from_known_network))

// $3: from where. Known is a network from which they signed in within ninety days.
inline constexpr db::statement<credentials_row(account_kind, std::string, std::string)> find_credentials{
    "identity.find_credentials", R"sql(
    select u.id, u.email, u.name, u.password_hash, u.status = 'active' as active,
           array(select r.name from identity.user_roles ur join identity.roles r on r.id = ur.role_id
                  where ur.user_id = u.id order by lower(r.name)) as roles,
           exists (select 1 from identity.sessions s
                    where s.user_id = u.id and s.network = $3
                      and s.created_at > now() - interval '90 days') as from_known_network
      from identity.users u
     where u.kind = $1 and lower(u.email) = lower($2)
)sql"};

// Nothing when the user was blocked or the password changed since it was verified. The share lock makes a
// concurrent block or change wait, so that it finds this session and ends it.
inline constexpr db::statement<core::uuid(core::uuid, core::uuid, std::string, std::int64_t, std::string,
                                          std::string, std::string)>
    insert_session{"identity.insert_session", R"sql(
    with account as (
        select id from identity.users
         where id = $2 and status = 'active' and password_hash = $3
           for share
    )
    insert into identity.sessions (id, user_id, expires_at, user_agent, address, network)
    select $1, account.id, clock_timestamp() + $4 * interval '1 second', $5, $6, $7 from account
    returning id
)sql"};

// $3: the token it succeeds; $4: seconds until it dies unused, though never later than its session.
inline constexpr db::statement<db::none(core::bytes, core::uuid, std::optional<core::bytes>, std::int64_t)>
    insert_refresh_token{"identity.insert_refresh_token", R"sql(
    insert into identity.refresh_tokens (digest, session_id, parent, expires_at)
    select $1, s.id, $3, least(clock_timestamp() + $4 * interval '1 second', s.expires_at)
      from identity.sessions s
     where s.id = $2
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string, std::string)> replace_password_hash{
    "identity.replace_password_hash",
    "update identity.users set password_hash = $3 where id = $1 and password_hash = $2"};

// The family is the lock: refreshes, logouts and blocks of one sign-in come one behind the other.
inline constexpr db::statement<core::uuid(core::bytes)> lock_family{"identity.lock_family", R"sql(
    select s.id
      from identity.refresh_tokens t
      join identity.sessions s on s.id = t.session_id
     where t.digest = $1
       for update of s
)sql"};

struct presented_row {
    core::uuid session_id;
    core::uuid user_id;
    account_kind kind;
    std::string email;
    std::optional<std::string> name;
    std::vector<std::string> roles;
    bool session_alive;
    bool account_active;
    bool idle_expired;
    bool spent;
    bool spent_within_grace;
    bool successor_unused;
    bool successor_ours;
};
BOOST_DESCRIBE_STRUCT(presented_row, (),
                      (session_id, user_id, kind, email, name, roles, session_alive, account_active,
                       idle_expired, spent, spent_within_grace, successor_unused, successor_ours))

// $2: the grace in seconds; $3: the digest of the successor that we would give. To be read under lock_family,
// in a statement of its own: only then does it see what a neighbour has just committed.
inline constexpr db::statement<presented_row(core::bytes, std::int64_t, core::bytes)> load_presented{
    "identity.load_presented", R"sql(
    select s.id as session_id, u.id as user_id, u.kind, u.email, u.name,
           array(select r.name from identity.user_roles ur join identity.roles r on r.id = ur.role_id
                  where ur.user_id = u.id order by lower(r.name)) as roles,
           s.ended_at is null and s.expires_at > clock_timestamp() as session_alive,
           u.status = 'active' as account_active,
           t.expires_at <= clock_timestamp() as idle_expired,
           t.spent_at is not null as spent,
           coalesce(t.spent_at > clock_timestamp() - $2 * interval '1 second', false) as spent_within_grace,
           exists (select 1 from identity.refresh_tokens n
                    where n.parent = t.digest and n.spent_at is null) as successor_unused,
           exists (select 1 from identity.refresh_tokens n
                    where n.parent = t.digest and n.digest = $3) as successor_ours
      from identity.refresh_tokens t
      join identity.sessions s on s.id = t.session_id
      join identity.users u on u.id = s.user_id
     where t.digest = $1
)sql"};

inline constexpr db::statement<db::none(core::bytes)> spend_refresh_token{
    "identity.spend_refresh_token",
    "update identity.refresh_tokens set spent_at = clock_timestamp() where digest = $1 and spent_at is null"};

inline constexpr db::statement<db::none(core::uuid)> touch_session{
    "identity.touch_session", "update identity.sessions set last_used_at = clock_timestamp() where id = $1"};

struct ended_row {
    core::uuid id;
    core::uuid user_id;
    account_kind kind;
};
BOOST_DESCRIBE_STRUCT(ended_row, (), (id, user_id, kind))

inline constexpr db::statement<ended_row(core::uuid, std::string)> end_session{"identity.end_session", R"sql(
    update identity.sessions set ended_at = clock_timestamp(), end_reason = $2
     where id = $1 and ended_at is null
    returning id, user_id, (select u.kind from identity.users u where u.id = user_id) as kind
)sql"};

inline constexpr db::statement<ended_row(core::bytes, std::string)> end_session_of_token{
    "identity.end_session_of_token", R"sql(
    update identity.sessions s set ended_at = clock_timestamp(), end_reason = $2
      from identity.refresh_tokens t
     where t.digest = $1 and s.id = t.session_id and s.ended_at is null
    returning s.id, s.user_id, (select u.kind from identity.users u where u.id = s.user_id) as kind
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string)> end_sessions_of_user{
    "identity.end_sessions_of_user", R"sql(
    update identity.sessions set ended_at = clock_timestamp(), end_reason = $2
     where user_id = $1 and ended_at is null
)sql"};

inline constexpr db::statement<db::none(core::uuid, core::uuid, std::string)> end_other_sessions_of_user{
    "identity.end_other_sessions_of_user", R"sql(
    update identity.sessions set ended_at = clock_timestamp(), end_reason = $3
     where user_id = $1 and id <> $2 and ended_at is null
)sql"};

struct session_row {
    core::uuid id;
    core::timestamp created_at;
    core::timestamp last_used_at;
    core::timestamp expires_at;  // when it is not used any more
    std::string user_agent;
    std::string address;
};
BOOST_DESCRIBE_STRUCT(session_row, (), (id, created_at, last_used_at, expires_at, user_agent, address))

// Of $1, behind ($2, $3), $4 of them; $5: seconds after which one that is not used is dead.
inline constexpr db::statement<session_row(core::uuid, core::timestamp, core::uuid, std::int64_t,
                                           std::int64_t)>
    list_live_sessions{"identity.list_live_sessions", R"sql(
    select id, created_at, last_used_at, least(expires_at, last_used_at + $5 * interval '1 second') as expires_at,
           user_agent, address
      from identity.sessions
     where user_id = $1 and (last_used_at, id) < ($2, $3) and ended_at is null
       and expires_at > clock_timestamp() and last_used_at > clock_timestamp() - $5 * interval '1 second'
     order by last_used_at desc, id desc
     limit $4
)sql"};

// Of the user $2 only, and only what list_live_sessions shows.
inline constexpr db::statement<ended_row(core::uuid, core::uuid, std::int64_t)> end_own_session{
    "identity.end_own_session", R"sql(
    update identity.sessions set ended_at = clock_timestamp(), end_reason = 'revoked'
     where id = $1 and user_id = $2 and ended_at is null
       and expires_at > clock_timestamp() and last_used_at > clock_timestamp() - $3 * interval '1 second'
    returning id, user_id, (select u.kind from identity.users u where u.id = user_id) as kind
)sql"};

// With their tokens, which refer to each other and therefore go together. A session may have thousands.
inline constexpr std::int64_t dead_sessions_most = 20;
inline constexpr db::statement<db::none()> remove_dead_sessions{"identity.remove_dead_sessions", R"sql(
    with dead as (
        select id from identity.sessions
         where expires_at < now() - interval '30 days' or ended_at < now() - interval '30 days'
         limit 20
           for update skip locked
    ), tokens as (
        delete from identity.refresh_tokens t using dead where t.session_id = dead.id
    )
    delete from identity.sessions s using dead where s.id = dead.id
)sql"};

}  // namespace identity
