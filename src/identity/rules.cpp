#include "identity/rules.hpp"

#include <algorithm>
#include <iterator>

namespace identity {

namespace {

template <class T>
void sort_once(std::vector<T>& all) {
    std::ranges::sort(all);
    auto const doubled = std::ranges::unique(all);
    all.erase(doubled.begin(), doubled.end());
}

bool holds(standing const& s, std::int32_t permission) {
    return s.everything || std::ranges::binary_search(s.permissions, permission);
}

}  // namespace

std::span<limit const> limits_of(standing const& s, std::int32_t permission) {
    if (s.everything) return {};
    auto const found = std::ranges::equal_range(s.limits, permission, {}, &limit::permission);
    return {found.begin(), found.end()};
}

bool holds_everywhere(standing const& s, std::int32_t permission) {
    return holds(s, permission) && limits_of(s, permission).empty();
}

standing unite(std::span<standing const> parts) {
    standing out;
    for (standing const& part : parts) {
        out.everything = out.everything || part.everything;
        out.permissions.insert(out.permissions.end(), part.permissions.begin(), part.permissions.end());
        out.limits.insert(out.limits.end(), part.limits.begin(), part.limits.end());
    }
    sort_once(out.permissions);
    sort_once(out.limits);
    std::erase_if(out.limits, [&](limit const& l) {
        return std::ranges::any_of(
            parts, [&](standing const& part) { return holds_everywhere(part, l.permission); });
    });
    return out;
}

standing unite(standing const& a, standing const& b) {
    standing const both[] = {a, b};
    return unite(both);
}

standing meet(standing const& a, standing const& b) {
    if (a.everything) return b;
    if (b.everything) return a;
    standing out;
    for (std::int32_t const permission : a.permissions) {
        if (!holds(b, permission)) continue;
        auto const of_a = limits_of(a, permission), of_b = limits_of(b, permission);
        auto const before = out.limits.size();
        if (of_a.empty() || of_b.empty()) {
            auto const narrower = of_a.empty() ? of_b : of_a;
            out.limits.insert(out.limits.end(), narrower.begin(), narrower.end());
        } else
            std::ranges::set_intersection(of_a, of_b, std::back_inserter(out.limits));
        bool const apart = !of_a.empty() && !of_b.empty() && out.limits.size() == before;
        if (!apart) out.permissions.push_back(permission);
    }
    return out;
}

bool covers(standing const& own, standing const& other) {
    if (own.everything) return true;
    if (other.everything || !std::ranges::includes(own.permissions, other.permissions)) return false;
    return std::ranges::all_of(other.permissions, [&](std::int32_t permission) {
        if (holds_everywhere(own, permission)) return true;
        auto const asked = limits_of(other, permission);
        return !asked.empty() && std::ranges::includes(limits_of(own, permission), asked);
    });
}

core::result<core::nothing> may_reassign(standing const& own, standing const& now, standing const& next) {
    if (!covers(own, now) || !covers(own, next)) return rights_exceeded;
    return core::nothing{};
}

core::result<core::nothing> may_edit_role(standing const& own, standing const& now, standing const& next,
                                          bool holds_it) {
    if (!covers(own, now) || !covers(own, next)) return rights_exceeded;
    if (holds_it && !own.everything && !covers(now, next)) return own_role;
    return core::nothing{};
}

core::result<core::nothing> may_set_permissions(standing const& own, standing const& now,
                                                standing const& next, bool holds_it) {
    if (now.everything) return role_holds_everything;
    return may_edit_role(own, now, next, holds_it);
}

core::result<core::nothing> may_require_factor(standing const& own, standing const& role, bool holds_it,
                                               requirement factor) {
    if (auto const may = may_edit_role(own, role, role, holds_it); !may) return may;
    if (holds_it && factor.now && !factor.next && !own.everything) return own_role;
    return core::nothing{};
}

namespace {

std::vector<std::int32_t> without(std::vector<std::int32_t> const& from,
                                  std::vector<std::int32_t> const& those) {
    std::vector<std::int32_t> out;
    std::ranges::set_difference(from, those, std::back_inserter(out));
    return out;
}

// What a list of live permissions leaves of somebody's.
standing part_of(standing const& all, std::vector<std::int32_t> const& live) {
    if (all.everything) return {false, live, {}};
    standing out;
    std::ranges::set_intersection(all.permissions, live, std::back_inserter(out.permissions));
    for (limit const& l : all.limits)
        if (std::ranges::binary_search(live, l.permission)) out.limits.push_back(l);
    return out;
}

}  // namespace

difference difference_of(standing const& now, standing const& next) {
    difference out{
        without(next.permissions, now.permissions), without(now.permissions, next.permissions), {}};
    for (std::int32_t const permission : next.permissions)
        if (holds(now, permission) &&
            !std::ranges::equal(limits_of(now, permission), limits_of(next, permission)))
            out.moved.push_back(permission);
    return out;
}

effect effect_on(role_holder const& holder, role_change const& change,
                 std::vector<std::int32_t> const& live) {
    auto const held = [&](standing const& role, bool role_requires) {
        bool const counts = holder.has_factor || !(holder.others_require_factor || role_requires);
        return counts ? part_of(unite(role, holder.others), live) : standing{};
    };
    return {held(change.now, change.factor.now), held(change.next, change.factor.next)};
}

difference felt_by(role_holder const& holder, role_change const& change,
                   std::vector<std::int32_t> const& live) {
    effect const felt = effect_on(holder, change, live);
    return difference_of(felt.before, felt.after);
}

bool is_escalation(core::failure const& why) {
    return &why == &rights_exceeded || &why == &own_role || &why == &last_owner;
}

refresh_verdict judge(presented_token const& t) {
    if (!t.session_alive || !t.account_active) return refresh_verdict::dead;
    if (!t.spent) return t.idle_expired ? refresh_verdict::dead : refresh_verdict::rotate;
    if (t.spent_within_grace && t.successor_unused)
        return t.successor_ours ? refresh_verdict::resend : refresh_verdict::foreign;
    return refresh_verdict::reuse;
}

namespace {

bool one_of(std::string_view word, std::span<std::string_view const> words) {
    return std::ranges::find(words, word) != words.end();
}

// Everything but people, roles and the trail; of people, those who shop are a manager's. By name: what a
// later release adds is decided on here.
constexpr std::string_view of_the_shop[] = {"products", "categories", "tags",  "prices",    "media",
                                            "orders",   "payments",   "stock", "locations", "shipping"};

bool operator_grants(std::string_view method, std::string_view route, std::string_view resource) {
    static constexpr std::string_view reads[] = {"orders",     "stock", "locations", "products",
                                                 "categories", "tags",  "shipping"};
    if (method == "GET") return one_of(resource, reads);
    return method == "POST" && resource == "orders" && route.ends_with("/transitions");
}

}  // namespace

bool sample_grants(std::string_view role, std::string_view method, std::string_view route,
                   std::string_view resource) {
    if (role == "manager") return one_of(resource, of_the_shop) || resource == "customers";
    if (role == "operator") return operator_grants(method, route, resource);
    if (role == "viewer") return method == "GET" && one_of(resource, of_the_shop);
    return false;  // the owner needs no rows
}

}  // namespace identity
