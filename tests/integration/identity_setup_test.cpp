// Permission rows, the first owner, what is kept in memory, and reading the audit trail.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

core::task<identity::permission_changes> sync(node& n, std::vector<http::permission> declared) {
    identity::permission_changes out;
    auto const done = co_await n.database.use(in(5s)).transact(
        {}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
            out = co_await identity::sync_permissions(t, declared);
            co_return core::nothing{};
        });
    EXPECT_TRUE(done.has_value());
    co_return out;
}

constexpr auto last_sync =
    "select changes::text from audit.entries where resource = 'permissions' and resource_id = 'all' and "
    "actor_kind = 'system' and action = 'carrack migrate' order by id desc limit 1";

// GET /v1/admin/users, held by "ada".
core::task<void> expect_retired_to_be_shown_and_not_given(node& n, std::string owner) {
    auto const list = co_await n.get("/v1/admin/permissions?retired=true", owner);
    auto const& gone = list.body.at("data").as_array();
    EXPECT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone.at(0).at("route").as_string(), "/v1/admin/users");
    EXPECT_TRUE(gone.at(0).at("retired").as_bool());
    EXPECT_TRUE(gone.at(0).at("retired_at").is_string());
    EXPECT_EQ(gone.at(0).at("roles"), json::value({{{"id", role_id(n, "ada")}, {"name", "ada"}}}));
    EXPECT_EQ(gone.at(0).at("api_keys").as_array().size(), 1u) << "the live one alone";
    EXPECT_EQ(gone.at(0).at("api_keys").at(0).at("name").as_string(), "Lists");
    auto const others = co_await n.get("/v1/admin/permissions?retired=false&limit=100", owner);
    for (auto const& live : others.body.at("data").as_array()) {
        EXPECT_FALSE(live.at("retired").as_bool());
        for (auto const* only : {"roles", "api_keys", "retired_at"})
            EXPECT_FALSE(live.as_object().contains(only)) << only;
    }
    std::string const wanted = R"("permissions":[{"method":"GET","route":"/v1/admin/users/{id}"},)"
                               R"({"method":"GET","route":"/v1/admin/users"}]})";
    auto const refused = co_await n.post("/v1/admin/roles", R"({"name":"late",)" + wanted, owner);
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.body.at("errors").at(0).at("pointer").as_string(), "/permissions/1");
    EXPECT_EQ(refused.body.at("errors").at(0).at("code").as_string(), "retired_permission");
    // Whoever holds it keeps it, and a copy does without it.
    std::string const path = "/v1/admin/roles/" + role_id(n, "ada");
    auto const kept = co_await n.change(put, path + "/permissions", "{" + wanted, owner,
                                        (co_await n.get(path, owner)).field("etag"));
    EXPECT_EQ(kept.body.at("permissions").as_array().size(), 2u);
    auto const copy = co_await n.post(path + "/copy", R"({"name":"ada's"})", owner);
    EXPECT_EQ(copy.body.at("permissions").as_array().size(), 1u);
    auto const told = co_await n.post(
        "/v1/admin/permissions/explain",
        R"({"method":"GET","path":"/v1/admin/users","user_id":)" +
            quoted(look(n, "select id from identity.users where email = 'ada@example.com'")) + "}",
        owner);
    EXPECT_EQ(told.text("reason"), "retired");
    EXPECT_FALSE(told.body.at("allowed").as_bool());
}

