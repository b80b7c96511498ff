#include "identity/standings.hpp"

#include <algorithm>
#include <map>

namespace identity {
namespace {

std::string place(std::string_view list, std::size_t index) {
    return "/" + std::string(list) + "/" + std::to_string(index);
}

bool is_complete(permission_choice const& choice) {
    return choice.id ? !choice.method && !choice.route : choice.method && choice.route;
}

permission_row const* find_chosen(permission_choice const& choice, std::vector<permission_row> const& all) {
    auto const at = std::ranges::find_if(all, [&](permission_row const& p) {
        if (choice.id) return p.id == choice.id->value;
        return p.route == choice.route->value &&
               p.method == boost::describe::enum_to_string(*choice.method, "");
    });
    return at == all.end() ? nullptr : &*at;
}

}  // namespace

permission_view view_of(permission_row const& p) {
    return {p.id, p.method, p.route, p.resource, p.operation, p.retired, p.by_location};
}

granted_permission view_of(permission_row const& p, standing const& holder) {
    return {p.id,        p.method,  p.route,       p.resource,
            p.operation, p.retired, p.by_location, locations_of(holder, p.id)};
}

std::vector<limit> limits_of(std::vector<std::int32_t> const& limited,
                             std::vector<core::uuid> const& locations) {
    std::vector<limit> out;
    for (std::size_t i = 0; i < limited.size(); ++i) out.push_back({limited[i], locations.at(i)});
    return out;
}

standing standing_of(std::vector<role_grants_row> const& rows) {
    std::vector<standing> roles;
    std::optional<standing> given;
    for (role_grants_row const& row : rows)
        if (row.of_key)
            given = standing_of(row);
        else
            roles.push_back(standing_of(row));
    standing const held = unite(roles);
    return given ? meet(*given, held) : held;
}

std::optional<std::vector<core::uuid>> locations_of(standing const& s, std::int32_t permission) {
    auto const limits = limits_of(s, permission);
    if (limits.empty()) return std::nullopt;
    std::vector<core::uuid> out;
    for (limit const& l : limits) out.push_back(l.location);
    return out;
}

std::vector<std::int32_t> limited_of(standing const& s) {
    std::vector<std::int32_t> out = limit_permissions_of(s);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
}

std::vector<std::int32_t> limit_permissions_of(standing const& s) {
    std::vector<std::int32_t> out;
    for (limit const& l : s.limits) out.push_back(l.permission);
    return out;
}

std::vector<core::uuid> limit_locations_of(standing const& s) {
    std::vector<core::uuid> out;
    for (limit const& l : s.limits) out.push_back(l.location);
    return out;
}

core::result<standing> standing_of_all(std::vector<core::uuid> const& wanted,
                                       std::vector<role_grants_row> const& found) {
    std::vector<core::violation> unknown;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (std::ranges::find(found, wanted[i], &role_grants_row::id) == found.end())
            unknown.push_back({place("roles", i), "unknown_role", "is no role"});
    if (!unknown.empty()) return core::problem{core::invalid_request, std::move(unknown)};
    return standing_of(found);
}

std::vector<core::uuid> locations_in(permission_choices const& wanted) {
    std::vector<core::uuid> out;
    for (permission_choice const& choice : wanted.items)
        if (choice.locations)
            out.insert(out.end(), choice.locations->items.begin(), choice.locations->items.end());
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
}

namespace {

using faults = std::vector<core::violation>;

// The choice as a standing of its own.
standing chosen(permission_choice const& choice, std::int32_t permission) {
    standing out{false, {permission}, {}};
    if (!choice.locations) return out;
    for (core::uuid const& location : choice.locations->items) out.limits.push_back({permission, location});
    std::ranges::sort(out.limits);
    out.limits.erase(std::ranges::unique(out.limits).begin(), out.limits.end());
    return out;
}

void check_limits(permission_choice const& choice, permission_row const& found, std::string const& at,
                  standing const& held_now, std::vector<core::uuid> const& in_use, faults& out) {
    if (!choice.locations) return;
    if (!found.by_location) {
        out.push_back({at + "/locations", "not_limitable",
                       "cannot be limited to locations: what it opens is not divided by them"});
        return;
    }
    auto const& asked = choice.locations->items;
    for (std::size_t n = 0; n < asked.size(); ++n)
        if (std::ranges::find(in_use, asked[n]) == in_use.end() &&
            !std::ranges::binary_search(held_now.limits, limit{found.id, asked[n]}))
            out.push_back({at + "/locations/" + std::to_string(n), "unknown_location",
                           "is no location, or is archived"});
}

}  // namespace

core::result<standing> resolve(permission_choices const& wanted, std::vector<permission_row> const& all,
                               standing const& held_now, std::vector<core::uuid> const& in_use) {
    std::map<std::int32_t, standing> choices;
    faults found_wrong;
    for (std::size_t i = 0; i < wanted.items.size(); ++i) {
        permission_choice const& choice = wanted.items[i];
        std::string const at = place("permissions", i);
        if (!is_complete(choice)) {
            found_wrong.push_back({at, "ambiguous", "must have either id, or method and route"});
            continue;
        }
        permission_row const* const found = find_chosen(choice, all);
        if (found == nullptr) {
            found_wrong.push_back({at, "unknown_permission", "is no permission"});
            continue;
        }
        if (found->retired && !std::ranges::binary_search(held_now.permissions, found->id))
            found_wrong.push_back({at, "retired_permission",
                                   "is retired: its route is gone, so it is given to nobody any more"});
        check_limits(choice, *found, at, held_now, in_use, found_wrong);
        standing one = chosen(choice, found->id);
        auto const [before, first] = choices.try_emplace(found->id, one);
        if (!first && before->second != one)
            found_wrong.push_back({at, "repeated", "is named before, with other locations"});
    }
    if (!found_wrong.empty()) return core::problem{core::invalid_request, std::move(found_wrong)};
    standing out;
    for (auto const& [id, one] : choices) {  // in rising order
        out.permissions.push_back(id);
        out.limits.insert(out.limits.end(), one.limits.begin(), one.limits.end());
    }
    return out;
}

}  // namespace identity
