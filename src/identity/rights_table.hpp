// Who may do what, at one moment, ready to be asked on every request. Never changed once it is made: event
// loops share it, and a change of rights replaces it.
#pragma once

#include "identity/store_rights.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace identity {

class rights_table {
public:
    struct contents {
        std::vector<permission_row> permissions;
        std::vector<role_grants_row> roles;
        std::vector<holder_row> holders;
        std::vector<core::uuid> blocked;
    };
    explicit rights_table(contents from);

    using place = std::int32_t;  // of a live permission, dense
    static constexpr place unknown = -1;

    // `unknown` for a route that is no permission, or one that was retired: nobody holds that.
    place find(std::string_view method, std::string_view route) const;
    bool holds(core::uuid const& user, place permission) const;
    bool blocked(core::uuid const& user) const { return blocked_.contains(user); }
    std::vector<permission_row> held_by(core::uuid const& user) const;

private:
    using bits = std::vector<std::uint64_t>;

    std::vector<permission_row> live_;
    std::unordered_map<std::string_view, std::unordered_map<std::string_view, place>> by_method_;
    std::unordered_map<core::uuid, bits> holders_;
    std::unordered_set<core::uuid> blocked_;
};

}  // namespace identity
