// Users of the staff: listing, adding, renaming, blocking, giving roles.
#include "identity/handlers.hpp"
#include "audit/audit.hpp"
#include "crypto/digest.hpp"
#include "identity/escalation.hpp"
#include "identity/passwords.hpp"
#include "identity/service.hpp"
#include "identity/standings.hpp"
#include "identity/store.hpp"

#include <algorithm>

namespace identity {
namespace {

constexpr db::refusal refusals[] = {{"users_email_unique", &email_taken}, work::key_taken};

user_view view_of(user_row row) {
    user_view out{.id = row.id,
                  .email = std::move(row.email),
                  .name = std::move(row.name),
                  .status = row.status,
                  .roles = {},
                  .email_verified_at = {row.email_verified_at},
                  .second_factor = row.second_factor,
                  .version = row.version,
                  .created_at = row.created_at,
                  .updated_at = row.updated_at};
    for (std::size_t i = 0; i < row.role_ids.size(); ++i)
        out.roles.push_back({row.role_ids[i], std::move(row.role_names[i])});
    return out;
}

// What the trail says of a user; names and addresses are theirs and stay in one place.
struct user_facts {
    user_status status;
    std::vector<std::string> roles;
};
BOOST_DESCRIBE_STRUCT(user_facts, (), (status, roles))

user_facts facts_of(user_row const& row) { return {row.status, row.role_names}; }

audit::changes changes_of(user_row const& before, user_row const& after) {
    audit::changes out = audit::changed(facts_of(before), facts_of(after));
    if (before.name != after.name) out.push_back({"name", "\"(personal)\"", "\"(personal)\""});
    return out;
}

template <class T>
std::optional<T> value_of(core::patch<T> const& p) {
    return p.given() ? std::optional(*p) : std::nullopt;
}

}  // namespace

answer<http::page<user_view>> show_users(http::call& c, list_users_request in) {
    auto const before = work::position(in.after);
    if (!before) co_return before.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    std::optional<std::string> const q = in.q ? std::optional(in.q->value) : std::nullopt;
    auto rows = co_await work::database(c).all(list_staff, *before, limit + 1, q, in.status, in.role_id);
    http::page<user_view> out;
    out.next.value = work::trim_page(rows, limit, work::newest_first, [](user_row const& last) {
        return std::vector{core::to_string(last.id)};
    });
    for (user_row& row : rows) out.data.push_back(view_of(std::move(row)));
    co_return out;
}

answer<user_view> show_user(http::call& c, user_request in) {
    auto row = co_await work::database(c).first(find_staff, in.id);
    if (!row) co_return user_not_found;
    co_return view_of(*std::move(row));
}

namespace {

// With the password stretched: a digest of the body would let whoever reads the table try passwords on it.
struct comparable_user {
    std::string email;
    std::string name;
    std::string password;
    std::vector<core::uuid> roles;
};
BOOST_DESCRIBE_STRUCT(comparable_user, (), (email, name, password, roles))

core::task<core::result<core::nothing>> compare_by(http::call& c, create_user_request in,
                                                   std::vector<core::uuid> roles) {
    if (c.idempotency_key.empty()) co_return core::nothing{};
    auto const salt = crypto::sha256("carrack createUser\n" + work::key_scope(c) + "\n" + c.idempotency_key);
    auto const slow = co_await work::service<service>(c).passwords().stretch(in.password.value, salt, c.by);
    if (!slow) co_return slow.error();
    http::write(c.compared_as, comparable_user{.email = in.email.value,
                                               .name = in.name.value,
                                               .password = crypto::to_hex(*slow),
                                               .roles = std::move(roles)});
    co_return core::nothing{};
}

struct new_user {
    core::uuid id;
    std::string email;
    std::string name;
    std::string password_hash;
    std::vector<core::uuid> roles;
};

core::task<core::result<user_view>> add_in(db::transaction& t, http::call& c, new_user user) {
    t.add(raise_rights);
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const given = co_await t.all(load_grants_of_roles, user.roles);
    auto const next = standing_of_all(user.roles, given);
    if (!next) co_return next.error();
    if (auto const may = may_reassign(standing_of(own.all()), {}, *next); !may) co_return may.error();
    // From here on it succeeds, unless somebody has the address.
    t.add(insert_staff, user.id, user.email, user.name, user.password_hash);
    t.add(add_roles, user.id, user.roles);
    auto row = co_await t.first(find_staff, user.id);
    audit::record(t, work::actor_of(c), "users", user.id, audit::created(facts_of(*row)));
    user_view view = view_of(*std::move(row));
    work::remember(t, c, create_user.success, view);
    co_return view;
}

}  // namespace

answer<user_view> add_user(http::call& c, create_user_request in) {
    auto accepted = accept_password(in.password.value, in.email.value);
    if (!accepted) co_return accepted.error();
    in.password.value = *std::move(accepted);
    std::vector<core::uuid> const wanted = in.roles ? in.roles->items : std::vector<core::uuid>{};
    if (auto const known = co_await compare_by(c, in, wanted); !known) co_return known.error();
    if (auto const again = co_await work::replayed(c); !again) co_return again.error();
    if (c.ready_answer) co_return user_view{};
    // Hashed before the transaction, which shall not hold its locks for as long as that takes.
    auto const hash = co_await work::service<service>(c).passwords().hash(std::move(in.password.value), c.by);
    if (!hash) co_return hash.error();
    new_user const user{.id = core::make_uuid7(),
                        .email = std::move(in.email.value),
                        .name = std::move(in.name.value),
                        .password_hash = *hash,
                        .roles = wanted};
    auto out = co_await work::settled(c, [&] {
        return work::database(c).transact(refusals, [&](db::transaction& t) { return add_in(t, c, user); });
    });
    if (out) work::service<service>(c).changed();
    co_return co_await refusal_recorded(c, std::move(out), "users", {});
}

namespace {

struct user_change {
    core::uuid id;
    std::optional<std::string> name;
    std::optional<user_status> status;
    std::optional<std::vector<core::uuid>> roles;

