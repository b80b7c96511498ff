#include "identity/facts.hpp"

#include "identity/standings.hpp"

#include <algorithm>

namespace identity {

std::vector<permission_row> those_of(std::vector<std::int32_t> const& ids,
                                     std::vector<permission_row> const& all) {
    std::vector<permission_row> out;
    for (permission_row const& p : all)
        if (std::ranges::binary_search(ids, p.id)) out.push_back(p);
    return out;
}

std::vector<std::string> names_of(standing const& held, std::vector<permission_row> const& all) {
    std::vector<std::string> out;
    for (permission_row const& p : those_of(held.permissions, all)) {
        std::string name = name_of(p);
        std::string_view before = " at ";
        for (limit const& l : limits_of(held, p.id)) {
            name.append(before).append(core::to_string(l.location));
            before = ", ";
        }
        out.push_back(std::move(name));
    }
    return out;
}

role_facts facts_of(role_row const& row, std::vector<permission_row> const& all) {
    return {row.name, row.description, row.everything, names_of(standing_of(row), all), row.second_factor};
}

}  // namespace identity
