// Users and the doorkeeper against a real PostgreSQL: who may, what changes, and when it is in force.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

std::string etag_of(heard const& h) { return h.field("etag"); }

TEST(identity_doorkeeper, denies_by_default_names_what_is_missing_and_changes_nothing) {
    with_shop([](node& n) -> core::task<void> {
        std::string const one =
            co_await token_with(n, "one", R"({"method":"GET","route":"/v1/admin/users"})");
        std::string const none = co_await token_with(n, "none", "");
        std::string const before = fingerprint(n);
        EXPECT_EQ((co_await n.get("/v1/admin/users", one)).status, 200);
        for (auto const& token : {one, none}) {
            auto const denied = co_await n.post("/v1/admin/users", "{ not even JSON", token);
            EXPECT_EQ(denied.status, 403);
            EXPECT_EQ(denied.code(), "permission_denied");
            EXPECT_EQ(denied.text("detail"), "This needs POST /v1/admin/users.");
        }
        for (auto const& route : n.of.routes.routes()) {
            if (route->allow.level == http::access::kind::everyone) continue;
            std::string path = route->path;
            if (auto const at = path.find("{id}"); at != path.npos)
                path.replace(at, 4, core::to_string(core::make_uuid7()));
            auto const anonymous =
                co_await n.ask({.verb = route->verb, .path = path, .body = {}, .token = {}, .fields = {}});
            EXPECT_EQ(anonymous.status, 401) << path;
            EXPECT_EQ(anonymous.field("www-authenticate"), "Bearer");
            auto const forged = co_await n.ask(
                {.verb = route->verb, .path = path, .body = {}, .token = one + "x", .fields = {}});
            EXPECT_EQ(forged.status, 401) << path;
            if (route->allow.level != http::access::kind::permitted) continue;
            auto const empty =
                co_await n.ask({.verb = route->verb, .path = path, .body = {}, .token = none, .fields = {}});
            EXPECT_EQ(empty.status, 403) << path;
        }
        EXPECT_EQ(fingerprint(n), before);
    });
}

TEST(identity_users, are_added_listed_searched_and_changed) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const viewer = role_id(n, "viewer");
        auto const made =
            co_await n.post("/v1/admin/users", user_body("Ada@Example.com", quoted(viewer)), token);
        EXPECT_EQ(made.status, 201);
        EXPECT_EQ(made.body.at("roles").at(0).at("name").as_string(), "viewer");
        EXPECT_EQ((co_await n.post("/v1/admin/users", user_body("ada@example.com", ""), token)).code(),
                  "email_taken");
        auto const unknown = co_await n.post(
            "/v1/admin/users",
            user_body("b@example.com", quoted(viewer) + "," + quoted(core::to_string(core::make_uuid7()))),
            token);
        EXPECT_EQ(unknown.status, 422);
        EXPECT_EQ(unknown.body.at("errors").at(0).at("pointer").as_string(), "/roles/1");

        for (int i = 0; i < 5; ++i)
            EXPECT_EQ((co_await n.post("/v1/admin/users",
                                       user_body("u" + std::to_string(i) + "@example.com", ""), token))
                          .status,
                      201);
        std::vector<std::string> seen;
        std::string after;
        for (int pages = 0; pages < 9; ++pages) {
            auto const page = co_await n.get("/v1/admin/users?limit=3" + after, token);
            for (auto const& u : page.body.at("data").as_array())
                seen.emplace_back(u.at("email").as_string());
            if (page.body.at("next").is_null()) break;
            after = "&after=" + std::string(page.body.at("next").as_string());
        }
        EXPECT_EQ(seen.size(), 7u);
        EXPECT_EQ(seen.front(), "u4@example.com");
        EXPECT_EQ(seen.back(), owner_email);
        EXPECT_EQ((co_await n.get("/v1/admin/users?q=ADA%40", token)).body.at("data").as_array().size(), 1u);
        EXPECT_EQ(
            (co_await n.get("/v1/admin/users?role_id=" + viewer, token)).body.at("data").as_array().size(),
            1u);
        EXPECT_EQ((co_await n.get("/v1/admin/users?status=blocked", token)).body.at("data").as_array().size(),
                  0u);
        EXPECT_EQ((co_await n.get("/v1/admin/users?after=nonsense", token)).code(), "cursor_invalid");

        std::string const path = "/v1/admin/users/" + made.text("id");
        auto const stale = co_await n.change(patch, path, R"({"name":"X"})", token, "\"9-abc\"");
        EXPECT_EQ(stale.status, 412);
        auto const renamed = co_await n.change(patch, path, R"({"name":"Ada Lovelace"})", token,
                                               etag_of(co_await n.get(path, token)));
        EXPECT_EQ(renamed.status, 200);
        EXPECT_EQ(renamed.text("name"), "Ada Lovelace");
        EXPECT_EQ(renamed.body.at("version").as_int64(), 2);
        EXPECT_EQ((co_await n.get("/v1/admin/users/" + core::to_string(core::make_uuid7()), token)).code(),
                  "user_not_found");
        EXPECT_EQ(look(n,
                       "select count(*) from audit.entries where changes::text like '%Lovelace%' or "
                       "changes::text like '%@%'"),
                  "0");

        auto const trail =
            co_await n.get("/v1/admin/audit?resource=users&resource_id=" + made.text("id"), token);
        EXPECT_EQ(trail.body.at("data").as_array().size(), 2u);
        EXPECT_EQ(trail.body.at("data").at(0).at("action").as_string(), "PATCH /v1/admin/users/{id}");
        EXPECT_EQ(trail.body.at("data").at(1).at("changes").at(1).at("after").at(0).as_string(), "viewer");
    });
}

