#include "identity/rights_table.hpp"

#include <algorithm>
#include <cstring>

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
    auto const of_ids = [&](std::vector<std::int32_t> const& ids) {
        bits held(words);
        for (std::int32_t const id : ids)
            if (auto const at = place_of_id.find(id); at != place_of_id.end()) set_bit(held, at->second);
        return held;
    };
    std::unordered_map<core::uuid, bits> roles;
    for (role_grants_row const& role : from.roles) {
        bits& held = roles.emplace(role.id, of_ids(role.permissions)).first->second;
        if (role.everything)
            for (std::size_t i = 0; i < live_.size(); ++i) set_bit(held, i);
    }
    for (holder_row const& holder : from.holders) {
        bits& held = holders_.emplace(holder.user_id, bits(words)).first->second;
        for (core::uuid const& id : holder.roles)
            if (auto const role = roles.find(id); role != roles.end())
                std::ranges::transform(held, role->second, held.begin(), std::bit_or<std::uint64_t>{});
    }
    std::unordered_set<core::uuid> const demanding(from.demanding.begin(), from.demanding.end());
    for (holder_row const& holder : from.holders)
        if (std::ranges::any_of(holder.roles, [&](core::uuid const& r) { return demanding.contains(r); }))
            lacking_.insert(holder.user_id);
    for (core::uuid const& user : from.guarded) lacking_.erase(user);
    for (live_key_row& key : from.keys) add_machine(key, of_ids(key.permissions));
}

void rights_table::add_machine(live_key_row& from, bits given) {
    if (blocked(from.maker_id)) return;
    auto const maker = holders_.find(from.maker_id);
    if (maker != holders_.end())
        std::ranges::transform(given, bits(maker->second), given.begin(), std::bit_and<std::uint64_t>{});
    else
        std::ranges::fill(given, 0);
    holders_.emplace(from.id, std::move(given));
    machine const& made =
        machines_
            .emplace(std::move(from.digest), machine{from.id, std::move(from.name), std::move(from.prefix),
                                                     from.maker_id, from.expires_at})
            .first->second;
    machine_of_id_.emplace(from.id, &made);
}

std::size_t rights_table::digest_hash::operator()(core::bytes const& digest) const {
    std::size_t out = 0;
    std::memcpy(&out, digest.data(), std::min(sizeof out, digest.size()));
    return out;
}

rights_table::machine const* rights_table::find_machine(core::bytes const& digest) const {
    auto const at = machines_.find(digest);
    return at == machines_.end() ? nullptr : &at->second;
}

rights_table::machine const* rights_table::find_machine(core::uuid const& id) const {
    auto const at = machine_of_id_.find(id);
    return at == machine_of_id_.end() ? nullptr : at->second;
}

rights_table::place rights_table::find(std::string_view method, std::string_view route) const {
    auto const routes = by_method_.find(method);
    if (routes == by_method_.end()) return unknown;
    auto const at = routes->second.find(route);
    return at == routes->second.end() ? unknown : at->second;
}

bool rights_table::holds(core::uuid const& who, place permission) const {
    if (permission == unknown) return false;
    auto const holder = holders_.find(who);
    if (holder == holders_.end()) return false;
    auto const at = static_cast<std::size_t>(permission);
    return (holder->second[at / word_bits] >> (at % word_bits) & 1) != 0;
}

std::vector<permission_row> rights_table::held_by(core::uuid const& who) const {
    std::vector<permission_row> out;
    for (std::size_t i = 0; i < live_.size(); ++i)
        if (holds(who, static_cast<place>(i))) out.push_back(live_[i]);
    return out;
}

}  // namespace identity
