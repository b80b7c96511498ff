#include "identity/explain.hpp"

#include "identity/rights_table.hpp"
#include "identity/standings.hpp"

#include <algorithm>

namespace identity {
namespace {

std::string_view words_for(access_reason why) {
    switch (why) {
        case access_reason::granted: return "A role of theirs gives this permission.";
        case access_reason::open_to_everyone: return "This route is open to everyone, signed in or not.";
        case access_reason::needs_only_sign_in: return "This route needs a sign-in and no permission.";
        case access_reason::no_such_route: return "There is no such route.";
        case access_reason::retired:
            return "This permission is retired: its route is gone, and nobody gets in by it.";
        case access_reason::not_migrated:
            return "The database has no permission for this route yet, so it is closed to everybody until "
                   "`carrack migrate` has run.";
        case access_reason::user_blocked: return "They are blocked, and so may do nothing.";
        case access_reason::needs_second_factor:
            return "A role of theirs requires a second factor, and they have none: until they set one up, "
                   "none "
                   "of their permissions counts.";
        case access_reason::for_customers: return "This route is for customers, in their own account.";
        case access_reason::no_role: return "They hold no role.";
        case access_reason::no_grant: return "None of their roles gives this permission.";
    }
    return {};
}

constexpr auto limited_detail =
    "Roles of theirs give this permission, for what lies at these locations and nothing else.";

explanation because(access_reason why) {
    bool const allowed = why == access_reason::granted || why == access_reason::open_to_everyone ||
                         why == access_reason::needs_only_sign_in;
    return {.allowed = allowed,
            .reason = why,
            .detail = std::string(words_for(why)),
            .permission = {},
            .granted_by = {},
            .would_grant = {},
            .second_factor_required_by = {},
            .locations = {}};
}

std::string_view next_segment(std::string_view& path) {
    std::size_t const end = std::min(path.find('/', 1), path.size());
    std::string_view const out = path.substr(0, end);
    path.remove_prefix(end);
    return out;
}

// For routes that are gone from the router, and lead nowhere.
bool was_answered_by(std::string_view route, std::string_view path) {
    while (!route.empty() && !path.empty()) {
        std::string_view const wanted = next_segment(route), given = next_segment(path);
        if (wanted != given && !wanted.starts_with("/{")) return false;
    }
    return route.empty() && path.empty();
}

explanation nowhere(std::vector<permission_row> const& all, http::registry::match const& found,
                    http::method verb, std::string_view path) {
    auto const gone = std::ranges::find_if(all, [&](permission_row const& p) {
        return p.retired && p.method == http::name_of(verb) && was_answered_by(p.route, path);
    });
    if (gone != all.end()) {
        explanation out = because(access_reason::retired);
        out.permission.value = view_of(*gone);
        return out;
    }
    explanation out = because(access_reason::no_such_route);
    if (!found.allowed.empty()) out.detail = "This path answers " + found.allowed + " only.";
    return out;
}

// The user, and each role as if it were somebody who holds it alone: so the doorkeeper's own question tells
// what a role gives.
rights_table table_of(rights_at_hand const& known) {
    rights_table::contents from{.permissions = known.permissions, .roles = {}, .holders = {}, .blocked = {}};
    holder_row user{known.user, {}};
    for (named_role_row const& role : known.roles) {
        from.roles.push_back({role.id, role.everything, role.permissions, role.limited, role.locations});
        from.holders.push_back({role.id, {role.id}});
        if (role.second_factor) from.demanding.push_back(role.id);
        if (role.held) user.roles.push_back(role.id);
    }
    from.holders.push_back(std::move(user));
    if (known.blocked) from.blocked.push_back(known.user);
    if (known.has_factor) from.guarded.push_back(known.user);
    return rights_table(std::move(from));
}

access_reason judge(rights_table const& table, rights_at_hand const& known, http::reach const& where) {
    if (table.blocked(known.user)) return access_reason::user_blocked;
    if (table.lacks_factor(known.user)) return access_reason::needs_second_factor;
    if (!where.is_nowhere()) return access_reason::granted;
    return std::ranges::any_of(known.roles, &named_role_row::held) ? access_reason::no_grant
                                                                   : access_reason::no_role;
}

explanation by_permission(rights_at_hand const& known, http::route const& to) {
    auto const row = std::ranges::find_if(known.permissions, [&](permission_row const& p) {
        return p.method == http::name_of(to.verb) && p.route == to.path;
    });
    if (row == known.permissions.end()) return because(access_reason::not_migrated);
    rights_table const table = table_of(known);
    auto const place = table.find(http::name_of(to.verb), to.path);
    auto const reach_of = [&](core::uuid const& who) {
        return honoured(table.reach_of(who, place), to.allow);
    };
    explanation out = because(place == rights_table::unknown ? access_reason::retired
                                                             : judge(table, known, reach_of(known.user)));
    out.permission.value = view_of(*row);
    if (out.allowed) out.locations = reach_of(known.user).listed();
    if (out.locations) out.detail = limited_detail;
    for (named_role_row const& role : known.roles) {
        if (out.reason == access_reason::needs_second_factor && role.held && role.second_factor)
            out.second_factor_required_by.push_back({role.id, role.name});
        http::reach const where = reach_of(role.id);
        if (where.is_nowhere()) continue;
        if (role.held)
            out.granted_by.push_back({{role.id, role.name},
                                      role.everything ? grant_kind::everything : grant_kind::grant,
                                      where.listed()});
        else if (out.would_grant.size() < named_roles_max)
            out.would_grant.push_back({role.id, role.name});
    }
    return out;
}

}  // namespace

explanation explain(http::registry const& routes, rights_at_hand known, http::method verb,
                    std::string_view path) {
    auto const found = routes.find(verb, path);
    if (found.to == nullptr) return nowhere(known.permissions, found, verb, path);
    switch (found.to->allow.level) {
        case http::access::kind::everyone:
            // A blocked user's token is no longer good, and some routes tell.
            return because(known.blocked && found.to->allow.tells_stale ? access_reason::user_blocked
                                                                        : access_reason::open_to_everyone);
        case http::access::kind::identified:
        case http::access::kind::signed_in:
        case http::access::kind::staff:
            return because(known.blocked ? access_reason::user_blocked : access_reason::needs_only_sign_in);
        case http::access::kind::customer: return because(access_reason::for_customers);
        case http::access::kind::permitted: break;
    }
    return by_permission(known, *found.to);
}

}  // namespace identity
