// Grants that hold at some locations alone: how they unite, what covers what, and who is let in where.
#include "identity/rights_table.hpp"
#include "identity/rules.hpp"
#include "identity/standings.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace {

using namespace identity;

core::uuid location(std::uint8_t n) {
    core::uuid out;
    out.bytes.fill(n);
    return out;
}
core::uuid const north = location(1), south = location(2), east = location(3);

standing at(std::int32_t permission, std::vector<core::uuid> where) {
    standing out{false, {permission}, {}};
    for (core::uuid const& l : where) out.limits.push_back({permission, l});
    return out;
}
standing const owner{true, {}}, everywhere{false, {1}};

bool refused_as(core::result<core::nothing> const& r, core::failure const& why) {
    return !r && r.error().what == &why;
}

TEST(identity_limits, unite_to_all_locations_and_vanish_beside_an_unlimited_grant) {
    EXPECT_EQ(unite(at(1, {north}), at(1, {south})), at(1, {north, south}));
    EXPECT_EQ(unite(at(1, {north}), at(1, {north})), at(1, {north}));
    EXPECT_EQ(unite(at(1, {north}), everywhere), everywhere);
    EXPECT_TRUE(unite(at(1, {north}), owner).limits.empty());
    standing const apart = unite(at(1, {north}), at(2, {south}));
    EXPECT_EQ(apart.permissions, (std::vector<std::int32_t>{1, 2}));
    EXPECT_EQ(apart.limits, (std::vector<limit>{{1, north}, {2, south}}));
}

TEST(identity_limits, meet_where_both_hold) {
    EXPECT_EQ(meet(at(1, {north, south}), at(1, {south, east})), at(1, {south}));
    EXPECT_EQ(meet(everywhere, at(1, {east})), at(1, {east}));
    EXPECT_EQ(meet(at(1, {east}), owner), at(1, {east}));
    EXPECT_EQ(meet(at(1, {north}), at(1, {south})), standing{}) << "nowhere is not at all";
    EXPECT_EQ(meet(at(1, {north}), at(2, {north})), standing{});
    EXPECT_EQ(meet(everywhere, everywhere), everywhere);
}

TEST(identity_limits, cover_their_own_locations_and_no_more) {
    EXPECT_TRUE(covers(at(1, {north, south}), at(1, {south})));
    EXPECT_TRUE(covers(everywhere, at(1, {south})));
    EXPECT_TRUE(covers(owner, at(1, {south})));
    EXPECT_TRUE(covers(at(1, {north}), {}));
    EXPECT_FALSE(covers(at(1, {north}), at(1, {south})));
    EXPECT_FALSE(covers(at(1, {north}), at(1, {north, south})));
    EXPECT_FALSE(covers(at(1, {north}), everywhere)) << "nobody makes more of a part";
    EXPECT_FALSE(covers(at(1, {north}), at(2, {north})));
    EXPECT_FALSE(covers(at(1, {north}), owner));
}

TEST(identity_limits, nobody_hands_out_beyond_theirs_or_widens_their_own_role_by_a_location) {
    standing const own = unite(at(1, {north, south}), at(2, {north}));
    EXPECT_TRUE(may_edit_role(own, {}, at(1, {south}), false));
    EXPECT_TRUE(refused_as(may_edit_role(own, {}, at(1, {east}), false), rights_exceeded));
    EXPECT_TRUE(refused_as(may_edit_role(own, {}, everywhere, false), rights_exceeded));
    EXPECT_TRUE(refused_as(may_edit_role(own, everywhere, at(1, {south}), false), rights_exceeded))
        << "nor takes away what is more than theirs";
    EXPECT_TRUE(refused_as(may_edit_role(own, at(1, {north}), at(1, {north, south}), true), own_role));
    EXPECT_TRUE(may_edit_role(own, at(1, {north, south}), at(1, {north}), true));
    EXPECT_TRUE(refused_as(may_reassign(own, {}, at(2, {south})), rights_exceeded));
    EXPECT_TRUE(may_reassign(own, at(2, {north}), at(1, {north})));
}

// The same decided one (permission, location) after the other, "everywhere" being a location of its own.
using places = std::set<std::pair<std::int32_t, int>>;
constexpr int somewhere_else = 9;

places spread(standing const& s) {
    places out;
    for (std::int32_t const p : s.permissions) {
        auto const limits = limits_of(s, p);
        if (limits.empty())
            for (int l : {1, 2, 3, somewhere_else}) out.emplace(p, l);
        for (limit const& l : limits) out.emplace(p, l.location.bytes[0]);
    }
    return out;
}

