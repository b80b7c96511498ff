// What the trail says of a role: at its making, its changes and its end, by whomever.
#pragma once

#include "identity/rules.hpp"
#include "identity/store_roles.hpp"

namespace identity {

struct role_facts {
    std::string name;
    std::string description;
    bool everything;
    std::vector<std::string> permissions;  // "PATCH /v1/admin/products/{id}"
    bool second_factor = false;
};
BOOST_DESCRIBE_STRUCT(role_facts, (), (name, description, everything, permissions, second_factor))

inline std::string name_of(permission_row const& p) { return p.method + " " + p.route; }

// Those of `all` whose ids are among `ids`, which rise.
std::vector<permission_row> those_of(std::vector<std::int32_t> const& ids,
                                     std::vector<permission_row> const& all);
// "PATCH /v1/admin/products/{id}"; of one that is limited with where: "GET /v1/admin/stock at <id>, <id>".
std::vector<std::string> names_of(standing const& held, std::vector<permission_row> const& all);
role_facts facts_of(role_row const& row, std::vector<permission_row> const& all);

}  // namespace identity
