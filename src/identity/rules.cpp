#include "identity/rules.hpp"

#include <algorithm>
#include <iterator>

namespace identity {

standing unite(std::span<standing const> parts) {
    standing out;
    for (standing const& part : parts) {
        out.everything = out.everything || part.everything;
        out.permissions.insert(out.permissions.end(), part.permissions.begin(), part.permissions.end());
    }
    std::ranges::sort(out.permissions);
    auto const doubled = std::ranges::unique(out.permissions);
    out.permissions.erase(doubled.begin(), doubled.end());
    return out;
}

bool covers(standing const& own, standing const& other) {
    if (own.everything) return true;
    return !other.everything && std::ranges::includes(own.permissions, other.permissions);
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

}  // namespace

difference difference_of(std::vector<std::int32_t> const& now, std::vector<std::int32_t> const& next) {
    return {without(next, now), without(now, next)};
}

difference felt_by(role_holder const& holder, role_change const& change,
                   std::vector<std::int32_t> const& live) {
    auto const counts = [&](bool role_requires) {
        return holder.has_factor || !(holder.others_require_factor || role_requires);
    };
    auto const held = [&](standing const& role) {
        standing const parts[] = {role, holder.others};
        standing const all = unite(parts);
        if (all.everything) return live;
        std::vector<std::int32_t> out;
        std::ranges::set_intersection(all.permissions, live, std::back_inserter(out));
        return out;
    };
    bool const before = counts(change.factor.now), after = counts(change.factor.next);
    return difference_of(before ? held(change.now) : std::vector<std::int32_t>{},
                         after ? held(change.next) : std::vector<std::int32_t>{});
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
