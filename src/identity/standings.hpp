// From rows to the standings that the rules compare, and from what a caller wrote to ids.
#pragma once

#include "identity/api.hpp"
#include "identity/store_roles.hpp"

namespace identity {

permission_view view_of(permission_row const& p);
inline standing standing_of(role_row const& row) { return {row.everything, row.permissions}; }
standing standing_of(std::vector<role_grants_row> const& roles);
// The roles asked for, all of which must be there; else a fault for each that is not, by its place.
core::result<standing> standing_of_all(std::vector<core::uuid> const& wanted,
                                       std::vector<role_grants_row> const& found);
// Ids in rising order. A retired permission can be kept by a role that holds it, not newly given.
core::result<std::vector<std::int32_t>> resolve(permission_choices const& wanted,
                                                std::vector<permission_row> const& all,
                                                std::vector<std::int32_t> const& held_now);

}  // namespace identity
