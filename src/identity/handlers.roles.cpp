// Roles and what they hold.
#include "identity/handlers.hpp"
#include "audit/audit.hpp"
#include "identity/escalation.hpp"
#include "identity/facts.hpp"
#include "identity/service.hpp"
#include "identity/standings.hpp"
#include "identity/store.hpp"

#include <algorithm>

namespace identity {
namespace {

constexpr std::string_view by_name = "name";
constexpr std::int64_t named_holders_max = 5;
constexpr db::refusal refusals[] = {
    {"roles_name_unique", &role_name_taken}, {"role_in_use", &role_in_use}, work::key_taken};

std::vector<permission_row> held_by(role_row const& role, std::vector<permission_row> const& all) {
    if (!role.everything) return those_of(role.permissions, all);
    std::vector<permission_row> live = all;
    std::erase_if(live, [](permission_row const& p) { return p.retired; });
    return live;
}

// What a copy of the role holds: a list, without what is retired.
standing listed(role_row const& from, std::vector<permission_row> const& all) {
    standing out{false, {}, standing_of(from).limits};
    for (permission_row const& p : held_by(from, all))
        if (!p.retired) out.permissions.push_back(p.id);
    std::erase_if(out.limits,
                  [&](limit const& l) { return !std::ranges::binary_search(out.permissions, l.permission); });
    return out;
}

role_view view_of(role_row const& row, std::vector<permission_row> const& all) {
    standing const held = standing_of(row);
    role_view out{.id = row.id,
                  .name = row.name,
                  .description = row.description,
                  .everything = row.everything,
                  .second_factor = row.second_factor,
                  .permissions = {},
                  .user_count = row.user_count,
                  .version = row.version,
                  .created_at = row.created_at,
                  .updated_at = row.updated_at};
    for (permission_row const& p : held_by(row, all)) out.permissions.push_back(view_of(p, held));
    return out;
}

// What a change of a role is decided upon, read behind the lock of everything that changes rights.
struct role_at_hand {
    role_row role;
    standing own;
    std::vector<permission_row> all;
    std::vector<core::uuid> in_use;  // of the locations asked about
};

core::task<core::result<role_at_hand>> take_role(db::transaction& t, http::call& c, core::uuid id,
                                                 std::vector<core::uuid> locations = {}) {
    t.add(raise_rights);
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const all = t.add(load_permissions);
    db::ticket<core::uuid> in_use;
    if (!locations.empty()) in_use = locations_in_use(t, c, locations);
    auto role = co_await t.first(find_role, id, c.who.id);
    if (!role) co_return role_not_found;
    if (auto const seen = c.check_version(role->version); !seen) co_return seen.error();
    role_at_hand out{*std::move(role), standing_of(own.all()), all.all(), {}};
    if (!locations.empty()) out.in_use = in_use.all();
    co_return out;
}

core::task<role_view> store_and_record(db::transaction& t, http::call& c, role_at_hand before) {
    auto const after = co_await t.first(find_role, before.role.id, c.who.id);
    audit::record(t, work::actor_of(c), "roles", before.role.id,
                  audit::changed(facts_of(before.role, before.all), facts_of(*after, before.all)));
    co_return view_of(*after, before.all);
}

// Runs a change of rights and, when it has committed, lets this process know.
template <class T, class Body>
answer<T> change_rights(http::call& c, Body body) {
    auto out = co_await work::database(c).transact(refusals, std::move(body));
    if (out) work::service<service>(c).changed();
    co_return out;
}

struct new_role {
    core::uuid id;
    std::string name;
    std::string description;
    standing holds;
    bool second_factor;  // its holders need one
    int status;          // of the answer
};

core::task<role_view> make_role(db::transaction& t, http::call& c, new_role made,
                                std::vector<permission_row> all) {
    t.add(insert_role, made.id, made.name, made.description, false, made.second_factor);
    t.add(add_grants, made.id, made.holds.permissions, limited_of(made.holds));
    t.add(set_limits, made.id, limit_permissions_of(made.holds), limit_locations_of(made.holds));
    auto const role = co_await t.first(find_role, made.id, c.who.id);
    audit::record(t, work::actor_of(c), "roles", made.id, audit::created(facts_of(*role, all)));
    role_view view = view_of(*role, all);
    work::remember(t, c, made.status, view);
    co_return view;
}

core::task<core::result<role_view>> create_in(db::transaction& t, http::call& c, create_role_request in,
                                              core::uuid id) {
    t.add(raise_rights);
    permission_choices const wanted = in.permissions.value_or(permission_choices{});
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const in_use = locations_in_use(t, c, locations_in(wanted));
    auto const all = co_await t.all(load_permissions);
    auto holds = resolve(wanted, all, {}, in_use.all());
    if (!holds) co_return holds.error();
    auto const may = may_edit_role(standing_of(own.all()), {}, *holds, false);
    if (!may) co_return may.error();
    // From here on it succeeds, unless the name is taken.
    std::string description = in.description ? std::move(in.description->value) : std::string{};
    co_return co_await make_role(
        t, c,
        {id, std::move(in.name.value), std::move(description), *std::move(holds), false, create_role.success},
        all);
}

core::task<core::result<role_view>> copy_in(db::transaction& t, http::call& c, copy_role_request in,
                                            core::uuid id) {
    t.add(raise_rights);
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const all = t.add(load_permissions);
    auto const from = co_await t.first(find_role, in.id, c.who.id);
    if (!from) co_return role_not_found;
    standing holds = listed(*from, all.all());
    if (auto const may = may_edit_role(standing_of(own.all()), {}, holds, false); !may) co_return may.error();
    // From here on it succeeds, unless the name is taken.
    std::string description = in.description ? std::move(in.description->value) : from->description;
    co_return co_await make_role(t, c,
                                 {id, std::move(in.name.value), std::move(description), std::move(holds),
                                  from->second_factor, copy_role.success},
                                 all.all());
}

core::task<core::result<role_view>> edit_in(db::transaction& t, http::call& c, update_role_request in) {
    auto at_hand = co_await take_role(t, c, in.id);
    if (!at_hand) co_return at_hand.error();
    standing const now = standing_of(at_hand->role);
    std::optional<bool> const factor =
        in.second_factor.given() ? std::optional(*in.second_factor) : std::nullopt;
    role_row const& role = at_hand->role;
    auto const may = may_require_factor(at_hand->own, now, role.held,
                                        {role.second_factor, factor.value_or(role.second_factor)});
    if (!may) co_return may.error();
    std::optional<std::string> name;
    std::optional<std::string> description;
    if (in.name.given()) name = in.name->value;
    if (in.description.given()) description = in.description->value;
    if (name.value_or(role.name) == role.name && description.value_or(role.description) == role.description &&
        factor.value_or(role.second_factor) == role.second_factor)
        co_return view_of(role, at_hand->all);  // there already
    t.add(change_role, in.id, name, description, factor);
    co_return co_await store_and_record(t, c, *std::move(at_hand));
}

core::task<core::result<role_view>> grant_in(db::transaction& t, http::call& c, set_permissions_request in) {
    auto at_hand = co_await take_role(t, c, in.id, locations_in(in.permissions));
    if (!at_hand) co_return at_hand.error();
    standing const now = standing_of(at_hand->role);
    auto const next = resolve(in.permissions, at_hand->all, now, at_hand->in_use);
    if (!next) co_return next.error();
    auto const may = may_set_permissions(at_hand->own, now, *next, at_hand->role.held);
    if (!may) co_return may.error();
    if (*next == now) co_return view_of(at_hand->role, at_hand->all);  // there already
    t.add(remove_other_grants, in.id, next->permissions, limited_of(*next));
    t.add(add_grants, in.id, next->permissions, limited_of(*next));
    t.add(set_limits, in.id, limit_permissions_of(*next), limit_locations_of(*next));
    t.add(change_role, in.id, std::nullopt, std::nullopt, std::nullopt);
    co_return co_await store_and_record(t, c, *std::move(at_hand));
}

core::problem used_by(std::vector<std::string> const& names, std::int64_t users) {
    std::string who;
    for (std::string const& name : names) who.append(who.empty() ? "" : ", ").append(name);
    auto const others = users - std::ssize(names);
    if (others > 0) who.append(" and ").append(std::to_string(others)).append(" more");
    return {role_in_use, {}, "Held by " + who + "; take the role from them first."};
}

core::task<core::result<core::nothing>> drop_in(db::transaction& t, http::call& c, core::uuid id) {
    auto at_hand = co_await take_role(t, c, id);
    if (!at_hand) co_return at_hand.error();
    standing const now = standing_of(at_hand->role);
    if (auto const may = may_edit_role(at_hand->own, now, {}, at_hand->role.held); !may)
        co_return may.error();
    if (at_hand->role.user_count > 0) {
        auto const holders = co_await t.all(load_holder_names, id, named_holders_max);
        co_return used_by(holders, at_hand->role.user_count);
    }
    t.add(remove_role, id);
    audit::record(t, work::actor_of(c), "roles", id, audit::removed(facts_of(at_hand->role, at_hand->all)));
    co_return core::nothing{};
}

}  // namespace

answer<http::page<role_row_view>> show_roles(http::call& c, list_roles_request in) {
    std::string after;
    if (in.after) {
        auto key = work::read_cursor(in.after->value, by_name, 1);
        if (!key) co_return key.error();
        after = std::move(key->front());
    }
    std::int64_t const limit = work::limit_or_default(in.limit);
    std::optional<std::string> const q = in.q ? std::optional(in.q->value) : std::nullopt;
    auto rows = co_await work::database(c).all(list_roles_by_name, after, limit + 1, q);
    http::page<role_row_view> out;
    out.next.value = work::trim_page(rows, limit, by_name,
                                     [](role_list_row const& last) { return std::vector{last.sort_key}; });
    for (role_list_row& row : rows)
        out.data.push_back({row.id, std::move(row.name), std::move(row.description), row.everything,
                            row.permission_count, row.user_count, row.version});
    co_return out;
}

answer<role_view> show_role(http::call& c, role_request in) {
    db::batch both = work::database(c).read();
    auto const role = both.add(find_role, in.id, c.who.id);
    auto const all = both.add(load_permissions);
    co_await both.run();
    auto const row = role.first();
    if (!row) co_return role_not_found;
    co_return view_of(*row, all.all());
}

answer<role_view> add_role(http::call& c, create_role_request in) {
    core::uuid const id = core::make_uuid7();
    auto out = co_await work::exactly_once(c, [&] {
        return change_rights<role_view>(
            c, [&c, &in, id](db::transaction& t) { return create_in(t, c, in, id); });
    });
    co_return co_await refusal_recorded(c, std::move(out), "roles", {});
}

answer<role_view> duplicate_role(http::call& c, copy_role_request in) {
    core::uuid const id = core::make_uuid7();
    auto out = co_await work::exactly_once(c, [&] {
        return change_rights<role_view>(c,
                                        [&c, &in, id](db::transaction& t) { return copy_in(t, c, in, id); });
    });
    co_return co_await refusal_recorded(c, std::move(out), "roles", core::to_string(in.id));
}

answer<role_view> edit_role(http::call& c, update_role_request in) {
    auto out = co_await change_rights<role_view>(c, [&](db::transaction& t) { return edit_in(t, c, in); });
    co_return co_await refusal_recorded(c, std::move(out), "roles", core::to_string(in.id));
}

answer<role_view> grant_permissions(http::call& c, set_permissions_request in) {
    auto out = co_await change_rights<role_view>(c, [&](db::transaction& t) { return grant_in(t, c, in); });
    co_return co_await refusal_recorded(c, std::move(out), "roles", core::to_string(in.id));
}

answer<core::nothing> drop_role(http::call& c, role_request in) {
    auto out =
        co_await change_rights<core::nothing>(c, [&](db::transaction& t) { return drop_in(t, c, in.id); });
    co_return co_await refusal_recorded(c, std::move(out), "roles", core::to_string(in.id));
}

}  // namespace identity