TEST(identity_permissions, follow_the_declarations_and_keep_the_grants_of_retired_ones) {
    with_shop([](node& n) -> core::task<void> {
        auto const all = n.of.routes.permissions();
        std::string const version = look(n, "select version from ops.versions where name = 'rights'");
        auto const same = co_await sync(n, all);
        EXPECT_EQ(same.added + same.renewed + std::ssize(same.retired), 0);
        EXPECT_EQ(look(n, "select version from ops.versions where name = 'rights'"), version);

        std::string const ada =
            co_await token_with(n, "ada", R"({"method":"GET","route":"/v1/admin/users"})");
        std::string const owner = co_await owner_token(n);
        std::string const keys = R"({"permissions":[{"method":"GET","route":"/v1/admin/users"}],"name":)";
        auto const key = co_await n.post("/v1/admin/api-keys", keys + R"("Lists"})", owner);
        auto const ended = co_await n.post("/v1/admin/api-keys", keys + R"("Ended"})", owner);
        EXPECT_EQ((co_await n.change(remove, "/v1/admin/api-keys/" + ended.text("id"), "", owner, "")).status,
                  204);
        std::vector<std::string> const held_by_keys{"Lists (" + key.text("prefix") + ")"};
        std::vector<http::permission> fewer;
        for (auto p : all) {
            if (p.operation == "listUsers") continue;
            if (p.operation == "getUser") p.resource = "people";
            fewer.push_back(p);
        }
        fewer.push_back({"GET", "/v1/admin/new", "new", "getNew"});
        auto const changed = co_await sync(n, fewer);
        EXPECT_EQ(changed.added, 1);
        EXPECT_EQ(changed.renewed, 1);
        EXPECT_EQ(changed.retired.size(), 1u);
        EXPECT_EQ(changed.retired.at(0).permission, "GET /v1/admin/users");
        EXPECT_EQ(changed.retired.at(0).roles, std::vector<std::string>{"ada"});
        EXPECT_EQ(changed.retired.at(0).api_keys, held_by_keys);
        EXPECT_TRUE(changed.revived.empty());
        EXPECT_EQ(
            look(n, last_sync),
            R"([{"after": null, "field": "GET /v1/admin/users", "before": {"resource": "users", "operation": "listUsers", "by_location": false}}, )"
            R"({"after": {"resource": "people", "operation": "getUser", "by_location": false}, "field": "GET /v1/admin/users/{id}", "before": {"resource": "users", "operation": "getUser", "by_location": false}}, )"
            R"({"after": {"resource": "new", "operation": "getNew", "by_location": false}, "field": "GET /v1/admin/new", "before": null}])");
        n.service.changed();
        EXPECT_EQ((co_await n.get("/v1/admin/users", ada)).status, 403);
        EXPECT_EQ((co_await n.get("/v1/admin/users", owner)).status, 403);
        EXPECT_EQ(look(n,
                       "select count(*) from identity.grants g join identity.permissions p on p.id = "
                       "g.permission_id where p.operation = 'listUsers' and p.retired_at is not null") != "0",
                  true);
        EXPECT_TRUE((co_await sync(n, fewer)).retired.empty()) << "told once";
        co_await expect_retired_to_be_shown_and_not_given(n, owner);
        auto const back = co_await sync(n, all);
        EXPECT_EQ(back.renewed, 2);
        EXPECT_EQ(back.retired.at(0).permission, "GET /v1/admin/new");
        EXPECT_TRUE(back.retired.at(0).roles.empty());
        EXPECT_EQ(back.revived.size(), 1u);
        EXPECT_EQ(back.revived.at(0).permission, "GET /v1/admin/users");
        EXPECT_EQ(back.revived.at(0).roles, std::vector<std::string>{"ada"});
        EXPECT_EQ(back.revived.at(0).api_keys, held_by_keys);
        EXPECT_TRUE((co_await sync(n, all)).revived.empty()) << "told once";
        EXPECT_EQ(look(n, "select count(*) from audit.entries where resource = 'permissions'"), "3");
        n.service.changed();
        EXPECT_EQ((co_await n.get("/v1/admin/users", ada)).status, 200);
    });
}

TEST(identity_setup, makes_one_owner_however_many_processes_start) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        db::session(a.of.url).run(
            "delete from identity.user_roles; delete from identity.grants; delete from identity.roles");
        auto const start = [](node& n) -> core::task<void> {
            auto const made = co_await identity::ensure_owner(n.database.use(in(5s)), n.of.passwords,
                                                              {"new@example.com", "N", owner_password});
            EXPECT_TRUE(made.has_value());
        };
        std::vector<core::task<void>> both;
        both.push_back(start(a));
        both.push_back(start(b));
        co_await all_of(std::move(both));
        EXPECT_EQ(look(a, "select count(*) from identity.users where email = 'new@example.com'"), "1");
        EXPECT_EQ(look(a, "select string_agg(name, ',' order by name) from identity.roles"),
                  "manager,operator,owner,viewer");
        EXPECT_FALSE((co_await a.token_of("new@example.com", owner_password)).empty());
    });
}

