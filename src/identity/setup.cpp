// What a fresh or an upgraded database needs: permission rows, sample roles, the first owner.
#include "audit/audit.hpp"
#include "identity/api.hpp"
#include "identity/identity.hpp"
#include "identity/store.hpp"

namespace identity {
namespace {

constexpr db::refusal refusals[] = {{"users_email_unique", &email_taken}};

struct made_user {
    std::string role;
};
BOOST_DESCRIBE_STRUCT(made_user, (), (role))
struct made_role {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(made_role, (), (name))

void make_sample_roles(db::transaction& t, std::vector<permission_row> const& all) {
    for (sample_role const& sample : sample_roles) {
        core::uuid const id = core::make_uuid7();
        std::vector<std::int32_t> held;
        for (permission_row const& p : all)
            if (!p.retired && sample_grants(sample.name, p.method, p.route, p.resource)) held.push_back(p.id);
        t.add(insert_role, id, std::string(sample.name), std::string(sample.description), sample.everything);
        t.add(add_grants, id, held);
        audit::record(t, work::command("carrack setup"), "roles", id,
                      audit::created(made_role{std::string(sample.name)}));
    }
}

core::task<core::uuid> owner_role(db::transaction& t) {
    if (auto const there = co_await t.first(find_everything_role)) co_return *there;
    core::uuid const id = core::make_uuid7();
    t.add(insert_role, id, std::string(sample_roles[0].name), std::string(sample_roles[0].description), true);
    co_return id;
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
    if (roles.one() == 0) make_sample_roles(t, all);
    core::uuid const role = co_await owner_role(t);
    add_user(t, core::make_uuid7(), owner, hash, role, std::string(sample_roles[0].name));
    co_return true;
}

}  // namespace

db::ticket<actor_name> load_names(db::batch& in, std::vector<core::uuid> const& users) {
    return in.add(load_user_names, users);
}
db::ticket<actor_name> load_names(db::transaction& in, std::vector<core::uuid> const& users) {
    return in.add(load_user_names, users);
}

core::task<permission_changes> sync_permissions(db::transaction& t,
                                                std::span<http::permission const> declared) {
    texts methods, routes, resources, operations;
    for (http::permission const& p : declared) {
        methods.emplace_back(p.verb);
        routes.emplace_back(p.route);
        resources.emplace_back(p.resource);
        operations.emplace_back(p.operation);
    }
    auto const renewed = t.add(renew_permissions, methods, routes, resources, operations);
    auto const added = t.add(insert_permissions, methods, routes, resources, operations);
    auto const retired = t.add(retire_permissions, methods, routes);
    co_await t.run();
    permission_changes const out{added.affected(), renewed.affected(), retired.affected()};
    if (out.added + out.renewed + out.retired > 0) t.add(raise_rights);
    co_return out;
}

core::task<core::result<bool>> ensure_owner(db::scope db, crypto::password_pool& passwords, new_staff owner) {
    auto const owners = co_await db.first(count_owners);
    if (*owners > 0) co_return false;
    auto const hash = co_await passwords.hash(owner.password);
    if (!hash) co_return hash.error();
    co_return co_await db.transact(refusals, [&](db::transaction& t) { return make_owner(t, owner, *hash); });
}

core::task<core::result<core::uuid>> add_staff(db::scope db, crypto::password_pool& passwords, new_staff who,
                                               std::string role) {
    auto const hash = co_await passwords.hash(who.password);
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