TEST(identity_limits, are_what_a_table_of_every_pair_says) {
    auto const seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 chance(seed);
    auto const any = [&] {
        standing out;
        for (std::int32_t p = 1; p <= 3; ++p) {
            if (chance() % 3 == 0) continue;
            out.permissions.push_back(p);
            for (std::uint8_t l = 1; l <= 3; ++l)
                if (chance() % 3 == 0) out.limits.push_back({p, location(l)});
        }
        return out;
    };
    for (int round = 0; round < 5000; ++round) {
        standing const a = any(), b = any();
        places const of_a = spread(a), of_b = spread(b);
        places both, either = of_a;
        either.insert(of_b.begin(), of_b.end());
        std::ranges::set_intersection(of_a, of_b, std::inserter(both, both.end()));
        ASSERT_EQ(spread(unite(a, b)), either) << round;
        ASSERT_EQ(spread(meet(a, b)), both) << round;
        ASSERT_EQ(covers(a, b), std::ranges::includes(of_a, of_b)) << round;
        difference const d = difference_of(a, b);
        ASSERT_EQ(d.empty(), of_a == of_b) << round;
    }
}

TEST(identity_limits, a_change_of_locations_moves_a_permission) {
    difference const change = difference_of(at(1, {north}), at(1, {north, south}));
    EXPECT_TRUE(change.gained.empty() && change.lost.empty());
    EXPECT_EQ(change.moved, (std::vector<std::int32_t>{1}));
    EXPECT_EQ(difference_of(everywhere, at(1, {north})).moved, (std::vector<std::int32_t>{1}));
    std::vector<std::int32_t> const live{1, 2};
    auto const felt = [&](standing before, standing after, standing others) {
        return felt_by({.others = std::move(others)},
                       {.now = std::move(before), .next = std::move(after), .factor = {}}, live);
    };
    EXPECT_TRUE(felt(at(1, {north}), at(1, {north, south}), everywhere).empty());
    EXPECT_TRUE(felt(at(1, {north}), at(1, {north, south}), owner).empty());
    EXPECT_TRUE(felt(at(1, {north}), at(1, {north, south}), at(1, {south})).empty());
    EXPECT_EQ(felt({}, at(1, {north}), at(1, {south})).moved, (std::vector<std::int32_t>{1}))
        << "who has it elsewhere does not gain it";
    EXPECT_TRUE(felt(at(9, {north}), at(9, {south}), {}).empty()) << "9 is retired";
}

std::vector<permission_row> const known{{1, "GET", "/stock", "stock", "listStock", false, true},
                                        {2, "POST", "/stock", "stock", "adjustStock", false, true},
                                        {3, "GET", "/users", "users", "listUsers", false, false}};

permission_choice chosen(std::int64_t id, std::optional<std::vector<core::uuid>> where) {
    permission_choice out{.id = {{id}}, .method = {}, .route = {}, .locations = {}};
    if (where) out.locations = location_ids{*where};
    return out;
}

TEST(identity_limits, are_chosen_beside_the_permission) {
    auto const held =
        resolve({{chosen(2, {}), chosen(1, {{south, north, south}}), chosen(1, {{north, south}})}}, known, {},
                {north, south});
    ASSERT_TRUE(held);
    EXPECT_EQ(*held, unite(at(1, {north, south}), {false, {2}}));
    EXPECT_EQ(locations_in({{chosen(1, {{south, north}}), chosen(2, {}), chosen(2, {{north}})}}),
              (std::vector{north, south}));
    EXPECT_TRUE(resolve({{chosen(1, {{east}})}}, known, at(1, {east}), {})) << "what a role has it may keep";
}

TEST(identity_limits, every_fault_of_a_choice_has_its_place) {
    auto const none = resolve({{chosen(1, {{north, east}}), chosen(3, {{north}}), chosen(1, {{north}}),
                                chosen(2, {{east, location(7)}}), chosen(1, {})}},
                              known, at(2, {north}), {north, south});
    ASSERT_FALSE(none);
    std::string seen;
    for (auto const& v : none.error().violations) seen += v.pointer + " " + v.code + "\n";
    EXPECT_EQ(seen,
              "/permissions/0/locations/1 unknown_location\n/permissions/1/locations not_limitable\n"
              "/permissions/2 repeated\n/permissions/3/locations/0 unknown_location\n"
              "/permissions/3/locations/1 unknown_location\n/permissions/4 repeated\n");
}

// --- in memory -------------------------------------------------------------------------------------

std::string told(http::reach const& where) {
    if (where.is_everywhere()) return "everywhere";
    std::string out;
    for (auto const& [name, place] : {std::pair("north ", north), {"south ", south}, {"east ", east}})
        if (where.includes(place)) out += name;
    EXPECT_EQ(out.empty(), where.is_nowhere());
    return out;
}

struct people {
    core::uuid ada = core::make_uuid7(), both = core::make_uuid7(), wide = core::make_uuid7(),
               olive = core::make_uuid7(), stray = core::make_uuid7();
    core::uuid at_north = core::make_uuid7(), at_south = core::make_uuid7(), anywhere = core::make_uuid7(),
               all = core::make_uuid7(), odd = core::make_uuid7();

