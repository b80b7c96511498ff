// What identity decides, as functions from values to values: no SQL, no clock, no HTTP.
#pragma once

#include "core/result.hpp"
#include "core/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace identity {

// Of every password that is given to us, in characters.
inline constexpr std::size_t password_length_min = 8;
inline constexpr std::size_t password_length_max = 256;

// How long what we issue is good for.
inline constexpr std::chrono::seconds access_token_lifetime{300};
inline constexpr std::chrono::seconds token_leeway{5};
inline constexpr std::chrono::hours refresh_idle_lifetime{30 * 24};  // unused for so long, it is dead
inline constexpr std::int64_t refresh_idle_s = std::chrono::seconds(refresh_idle_lifetime).count();
inline constexpr std::chrono::hours session_lifetime{90 * 24};  // no refresh outlives it
// Within it, the same spent token gets the same successor again: two tabs, or an answer that was lost.
inline constexpr std::chrono::seconds refresh_grace{10};
// An ended session is remembered until the last access token it was given has surely expired.
inline constexpr std::chrono::seconds ended_session_memory = access_token_lifetime + 4 * token_leeway;
// A new signing key begins to sign so long after it was made: by then every server has loaded it, and whoever
// verifies tokens on their own has fetched it. A superseded one verifies until its last token has surely
// expired.
inline constexpr std::chrono::seconds key_lead{5};
inline constexpr std::chrono::seconds superseded_key_memory = ended_session_memory;
// In force on every node within two seconds: a request looks whether rights changed when the last look is
// older than this.
inline constexpr std::chrono::milliseconds look_every{1000};

inline constexpr core::failure rights_exceeded{
    "rights_exceeded", core::fault::forbidden,
    "Nobody can give, change or take away permissions that they do not hold themselves."};
inline constexpr core::failure own_role{"own_role", core::fault::forbidden,
                                        "Nobody can widen a role that they hold."};
inline constexpr core::failure role_holds_everything{
    "role_holds_everything", core::fault::conflict,
    "This role holds every permission, also those to come; its list cannot be edited."};

// One of the locations to which a grant is limited.
struct limit {
    std::int32_t permission = 0;
    core::uuid location;

    auto operator<=>(limit const&) const = default;
};

// What somebody, or a role, is allowed: permission ids in rising order, or everything. A permission that has
// limits, which rise too, is held at those locations alone; one that has none, everywhere.
struct standing {
    bool everything = false;
    std::vector<std::int32_t> permissions;
    std::vector<limit> limits{};

    bool operator==(standing const&) const = default;
};

std::span<limit const> limits_of(standing const& s, std::int32_t permission);
bool holds_everywhere(standing const& s, std::int32_t permission);

standing unite(std::span<standing const> parts);
standing unite(standing const& a, standing const& b);
// What both hold, where both hold it.
standing meet(standing const& a, standing const& b);
bool covers(standing const& own, standing const& other);

// Giving roles to a user or taking them away: both only within one's own rights, so that nobody can
// demote or block somebody who stands above them.
core::result<core::nothing> may_reassign(standing const& own, standing const& now, standing const& next);

// Editing a role: its rights before and after must lie within one's own, and nobody widens a role they hold.
core::result<core::nothing> may_edit_role(standing const& own, standing const& now, standing const& next,
                                          bool holds_it);

// Replacing the list of what a role holds: decides for the change and for its simulation.
core::result<core::nothing> may_set_permissions(standing const& own, standing const& now,
                                                standing const& next, bool holds_it);

// Whether a role's holders need a second factor, before and after. Decides for the change of a role's name,
// description and requirement, and for its simulation. Nobody frees themselves.
struct requirement {
    bool now = false;
    bool next = false;
};
core::result<core::nothing> may_require_factor(standing const& own, standing const& role, bool holds_it,
                                               requirement factor);

// What comes and goes with a change, as permission ids in rising order; and what stays, but not at the same
// locations.
struct difference {
    std::vector<std::int32_t> gained;
    std::vector<std::int32_t> lost;
    std::vector<std::int32_t> moved;

    bool empty() const { return gained.empty() && lost.empty() && moved.empty(); }
};
// Of two that list what they hold.
difference difference_of(standing const& now, standing const& next);
struct role_change {
    standing now;
    standing next;
    requirement factor;
};
// Somebody who holds the role, by what they hold beside it.
struct role_holder {
    standing others;
    bool others_require_factor = false;
    bool has_factor = false;
};
// What they hold of the live permissions, before and after. None of somebody's permissions counts while a
// role requires a second factor that they don't have.
struct effect {
    standing before;
    standing after;
};
effect effect_on(role_holder const& holder, role_change const& change, std::vector<std::int32_t> const& live);
// What is left of the change for them.
difference felt_by(role_holder const& holder, role_change const& change,
                   std::vector<std::int32_t> const& live);

// Beyond these refusals lies more than somebody was given: they stand in the trail.
inline constexpr core::failure last_owner{
    "last_owner", core::fault::conflict,
    "Somebody who may do everything must remain; make another owner first."};
bool is_escalation(core::failure const& why);

// A refresh token as the database knows it when it is presented.
struct presented_token {
    bool session_alive = false;  // neither ended nor past its absolute end
    bool account_active = false;
    bool idle_expired = false;
    bool spent = false;
    bool spent_within_grace = false;
    bool successor_unused = false;
    bool successor_ours = false;  // it is the one that we derive
};
enum class refresh_verdict : std::uint8_t {
    rotate,   // spend it, give its successor
    resend,   // it was spent a moment ago and its successor has not been used: the same successor again
    foreign,  // as before, but a server with another secret key gave the successor: we cannot give it again
    reuse,    // somebody holds a copy: end the whole family
    dead,     // nothing more can come of it
};
refresh_verdict judge(presented_token const& t);

// The roles that a new shop starts with. They are only data: rows that whoever may can edit.
struct sample_role {
    std::string_view name;
    std::string_view description;
    bool everything;
};
inline constexpr sample_role sample_roles[] = {
    {"owner", "Everything, also what later releases add", true},
    {"manager", "Runs the shop: catalogue, prices, orders, stock, shipping; not users and roles", false},
    {"operator", "Moves orders on; sees the catalogue and the stock", false},
    {"viewer", "Sees the shop and changes nothing", false},
};
// Whether a sample role starts with the permission (method, route template, resource).
bool sample_grants(std::string_view role, std::string_view method, std::string_view route,
                   std::string_view resource);

}  // namespace identity
