// Who may do what, at one moment, ready to be asked on every request. Never changed once it is made: event
// loops share it, and a change of rights replaces it.
#pragma once

#include "core/time.hpp"
#include "http/endpoint.hpp"
#include "http/reach.hpp"
#include "identity/store_machines.hpp"
#include "identity/store_rights.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace identity {

// Where an endpoint does not honour limits, a limited grant is none, whatever the rows say.
inline http::reach honoured(http::reach where, http::access const& by) {
    return where.is_everywhere() || by.limitable ? where : http::reach{};
}

class rights_table {
public:
    struct contents {
        std::vector<permission_row> permissions;
        std::vector<role_grants_row> roles;
        std::vector<holder_row> holders;
        std::vector<core::uuid> blocked;
        std::vector<live_key_row> keys{};
        std::vector<core::uuid> demanding{};  // roles whose holders need a second factor
        std::vector<core::uuid> guarded{};    // users who have one
    };
    explicit rights_table(contents from);

    using place = std::int32_t;  // of a live permission, dense
    static constexpr place unknown = -1;

    // `unknown` for a route that is no permission, or one that was retired: nobody holds that.
    place find(std::string_view method, std::string_view route) const;
    bool holds(core::uuid const& who, place permission) const;  // a user, or an API key: somewhere at least
    http::reach reach_of(core::uuid const& who, place permission) const;
    bool blocked(core::uuid const& user) const { return blocked_.contains(user); }
    // A role of theirs, or of the maker's of an API key, requires a second factor, and they have none.
    bool lacks_factor(core::uuid const& who) const;
    struct held {
        permission_row permission;
        http::reach where;
    };
    std::vector<held> held_by(core::uuid const& who) const;

    // An API key whose maker is not blocked. It holds what it was given, as far as its maker does.
    struct machine {
        core::uuid id;
        std::string name;
        std::string prefix;
        core::uuid maker;
        std::optional<core::timestamp> expires_at;
    };
    machine const* find_machine(core::bytes const& digest) const;
    machine const* find_machine(core::uuid const& id) const;

private:
    using bits = std::vector<std::uint64_t>;
    struct digest_hash {  // of what is spread evenly as it is
        std::size_t operator()(core::bytes const& digest) const;
    };

    using limits = std::map<place, http::locations>;
    // What somebody holds, and what of that at some locations alone.
    struct holding {
        bits held;
        limits limited;
    };
    // The same ready to be asked. The lists are shared among those that hold permissions at the same
    // locations.
    struct entry {
        bits held;
        std::vector<std::pair<place, std::shared_ptr<http::locations const>>> limited;  // by place
    };

    holding of_ids(std::vector<std::int32_t> const& ids, std::vector<std::int32_t> const& limited,
                   std::vector<core::uuid> const& locations) const;
    holding united(std::vector<holding const*> const& roles) const;
    void add_holder(core::uuid const& who, holding const& from);
    void add_machine(live_key_row& from, holding const& maker);

    std::unordered_map<std::int32_t, std::size_t> place_of_id_;
    std::map<http::locations, std::shared_ptr<http::locations const>> known_locations_;
    std::vector<permission_row> live_;
    std::unordered_map<std::string_view, std::unordered_map<std::string_view, place>> by_method_;
    std::unordered_map<core::uuid, entry> holders_;
    std::unordered_set<core::uuid> blocked_;
    std::unordered_set<core::uuid> lacking_;
    std::unordered_map<core::bytes, machine, digest_hash> machines_;
    std::unordered_map<core::uuid, machine const*> machine_of_id_;
};

}  // namespace identity