    rights_table::contents rows() const {
        return {.permissions = known,
                .roles = {{at_north, false, {1, 2}, {1, 2}, {north, north}},
                          {at_south, false, {1, 3}, {1}, {south}},
                          {anywhere, false, {1}},
                          {all, true, {1}, {1}, {north}},
                          {odd, false, {3}, {3}, {north}}},
                .holders = {{ada, {at_north}},
                            {both, {at_north, at_south}},
                            {wide, {at_north, anywhere}},
                            {olive, {at_north, all}},
                            {stray, {odd}}},
                .blocked = {}};
    }
};

TEST(identity_limits, the_table_tells_where_somebody_holds_a_permission) {
    people const p;
    rights_table const table(p.rows());
    auto const list = table.find("GET", "/stock"), adjust = table.find("POST", "/stock"),
               users = table.find("GET", "/users");
    EXPECT_EQ(told(table.reach_of(p.ada, list)), "north ");
    EXPECT_EQ(told(table.reach_of(p.ada, users)), "");
    EXPECT_EQ(told(table.reach_of(p.both, list)), "north south ");
    EXPECT_EQ(told(table.reach_of(p.both, adjust)), "north ");
    EXPECT_EQ(told(table.reach_of(p.both, users)), "everywhere");
    EXPECT_EQ(told(table.reach_of(p.wide, list)), "everywhere");
    EXPECT_EQ(told(table.reach_of(p.wide, adjust)), "north ");
    EXPECT_EQ(told(table.reach_of(p.olive, adjust)), "everywhere");
    EXPECT_EQ(told(table.reach_of(p.stray, users)), "") << "limited where nothing can be";
    EXPECT_EQ(told(table.reach_of(core::make_uuid7(), list)), "");
    EXPECT_EQ(told(table.reach_of(p.olive, rights_table::unknown)), "");
    EXPECT_TRUE(table.holds(p.ada, list));
    EXPECT_FALSE(table.holds(p.stray, users));
    auto const held = table.held_by(p.both);
    ASSERT_EQ(held.size(), 3u);
    EXPECT_EQ(told(held[0].where), "north south ");
}

TEST(identity_limits, a_key_reaches_where_it_was_given_and_its_maker_reaches) {
    people const p;
    auto rows = p.rows();
    auto const key = [](std::uint8_t n, core::uuid maker, std::vector<std::int32_t> limited,
                        std::vector<core::uuid> where) {
        return live_key_row{.id = location(static_cast<std::uint8_t>(100 + n)),
                            .digest = core::bytes(32, n),
                            .name = "n",
                            .prefix = "carrack_00000000",
                            .maker_id = maker,
                            .expires_at = {},
                            .permissions = {1, 2},
                            .limited = std::move(limited),
                            .locations = std::move(where)};
    };
    rows.keys = {key(1, p.both, {}, {}), key(2, p.both, {1, 2}, {south, south}), key(3, p.olive, {1}, {east}),
                 key(4, p.stray, {}, {})};
    rights_table const table(std::move(rows));
    auto const list = table.find("GET", "/stock"), adjust = table.find("POST", "/stock");
    auto const seen = [&](std::uint8_t n) {
        core::uuid const id = location(static_cast<std::uint8_t>(100 + n));
        return told(table.reach_of(id, list)) + "| " + told(table.reach_of(id, adjust));
    };
    EXPECT_EQ(seen(1), "north south | north ") << "cut to its maker";
    EXPECT_EQ(seen(2), "south | ") << "and no farther than it was given";
    EXPECT_EQ(seen(3), "east | everywhere");
    EXPECT_EQ(seen(4), "| ");
    EXPECT_FALSE(table.holds(location(102), adjust)) << "nowhere is not at all";
}

TEST(identity_limits, what_an_endpoint_does_not_honour_lets_nobody_in) {
    auto const limited = http::reach::only({north});
    EXPECT_TRUE(honoured(limited, http::access::permission("users")).is_nowhere());
    EXPECT_EQ(told(honoured(limited, http::access::permission("stock").by_location())), "north ");
    EXPECT_TRUE(honoured(http::reach::everywhere(), http::access::permission("users")).is_everywhere());
}

TEST(http_reach, is_nowhere_unless_somebody_says_otherwise) {
    http::reach const none, empty = http::reach::only(http::locations{});
    for (http::reach const* r : {&none, &empty}) {
        EXPECT_TRUE(r->is_nowhere());
        EXPECT_FALSE(r->includes(north));
        EXPECT_EQ(r->listed(), http::locations{});
    }
    EXPECT_EQ(http::reach::only({south, north}).listed(), (http::locations{north, south}));
    EXPECT_EQ(http::reach::everywhere().listed(), std::nullopt);
    EXPECT_TRUE(http::reach::everywhere().includes(north));
}

}  // namespace
