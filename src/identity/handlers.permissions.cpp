// The list of permissions; why somebody may do something; what other permissions of a role would change.
#include "identity/handlers.hpp"
#include "http/gate.hpp"
#include "identity/explain.hpp"
#include "identity/facts.hpp"
#include "identity/standings.hpp"
#include "identity/store.hpp"
#include "work/context.hpp"
#include "work/rights.hpp"
#include "work/route_list.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>

namespace identity {
namespace {

constexpr std::string_view by_id = "id";

core::result<std::int32_t> position(std::optional<work::page_cursor> const& after) {
    if (!after) return 0;
    auto const key = work::read_cursor(after->value, by_id, 1);
    if (!key) return key.error();
    std::int32_t id = 0;
    std::string const& text = key->front();
    auto const read = std::from_chars(text.data(), text.data() + text.size(), id);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return work::cursor_invalid;
    return id;
}

listed_permission view_of(listed_permission_row row) {
    listed_permission out{.id = row.id,
                          .method = std::move(row.method),
                          .route = std::move(row.route),
                          .resource = std::move(row.resource),
                          .operation = std::move(row.operation),
                          .retired = row.retired_at.has_value(),
                          .by_location = row.by_location,
                          .retired_at = row.retired_at,
                          .roles = {},
                          .api_keys = {}};
    if (!out.retired) return out;
    out.roles.emplace();
    out.api_keys.emplace();
    for (std::size_t i = 0; i < row.key_ids.size(); ++i)
        out.api_keys->push_back(
            {row.key_ids[i], std::move(row.key_names[i]), std::move(row.key_prefixes[i])});
    for (std::size_t i = 0; i < row.role_ids.size(); ++i)
        out.roles->push_back({row.role_ids[i], std::move(row.role_names[i])});
    return out;
}

}  // namespace

answer<http::page<listed_permission>> show_permissions(http::call& c, list_permissions_request in) {
    auto const after = position(in.after);
    if (!after) co_return after.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    std::optional<std::string> const resource =
        in.resource ? std::optional(in.resource->value) : std::nullopt;
    auto rows =
        co_await work::database(c).all(list_permissions_by_id, *after, limit + 1, resource, in.retired);
    http::page<listed_permission> out;
    out.next.value = work::trim_page(rows, limit, by_id, [](listed_permission_row const& last) {
        return std::vector{std::to_string(last.id)};
    });
    for (listed_permission_row& row : rows) out.data.push_back(view_of(std::move(row)));
    co_return out;
}

namespace {

// The server dispatches HEAD as GET.
http::method verb_of(asked_method m) {
    switch (m) {
        case asked_method::GET:
        case asked_method::HEAD: return http::method::get;
        case asked_method::POST: return http::method::post;
        case asked_method::PUT: return http::method::put;
        case asked_method::PATCH: return http::method::patch;
        case asked_method::DELETE: return http::method::remove;
    }
    return http::method::get;
}

// The path of a request target that the server would take; braces are a template's.
core::result<std::string> path_in(std::string target) {
    std::string sent = target;
    std::erase_if(sent, [](char ch) { return ch == '{' || ch == '}'; });
    if (!http::is_origin_form(sent))
        return core::problem{
            core::invalid_request,
            {{"/path", "not_a_path", "must be a path as it is sent: from its first slash on"}}};
    return target.substr(0, target.find('?'));
}

}  // namespace

answer<explanation> explain_to(http::call& c, explain_request in) {
    auto const path = path_in(std::move(in.path.value));
    if (!path) co_return path.error();
    db::batch all = work::database(c).read();
    auto const found = all.add(find_staff, in.user_id);
    auto const permissions = all.add(load_permissions);
    auto const roles = all.add(load_named_roles, in.user_id);
    co_await all.run();
    auto const user = found.first();
    if (!user) co_return user_not_found;
    co_return explain(work::service<work::route_list>(c).all,
                      {.permissions = permissions.all(),
                       .roles = roles.all(),
                       .user = in.user_id,
                       .blocked = user->status == user_status::blocked,
                       .has_factor = user->second_factor},
                      verb_of(in.method), *path);
}

namespace {

std::vector<permission_view> views_of(std::vector<std::int32_t> const& ids,
                                      std::vector<permission_row> const& all) {
    std::vector<permission_view> out;
    for (permission_row const& p : those_of(ids, all)) out.push_back(view_of(p));
    return out;
}

// What lets somebody in, and so means something to them.
std::vector<std::int32_t> live_ids(std::vector<permission_row> const& all) {
    std::vector<std::int32_t> out;
    for (permission_row const& p : all)
        if (!p.retired) out.push_back(p.id);
    return out;
}

std::vector<changed_limits> moves_of(std::vector<std::int32_t> const& moved, standing const& before,
                                     standing const& after) {
    std::vector<changed_limits> out;
    for (std::int32_t const id : moved)
        out.push_back({id, {locations_of(before, id)}, {locations_of(after, id)}});
    return out;
}

// What other roles give, as the statement tells it: everywhere, or at locations.
standing others_of(role_user_row const& user) {
    standing const everywhere{user.everything, user.other, {}};
    standing const limited{false, user.other_limited, limits_of(user.other_limited, user.other_locations)};
    return unite(everywhere, limited);
}

void add_users(simulation& to, role_change const& change, std::vector<role_user_row> holders,
               std::vector<std::int32_t> const& live) {
    for (role_user_row& user : holders) {
        auto const [before, after] = effect_on({.others = others_of(user),
                                                .others_require_factor = user.others_require_factor,
                                                .has_factor = user.has_factor},
                                               change, live);
        difference felt = difference_of(before, after);
        if (felt.empty()) continue;
        ++to.user_count;
        if (to.users.size() < shown_users_max)
            to.users.push_back({user.id, std::move(user.name), user.status, std::move(felt.gained),
                                std::move(felt.lost), moves_of(felt.moved, before, after)});
    }
}

core::task<void> add_keys(db::scope db, simulation& to) {
    std::map<core::uuid, changed_user*> makers;
    std::vector<core::uuid> ids;
    for (changed_user& user : to.users) {
        makers.emplace(user.id, &user);
        ids.push_back(user.id);
    }
    for (key_of_user_row& key : co_await db.all(load_keys_of_users, ids))
        makers.at(key.maker_id)->api_keys.push_back({key.id, std::move(key.name), std::move(key.prefix)});
}

// The code with which one of the two requests that the change takes would be refused to this caller, the list
// of permissions first.
std::optional<std::string> refusal_of(http::call& c, simulate_request const& in, standing const& own,
                                      role_row const& role, role_change const& change) {
    auto const first = [&c](http::spec const& endpoint,
                            core::result<core::nothing> const& may) -> std::optional<std::string> {
        if (!work::service<work::rights>(c).may(c.who, endpoint)) return std::string(permission_denied.code);
        if (!may) return std::string(may.error().what->code);
        return std::nullopt;
    };
    std::optional<std::string> out;
    if (in.permissions)
        out = first(set_permissions, may_set_permissions(own, change.now, change.next, role.held));
    if (!out && in.second_factor)
        out = first(update_role, may_require_factor(own, change.now, role.held, change.factor));
    return out;
}

}  // namespace

answer<simulation> simulate(http::call& c, simulate_request in) {
    db::batch both = work::database(c).read();
    auto const found = both.add(find_role, in.role_id, c.who.id);
    auto const own = both.add(load_grants_of_user, c.who.id);
    auto const permissions = both.add(load_permissions);
    auto const in_use =
        locations_in_use(both, c, locations_in(in.permissions.value_or(permission_choices{})));
    co_await both.run();
    auto const role = found.first();
    if (!role) co_return role_not_found;
    auto const all = permissions.all();
    auto const wanted = in.permissions ? resolve(*in.permissions, all, standing_of(*role), in_use.all())
                                       : core::result<standing>(standing_of(*role));
    if (!wanted) co_return wanted.error();
    role_change change{.now = standing_of(*role),
                       .next = *wanted,
                       .factor = {role->second_factor, in.second_factor.value_or(role->second_factor)}};
    simulation out{.role = {role->id, role->name},
                   .gained = {},
                   .lost = {},
                   .moved = {},
                   .users = {},
                   .user_count = 0,
                   .refused = {refusal_of(c, in, standing_of(own.all()), *role, change)}};
    if (role->everything) change.next = change.now;  // its list stays as it is
    difference const list = difference_of(change.now, change.next);
    out.gained = views_of(list.gained, all);
    out.lost = views_of(list.lost, all);
    out.moved = moves_of(list.moved, change.now, change.next);
    if (!list.empty() || change.factor.now != change.factor.next)
        add_users(out, change, co_await work::database(c).all(load_role_users, in.role_id), live_ids(all));
    if (!out.users.empty()) co_await add_keys(work::database(c), out);
    co_return out;
}

}  // namespace identity