TEST(identity_setup, leaves_an_entry_for_each_role_and_owner_it_makes) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ(
            look(n, "select jsonb_array_length(changes) from audit.entries where resource = 'permissions'"),
            std::to_string(n.of.routes.permissions().size()));
        auto const held = [&](std::string const& role) {
            return look(
                n,
                "select jsonb_array_length(c->'after') from audit.entries e, jsonb_array_elements(changes) c"
                " where action = 'carrack setup' and resource = 'roles' and c->>'field' = 'permissions'"
                " and e.resource_id = '" +
                    role_id(n, role) + "'");
        };
        for (auto const* role : {"manager", "operator", "viewer", "owner"})
            EXPECT_EQ(held(role), look(n, "select count(*) from identity.grants where role_id = '" +
                                              role_id(n, role) + "'"))
                << role;
        // Roles there are, none of which holds everything: a new one comes, and the trail says so.
        db::session(n.of.url).run(
            "delete from identity.user_roles; delete from identity.roles where name = 'owner'");
        EXPECT_TRUE(*co_await identity::ensure_owner(n.database.use(in(5s)), n.of.passwords,
                                                     {"new@example.com", "N", owner_password}));
        EXPECT_EQ(
            look(n,
                 "select c->>'after' from audit.entries e, jsonb_array_elements(changes) c"
                 " where action = 'carrack setup' and c->>'field' = 'everything' and e.resource_id = '" +
                     role_id(n, "owner") + "'"),
            "true");
    });
}

TEST(identity_rights, nothing_is_asked_of_the_database_while_nobody_asks_and_little_when_somebody_does) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        EXPECT_EQ((co_await n.get("/v1/auth/session", token)).status, 200);
        auto const before = n.database.measure().statements;
        for (int i = 0; i < 50; ++i) EXPECT_EQ((co_await n.get("/v1/auth/session", token)).status, 200);
        auto const busy = n.database.measure().statements;
        EXPECT_LE(busy - before, 50u + 2u);  // each its own, and a look or two
        co_await loop::sleep(1500ms);
        EXPECT_EQ(n.database.measure().statements, busy);
    });
}

TEST(audit_list, filters_and_pages_newest_first) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        for (int i = 0; i < 4; ++i)
            EXPECT_EQ((co_await n.post("/v1/admin/roles", R"({"name":"r)" + std::to_string(i) + "\"}", token))
                          .status,
                      201);
        std::string const owner = look(n, "select id from identity.users");
        auto const first = co_await n.get("/v1/admin/audit?limit=3&resource=roles&actor_id=" + owner, token);
        EXPECT_EQ(first.body.at("data").as_array().size(), 3u);
        EXPECT_EQ(first.body.at("data").at(0).at("changes").at(0).at("after").as_string(), "r3");
        EXPECT_EQ(first.body.at("data").at(0).at("actor").at("id").as_string(), owner);
        EXPECT_EQ(first.text("next").empty(), false);
        auto const second = co_await n.get(
            "/v1/admin/audit?limit=3&resource=roles&actor_id=" + owner + "&after=" + first.text("next"),
            token);
        EXPECT_EQ(second.body.at("data").as_array().size(), 1u);
        EXPECT_TRUE(second.body.at("next").is_null());
        auto const all = look(n, "select count(*) from audit.entries");
        EXPECT_EQ(std::to_string(
                      (co_await n.get("/v1/admin/audit?limit=100", token)).body.at("data").as_array().size()),
                  all);
        EXPECT_EQ(
            (co_await n.get("/v1/admin/audit?resource=sessions", token)).body.at("data").as_array().size(),
            1u);
        EXPECT_EQ(
            (co_await n.get("/v1/admin/audit?actor_id=" + owner, token)).body.at("data").as_array().size(),
            5u);
        EXPECT_EQ((co_await n.get("/v1/admin/audit?resource_id=x", token)).status, 422);
        EXPECT_EQ((co_await n.get("/v1/admin/audit?resource=roles&resource_id=x", token))
                      .body.at("data")
                      .as_array()
                      .size(),
                  0u);
        EXPECT_EQ(
            (co_await n.get("/v1/admin/audit?actor_id=" + owner + "&resource=roles&resource_id=x", token))
                .body.at("data")
                .as_array()
                .size(),
            0u);
    });
}

}  // namespace
