// Why a request would pass or not, case by case; what a change of a role means to whom.
#include "identity/explain.hpp"
#include "identity/rules.hpp"

#include <gtest/gtest.h>

namespace {

using namespace identity;
using enum access_reason;

std::int32_t const read = 1, write = 2, gone = 3, closed = 4;
std::vector<permission_row> const known{{read, "GET", "/v1/admin/mugs", "mugs", "listMugs", false},
                                        {write, "PATCH", "/v1/admin/mugs/{id}", "mugs", "changeMug", false},
                                        {gone, "GET", "/v1/admin/cups/{id}", "cups", "getCup", true},
                                        {closed, "DELETE", "/v1/admin/mugs/{id}", "mugs", "removeMug", true}};

void add(http::registry& to, http::method verb, std::string path, http::access allow) {
    http::route r;
    r.verb = verb;
    r.path = std::move(path);
    r.operation = std::string(http::name_of(verb)) + r.path;
    r.allow = allow;
    to.add(std::move(r));
}

class identity_explain : public testing::Test {
protected:
    identity_explain() {
        using enum http::method;
        add(routes, get, "/v1/admin/mugs", http::access::permission("mugs"));
        add(routes, patch, "/v1/admin/mugs/{id}", http::access::permission("mugs"));
        add(routes, remove, "/v1/admin/mugs/{id}", http::access::permission("mugs"));
        add(routes, put, "/v1/admin/mugs/{id}", http::access::permission("mugs"));
        add(routes, get, "/v1/session", http::access::signed_in());
        add(routes, get, "/v1/shop", http::access::everyone());
        add(routes, get, "/v1/shop/order", http::access::everyone().or_told());
        add(routes, get, "/v1/shop/account", http::access::customer());
        add(routes, get, "/v1/second-factor", http::access::staff());
    }

    explanation ask(http::method verb, std::string_view path, bool blocked = false,
                    bool has_factor = false) const {
        return explain(routes,
                       {.permissions = known,
                        .roles = roles,
                        .user = core::make_uuid7(),
                        .blocked = blocked,
                        .has_factor = has_factor},
                       verb, path);
    }

