#include "identity/facts.hpp"

#include <algorithm>

namespace identity {

std::vector<permission_row> those_of(std::vector<std::int32_t> const& ids,
                                     std::vector<permission_row> const& all) {
    std::vector<permission_row> out;
    for (permission_row const& p : all)
        if (std::ranges::binary_search(ids, p.id)) out.push_back(p);
    return out;
}

role_facts facts_of(role_row const& row, std::vector<permission_row> const& all) {
    role_facts out{row.name, row.description, row.everything, {}, row.second_factor};
    for (permission_row const& p : those_of(row.permissions, all)) out.permissions.push_back(name_of(p));
    return out;
}

}  // namespace identity
