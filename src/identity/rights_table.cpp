#include "identity/rights_table.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace identity {
namespace {

constexpr std::size_t word_bits = 64;

void set_bit(std::vector<std::uint64_t>& bits, std::size_t at) {
    bits[at / word_bits] |= std::uint64_t{1} << (at % word_bits);
}
void clear_bit(std::vector<std::uint64_t>& bits, std::size_t at) {
    bits[at / word_bits] &= ~(std::uint64_t{1} << (at % word_bits));
}
bool has_bit(std::vector<std::uint64_t> const& bits, std::size_t at) {
    return (bits[at / word_bits] >> (at % word_bits) & 1) != 0;
}

void sort_once(http::locations& all) {
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
}

}  // namespace

rights_table::rights_table(contents from) : blocked_(from.blocked.begin(), from.blocked.end()) {
    live_.reserve(from.permissions.size());
    for (permission_row& p : from.permissions)
        if (!p.retired) live_.push_back(std::move(p));
    for (std::size_t i = 0; i < live_.size(); ++i) {  // live_ grows no more: the views stay good
        by_method_[live_[i].method].emplace(live_[i].route, static_cast<place>(i));
        place_of_id_.emplace(live_[i].id, i);
    }

    std::unordered_map<core::uuid, holding> roles;
    for (role_grants_row const& role : from.roles) {
        holding& made =
            roles.emplace(role.id, of_ids(role.permissions, role.limited, role.locations)).first->second;
        if (!role.everything) continue;
        for (std::size_t i = 0; i < live_.size(); ++i) set_bit(made.held, i);
        made.limited.clear();
    }
    std::unordered_map<core::uuid, holding> users;
    for (holder_row const& holder : from.holders) {
        std::vector<holding const*> theirs;
        for (core::uuid const& id : holder.roles)
            if (auto const role = roles.find(id); role != roles.end()) theirs.push_back(&role->second);
        add_holder(holder.user_id, users.emplace(holder.user_id, united(theirs)).first->second);
    }
    std::unordered_set<core::uuid> const demanding(from.demanding.begin(), from.demanding.end());
    for (holder_row const& holder : from.holders)
        if (std::ranges::any_of(holder.roles, [&](core::uuid const& r) { return demanding.contains(r); }))
            lacking_.insert(holder.user_id);
    for (core::uuid const& user : from.guarded) lacking_.erase(user);
    for (live_key_row& key : from.keys) {
        auto const maker = users.find(key.maker_id);
        add_machine(key, maker == users.end() ? united({}) : maker->second);
    }
}

bool rights_table::lacks_factor(core::uuid const& who) const {
    if (lacking_.empty()) return false;
    machine const* key = find_machine(who);
    return lacking_.contains(key == nullptr ? who : key->maker);
}

rights_table::holding rights_table::of_ids(std::vector<std::int32_t> const& ids,
                                           std::vector<std::int32_t> const& limited,
                                           std::vector<core::uuid> const& locations) const {
    holding out{bits((live_.size() + word_bits - 1) / word_bits), {}};
    for (std::int32_t const id : ids)
        if (auto const at = place_of_id_.find(id); at != place_of_id_.end()) set_bit(out.held, at->second);
    for (std::size_t i = 0; i < limited.size(); ++i)
        if (auto const at = place_of_id_.find(limited[i]); at != place_of_id_.end())
            out.limited[static_cast<place>(at->second)].push_back(locations.at(i));
    for (auto& [at, where] : out.limited) {
        sort_once(where);
        if (!live_[static_cast<std::size_t>(at)].by_location)
            clear_bit(out.held, static_cast<std::size_t>(at));
    }
    return out;
}

// A permission that one role gives everywhere is held everywhere; else where any role gives it.
rights_table::holding rights_table::united(std::vector<holding const*> const& roles) const {
    holding out{bits((live_.size() + word_bits - 1) / word_bits), {}};
    for (holding const* role : roles) {
        std::ranges::transform(out.held, role->held, out.held.begin(), std::bit_or<std::uint64_t>{});
        for (auto const& [at, where] : role->limited) {
            http::locations& all = out.limited[at];
            all.insert(all.end(), where.begin(), where.end());
        }
    }
    for (auto& [at, where] : out.limited) sort_once(where);
    std::erase_if(out.limited, [&](auto const& one) {
        auto const at = static_cast<std::size_t>(one.first);
        return !has_bit(out.held, at) || std::ranges::any_of(roles, [&](holding const* role) {
            return has_bit(role->held, at) && !role->limited.contains(one.first);
        });
    });
    return out;
}

void rights_table::add_holder(core::uuid const& who, holding const& from) {
    entry made{from.held, {}};
    for (auto const& [at, where] : from.limited) {
        auto& shared = known_locations_[where];
        if (!shared) shared = std::make_shared<http::locations const>(where);
        made.limited.emplace_back(at, shared);
    }
    holders_.emplace(who, std::move(made));
}

void rights_table::add_machine(live_key_row& from, holding const& maker) {
    if (blocked(from.maker_id)) return;
    holding given = of_ids(from.permissions, from.limited, from.locations);
    std::ranges::transform(given.held, maker.held, given.held.begin(), std::bit_and<std::uint64_t>{});
    for (auto const& [at, where] : maker.limited) {
        auto const [own, first] = given.limited.try_emplace(at, where);
        if (first) continue;
        http::locations both;
        std::ranges::set_intersection(own->second, where, std::back_inserter(both));
        own->second = std::move(both);
    }
    std::erase_if(given.limited, [&](auto const& one) {
        auto const at = static_cast<std::size_t>(one.first);
        if (one.second.empty()) clear_bit(given.held, at);
        return !has_bit(given.held, at);
    });
    add_holder(from.id, given);
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
    return holder != holders_.end() && has_bit(holder->second.held, static_cast<std::size_t>(permission));
}

http::reach rights_table::reach_of(core::uuid const& who, place permission) const {
    if (permission == unknown) return {};
    auto const holder = holders_.find(who);
    if (holder == holders_.end() || !has_bit(holder->second.held, static_cast<std::size_t>(permission)))
        return {};
    auto const& limited = holder->second.limited;
    auto const at =
        std::ranges::lower_bound(limited, permission, {}, [](auto const& one) { return one.first; });
    if (at == limited.end() || at->first != permission) return http::reach::everywhere();
    return http::reach::only(at->second);
}

std::vector<rights_table::held> rights_table::held_by(core::uuid const& who) const {
    std::vector<held> out;
    for (std::size_t i = 0; i < live_.size(); ++i)
        if (http::reach where = reach_of(who, static_cast<place>(i)); !where.is_nowhere())
            out.push_back({live_[i], std::move(where)});
    return out;
}

}  // namespace identity
