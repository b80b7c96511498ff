#include "identity/standings.hpp"

#include <algorithm>

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
    return {p.id, p.method, p.route, p.resource, p.operation, p.retired};
}

standing standing_of(std::vector<role_grants_row> const& roles) {
    std::vector<standing> parts;
    parts.reserve(roles.size());
    for (role_grants_row const& role : roles) parts.push_back({role.everything, role.permissions});
    return unite(parts);
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

core::result<std::vector<std::int32_t>> resolve(permission_choices const& wanted,
                                                std::vector<permission_row> const& all,
                                                std::vector<std::int32_t> const& held_now) {
    std::vector<std::int32_t> ids;
    std::vector<core::violation> faults;
    for (std::size_t i = 0; i < wanted.items.size(); ++i) {
        permission_choice const& choice = wanted.items[i];
        if (!is_complete(choice)) {
            faults.push_back(
                {place("permissions", i), "ambiguous", "must have either id, or method and route"});
            continue;
        }
        permission_row const* const found = find_chosen(choice, all);
        if (found == nullptr)
            faults.push_back({place("permissions", i), "unknown_permission", "is no permission"});
        else if (found->retired && !std::ranges::binary_search(held_now, found->id))
            faults.push_back({place("permissions", i), "retired_permission",
                              "is retired: its route is gone, so it is given to nobody any more"});
        else
            ids.push_back(found->id);
    }
    if (!faults.empty()) return core::problem{core::invalid_request, std::move(faults)};
    std::ranges::sort(ids);
    auto const doubled = std::ranges::unique(ids);
    ids.erase(doubled.begin(), doubled.end());
    return ids;
}

}  // namespace identity
