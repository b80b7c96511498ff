// Roles and their grants against a real PostgreSQL.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

std::string etag_of(heard const& h) { return h.field("etag"); }

TEST(identity_roles, are_made_edited_granted_and_deleted_under_their_version) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        auto const made =
            co_await n.post("/v1/admin/roles", R"({"name":"Packers","description":"They pack"})", token);
        EXPECT_EQ(made.status, 201);
        EXPECT_EQ((co_await n.post("/v1/admin/roles", R"({"name":"packers"})", token)).code(),
                  "role_name_taken");
        std::string const path = "/v1/admin/roles/" + made.text("id");
        EXPECT_EQ((co_await n.change(patch, path, R"({"name":"P"})", token, "")).status, 428);
        EXPECT_EQ((co_await n.change(put, path + "/permissions", R"({"permissions":[]})", token, "")).status,
                  428);
        EXPECT_EQ((co_await n.change(remove, path, "", token, "")).status, 428);
        EXPECT_EQ((co_await n.change(patch, path, R"({"name":"P"})", token, "\"7-x\"")).status, 412);

        auto const renamed = co_await n.change(patch, path, R"({"name":"Packing"})", token, etag_of(made));
        EXPECT_EQ(renamed.status, 200);
        EXPECT_EQ(renamed.text("description"), "They pack");
        std::string const id = look(n, "select id from identity.permissions where operation = 'getUser'");
        auto const granted = co_await n.change(
            put, path + "/permissions",
            R"({"permissions":[{"id":)" + id + R"(},{"method":"GET","route":"/v1/admin/users"}]})", token,
            etag_of(renamed));
        EXPECT_EQ(granted.status, 200);
        EXPECT_EQ(granted.body.at("permissions").as_array().size(), 2u);
        EXPECT_EQ((co_await n.get(path, token)).body, granted.body);
        auto const bad =
            co_await n.change(put, path + "/permissions",
                              R"({"permissions":[{"id":99999},{"method":"GET"}]})", token, etag_of(granted));
        EXPECT_EQ(bad.status, 422);
        EXPECT_EQ(bad.body.at("errors").as_array().size(), 2u);
        auto const whole = "/v1/admin/roles/" + role_id(n, "owner");
        EXPECT_EQ((co_await n.get(whole, token)).body.at("permissions").as_array().size(),
                  n.of.routes.permissions().size());
        EXPECT_EQ((co_await n.change(put, whole + "/permissions", R"({"permissions":[]})", token,
                                     etag_of(co_await n.get(whole, token))))
                      .code(),
                  "role_holds_everything");

        EXPECT_EQ(
            (co_await n.post("/v1/admin/users", user_body("p@example.com", quoted(made.text("id"))), token))
                .status,
            201);
        auto const used = co_await n.change(remove, path, "", token, etag_of(co_await n.get(path, token)));
        EXPECT_EQ(used.code(), "role_in_use");
        EXPECT_EQ(used.text("detail"), "Held by Ada; take the role from them first.");
        std::string const user = look(n, "select id from identity.users where email = 'p@example.com'");
        EXPECT_EQ((co_await n.change(patch, "/v1/admin/users/" + user, R"({"roles":[]})", token, "")).status,
                  200);
        EXPECT_EQ((co_await n.change(remove, path, "", token, etag_of(co_await n.get(path, token)))).status,
                  204);
        EXPECT_EQ((co_await n.get(path, token)).code(), "role_not_found");

        auto const list = co_await n.get("/v1/admin/roles?limit=3", token);
        EXPECT_EQ(list.body.at("data").at(0).at("name").as_string(), "manager");
        EXPECT_EQ(list.body.at("data").at(2).at("name").as_string(), "owner");
        EXPECT_EQ(list.body.at("data").at(2).at("permission_count").as_int64(),
                  std::ssize(n.of.routes.permissions()));
        auto const rest =
            co_await n.get("/v1/admin/roles?after=" + std::string(list.body.at("next").as_string()), token);
        EXPECT_EQ(rest.body.at("data").at(0).at("name").as_string(), "viewer");
        EXPECT_EQ(
            (co_await n.get("/v1/admin/permissions?limit=100", token)).body.at("data").as_array().size(),
            n.of.routes.permissions().size());
        EXPECT_EQ(
            (co_await n.get("/v1/admin/permissions?resource=audit", token)).body.at("data").as_array().size(),
            1u);
    });
}