    bool of_rights() const { return status || roles; }
};

bool is_there_already(user_row const& row, user_change const& change) {
    auto const sorted = [](std::vector<core::uuid> ids) {
        std::ranges::sort(ids);
        ids.erase(std::ranges::unique(ids).begin(), ids.end());
        return ids;
    };
    return change.name.value_or(row.name) == row.name && change.status.value_or(row.status) == row.status &&
           (!change.roles || sorted(*change.roles) == sorted(row.role_ids));
}

// Whether the change stays within the actor's rights: they must cover what the user holds and will hold.
core::task<core::result<core::nothing>> check_rights(db::transaction& t, core::uuid actor,
                                                     user_change change) {
    auto const own = t.add(load_grants_of_user, actor);
    auto const now = t.add(load_grants_of_user, change.id);
    auto const given = co_await t.all(load_grants_of_roles, change.roles.value_or(std::vector<core::uuid>{}));
    standing const before = standing_of(now.all());
    if (!change.roles) co_return may_reassign(standing_of(own.all()), before, before);
    auto const after = standing_of_all(*change.roles, given);
    if (!after) co_return after.error();
    co_return may_reassign(standing_of(own.all()), before, *after);
}

void apply(db::transaction& t, user_change const& change) {
    t.add(update_staff, change.id, change.name, change.status);
    if (change.roles) {
        t.add(remove_other_roles, change.id, *change.roles);
        t.add(add_roles, change.id, *change.roles);
    }
    if (change.status == user_status::blocked) {
        t.add(end_sessions_of_user, change.id, "blocked");
        t.add(raise_sessions);
    }
}

core::task<core::result<user_view>> change_in(db::transaction& t, http::call& c, user_change change) {
    if (change.of_rights()) t.add(raise_rights);  // the lock of everything that changes rights
    t.add(lock_staff, change.id);
    auto const before = co_await t.first(find_staff, change.id);
    if (!before) co_return user_not_found;
    if (auto const seen = c.check_version(before->version); !seen) co_return seen.error();
    if (auto const may = co_await check_rights(t, c.who.id, change); !may) co_return may.error();
    if (is_there_already(*before, change)) co_return view_of(*before);

    apply(t, change);
    auto const owners = t.add(count_owners);
    auto after = co_await t.first(find_staff, change.id);
    if (change.of_rights() && owners.one() == 0) co_return last_owner;
    audit::record(t, work::actor_of(c), "users", change.id, changes_of(*before, *after));
    co_return view_of(*std::move(after));
}

}  // namespace

answer<user_view> change_user(http::call& c, update_user_request in) {
    user_change change{.id = in.id, .name = {}, .status = value_of(in.status), .roles = {}};
    if (in.name.given()) change.name = in.name->value;
    if (in.roles.given()) change.roles = in.roles->items;
    auto out = co_await work::database(c).transact(
        {}, [&](db::transaction& t) -> answer<user_view> { co_return co_await change_in(t, c, change); });
    if (out && change.of_rights()) work::service<service>(c).changed();
    co_return co_await refusal_recorded(c, std::move(out), "users", core::to_string(change.id));
}

}  // namespace identity