    http::registry routes;
    core::uuid const reader = core::make_uuid7(), owner = core::make_uuid7(), other = core::make_uuid7();
    std::vector<named_role_row> roles{{other, "other", false, {read, write, gone, closed}, false, false},
                                      {owner, "owner", true, {}, false, false},
                                      {reader, "reader", false, {read, gone, closed}, false, true}};
};

TEST_F(identity_explain, says_by_which_role_and_which_would_do) {
    auto const may = ask(http::method::get, "/v1/admin/mugs");
    EXPECT_TRUE(may.allowed);
    EXPECT_EQ(may.reason, granted);
    EXPECT_EQ(may.permission.value->id, read);
    ASSERT_EQ(may.granted_by.size(), 1u);
    EXPECT_EQ(may.granted_by[0].role.id, reader);
    EXPECT_EQ(may.granted_by[0].by, grant_kind::grant);
    EXPECT_EQ(may.would_grant.size(), 2u);
    auto const may_not = ask(http::method::patch, "/v1/admin/mugs/1");
    EXPECT_FALSE(may_not.allowed);
    EXPECT_EQ(may_not.reason, no_grant);
    EXPECT_TRUE(may_not.granted_by.empty());
    ASSERT_EQ(may_not.would_grant.size(), 2u);
    EXPECT_EQ(may_not.would_grant[0].name, "other");
    roles[1].held = true;
    auto const whole = ask(http::method::patch, "/v1/admin/mugs/1");
    EXPECT_EQ(whole.reason, granted);
    ASSERT_EQ(whole.granted_by.size(), 1u);
    EXPECT_EQ(whole.granted_by[0].by, grant_kind::everything);
}

TEST_F(identity_explain, has_a_reason_for_each_refusal) {
    using enum http::method;
    struct row {
        http::method verb;
        char const* path;
        bool blocked;
        access_reason why;
    };
    for (row const& r : std::initializer_list<row>{{get, "/v1/admin/mugs", true, user_blocked},
                                                   {get, "/v1/session", true, user_blocked},
                                                   {get, "/v1/session", false, needs_only_sign_in},
                                                   {get, "/v1/shop", true, open_to_everyone},
                                                   {get, "/v1/shop/account", false, for_customers},
                                                   {get, "/v1/second-factor", false, needs_only_sign_in},
                                                   {put, "/v1/admin/mugs/1", false, not_migrated},
                                                   {remove, "/v1/admin/mugs/1", false, retired},
                                                   {get, "/v1/admin/cups/1", false, retired},
                                                   {get, "/v1/admin/cups/{id}", false, retired},
                                                   {put, "/v1/admin/cups/1", false, no_such_route},
                                                   {get, "/v1/admin/cups", false, no_such_route},
                                                   {get, "/v1/admin/bowls/1", false, no_such_route},
                                                   {get, "/v1/admin/cups/1/2", false, no_such_route},
                                                   {post, "/v1/shop", false, no_such_route},
                                                   {get, "", false, no_such_route}}) {
        auto const told = ask(r.verb, r.path, r.blocked);
        EXPECT_EQ(told.reason, r.why) << r.path;
        EXPECT_EQ(told.allowed, r.why == needs_only_sign_in || r.why == open_to_everyone) << r.path;
        EXPECT_FALSE(told.detail.empty());
        EXPECT_EQ(told.permission.value.has_value(),
                  r.why == retired || (r.why == user_blocked && std::string_view(r.path) != "/v1/session"))
            << r.path;
        if (r.why == retired) {
            EXPECT_TRUE(told.granted_by.empty() && told.would_grant.empty()) << r.path;
        }
    }
    EXPECT_EQ(ask(get, "/v1/shop/order", true).reason, user_blocked) << "their token is told to be stale";
    EXPECT_EQ(ask(get, "/v1/shop/order", false).reason, open_to_everyone);
    for (named_role_row& role : roles) role.held = false;
    EXPECT_EQ(ask(get, "/v1/admin/mugs").reason, no_role);
    EXPECT_EQ(ask(post, "/v1/shop").detail, "This path answers GET, HEAD, OPTIONS only.");
}

TEST_F(identity_explain, says_which_role_requires_a_second_factor_of_whoever_has_none) {
    using enum http::method;
    roles[0].second_factor = true;  // somebody else's
    EXPECT_EQ(ask(get, "/v1/admin/mugs").reason, granted);
    EXPECT_TRUE(ask(get, "/v1/admin/mugs").second_factor_required_by.empty());
    roles[2].second_factor = true;
    auto const told = ask(get, "/v1/admin/mugs");
    EXPECT_FALSE(told.allowed);
    EXPECT_EQ(told.reason, needs_second_factor);
    EXPECT_EQ(told.permission.value->id, read);
    ASSERT_EQ(told.second_factor_required_by.size(), 1u);
    EXPECT_EQ(told.second_factor_required_by[0].id, reader);
    EXPECT_EQ(told.second_factor_required_by[0].name, "reader");
    ASSERT_EQ(told.granted_by.size(), 1u) << "what would count with one";
    EXPECT_EQ(told.granted_by[0].role.id, reader);
    // Also where none of the roles would do, as the doorkeeper says; not where no permission is needed.
    EXPECT_EQ(ask(patch, "/v1/admin/mugs/1").reason, needs_second_factor);
    EXPECT_EQ(ask(get, "/v1/session").reason, needs_only_sign_in);
    EXPECT_EQ(ask(get, "/v1/shop").reason, open_to_everyone);
    EXPECT_EQ(ask(get, "/v1/admin/mugs", true).reason, user_blocked);
    auto const with_one = ask(get, "/v1/admin/mugs", false, true);
    EXPECT_EQ(with_one.reason, granted);
    EXPECT_TRUE(with_one.allowed && with_one.second_factor_required_by.empty());
    roles[0].held = true;
    EXPECT_EQ(ask(get, "/v1/admin/mugs").second_factor_required_by.size(), 2u);
}

TEST_F(identity_explain, names_so_many_roles_and_no_more) {
    for (std::size_t i = 0; i < 2 * named_roles_max; ++i)
        roles.push_back({core::make_uuid7(), "r", false, {read}, false, false});
    EXPECT_EQ(ask(http::method::get, "/v1/admin/mugs").would_grant.size(), named_roles_max);
}

TEST(identity_rules,
     a_list_of_permissions_is_set_by_whoever_may_edit_the_role_and_never_of_one_with_everything) {
    standing const one{false, {1}}, two{false, {1, 2}}, owner{true, {}};
    EXPECT_TRUE(may_set_permissions(two, one, two, false));
    for (auto const& [own, now, next, holds, why] :
         {std::tuple{owner, owner, one, true, &role_holds_everything},
          std::tuple{one, owner, one, false, &role_holds_everything},
          std::tuple{two, one, two, true, &own_role}, std::tuple{one, one, two, false, &rights_exceeded},
          std::tuple{one, two, one, false, &rights_exceeded}}) {
        auto const may = may_set_permissions(own, now, next, holds);
        ASSERT_FALSE(may);
        EXPECT_EQ(may.error().what, why);
    }
}

// Of a role that holds the reading at two locations, another at one of them, and of endpoints that honour
// that or not.
TEST(identity_explain_limits, tells_at_which_locations_and_by_which_role) {
    core::uuid const north = core::make_uuid7(), south = core::make_uuid7(), user = core::make_uuid7();
    std::vector<permission_row> const rows{{read, "GET", "/v1/admin/mugs", "mugs", "listMugs", false, true}};
    std::vector<named_role_row> const roles{
        {core::make_uuid7(), "both", false, {read}, false, true, {read, read}, {north, south}},
        {core::make_uuid7(), "north", false, {read}, false, true, {read}, {north}},
        {core::make_uuid7(), "south", false, {read}, false, false, {read}, {south}}};
    auto const ask = [&](http::access allow) {
        http::registry routes;
        add(routes, http::method::get, "/v1/admin/mugs", allow);
        return explain(routes, {.permissions = rows, .roles = roles, .user = user, .blocked = false},
                       http::method::get, "/v1/admin/mugs");
    };
    auto const told = ask(http::access::permission("mugs").by_location());
    EXPECT_TRUE(told.allowed);
    EXPECT_EQ(told.reason, granted);
    EXPECT_EQ(told.locations, (std::vector{north, south}));
    ASSERT_EQ(told.granted_by.size(), 2u);
    EXPECT_EQ(told.granted_by[1].locations, std::vector{north});
    ASSERT_EQ(told.would_grant.size(), 1u);
    EXPECT_TRUE(told.permission.value->by_location);
    auto const dead = ask(http::access::permission("mugs"));
    EXPECT_FALSE(dead.allowed) << "an endpoint that does not honour limits lets nobody in by them";
    EXPECT_EQ(dead.reason, no_grant);
    EXPECT_EQ(dead.locations, std::nullopt);
    EXPECT_TRUE(dead.granted_by.empty() && dead.would_grant.empty());
}

TEST(identity_rules, a_change_is_felt_where_no_other_role_gives_the_same) {
    using ids = std::vector<std::int32_t>;
    ids const live{1, 2, 3, 4, 5, 6};
    difference const list = difference_of({false, {1, 2, 3}}, {false, {2, 4, 5}});
    EXPECT_EQ(list.gained, (ids{4, 5}));
    EXPECT_EQ(list.lost, (ids{1, 3}));
    EXPECT_TRUE(difference_of({false, {1, 2}}, {false, {1, 2}}).empty());
    role_change const change{.now = {false, {1, 2, 3, 9}}, .next = {false, {2, 4, 5}}, .factor = {}};
    auto const felt = [&](standing others) { return felt_by({.others = std::move(others)}, change, live); };
    difference const beside = felt({false, {1, 2, 4}});
    EXPECT_EQ(beside.gained, (ids{5}));
    EXPECT_EQ(beside.lost, (ids{3}));
    EXPECT_EQ(felt({}).gained, list.gained);
    EXPECT_EQ(felt({}).lost, list.lost) << "9 is retired: nobody feels that it goes";
    EXPECT_TRUE(felt({true, {}}).empty());
    EXPECT_TRUE(felt({false, {1, 3, 4, 5}}).empty());
}

TEST(identity_rules, a_required_second_factor_is_felt_by_whoever_has_none) {
    using ids = std::vector<std::int32_t>;
    ids const live{1, 2, 3};
    role_change change{.now = {false, {1}}, .next = {false, {1}}, .factor = {false, true}};
    role_holder const lacking{.others = {false, {2, 9}}};
    EXPECT_EQ(felt_by(lacking, change, live).lost, (ids{1, 2})) << "whatever other roles give, too";
    EXPECT_TRUE(felt_by(lacking, change, live).gained.empty());
    EXPECT_TRUE(felt_by({.others = lacking.others, .has_factor = true}, change, live).empty());
    EXPECT_TRUE(felt_by({.others = lacking.others, .others_require_factor = true}, change, live).empty());
    change.factor = {true, false};
    EXPECT_EQ(felt_by(lacking, change, live).gained, (ids{1, 2}));
    EXPECT_EQ(felt_by({.others = {true, {}}}, change, live).gained, live);
    // A longer list is nothing to whom none of it counts; where both change, what counts in the end is
    // gained.
    change = {.now = {false, {1}}, .next = {false, {1, 3}}, .factor = {true, true}};
    EXPECT_TRUE(felt_by(lacking, change, live).empty());
    EXPECT_EQ(felt_by({.others = {}, .has_factor = true}, change, live).gained, (ids{3}));
    change.factor = {true, false};
    EXPECT_EQ(felt_by(lacking, change, live).gained, (ids{1, 2, 3}));
}

TEST(identity_rules, nobody_frees_themselves_of_a_required_second_factor) {
    standing const one{false, {1}}, two{false, {1, 2}}, owner{true, {}};
    EXPECT_TRUE(may_require_factor(two, one, false, {true, false}));
    EXPECT_TRUE(may_require_factor(two, one, true, {false, true}));
    EXPECT_TRUE(may_require_factor(two, one, true, {true, true}));
    EXPECT_TRUE(may_require_factor(owner, owner, true, {true, false}));
    auto const own = may_require_factor(two, one, true, {true, false});
    ASSERT_FALSE(own);
    EXPECT_EQ(own.error().what, &own_role);
    auto const above = may_require_factor(one, two, false, {true, false});
    ASSERT_FALSE(above);
    EXPECT_EQ(above.error().what, &rights_exceeded);
}

}  // namespace
