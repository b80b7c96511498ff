// API keys against a real PostgreSQL: what they may do, what they may never do, and how long.
#include "crypto/digest.hpp"
#include "db/session.hpp"
#include "http/bind.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"
#include "work/idempotency.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

constexpr auto a_look_later = 1100ms;
constexpr auto keys = "/v1/admin/api-keys";
constexpr auto see_users = R"({"method":"GET","route":"/v1/admin/users"})";
constexpr auto see_roles = R"({"method":"GET","route":"/v1/admin/roles"})";
constexpr auto make_keys =
    R"({"method":"POST","route":"/v1/admin/api-keys"},{"method":"DELETE","route":"/v1/admin/api-keys/{id}"})";

std::string key_body(std::string const& permissions, std::string const& more = "") {
    return R"({"name":"Scanner","permissions":[)" + permissions + "]" + more + "}";
}
core::task<heard> make_key(node& n, std::string maker, std::string permissions) {
    co_return co_await n.post(keys, key_body(permissions), maker);
}
core::task<int> status(node& n, std::string path, std::string token) {
    co_return (co_await n.get(path, token)).status;
}
std::string refused_machines(node& n) {
    return look(
        n,
        "select coalesce(string_agg(concat_ws(' ', action, resource, changes->0->>'after'), ', ' order by "
        "id), '') from audit.entries where changes @> '[{\"field\":\"refused\"}]' and actor_kind = "
        "'machine' and actor_id is not null");
}

core::task<core::result<core::nothing>> do_nothing(http::call&, http::no_parameters) {
    co_return core::nothing{};
}
inline constexpr http::endpoint<http::no_parameters, core::nothing> for_people{{
    .verb = post,
    .path = "/v1/auth/for-people",
    .id = "forPeople",
    .allow = http::access::signed_in(),
    .summary = "What only somebody who has signed in may do",
    .success = 204,
}};

TEST(identity_machines, a_key_is_shown_once_and_stored_as_a_digest) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        auto const made =
            co_await n.ask({.verb = post,
                            .path = keys,
                            .body = key_body(see_users, R"(,"expires_at":"2099-01-01T00:00:00Z")"),
                            .token = owner,
                            .fields = {{"idempotency-key", "once"}}});
        EXPECT_EQ(made.status, 201);
        std::string const token = made.text("token");
        EXPECT_THAT(token, testing::MatchesRegex("carrack_[0-9a-f]{8}_[A-Za-z0-9_-]{43}"));
        EXPECT_EQ(made.text("prefix"), token.substr(0, 16));
        EXPECT_EQ(look(n, "select encode(digest, 'hex') from identity.api_keys"), crypto::sha256_hex(token));
        auto const again =
            co_await n.ask({.verb = post,
                            .path = keys,
                            .body = key_body(see_users, R"(,"expires_at":"2099-01-01T00:00:00Z")"),
                            .token = owner,
                            .fields = {{"idempotency-key", "once"}}});
        EXPECT_EQ(again.text("token"), token) << "a lost answer comes again";
        EXPECT_EQ(look(n, "select count(*) from identity.api_keys"), "1");

        std::string const path = std::string(keys) + "/" + made.text("id");
        auto const one = co_await n.get(path, owner);
        EXPECT_EQ(one.status, 200);
        EXPECT_EQ(one.body.as_object().if_contains("token"), nullptr);
        EXPECT_EQ(one.body.at("permissions"), made.body.at("permissions"));
        EXPECT_EQ(one.body.at("maker").at("name").as_string(), "Olive Owner");
        EXPECT_EQ(one.text("expires_at"), "2099-01-01T00:00:00.000000Z");
        EXPECT_EQ(
            (co_await n.get(std::string(keys) + "/" + core::to_string(core::make_uuid7()), owner)).code(),
            "api_key_not_found");
        EXPECT_EQ((co_await make_key(n, owner, see_roles)).status, 201);
        auto const list = co_await n.get(std::string(keys) + "?limit=1", owner);
        EXPECT_EQ(list.body.at("data").at(0).at("permission_count").as_int64(), 1);
        auto const rest = co_await n.get(
            std::string(keys) + "?after=" + std::string(list.body.at("next").as_string()), owner);
        EXPECT_EQ(rest.body.at("data").as_array().size(), 1u);
        EXPECT_EQ(rest.body.at("data").at(0).at("id").as_string(), made.text("id"));

        auto const session = co_await n.get("/v1/auth/session", token);
        EXPECT_EQ(session.status, 200);
        EXPECT_EQ(session.body.at("machine").at("name").as_string(), "Scanner");
        EXPECT_EQ(session.body.at("user").at("name").as_string(), "Olive Owner");
        EXPECT_EQ(session.body.at("roles").as_array().size(), 0u);
        EXPECT_EQ(session.body.at("permissions").as_array().size(), 1u);
        EXPECT_EQ((co_await n.get("/v1/auth/session", owner)).body.as_object().if_contains("machine"),
                  nullptr);
    });
}

