// Why a request of somebody would pass the doorkeeper or not. A pure function of what is stored, which asks
// the same router and the same table of rights as the doorkeeper does.
#pragma once

#include "http/registry.hpp"
#include "identity/api_permissions.hpp"
#include "identity/store_permissions.hpp"

namespace identity {

// Read at one moment.
struct rights_at_hand {
    std::vector<permission_row> permissions;
    std::vector<named_role_row> roles;  // by name; `held` is of this user
    core::uuid user;
    bool blocked = false;
    bool has_factor = false;
};

explanation explain(http::registry const& routes, rights_at_hand known, http::method verb,
                    std::string_view path);

}  // namespace identity
