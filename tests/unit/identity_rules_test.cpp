// Identity's decisions: who may hand out what, what a presented refresh token means, the sample roles.
#include "identity/api_key.hpp"
#include "identity/cookie.hpp"
#include "identity/doorkeeper.hpp"
#include "identity/keys.hpp"
#include "identity/rules.hpp"
#include "identity/second_factor.hpp"
#include "identity/standings.hpp"
#include "identity/store_keys.hpp"

#include <gtest/gtest.h>

namespace {

using namespace identity;

standing holding(std::vector<std::int32_t> ids) { return {false, std::move(ids)}; }
standing const owner{true, {}};

bool refused_as(core::result<core::nothing> const& r, core::failure const& why) {
    return !r && r.error().what == &why;
}

TEST(identity_rules, standings_unite_without_doubles) {
    standing const parts[] = {holding({1, 5}), holding({2, 5, 9})};
    EXPECT_EQ(unite(parts).permissions, (std::vector<std::int32_t>{1, 2, 5, 9}));
    EXPECT_FALSE(unite(parts).everything);
    standing const with_owner[] = {holding({1}), owner};
    EXPECT_TRUE(unite(with_owner).everything);
    EXPECT_TRUE(unite({}).permissions.empty());
}

TEST(identity_rules, only_everything_covers_everything) {
    EXPECT_TRUE(covers(owner, owner));
    EXPECT_TRUE(covers(owner, holding({1, 2})));
    EXPECT_FALSE(covers(holding({1, 2, 3}), owner));
    EXPECT_TRUE(covers(holding({1, 2, 3}), holding({1, 3})));
    EXPECT_FALSE(covers(holding({1, 3}), holding({1, 2})));
    EXPECT_TRUE(covers({}, {}));
}

TEST(identity_rules, nobody_hands_out_or_takes_away_what_they_do_not_hold) {
    EXPECT_TRUE(may_reassign(holding({1, 2}), holding({1}), holding({2})));
    EXPECT_TRUE(refused_as(may_reassign(holding({1, 2}), {}, holding({3})), rights_exceeded));
    EXPECT_TRUE(refused_as(may_reassign(holding({1, 2}), holding({3}), {}), rights_exceeded));
    EXPECT_TRUE(refused_as(may_reassign(holding({1, 2}), owner, {}), rights_exceeded));
    EXPECT_TRUE(may_reassign(owner, owner, {}));
}

TEST(identity_rules, nobody_widens_a_role_they_hold) {
    EXPECT_TRUE(may_edit_role(holding({1, 2}), holding({1}), holding({1, 2}), false));
    EXPECT_TRUE(refused_as(may_edit_role(holding({1, 2}), holding({1}), holding({1, 2}), true), own_role));
    EXPECT_TRUE(may_edit_role(holding({1, 2}), holding({1, 2}), holding({1}), true));
    EXPECT_TRUE(may_edit_role(owner, holding({1}), holding({1, 2}), true));
    EXPECT_TRUE(
        refused_as(may_edit_role(holding({1, 2}), holding({1}), holding({3}), false), rights_exceeded));
    EXPECT_TRUE(
        refused_as(may_edit_role(holding({1}), holding({1, 2}), holding({1}), false), rights_exceeded));
}

TEST(identity_rules, a_presented_token_means_one_thing_in_every_case) {
    for (unsigned bits = 0; bits < 128; ++bits) {
        presented_token const t{.session_alive = (bits & 1) != 0,
                                .account_active = (bits & 2) != 0,
                                .idle_expired = (bits & 4) != 0,
                                .spent = (bits & 8) != 0,
                                .spent_within_grace = (bits & 16) != 0,
                                .successor_unused = (bits & 32) != 0,
                                .successor_ours = (bits & 64) != 0};
        refresh_verdict expected = refresh_verdict::reuse;
        if (!t.session_alive || !t.account_active || (!t.spent && t.idle_expired))
            expected = refresh_verdict::dead;
        else if (!t.spent)
            expected = refresh_verdict::rotate;
        else if (t.spent_within_grace && t.successor_unused)
            expected = t.successor_ours ? refresh_verdict::resend : refresh_verdict::foreign;
        EXPECT_EQ(judge(t), expected) << bits;
    }
}

TEST(identity_rules, reaching_beyond_ones_rights_is_told_from_other_refusals) {
    for (auto const* why : {&rights_exceeded, &own_role, &last_owner}) EXPECT_TRUE(is_escalation(*why));
    for (auto const* why : {&role_holds_everything, &core::version_stale}) EXPECT_FALSE(is_escalation(*why));
}

TEST(identity_rules, an_ended_session_is_remembered_longer_than_its_last_token_lives) {
    EXPECT_GT(ended_session_memory, access_token_lifetime + token_leeway);
}

TEST(identity_rules, sample_roles_start_with_what_their_names_say) {
    struct row {
        char const* method;
        char const* route;
        char const* resource;
        bool manager, operates, views;
    };
    for (row const& r : std::initializer_list<row>{
             {"GET", "/v1/admin/products", "products", true, true, true},
             {"PATCH", "/v1/admin/products/{id}", "products", true, false, false},
             {"POST", "/v1/admin/orders/{id}/transitions", "orders", true, true, false},
             {"POST", "/v1/admin/orders/{id}/payments", "orders", true, false, false},
             {"POST", "/v1/admin/stock/adjustments", "stock", true, false, false},
             {"GET", "/v1/admin/stock", "stock", true, true, true},
             {"GET", "/v1/admin/returns", "returns", false, false, false},
             {"DELETE", "/v1/admin/stock/{id}", "stock", true, false, false},
             {"PATCH", "/v1/admin/shipping-methods/{id}", "shipping", true, false, false},
             {"GET", "/v1/admin/users", "users", false, false, false},
             {"PUT", "/v1/admin/roles/{id}/permissions", "roles", false, false, false},
             {"GET", "/v1/admin/customers", "customers", true, false, false},
             {"PATCH", "/v1/admin/customers/{id}", "customers", true, false, false},
             {"GET", "/v1/admin/audit", "audit", false, false, false}}) {
        EXPECT_EQ(sample_grants("manager", r.method, r.route, r.resource), r.manager) << r.method << r.route;
        EXPECT_EQ(sample_grants("operator", r.method, r.route, r.resource), r.operates)
            << r.method << r.route;
        EXPECT_EQ(sample_grants("viewer", r.method, r.route, r.resource), r.views) << r.method << r.route;
        EXPECT_FALSE(sample_grants("owner", r.method, r.route, r.resource));
        EXPECT_FALSE(sample_grants("somebody", r.method, r.route, r.resource));
    }
}

TEST(identity_cookie, is_found_among_others_and_only_once) {
    using enum account_kind;
    EXPECT_EQ(find_refresh_cookie(staff, "__Host-carrack_refresh=abc"), "abc");
    EXPECT_EQ(find_refresh_cookie(staff, "a=b;  __Host-carrack_refresh=abc ; c=d"), "abc");
    for (char const* none :
         {"", ";", "a=b", "carrack_refresh=abc", "X__Host-carrack_refresh=abc", "__host-carrack_refresh=abc",
          "__Host-carrack_refresh", "__Host-carrack_refresh=a; __Host-carrack_refresh=b"})
        EXPECT_FALSE(find_refresh_cookie(staff, none)) << none;
    EXPECT_EQ(refresh_cookie(staff, "abc"),
              "__Host-carrack_refresh=abc; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Strict");
    EXPECT_EQ(expired_refresh_cookie(staff),
              "__Host-carrack_refresh=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
}

TEST(identity_cookie, is_another_for_the_staff_and_for_shoppers) {
    using enum account_kind;
    std::string const both = "__Host-carrack_refresh=abc; __Host-carrack_shop_refresh=def";
    EXPECT_EQ(find_refresh_cookie(staff, both), "abc");
    EXPECT_EQ(find_refresh_cookie(customer, both), "def");
    EXPECT_FALSE(find_refresh_cookie(customer, "__Host-carrack_refresh=abc"));
    EXPECT_FALSE(find_refresh_cookie(staff, "__Host-carrack_shop_refresh=abc"));
    EXPECT_EQ(refresh_cookie(customer, "abc"),
              "__Host-carrack_shop_refresh=abc; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Strict");
    EXPECT_EQ(expired_refresh_cookie(customer),
              "__Host-carrack_shop_refresh=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
}

TEST(identity_doorkeeper, reads_bearer_tokens_and_no_others) {
    EXPECT_EQ(bearer_token("Bearer abc"), "abc");
    EXPECT_EQ(bearer_token("bEARER  abc "), "abc");
    for (char const* none : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc", "abc"})
        EXPECT_FALSE(bearer_token(none)) << none;
}

std::vector<permission_row> const known{{1, "GET", "/a", "a", "listA", false},
                                        {2, "POST", "/a", "a", "makeA", false},
                                        {3, "GET", "/old", "a", "oldA", true}};

permission_choice by_id(std::int64_t id) { return {.id = {{id}}, .method = {}, .route = {}}; }
permission_choice by_route(permission_method m, char const* route) {
    return {.id = {}, .method = m, .route = {{route}}};
}

TEST(identity_permissions, are_chosen_by_id_or_by_method_and_route) {
    auto const ids = resolve({{by_route(permission_method::POST, "/a"), by_id(1), by_id(2)}}, known, {}, {});
    ASSERT_TRUE(ids);
    EXPECT_EQ(*ids, holding({1, 2}));
    auto const kept = resolve({{by_id(3)}}, known, holding({3}), {});
    ASSERT_TRUE(kept);
}

TEST(identity_permissions, every_fault_has_its_place) {
    permission_choice both = by_id(1), id_and_method = by_id(1), no_route = {};
    both.route = {{"/a"}};
    id_and_method.method = permission_method::GET;
    no_route.method = permission_method::GET;
    auto const none = resolve({{by_id(1),
                                by_id(3),
                                by_id(4),
                                both,
                                {},
                                by_route(permission_method::PUT, "/a"),
                                id_and_method,
                                no_route}},
                              known, {}, {});
    ASSERT_FALSE(none);
    std::string seen;
    for (auto const& v : none.error().violations) seen += v.pointer + " " + v.code + "\n";
    EXPECT_EQ(
        seen,
        "/permissions/1 retired_permission\n/permissions/2 unknown_permission\n/permissions/3 ambiguous\n"
        "/permissions/4 ambiguous\n/permissions/5 unknown_permission\n"
        "/permissions/6 ambiguous\n/permissions/7 ambiguous\n");
}

TEST(identity_rights_table, denies_unless_a_live_row_is_held) {
    core::uuid const viewer = core::make_uuid7(), all = core::make_uuid7(), ada = core::make_uuid7(),
                     olive = core::make_uuid7(), nobody = core::make_uuid7(), lost = core::make_uuid7();
    rights_table const table(
        {.permissions = known,
         .roles = {{viewer, false, {1, 3}}, {all, true, {}}},
         .holders = {{ada, {viewer}}, {olive, {all, viewer}}, {lost, {core::make_uuid7()}}},
         .blocked = {nobody}});
    auto const read = table.find("GET", "/a"), make = table.find("POST", "/a");
    EXPECT_TRUE(table.holds(ada, read));
    EXPECT_FALSE(table.holds(ada, make));
    EXPECT_TRUE(table.holds(olive, make));
    EXPECT_FALSE(table.holds(nobody, read));
    EXPECT_FALSE(table.holds(lost, read));
    EXPECT_FALSE(table.holds({}, read));
    for (auto const place :
         {table.find("GET", "/old"), table.find("PUT", "/a"), table.find("GET", "/a/"), table.find("", "")}) {
        EXPECT_EQ(place, rights_table::unknown);
        EXPECT_FALSE(table.holds(olive, place));
    }
    EXPECT_TRUE(table.blocked(nobody));
    EXPECT_EQ(table.held_by(olive).size(), 2u);
    EXPECT_EQ(table.held_by(ada).size(), 1u);
}

TEST(identity_rights_table, a_machine_holds_what_it_was_given_as_far_as_its_maker_does) {
    core::uuid const viewer = core::make_uuid7(), all = core::make_uuid7(), ada = core::make_uuid7(),
                     olive = core::make_uuid7(), blocked = core::make_uuid7(), nobody = core::make_uuid7();
    auto const key = [](std::uint8_t n, core::uuid maker) {
        return live_key_row{.id = core::make_uuid7(),
                            .digest = core::bytes(32, n),
                            .name = "n",
                            .prefix = "carrack_00000000",
                            .maker_id = maker,
                            .expires_at = {},
                            .permissions = {1, 2, 3, 99}};
    };
    std::vector<live_key_row> const keys{key(1, ada), key(2, olive), key(3, blocked), key(4, nobody)};
    rights_table const table({.permissions = known,
                              .roles = {{viewer, false, {1}}, {all, true, {}}},
                              .holders = {{ada, {viewer}}, {olive, {all}}, {blocked, {all}}},
                              .blocked = {blocked},
                              .keys = keys});
    auto const read = table.find("GET", "/a"), make = table.find("POST", "/a");
    std::string seen;
    for (auto const& one : keys)
        seen += std::string(table.find_machine(one.digest) ? "known " : "unknown ") +
                (table.holds(one.id, read) ? "reads " : "") + (table.holds(one.id, make) ? "makes" : "") +
                "\n";
    EXPECT_EQ(seen, "known reads \nknown reads makes\nunknown \nknown \n");
    EXPECT_EQ(table.find_machine(keys[0].digest)->maker, ada);
    EXPECT_EQ(table.find_machine(keys[0].id), table.find_machine(keys[0].digest));
    EXPECT_EQ(table.find_machine(core::bytes(32, 9)), nullptr);
    EXPECT_EQ(table.find_machine(ada), nullptr) << "a person is no machine";
    EXPECT_EQ(table.held_by(ada).size(), 1u) << "and holds what they held";
}

TEST(identity_api_keys, have_one_form) {
    auto const one = make_api_key(), other = make_api_key();
    EXPECT_NE(one.token, other.token);
    EXPECT_EQ(one.token.size(), 60u);
    EXPECT_EQ(one.prefix, one.token.substr(0, 16));
    EXPECT_EQ(api_key_digest(one.token), one.digest);
    EXPECT_NE(api_key_digest(other.token), one.digest);
    for (std::string const& bad :
         {one.token + "x", one.token.substr(0, 59), std::string(), std::string("carrack_"),
          one.prefix + "-" + one.token.substr(17), "x" + one.token.substr(1)})
        EXPECT_EQ(api_key_digest(bad), std::nullopt) << bad;
    EXPECT_FALSE(has_api_key_form("eyJhbGciOiJFZERTQSJ9.e30.c2ln"));
}

TEST(identity_rights_table, knows_who_lacks_the_second_factor_that_a_role_requires) {
    core::uuid const strict = core::make_uuid7(), lax = core::make_uuid7(), ada = core::make_uuid7(),
                     olive = core::make_uuid7(), grace = core::make_uuid7();
    rights_table const table({.permissions = known,
                              .roles = {{strict, false, {1}}, {lax, false, {1}}},
                              .holders = {{ada, {lax, strict}}, {olive, {strict}}, {grace, {lax}}},
                              .blocked = {},
                              .demanding = {strict},
                              .guarded = {olive}});
    EXPECT_TRUE(table.lacks_factor(ada));
    EXPECT_FALSE(table.lacks_factor(olive)) << "has one";
    EXPECT_FALSE(table.lacks_factor(grace)) << "needs none";
    EXPECT_FALSE(table.lacks_factor({}));
}

TEST(identity_second_factor, recovery_codes_are_read_as_people_write_them) {
    auto const codes = make_recovery_codes();
    EXPECT_EQ(codes.size(), 10u);
    EXPECT_NE(codes[0], codes[1]);
    auto const digest = recovery_digest("ABCDEFGHIJKLMNOP");
    EXPECT_EQ(recovery_digest("abcd-efgh-ijkl-mnop"), digest);
    EXPECT_EQ(recovery_digest("abcd efgh ijkl mnop"), digest);
    EXPECT_NE(recovery_digest("ABCDEFGHIJKLMNOQ"), digest);
    EXPECT_EQ(otpauth_uri("ABC", "a+b@x.example"),
              "otpauth://totp/Carrack:a%2Bb%40x.example?secret=ABC&issuer=Carrack");
    EXPECT_EQ(otpauth_uri("ABC", "azAZ09.-_ /:[`{~\xc3\xa9"),
              "otpauth://totp/Carrack:azAZ09.-_%20%2F%3A%5B%60%7B%7E%C3%A9?secret=ABC&issuer=Carrack");
}

TEST(identity_rights_table, holds_hundreds_of_permissions_apart) {
    std::vector<permission_row> many;
    for (std::int32_t i = 0; i < 300; ++i)
        many.push_back({i + 1, "GET", "/r" + std::to_string(i), "r", "r", i % 7 == 0});
    core::uuid const role = core::make_uuid7(), user = core::make_uuid7();
    std::vector<std::int32_t> odd;
    for (std::int32_t i = 1; i <= 300; i += 2) odd.push_back(i);
    rights_table const table(
        {.permissions = many, .roles = {{role, false, odd}}, .holders = {{user, {role}}}, .blocked = {}});
    for (std::int32_t i = 0; i < 300; ++i)
        EXPECT_EQ(table.holds(user, table.find("GET", "/r" + std::to_string(i))), i % 2 == 0 && i % 7 != 0)
            << i;
}

TEST(identity_commons, the_look_that_began_last_is_believed_whatever_the_versions) {
    crypto::password_pool pool;
    commons shared({.address = "https://shop.test", .key = crypto::secret_key::make()}, pool);
    auto const at = core::steady::now();
    knowledge old, restored;
    old.versions.rights = 10;
    old.rights = std::make_shared<rights_table const>(rights_table::contents{});
    restored.versions.rights = 5;
    restored.rights = std::make_shared<rights_table const>(rights_table::contents{});
    shared.learn(old, at);
    auto const seen = shared.revision();
    shared.learn(restored, at + std::chrono::milliseconds(2));
    EXPECT_EQ(shared.known().rights, restored.rights);
    EXPECT_GT(shared.revision(), seen);
    shared.learn(old, at + std::chrono::milliseconds(1));  // it began earlier and was slow
    EXPECT_EQ(shared.known().rights, restored.rights);
    EXPECT_EQ(shared.known().versions.rights, 5);
}

TEST(identity_keys, open_with_the_configured_key_alone_and_verify_without_it) {
    auto const mine = crypto::secret_key::make(), other = crypto::secret_key::make();
    signing_key_row const row = make_signing_key(mine);
    key_ring const ring({row}, "i", mine);
    ASSERT_NE(ring.signer(), nullptr);
    EXPECT_EQ(ring.signer()->kid(), row.id);
    EXPECT_EQ(key_ring({row}, "", mine).signer(), nullptr) << "as nobody";
    EXPECT_TRUE(opens_any({row}, mine));
    EXPECT_FALSE(opens_any({row}, other));
    key_ring const stranger({row}, "i", other);
    EXPECT_EQ(stranger.signer(), nullptr);
    EXPECT_EQ(ring.public_document(), stranger.public_document());

    core::timestamp const now = core::now();
    crypto::access_claims const claims{.iss = "i",
                                       .sub = core::make_uuid7(),
                                       .aud = "a",
                                       .exp = {now.us + 60'000'000},
                                       .nbf = now,
                                       .iat = now,
                                       .jti = core::make_uuid7(),
                                       .sid = core::make_uuid7(),
                                       .client_id = "c"};
    auto const seen = crypto::verify(crypto::sign(claims, *ring.signer()), stranger.keys(),
                                     {.issuer = "i", .audience = "a"}, now);
    EXPECT_TRUE(std::holds_alternative<crypto::access_claims>(seen));
    // A ring that cannot sign publishes no key that nobody has.
    EXPECT_EQ(key_ring({}, "i", mine).public_document(), R"({"keys":[]})");
}

TEST(identity_keys, the_newest_that_has_begun_signs_and_nobody_has_to_look_again) {
    auto const mine = crypto::secret_key::make(), other = crypto::secret_key::make();
    auto const at = core::steady::now();
    signing_key_row coming = make_signing_key(mine), strange = make_signing_key(other);
    signing_key_row const newer = make_signing_key(mine), older = make_signing_key(mine);
    coming.starts_in_us = 5'000'000;
    key_ring const ring({coming, strange, newer, older}, "i", mine, at);
    using namespace std::chrono_literals;
    EXPECT_EQ(ring.signer(at)->kid(), newer.id) << "the newest of ours: another's is newer";
    EXPECT_EQ(ring.signer(at + 4999ms)->kid(), newer.id);
    EXPECT_EQ(ring.signer(at + 5000ms)->kid(), coming.id);
    EXPECT_EQ(key_ring({coming}, "i", mine, at).signer(at), nullptr);
}

TEST(identity_keys, are_judged_by_what_came_after_them) {
    core::timestamp const now{1'800'000'000'000'000};
    auto const key = [&](std::string id, std::int64_t seconds) {
        return key_dates{std::move(id), now, {now.us + seconds * 1'000'000}};
    };
    auto const seen =
        judge_keys({key("b", 7), key("a", 3), key("now", 0), key("late", -400), key("later", -900)}, now);
    std::vector<std::pair<std::string, key_state>> states;
    for (auto const& v : seen) states.emplace_back(v.key.id, v.state);
    using enum key_state;
    EXPECT_EQ(
        states,
        (decltype(states){
            {"b", coming}, {"a", coming}, {"now", signing}, {"late", superseded}, {"later", superseded}}));
    EXPECT_EQ(seen[2].spent_at, std::nullopt);
    EXPECT_EQ(seen[3].spent_at->us - now.us, 320'000'000) << "since the next one began";
    EXPECT_EQ(seen[4].spent_at->us - now.us, -80'000'000);
    EXPECT_TRUE(judge_keys({}, now).empty());
}

// One lifetime in the rules and one in the statement, which has no parameters.
TEST(identity_keys, the_housekeeping_waits_as_long_as_the_rules_say) {
    EXPECT_NE(retire_spent_keys.sql.find("interval '" + std::to_string(superseded_key_memory.count()) +
                                         " seconds'"),
              std::string_view::npos);
    EXPECT_GE(superseded_key_memory, access_token_lifetime + token_leeway);
}

}  // namespace