TEST(identity_users, blocking_ends_every_sign_in_here_at_once_and_elsewhere_within_a_second) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const ada =
            co_await token_with(a, "ada", R"({"method":"GET","route":"/v1/admin/users"})");
        EXPECT_EQ((co_await b.get("/v1/admin/users", ada)).status, 200);
        std::string const id = look(a, "select id from identity.users where email = 'ada@example.com'");
        std::string const owner = co_await owner_token(a);
        EXPECT_EQ(
            (co_await a.change(patch, "/v1/admin/users/" + id, R"({"status":"blocked"})", owner, "")).status,
            200);
        EXPECT_EQ((co_await a.get("/v1/admin/users", ada)).status, 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/admin/users", ada)).status, 401);
        EXPECT_EQ(look(a, "select count(*) from identity.sessions where user_id = '" + id +
                              "' and ended_at is null"),
                  "0");
        // Unblocked, the old token stays dead: its session has ended.
        EXPECT_EQ(
            (co_await a.change(patch, "/v1/admin/users/" + id, R"({"status":"active"})", owner, "")).status,
            200);
        EXPECT_EQ((co_await a.get("/v1/admin/users", ada)).status, 401);
        EXPECT_EQ((co_await a.get("/v1/admin/users", co_await a.token_of("ada@example.com", staff_password)))
                      .status,
                  200);
    });
}

