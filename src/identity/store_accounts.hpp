// Statements about accounts of either kind, and those of shoppers.
#pragma once

#include "db/statement.hpp"
#include "identity/api.hpp"

namespace identity {

// --- of either kind --------------------------------------------------------------------------------

struct person_row {
    core::uuid id;
    account_kind kind;
    std::string email;
    std::optional<std::string> name;
    std::optional<core::timestamp> email_verified_at;
};
BOOST_DESCRIBE_STRUCT(person_row, (), (id, kind, email, name, email_verified_at))

inline constexpr db::statement<person_row(core::uuid)> find_person{
    "identity.find_person",
    "select id, kind, email, name, email_verified_at from identity.users where id = $1"};

// What somebody orders meanwhile does not wait for it.
inline constexpr db::statement<core::uuid(core::uuid)> lock_user{
    "identity.lock_user", "select id from identity.users where id = $1 for no key update"};

// --- becoming a customer ---------------------------------------------------------------------------

// $5: seconds that its token is good for.
inline constexpr db::statement<db::none(core::bytes, std::string, std::optional<std::string>, std::string,
                                        std::int64_t)>
    insert_registration{"identity.insert_registration", R"sql(
    insert into identity.registrations (digest, email, name, password_hash, expires_at)
    values ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 second')
)sql"};

struct registration_row {
    bool chosen;  // the one whose token it is
    std::string email;
    std::optional<std::string> name;
    std::string password_hash;
};
BOOST_DESCRIBE_STRUCT(registration_row, (), (chosen, email, name, password_hash))

// Those of its address go with it: they hold other passwords, perhaps of somebody else. Of two who use such
// tokens at once the second finds all of them gone.
inline constexpr db::statement<registration_row(core::bytes)> take_registrations{
    "identity.take_registrations", R"sql(
    with chosen as (
        select lower(email) as address from identity.registrations where digest = $1 and expires_at > clock_timestamp()
    ), locked as materialized (
        select r.digest from identity.registrations r, chosen c
         where lower(r.email) = c.address order by r.digest for update of r
    )
    delete from identity.registrations r using locked l where r.digest = l.digest
    returning r.digest = $1 as chosen, r.email, r.name, r.password_hash
)sql"};

// Nothing when the address has an account already.
inline constexpr db::statement<core::uuid(core::uuid, std::string, std::optional<std::string>, std::string)>
    insert_customer{"identity.insert_customer", R"sql(
    insert into identity.users (id, kind, email, name, password_hash, email_verified_at)
    values ($1, 'customer', $2, $3, $4, clock_timestamp())
        on conflict (kind, lower(email)) do nothing
    returning id
)sql"};

inline constexpr std::int64_t old_registrations_most = 1000;
inline constexpr db::statement<db::none()> remove_old_registrations{"identity.remove_old_registrations",
                                                                    R"sql(
    delete from identity.registrations
     where digest in (select digest from identity.registrations where expires_at < now()
                       order by expires_at limit 1000 for update skip locked)
)sql"};

// --- customers -------------------------------------------------------------------------------------

struct customer_row {
    core::uuid id;
    std::string email;
    std::optional<std::string> name;
    user_status status;
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(customer_row, (), (id, email, name, status, version, created_at, updated_at))

inline constexpr db::statement<customer_row(core::uuid)> find_customer{"identity.find_customer", R"sql(
    select id, email, name, status, version, created_at, updated_at
      from identity.users
     where id = $1 and kind = 'customer'
)sql"};

// There may be millions: each list has an index in its order.
inline constexpr db::statement<customer_row(core::uuid, std::int64_t)> list_customers_by_age{
    "identity.list_customers", R"sql(
    select id, email, name, status, version, created_at, updated_at
      from identity.users
     where kind = 'customer' and id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<customer_row(core::uuid, std::int64_t)> list_blocked_customers{
    "identity.list_blocked_customers", R"sql(
    select id, email, name, status, version, created_at, updated_at
      from identity.users
     where kind = 'customer' and status = 'blocked' and id < $1
     order by id desc
     limit $2
)sql"};

// Nearly all are: those that are not are passed over.
inline constexpr db::statement<customer_row(core::uuid, std::int64_t)> list_active_customers{
    "identity.list_active_customers", R"sql(
    select id, email, name, status, version, created_at, updated_at
      from identity.users
     where kind = 'customer' and status = 'active' and id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<customer_row(std::string, core::uuid, std::optional<user_status>)>
    find_customer_of_address{"identity.find_customer_of_address", R"sql(
    select id, email, name, status, version, created_at, updated_at
      from identity.users
     where kind = 'customer' and lower(email) = lower($1) and id < $2 and ($3::text is null or status = $3)
)sql"};

inline constexpr db::statement<db::none(core::uuid, std::optional<std::string>)> rename_customer{
    "identity.rename_customer", R"sql(
    update identity.users set name = $2, version = version + 1, updated_at = clock_timestamp()
     where id = $1 and kind = 'customer'
)sql"};

inline constexpr db::statement<db::none(core::uuid, user_status)> set_customer_status{
    "identity.set_customer_status", R"sql(
    update identity.users set status = $2, version = version + 1, updated_at = clock_timestamp()
     where id = $1 and kind = 'customer'
)sql"};

}  // namespace identity
