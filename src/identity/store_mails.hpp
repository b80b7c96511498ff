// Statements about mails to send, the tokens in them, and who asked for them.
#pragma once

#include "db/statement.hpp"
#include "identity/audience.hpp"

#include <boost/describe/class.hpp>

namespace identity {

struct addressee_row {
    core::uuid id;
    std::string email;
    bool active;
    bool verified;
};
BOOST_DESCRIBE_STRUCT(addressee_row, (), (id, email, active, verified))

inline constexpr db::statement<addressee_row(account_kind, std::string)> find_addressee{
    "identity.find_addressee", R"sql(
    select id, email, status = 'active' as active, email_verified_at is not null as verified
      from identity.users
     where kind = $1 and lower(email) = lower($2)
)sql"};

struct asked_for_mail {
    std::int64_t of_account;  // within an hour
    std::int64_t from_here;
    std::int64_t oldest_from_here_us;  // its age
};
BOOST_DESCRIBE_STRUCT(asked_for_mail, (), (of_account, from_here, oldest_from_here_us))

inline constexpr db::statement<asked_for_mail(core::bytes, std::string)> count_mail_requests{
    "identity.count_mail_requests", R"sql(
    select count(*) filter (where account = $1) as of_account, count(*) filter (where network = $2) as from_here,
           coalesce((extract(epoch from clock_timestamp() - min(at) filter (where network = $2)) * 1000000)::bigint, 0)
               as oldest_from_here_us
      from identity.mail_requests
     where (account = $1 or network = $2) and at > clock_timestamp() - interval '1 hour'
)sql"};

inline constexpr db::statement<db::none(core::uuid, core::bytes, std::string)> insert_mail_request{
    "identity.insert_mail_request",
    "insert into identity.mail_requests (id, account, network) values ($1, $2, $3)"};

// $5: seconds that it is good for.
inline constexpr db::statement<db::none(core::bytes, std::string, core::uuid, std::string, std::int64_t)>
    insert_mail_token{"identity.insert_mail_token", R"sql(
    insert into identity.mail_tokens (digest, purpose, user_id, email, expires_at)
    values ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 second')
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string, std::string, core::bytes)> insert_mail{
    "identity.insert_mail",
    "insert into identity.mails (id, template, recipient, sealed) values ($1, $2, $3, $4)"};

struct bearer_row {
    core::uuid user_id;
    account_kind kind;
    std::string email;
};
BOOST_DESCRIBE_STRUCT(bearer_row, (), (user_id, kind, email))

// Whose a token is that is still good, and was sent where they still are.
inline constexpr db::statement<bearer_row(core::bytes, std::string)> find_mail_token{
    "identity.find_mail_token", R"sql(
    select t.user_id, u.kind, u.email
      from identity.mail_tokens t
      join identity.users u on u.id = t.user_id
     where t.digest = $1 and t.purpose = $2 and t.used_at is null and t.expires_at > clock_timestamp()
       and u.status = 'active' and u.email = t.email
)sql"};

// To be asked under the user's lock, which whoever uses another of their tokens holds too.
inline constexpr db::statement<core::uuid(core::bytes)> use_mail_token{"identity.use_mail_token", R"sql(
    update identity.mail_tokens set used_at = clock_timestamp()
     where digest = $1 and used_at is null and expires_at > clock_timestamp()
    returning user_id
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::string)> use_other_mail_tokens{
    "identity.use_other_mail_tokens",
    "update identity.mail_tokens set used_at = clock_timestamp() "
    "where user_id = $1 and purpose = $2 and used_at is null"};

// Whoever has read mail sent there owns the address.
inline constexpr db::statement<db::none(core::uuid, std::string)> reset_password{"identity.reset_password",
                                                                                 R"sql(
    update identity.users
       set password_hash = $2, email_verified_at = coalesce(email_verified_at, clock_timestamp()),
           version = version + 1, updated_at = clock_timestamp()
     where id = $1
)sql"};

inline constexpr db::statement<db::none(core::uuid)> verify_email{
    "identity.verify_email",
    "update identity.users set email_verified_at = clock_timestamp(), version = version + 1,"
    " updated_at = clock_timestamp() where id = $1 and email_verified_at is null"};

struct mail_row {
    core::uuid id;
    std::string mail_template;
    std::string recipient;
    core::bytes sealed;
    core::timestamp queued_at;
};
BOOST_DESCRIBE_STRUCT(mail_row, (), (id, mail_template, recipient, sealed, queued_at))

inline constexpr std::int64_t mails_at_once = 20;
inline constexpr db::statement<mail_row()> lock_waiting_mails{"identity.lock_waiting_mails", R"sql(
    select id, template as mail_template, recipient, sealed, queued_at
      from identity.mails
     where delivered_at is null
     order by id
     limit 20
       for update skip locked
)sql"};

inline constexpr db::statement<db::none(std::vector<core::uuid>)> note_delivery{
    "identity.note_delivery",
    "update identity.mails set delivered_at = clock_timestamp(), sealed = '' where id = any($1)"};

inline constexpr std::int64_t old_mails_most = 1000;
inline constexpr db::statement<db::none()> remove_old_mails{"identity.remove_old_mails", R"sql(
    delete from identity.mails
     where id in (select id from identity.mails where queued_at < now() - interval '30 days'
                   order by queued_at limit 1000 for update skip locked)
)sql"};
inline constexpr db::statement<db::none()> remove_old_mail_tokens{"identity.remove_old_mail_tokens", R"sql(
    delete from identity.mail_tokens
     where digest in (select digest from identity.mail_tokens where expires_at < now() - interval '1 day'
                       order by expires_at limit 1000 for update skip locked)
)sql"};
inline constexpr db::statement<db::none()> remove_old_mail_requests{"identity.remove_old_mail_requests",
                                                                    R"sql(
    delete from identity.mail_requests
     where id in (select id from identity.mail_requests where at < now() - interval '2 hours'
                   order by at limit 1000 for update skip locked)
)sql"};

}  // namespace identity
