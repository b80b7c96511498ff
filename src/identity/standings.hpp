// From rows to the standings that the rules compare, and from what a caller wrote to ids.
#pragma once

#include "identity/api.hpp"
#include "identity/store_roles.hpp"
#include "work/context.hpp"
#include "work/locations.hpp"

namespace identity {

permission_view view_of(permission_row const& p);
granted_permission view_of(permission_row const& p, standing const& holder);
// Limits from two columns side by side.
std::vector<limit> limits_of(std::vector<std::int32_t> const& limited,
                             std::vector<core::uuid> const& locations);
template <class Row>
standing standing_of(Row const& row) {  // of a role, or what an API key was given
    return {row.everything, row.permissions, limits_of(row.limited, row.locations)};
}
// Of somebody: their roles together; of an API key, what it was given as far as its maker holds it.
standing standing_of(std::vector<role_grants_row> const& rows);
// Where a permission is held: left out for everywhere.
std::optional<std::vector<core::uuid>> locations_of(standing const& s, std::int32_t permission);
std::vector<std::int32_t> limited_of(standing const& s);            // the permissions that have limits
std::vector<std::int32_t> limit_permissions_of(standing const& s);  // a row for each limit, side by side with
std::vector<core::uuid> limit_locations_of(standing const& s);
// The roles asked for, all of which must be there; else a fault for each that is not, by its place.
core::result<standing> standing_of_all(std::vector<core::uuid> const& wanted,
                                       std::vector<role_grants_row> const& found);
// Every location that is asked for; and, queued, those of them that can be: asked of whoever owns locations.
std::vector<core::uuid> locations_in(permission_choices const& wanted);
template <class On>
db::ticket<core::uuid> locations_in_use(On& on, http::call& c, std::vector<core::uuid> const& asked) {
    return on.add(work::service<work::location_list>(c).in_use, asked);
}
// What is asked for. A retired permission, and a limit to a location that is not `in_use`, can be kept by a
// role that holds it, not newly given.
core::result<standing> resolve(permission_choices const& wanted, std::vector<permission_row> const& all,
                               standing const& held_now, std::vector<core::uuid> const& in_use);

}  // namespace identity
