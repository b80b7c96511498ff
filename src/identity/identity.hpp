// What other domains and the commands may ask of identity, inside their own transaction or batch.
#pragma once

#include "crypto/password.hpp"
#include "crypto/secret_box.hpp"
#include "db/database.hpp"
#include "http/registry.hpp"
#include "identity/audience.hpp"
#include "work/chores.hpp"

#include <boost/describe/class.hpp>

namespace identity {

// --- names, for histories and lists ----------------------------------------------------------------

struct actor_name {
    core::uuid id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(actor_name, (), (id, name))

// Of users and API keys.
db::ticket<actor_name> load_names(db::batch& in, std::vector<core::uuid> const& actors);
db::ticket<actor_name> load_names(db::transaction& in, std::vector<core::uuid> const& actors);

// A scalar subquery (text) for a statement that has a column `actor_id` in scope: the name of whoever that
// is, or of the API key; null for a guest or the system.
inline constexpr std::string_view actor_name_sql =
    "coalesce((select u.name from identity.users u where u.id = actor_id),"
    " (select k.name from identity.api_keys k where k.id = actor_id))";

// --- customers ------------------------------------------------------------------------------------

// A scalar subquery (text) for a statement whose $1 is a customer's id: the address that is theirs, in lower
// case. A customer has shown that it is.
inline constexpr std::string_view customer_address_sql =
    "(select lower(u.email) from identity.users u where u.id = $1 and u.kind = 'customer')";

struct new_customer {
    std::string email;
    std::string name;
    std::string password;
};
// Whose address needs no mail, for the sample shop. Nothing when it has an account already.
core::task<core::result<std::optional<core::uuid>>> add_customer(db::scope db,
                                                                 crypto::password_pool& passwords,
                                                                 new_customer who);

// --- setting up ------------------------------------------------------------------------------------

// Brings the permission rows into line with the endpoint declarations: at `migrate`, in any role that may
// write identity's tables. What vanished is retired and keeps its grants, which count again when it comes
// back.
struct permission_holders {
    std::string permission;             // "PATCH /v1/admin/products/{id}"
    std::vector<std::string> roles;     // that hold it, by name
    std::vector<std::string> api_keys;  // live ones that hold it: "Warehouse (ck_1a2b)"
};
BOOST_DESCRIBE_STRUCT(permission_holders, (), (permission, roles, api_keys))

struct permission_changes {
    std::int64_t added = 0;
    std::int64_t renewed = 0;  // resource or operation changed, or its route came back
    std::vector<permission_holders> retired;
    std::vector<permission_holders> revived;
};
BOOST_DESCRIBE_STRUCT(permission_changes, (), (added, renewed, retired, revived))

core::task<permission_changes> sync_permissions(db::transaction& t,
                                                std::span<http::permission const> declared);

struct new_staff {
    std::string email;
    std::string name;
    std::string password;
};

// Unless an active owner (a role that holds everything) is there already: makes the sample roles if there
// are no roles, and this owner. False: nothing to do. Call after sync_permissions.
core::task<core::result<bool>> ensure_owner(db::scope db, crypto::password_pool& passwords, new_staff owner);

// A member of staff with a role by its name, for the sample shop and the command line.
core::task<core::result<core::uuid>> add_staff(db::scope db, crypto::password_pool& passwords, new_staff who,
                                               std::string role);

// For the sample shop: a role that starts with what the sample role `like` does, limited to these locations
// where a permission can be. One of this name that is there already stays as it is.
core::task<void> ensure_limited_role(db::scope db, std::string name, std::string description,
                                     std::string like, std::vector<core::uuid> locations);

// Whether this is somebody's password who is not blocked.
core::task<bool> signs_in_with(db::scope db, crypto::password_pool& passwords, account_kind of,
                               std::string email, std::string password);

// --- looking at the set-up -------------------------------------------------------------------------

enum class key_fit : std::uint8_t { no_keys_yet, opens, opens_none };
// Whether the configured key opens one of the keys that sign tokens.
core::task<key_fit> examine_keys(db::scope db, crypto::secret_key configured);

// Permissions whose routes are gone, now or long ago.
core::task<std::vector<permission_holders>> retired_permissions(db::scope db);

// --- mails that wait -------------------------------------------------------------------------------

struct outgoing_mail {
    core::uuid id;
    std::string message;  // by RFC 5322
};
// The oldest, locked until the transaction ends; those that another locks, or that were sealed under another
// key, are left to others. `address`: of the shop, as mails name it.
core::task<std::vector<outgoing_mail>> take_mails(db::transaction& t, crypto::secret_key configured,
                                                  std::string address);
void note_delivered(db::transaction& t, std::vector<core::uuid> const& mails);

work::chore_list chores();  // sessions long dead with their tokens, old tries, mails and who asked for them

}  // namespace identity