TEST(identity_machines, what_is_no_key_is_refused_and_a_key_still_works) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const token = (co_await make_key(n, owner, see_users)).text("token");
        std::string changed = token;
        changed.back() = changed.back() == 'A' ? 'B' : 'A';
        for (std::string const& bad :
             {changed, token + "A", token.substr(0, 59), token.substr(0, 17), token.substr(0, 16),
              std::string("carrack_"), "carrack_00000000_" + token.substr(17), "Carrack" + token.substr(7),
              token.substr(8), token + "." + token, std::string(60, 'x'),
              "carrack_" + std::string(9000, 'a')})
            EXPECT_EQ((co_await n.get("/v1/admin/users", bad)).code(), "access_token_invalid") << bad;
        EXPECT_EQ(co_await status(n, "/v1/admin/users", token), 200);
        auto const denied = co_await n.get("/v1/admin/roles", token);
        EXPECT_EQ(denied.code(), "permission_denied");
        EXPECT_EQ(denied.text("detail"), "This needs GET /v1/admin/roles.");
    });
}

TEST(identity_machines, a_key_may_never_do_more_than_its_maker_on_every_server) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const owner = co_await owner_token(a);
        std::string const ada = co_await token_with(a, "ada", std::string(see_users) + "," + make_keys);
        std::string const before = fingerprint(a);
        EXPECT_EQ((co_await make_key(a, ada, see_roles)).code(), "rights_exceeded");
        EXPECT_EQ(look(a, "select count(*) from identity.api_keys"), "0");
        EXPECT_EQ(fingerprint(a), before);
        EXPECT_EQ(refusals(a), "POST /v1/admin/api-keys api-keys rights_exceeded");

        std::string const token = (co_await make_key(a, ada, see_users)).text("token");
        for (node* n : {&a, &b}) EXPECT_EQ(co_await status(*n, "/v1/admin/users", token), 200);
        std::string const role = "/v1/admin/roles/" + role_id(a, "ada") + "/permissions";
        auto const give = [&](std::string permissions) -> core::task<void> {
            auto const set =
                co_await a.change(put, role, R"({"permissions":[)" + permissions + "]}", owner, "*");
            EXPECT_EQ(set.status, 200);
            co_await loop::sleep(a_look_later);
        };
        co_await give(make_keys);
        for (node* n : {&a, &b}) {
            EXPECT_EQ((co_await n->get("/v1/admin/users", token)).code(), "permission_denied");
            EXPECT_EQ(co_await status(*n, "/v1/auth/session", token), 200);
        }
        co_await give(see_users);
        for (node* n : {&a, &b}) EXPECT_EQ(co_await status(*n, "/v1/admin/users", token), 200);
        std::string const user = look(a, "select id from identity.users where email = 'ada@example.com'");
        EXPECT_EQ((co_await a.change(patch, "/v1/admin/users/" + user, R"({"status":"blocked"})", owner, ""))
                      .status,
                  200);
        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b}) EXPECT_EQ(co_await status(*n, "/v1/auth/session", token), 401);
    });
}

TEST(identity_machines, a_key_does_nothing_while_its_maker_lacks_a_required_factor) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const owner = co_await owner_token(a);
        std::string const ada =
            co_await token_with(a, "ada",
                                std::string(see_users) + "," + make_keys +
                                    R"(,{"method":"DELETE","route":"/v1/admin/users/{id}/second-factor"})");
        std::string const key =
            (co_await make_key(a, ada,
                               std::string(see_users) +
                                   R"(,{"method":"DELETE","route":"/v1/admin/users/{id}/second-factor"})"))
                .text("token");
        EXPECT_EQ((co_await b.get("/v1/admin/users", key)).status, 200);
        std::string const maker = look(a, "select id from identity.users where email = 'ada@example.com'");
        EXPECT_EQ(
            (co_await a.change(remove, "/v1/admin/users/" + maker + "/second-factor", "", key, "")).code(),
            "second_factor_own")
            << "what its maker needs a code for";
        std::string const role = "/v1/admin/roles/" + role_id(a, "ada");
        EXPECT_EQ((co_await a.change(patch, role, R"({"second_factor":true})", owner, "*")).status, 200);
        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b})
            EXPECT_EQ((co_await n->get("/v1/admin/users", key)).code(), "second_factor_missing");
    });
}