TEST(identity_users, nobody_hands_out_or_takes_away_more_than_they_hold) {
    with_shop([](node& n) -> core::task<void> {
        std::string const clerk = co_await token_with(n, "clerk", user_and_role_rights);
        co_await token_with(n, "auditor", R"({"method":"GET","route":"/v1/admin/audit"})");
        std::string const owner_id =
            look(n, "select id from identity.users where email = 'owner@example.com'");
        std::string const self = look(n, "select id from identity.users where email = 'clerk@example.com'");
        std::string const before = fingerprint(n);
        for (auto const* role : {"owner", "auditor"})
            EXPECT_EQ((co_await n.post("/v1/admin/users",
                                       user_body("x@example.com", quoted(role_id(n, role))), clerk))
                          .code(),
                      "rights_exceeded");
        for (std::string const& path : {owner_id, self})
            EXPECT_EQ((co_await n.change(patch, "/v1/admin/users/" + path,
                                         R"({"roles":[)" + quoted(role_id(n, "owner")) + "]}", clerk, ""))
                          .code(),
                      "rights_exceeded");
        EXPECT_EQ(
            (co_await n.change(patch, "/v1/admin/users/" + owner_id, R"({"roles":[]})", clerk, "")).code(),
            "rights_exceeded");
        EXPECT_EQ(
            (co_await n.change(patch, "/v1/admin/users/" + owner_id, R"({"status":"blocked"})", clerk, ""))
                .code(),
            "rights_exceeded");
        EXPECT_EQ((co_await n.change(patch, "/v1/admin/users/" + owner_id, R"({"name":"Nobody"})", clerk, ""))
                      .code(),
                  "rights_exceeded");
        EXPECT_EQ(
            (co_await n.post("/v1/admin/roles",
                             R"({"name":"more","permissions":[{"method":"GET","route":"/v1/admin/audit"}]})",
                             clerk))
                .code(),
            "rights_exceeded");
        EXPECT_EQ(fingerprint(n), before);
        std::string const add = "POST /v1/admin/users users rights_exceeded, ",
                          edit = "PATCH /v1/admin/users/{id} users rights_exceeded, ";
        EXPECT_EQ(refusals(n), add + add + edit + edit + edit + edit + edit +
                                   "POST /v1/admin/roles roles rights_exceeded");
        EXPECT_EQ(look(n, "select count(*) from audit.entries where resource_id = '" + owner_id +
                              "' and changes @> '[{\"field\":\"refused\"}]'"),
                  "4");
        auto const peer = co_await n.post("/v1/admin/users",
                                          user_body("y@example.com", quoted(role_id(n, "clerk"))), clerk);
        EXPECT_EQ(peer.status, 201);
        for (std::string const& path : {peer.text("id"), self})
            EXPECT_EQ((co_await n.change(patch, "/v1/admin/users/" + path, R"({"name":"Ann"})", clerk, ""))
                          .text("name"),
                      "Ann");
    });
}

TEST(identity_users, the_last_owner_stays_also_when_two_demote_each_other_at_once) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const first = co_await owner_token(a);
        std::string const first_id =
            look(a, "select id from identity.users where email = 'owner@example.com'");
        for (auto const* change : {R"({"roles":[]})", R"({"status":"blocked"})"})
            EXPECT_EQ((co_await a.change(patch, "/v1/admin/users/" + first_id, change, first, "")).code(),
                      "last_owner");
        EXPECT_EQ(refusals(a),
                  "PATCH /v1/admin/users/{id} users last_owner, PATCH /v1/admin/users/{id} users last_owner");
        auto const made = co_await a.post(
            "/v1/admin/users", user_body("second@example.com", quoted(role_id(a, "owner"))), first);
        EXPECT_EQ(made.status, 201);
        std::string const second = co_await b.token_of("second@example.com", staff_password);
        for (int round = 0; round < 10; ++round) {
            int done = 0, refused = 0;
            auto const demote = [](node& n, std::string id, std::string token, int& good,
                                   int& bad) -> core::task<void> {
                auto const r =
                    co_await n.change(patch, "/v1/admin/users/" + id, R"({"roles":[]})", token, "");
                EXPECT_LT(r.status, 500);
                ++(r.status == 200 ? good : bad);
            };
            std::vector<core::task<void>> both;
            both.push_back(demote(a, made.text("id"), first, done, refused));
            both.push_back(demote(b, first_id, second, done, refused));
            co_await all_of(std::move(both));
            EXPECT_EQ(done, 1);
            EXPECT_EQ(refused, 1);
            EXPECT_EQ(look(a,
                           "select count(*) from identity.user_roles ur join identity.roles r on r.id = "
                           "ur.role_id where r.everything"),
                      "1");
            db::session(a.of.url).run(
                "insert into identity.user_roles select u.id, r.id from identity.users u, identity.roles r"
                " where r.name = 'owner' on conflict do nothing;"
                "update ops.versions set version = version + 1 where name = 'rights'");
            co_await loop::sleep(1050ms);
        }
    });
}

}  // namespace
