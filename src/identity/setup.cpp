// What a fresh or an upgraded database needs: permission rows, sample roles, the first owner.
#include "audit/audit.hpp"
#include "crypto/unicode.hpp"
#include "identity/api.hpp"
#include "identity/facts.hpp"
#include "identity/identity.hpp"
#include "identity/key_ring.hpp"
#include "identity/standings.hpp"
#include "identity/store.hpp"
#include "identity/trail.hpp"

#include <algorithm>
#include <tuple>

namespace identity {
namespace {

constexpr db::refusal refusals[] = {{"users_email_unique", &email_taken}};

struct permission_facts {
    std::string resource;
    std::string operation;
    bool by_location;
};
BOOST_DESCRIBE_STRUCT(permission_facts, (), (resource, operation, by_location))

struct made_user {
    std::string role;
};
BOOST_DESCRIBE_STRUCT(made_user, (), (role))

// What a sample role starts with; at these locations alone, if there are some, where that can be.
standing sample_standing(std::string_view role, std::vector<permission_row> const& all,
                         std::vector<core::uuid> const& locations) {
    standing out;
    for (permission_row const& p : all) {
        if (p.retired || !sample_grants(role, p.method, p.route, p.resource)) continue;
        out.permissions.push_back(p.id);
        if (p.by_location)
            for (core::uuid const& location : locations) out.limits.push_back({p.id, location});
    }
    std::ranges::sort(out.limits);
    return out;
}

core::uuid make_role(db::transaction& t, sample_role const& sample, std::vector<permission_row> const& all,
                     standing const& holds) {
    core::uuid const id = core::make_uuid7();
    role_facts const facts{std::string(sample.name), std::string(sample.description), sample.everything,
                           names_of(holds, all)};
    t.add(insert_role, id, facts.name, facts.description, facts.everything, facts.second_factor);
    t.add(add_grants, id, holds.permissions, limited_of(holds));
    t.add(set_limits, id, limit_permissions_of(holds), limit_locations_of(holds));
    audit::record(t, work::command("carrack setup"), "roles", id, audit::created(facts));
    return id;
}

core::uuid make_role(db::transaction& t, sample_role const& sample, std::vector<permission_row> const& all) {
    return make_role(t, sample, all, sample_standing(sample.name, all, {}));
}

core::task<core::uuid> owner_role(db::transaction& t, std::vector<permission_row> const& all) {
    if (auto const there = co_await t.first(find_everything_role)) co_return *there;
    co_return make_role(t, sample_roles[0], all);
}

// A permission as the trail tells of it: null when no route is behind it.
std::string text_of(permission_row const* p) {
    if (p == nullptr || p->retired) return "null";
    std::string out;
    http::write(out, permission_facts{p->resource, p->operation, p->by_location});
    return out;
}

// Both in rising order of ids; none is ever deleted, so each that was is there still.
audit::changes changes_between(std::vector<permission_row> const& before,
                               std::vector<permission_row> const& after) {
    audit::changes out;
    auto was = before.begin();
    for (permission_row const& is : after) {
        bool const old = was != before.end() && was->id == is.id;
        std::string from = text_of(old ? &*was++ : nullptr);
        std::string to = text_of(&is);
        if (from != to) out.push_back({name_of(is), std::move(from), std::move(to)});
    }
    return out;
}

// Of all that are retired at one time, those that were not, or are not, at another.
std::vector<permission_holders> retired_now_alone(std::vector<permission_holders> all,
                                                  std::vector<permission_row> const& then) {
    std::erase_if(all, [&](permission_holders const& gone) {
        return std::ranges::none_of(
            then, [&](permission_row const& p) { return !p.retired && name_of(p) == gone.permission; });
    });
    return all;
}

void add_user(db::transaction& t, core::uuid id, new_staff const& who, std::string const& hash,
              core::uuid role, std::string role_name) {
    t.add(insert_staff, id, who.email, who.name, hash);
    t.add(add_roles, id, std::vector{role});
    audit::record(t, work::command("carrack setup"), "users", id,
                  audit::created(made_user{std::move(role_name)}));
}

core::task<core::result<bool>> make_owner(db::transaction& t, new_staff owner, std::string hash) {
    t.add(raise_rights);  // locks: of two processes that start at once, one makes the owner
    auto const owners = t.add(count_owners);
    auto const roles = t.add(count_roles);
    auto const all = co_await t.all(load_permissions);
    if (owners.one() > 0) co_return false;
    if (roles.one() == 0)
        for (sample_role const& sample : sample_roles) make_role(t, sample, all);
    core::uuid const role = co_await owner_role(t, all);
    add_user(t, core::make_uuid7(), owner, hash, role, std::string(sample_roles[0].name));
    co_return true;
}

}  // namespace

db::ticket<actor_name> load_names(db::batch& in, std::vector<core::uuid> const& actors) {
    return in.add(load_actor_names, actors);
}
db::ticket<actor_name> load_names(db::transaction& in, std::vector<core::uuid> const& actors) {
    return in.add(load_actor_names, actors);
}

core::task<permission_changes> sync_permissions(db::transaction& t,
                                                std::span<http::permission const> declared) {
    texts methods, routes, resources, operations;
    flags by_location;
    for (http::permission const& p : declared) {
        methods.emplace_back(p.verb);
        routes.emplace_back(p.route);
        resources.emplace_back(p.resource);
        operations.emplace_back(p.operation);
        by_location.push_back(p.by_location);
    }
    t.add(lock_rights);
    auto const before = t.add(load_permissions);
    auto const retired_before = t.add(load_retired);
    auto const renewed = t.add(renew_permissions, methods, routes, resources, operations, by_location);
    auto const added = t.add(insert_permissions, methods, routes, resources, operations, by_location);
    t.add(retire_permissions, methods, routes);
    auto const retired = t.add(load_retired);
    auto const after = co_await t.all(load_permissions);
    permission_changes const out{added.affected(), renewed.affected(),
                                 retired_now_alone(retired.all(), before.all()),
                                 retired_now_alone(retired_before.all(), after)};
    if (out.added > 0 || out.renewed > 0 || !out.retired.empty()) {
        t.add(raise_rights);
        audit::record(t, work::command("carrack migrate"), "permissions", "all",
                      changes_between(before.all(), after));
    }
    co_return out;
}

core::task<bool> signs_in_with(db::scope db, crypto::password_pool& passwords, account_kind of,
                               std::string email, std::string password) {
    auto const who = co_await db.first(find_credentials, of, email, std::string{});
    if (!who || !who->active || !who->password_hash) co_return false;
    auto const right = co_await passwords.verify(crypto::to_nfc(password), *who->password_hash);
    co_return right && *right;
}

core::task<key_fit> examine_keys(db::scope db, crypto::secret_key configured) {
    auto const keys = co_await db.all(load_signing_keys);
    if (keys.empty()) co_return key_fit::no_keys_yet;
    co_return opens_any(keys, sealing_key_of(configured)) ? key_fit::opens : key_fit::opens_none;
}

core::task<std::vector<permission_holders>> retired_permissions(db::scope db) {
    co_return co_await db.all(load_retired);
}

core::task<core::result<bool>> ensure_owner(db::scope db, crypto::password_pool& passwords, new_staff owner) {
    auto const owners = co_await db.first(count_owners);
    if (*owners > 0) co_return false;
    auto const accepted = accept_password(owner.password, owner.email);
    if (!accepted) co_return accepted.error();
    auto const hash = co_await passwords.hash(*accepted);
    if (!hash) co_return hash.error();
    co_return co_await db.transact(refusals, [&](db::transaction& t) { return make_owner(t, owner, *hash); });
}

core::task<core::result<std::optional<core::uuid>>> add_customer(db::scope db,
                                                                 crypto::password_pool& passwords,
                                                                 new_customer who) {
    auto const accepted = accept_password(who.password, who.email);
    if (!accepted) co_return accepted.error();
    auto const hash = co_await passwords.hash(*accepted);
    if (!hash) co_return hash.error();
    core::uuid const id = core::make_uuid7();
    co_return co_await db.transact(
        {}, [&](db::transaction& t) -> core::task<core::result<std::optional<core::uuid>>> {
            if (!co_await t.first(insert_customer, id, who.email, who.name, *hash))
                co_return std::optional<core::uuid>{};
            audit::record(t, work::command("carrack setup"), resource_of(account_kind::customer), id,
                          audit::created(account_facts{user_status::active}));
            co_return std::optional(id);
        });
}

core::task<void> ensure_limited_role(db::scope db, std::string name, std::string description,
                                     std::string like, std::vector<core::uuid> locations) {
    std::ignore =
        co_await db.transact({}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
            t.add(raise_rights);
            auto const all = t.add(load_permissions);
            auto const there = co_await t.first(find_role_by_name, name);
            if (there) co_return core::nothing{};
            make_role(t, {name, description, false}, all.all(), sample_standing(like, all.all(), locations));
            co_return core::nothing{};
        });
}

core::task<core::result<core::uuid>> add_staff(db::scope db, crypto::password_pool& passwords, new_staff who,
                                               std::string role) {
    auto const accepted = accept_password(who.password, who.email);
    if (!accepted) co_return accepted.error();
    auto const hash = co_await passwords.hash(*accepted);
    if (!hash) co_return hash.error();
    co_return co_await db.transact(refusals, [&](db::transaction& t) -> core::task<core::result<core::uuid>> {
        t.add(raise_rights);
        auto const found = co_await t.first(find_role_by_name, role);
        if (!found) co_return role_not_found;
        core::uuid const id = core::make_uuid7();
        add_user(t, id, who, *hash, *found, role);
        co_return id;
    });
}

}  // namespace identity