// Whoever has a copy of the tables, and guesses the request, has no key to the answer.
TEST(identity_machines, a_kept_answer_opens_with_the_configured_key_alone) {
    with_shop([](node& n) -> core::task<void> {
        http::request in;
        in.verb = post;
        in.target = in.path = keys;
        in.body = key_body(see_users);
        auto const made = co_await n.ask({.verb = post,
                                          .path = keys,
                                          .body = in.body,
                                          .token = co_await owner_token(n),
                                          .fields = {{"idempotency-key", "once"}}});
        EXPECT_EQ(made.status, 201);
        auto const kept = [&](std::string const& column) {
            return look(n, "select " + column + " from ops.idempotency_keys where key = 'once'");
        };
        std::vector<work::found_answer> const row{{kept("principal"), "once",
                                                   *crypto::from_hex(kept("encode(fingerprint, 'hex')")), 201,
                                                   *crypto::from_hex(kept("encode(sealed_body, 'hex')"))}};
        auto const owner = *core::parse_uuid(look(n, "select id from identity.users"));
        auto const opened = [&](work::environment& env) {
            http::call c{.in = in, .env = env};
            c.to = n.of.routes.find(post, keys).to;
            c.who = {.kind = http::principal_kind::staff, .id = owner, .session = {}};
            c.idempotency_key = "once";
            return work::stored_answer(work::request_key(c), row);
        };
        auto const again = opened(n.env);
        EXPECT_TRUE(again && *again && (*again)->body.find(made.text("token")) != std::string::npos);
        work::answer_sealing other = work::sealing_of(crypto::secret_key::make());
        work::environment stranger(n.database);
        stranger.lend(other);
        EXPECT_THROW((void)opened(stranger), std::runtime_error);
    });
}

TEST(identity_machines, a_key_hands_out_nothing_that_it_does_not_hold_and_makes_no_keys) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const edits = std::string(user_and_role_rights) + "," + make_keys;
        std::string const maker = co_await token_with(n, "ada", edits + "," + see_roles);
        std::string const token = (co_await make_key(n, maker, edits)).text("token");
        EXPECT_EQ((co_await make_key(n, token, see_users)).code(), "person_required");
        std::string const before = fingerprint(n);
        auto const wider = co_await n.post(
            "/v1/admin/roles", std::string(R"({"name":"W","permissions":[)") + see_roles + "]}", token);
        EXPECT_EQ(wider.code(), "rights_exceeded") << "its maker holds that, the key does not";
        EXPECT_EQ((co_await n.post("/v1/admin/users", user_body("w@example.com", quoted(role_id(n, "owner"))),
                                   token))
                      .code(),
                  "rights_exceeded");
        std::string const boss = look(n, "select id from identity.users where email = 'owner@example.com'");
        EXPECT_EQ((co_await n.change(patch, "/v1/admin/users/" + boss, R"({"status":"blocked"})", token, ""))
                      .code(),
                  "rights_exceeded");
        EXPECT_EQ(fingerprint(n), before);
        EXPECT_EQ(refused_machines(n),
                  "POST /v1/admin/roles roles rights_exceeded, POST /v1/admin/users users "
                  "rights_exceeded, PATCH /v1/admin/users/{id} users rights_exceeded");
        EXPECT_EQ((co_await n.post("/v1/admin/roles",
                                   std::string(R"({"name":"N","permissions":[)") + see_users + "]}", token))
                      .status,
                  201);
        EXPECT_EQ(
            look(n, "select actor_kind from audit.entries where resource = 'roles' order by id desc limit 1"),
            "machine");
        EXPECT_EQ(look(n, "select count(*) from identity.api_keys"), "1");
    });
}

// Otherwise somebody could widen a role of their own through a key of their own.
TEST(identity_machines, a_key_widens_no_role_that_its_maker_holds) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const ada =
            co_await token_with(n, "ada", std::string(user_and_role_rights) + "," + make_keys);
        auto const small = co_await n.post("/v1/admin/roles", R"({"name":"small"})", owner);
        std::string const user = look(n, "select id from identity.users where email = 'ada@example.com'");
        std::string const roles =
            R"({"roles":[)" + quoted(role_id(n, "ada")) + "," + quoted(small.text("id")) + "]}";
        EXPECT_EQ((co_await n.change(patch, "/v1/admin/users/" + user, roles, owner, "")).status, 200);
        std::string const token = (co_await make_key(n, ada, user_and_role_rights)).text("token");
        std::string const path = "/v1/admin/roles/" + small.text("id") + "/permissions";
        std::string const body = std::string(R"({"permissions":[)") + see_users + "]}";
        for (std::string const& who : {ada, token})
            EXPECT_EQ((co_await n.change(put, path, body, who, "*")).code(), "own_role");
    });
}

