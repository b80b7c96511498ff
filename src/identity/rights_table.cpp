#include "identity/rights_table.hpp"

#include <algorithm>

namespace identity {
namespace {

constexpr std::size_t word_bits = 64;

void set_bit(std::vector<std::uint64_t>& bits, std::size_t at) {
    bits[at / word_bits] |= std::uint64_t{1} << (at % word_bits);
}

}  // namespace

rights_table::rights_table(contents from) : blocked_(from.blocked.begin(), from.blocked.end()) {
    live_.reserve(from.permissions.size());
    for (permission_row& p : from.permissions)
        if (!p.retired) live_.push_back(std::move(p));
    std::unordered_map<std::int32_t, std::size_t> place_of_id;
    for (std::size_t i = 0; i < live_.size(); ++i) {  // live_ grows no more: the views stay good
        by_method_[live_[i].method].emplace(live_[i].route, static_cast<place>(i));
        place_of_id.emplace(live_[i].id, i);
    }

    std::size_t const words = (live_.size() + word_bits - 1) / word_bits;
    std::unordered_map<core::uuid, bits> roles;
    for (role_grants_row const& role : from.roles) {
        bits& held = roles.emplace(role.id, bits(words)).first->second;
        if (role.everything)
            for (std::size_t i = 0; i < live_.size(); ++i) set_bit(held, i);
        for (std::int32_t const id : role.permissions)
            if (auto const at = place_of_id.find(id); at != place_of_id.end()) set_bit(held, at->second);
    }
    for (holder_row const& holder : from.holders) {
        bits& held = holders_.emplace(holder.user_id, bits(words)).first->second;
        for (core::uuid const& id : holder.roles)
            if (auto const role = roles.find(id); role != roles.end())
                std::ranges::transform(held, role->second, held.begin(), std::bit_or<std::uint64_t>{});
    }
}

rights_table::place rights_table::find(std::string_view method, std::string_view route) const {
    auto const routes = by_method_.find(method);
    if (routes == by_method_.end()) return unknown;
    auto const at = routes->second.find(route);
    return at == routes->second.end() ? unknown : at->second;
}

bool rights_table::holds(core::uuid const& user, place permission) const {
    if (permission == unknown) return false;
    auto const holder = holders_.find(user);
    if (holder == holders_.end()) return false;
    auto const at = static_cast<std::size_t>(permission);
    return (holder->second[at / word_bits] >> (at % word_bits) & 1) != 0;
}

std::vector<permission_row> rights_table::held_by(core::uuid const& user) const {
    std::vector<permission_row> out;
    for (std::size_t i = 0; i < live_.size(); ++i)
        if (holds(user, static_cast<place>(i))) out.push_back(live_[i]);
    return out;
}

}  // namespace identity