TEST(identity_roles, a_changed_grant_is_in_force_here_at_once_and_elsewhere_within_a_second) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const ada =
            co_await token_with(a, "ada", R"({"method":"GET","route":"/v1/admin/users"})");
        std::string const owner = co_await owner_token(a);
        std::string const path = "/v1/admin/roles/" + role_id(a, "ada");
        EXPECT_EQ((co_await b.get("/v1/admin/users", ada)).status, 200);
        EXPECT_EQ((co_await b.get("/v1/admin/roles", ada)).status, 403);
        EXPECT_EQ((co_await a.change(put, path + "/permissions",
                                     R"({"permissions":[{"method":"GET","route":"/v1/admin/roles"}]})", owner,
                                     etag_of(co_await a.get(path, owner))))
                      .status,
                  200);
        EXPECT_EQ((co_await a.get("/v1/admin/users", ada)).status, 403);
        EXPECT_EQ((co_await a.get("/v1/admin/roles", ada)).status, 200);
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/admin/users", ada)).status, 403);
        EXPECT_EQ((co_await b.get("/v1/admin/roles", ada)).status, 200);
    });
}

// The role is given to somebody while its deletion waits for the lock: the answer names them.
TEST(identity_roles, a_role_given_at_the_last_moment_is_not_deleted_and_its_holder_named) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        auto const made = co_await n.post("/v1/admin/roles", R"({"name":"late"})", token);
        std::string const path = "/v1/admin/roles/" + made.text("id");
        db::session giving(n.of.url);
        giving.run("begin; update ops.versions set version = version + 1 where name = 'rights'");
        heard dropped;
        auto const drop = [](node& on, std::string at, std::string as, std::string etag,
                             heard& into) -> core::task<void> {
            into = co_await on.change(remove, at, "", as, etag);
        };
        auto const give = [](db::session& by, std::string role) -> core::task<void> {
            co_await loop::sleep(200ms);
            by.run("insert into identity.user_roles select id, '" + role + "' from identity.users; commit");
        };
        std::vector<core::task<void>> both;
        both.push_back(drop(n, path, token, etag_of(made), dropped));
        both.push_back(give(giving, made.text("id")));
        co_await all_of(std::move(both));
        EXPECT_EQ(dropped.code(), "role_in_use");
        EXPECT_EQ(dropped.text("detail"), "Held by Olive Owner; take the role from them first.");
    });
}

TEST(identity_roles, nobody_widens_a_role_they_hold) {
    with_shop([](node& n) -> core::task<void> {
        std::string const clerk = co_await token_with(n, "clerk", user_and_role_rights);
        std::string const owner = co_await owner_token(n);
        // A second role with one permission more, held too: the first cannot take it over.
        auto const extra = co_await n.post(
            "/v1/admin/roles",
            R"({"name":"extra","permissions":[{"method":"GET","route":"/v1/admin/roles/{id}"}]})", owner);
        std::string const user = look(n, "select id from identity.users where email = 'clerk@example.com'");
        EXPECT_EQ((co_await n.change(
                       patch, "/v1/admin/users/" + user,
                       R"({"roles":[)" + quoted(role_id(n, "clerk")) + "," + quoted(extra.text("id")) + "]}",
                       owner, ""))
                      .status,
                  200);
        std::string const path = "/v1/admin/roles/" + role_id(n, "clerk");
        std::string const before = fingerprint(n);
        auto const wider = co_await n.change(put, path + "/permissions",
                                             std::string(R"({"permissions":[)") + user_and_role_rights +
                                                 R"(,{"method":"GET","route":"/v1/admin/roles/{id}"}]})",
                                             clerk, etag_of(co_await n.get(path, clerk)));
        EXPECT_EQ(wider.code(), "own_role");
        EXPECT_EQ(fingerprint(n), before);
        EXPECT_EQ(refusals(n), "PUT /v1/admin/roles/{id}/permissions roles own_role");
        auto const narrower = co_await n.change(
            put, path + "/permissions", R"({"permissions":[{"method":"GET","route":"/v1/admin/users"}]})",
            clerk, etag_of(co_await n.get(path, clerk)));
        EXPECT_EQ(narrower.status, 200);
    });
}

}  // namespace