TEST(identity_machines, revoked_and_expired_keys_are_refused_everywhere) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const owner = co_await owner_token(a);
        auto const past =
            co_await a.post(keys, key_body(see_users, R"(,"expires_at":"2020-01-01T00:00:00Z")"), owner);
        EXPECT_EQ(past.status, 422);
        EXPECT_EQ(past.body.at("errors").at(0).at("pointer").as_string(), "/expires_at");
        auto const made = co_await make_key(a, owner, see_users);
        std::string const soon = core::to_string(core::timestamp{core::now().us + 1'500'000});
        auto const brief =
            co_await a.post(keys, key_body(see_users, R"(,"expires_at":")" + soon + "\""), owner);
        EXPECT_EQ(brief.status, 201);
        for (node* n : {&a, &b})
            for (auto const& token : {made.text("token"), brief.text("token")})
                EXPECT_EQ(co_await status(*n, "/v1/admin/users", token), 200);

        std::string const path = std::string(keys) + "/" + made.text("id");
        std::string const before = look(a, "select count(*) from audit.entries");
        std::string const missing = std::string(keys) + "/" + core::to_string(core::make_uuid7());
        EXPECT_EQ((co_await a.change(remove, missing, "", owner, "")).code(), "api_key_not_found");
        for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await a.change(remove, path, "", owner, "")).status, 204);
        EXPECT_EQ(look(a, "select count(*) - " + before + " from audit.entries"), "1") << "done once";
        EXPECT_NE((co_await a.get(path, owner)).text("revoked_at"), "");
        co_await loop::sleep(1600ms);
        for (node* n : {&a, &b})
            for (auto const& token : {made.text("token"), brief.text("token")})
                EXPECT_EQ((co_await n->get("/v1/admin/users", token)).code(), "access_token_invalid");
    });
}

TEST(identity_machines, nobody_revokes_a_key_that_may_do_more_than_they) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const ada = co_await token_with(n, "ada", std::string(see_users) + "," + make_keys);
        auto const above = co_await make_key(n, owner, see_roles);
        auto const within = co_await make_key(n, owner, see_users);
        auto const drop = [&](heard const& key) {
            return n.change(remove, std::string(keys) + "/" + key.text("id"), "", ada, "");
        };
        EXPECT_EQ((co_await drop(above)).code(), "rights_exceeded");
        EXPECT_EQ(co_await status(n, "/v1/admin/roles", above.text("token")), 200);
        EXPECT_EQ((co_await drop(within)).status, 204);
        EXPECT_EQ(co_await status(n, "/v1/admin/users", within.text("token")), 401);
    });
}

TEST(identity_machines, what_is_for_people_is_not_for_machines) {
    with_shop([](node& n) -> core::task<void> {
        n.of.routes.add(http::serve<for_people, &do_nothing>());
        std::string const owner = co_await owner_token(n);
        std::string const token = (co_await make_key(n, owner, see_users)).text("token");
        auto const refused = co_await n.post(for_people.path.data(), "", token);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(refused.code(), "person_required");
        EXPECT_EQ((co_await n.post(for_people.path.data(), "", owner)).status, 204);
    });
}

TEST(identity_machines, the_last_use_is_written_once_a_minute_beside_the_request) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const token = (co_await make_key(n, owner, see_users)).text("token");
        auto const used = [&] { return look(n, "select last_used_at is not null from identity.api_keys"); };
        EXPECT_EQ(used(), "f");
        auto const first = co_await n.get("/v1/admin/users", token);
        EXPECT_EQ(first.statements, 1u) << "not counted on the request, which does not wait for it";
        for (int i = 0; i < 100 && used() != "t"; ++i) co_await loop::sleep(20ms);
        EXPECT_EQ(used(), "t");
        std::string const written = look(n, "select xmin::text || last_used_at from identity.api_keys");
        for (int i = 0; i < 5; ++i) EXPECT_EQ(co_await status(n, "/v1/admin/users", token), 200);
        co_await loop::sleep(100ms);
        EXPECT_EQ(look(n, "select xmin::text || last_used_at from identity.api_keys"), written);
    });
}

TEST(identity_machines, a_shop_has_a_bounded_number_of_keys) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        db::session(n.of.url).run(
            "insert into identity.api_keys (id, name, prefix, digest, maker_id, revoked_at) select "
            "gen_random_uuid(), 'k', 'carrack_00000000', sha256(i::text::bytea), u.id, case when i > 499 "
            "then now() "
            "end from identity.users u, generate_series(1, 520) i");
        EXPECT_EQ((co_await make_key(n, owner, see_users)).status, 201) << "the revoked don't count";
        EXPECT_EQ((co_await make_key(n, owner, see_users)).code(), "too_many_api_keys");
    });
}

}  // namespace
