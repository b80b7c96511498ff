// Several servers on one database: what one does is in force on the others, whatever becomes of the database.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

constexpr auto a_look_later = 1100ms;

std::string refresh_body(std::string const& token) { return R"({"refresh_token":")" + token + "\"}"; }

core::task<heard> sign_in(node& n) {
    co_return co_await n.post("/v1/auth/login", std::string(R"({"email":")") + owner_email +
                                                    R"(","password":")" + owner_password +
                                                    R"(","refresh":"body"})");
}

core::task<void> grant(node& n, std::string role, std::string owner, std::string route) {
    std::string const path = "/v1/admin/roles/" + role_id(n, role);
    auto const seen = co_await n.get(path, owner);
    auto const set = co_await n.change(put, path + "/permissions",
                                       R"({"permissions":[{"method":"GET","route":")" + route + "\"}]}",
                                       owner, seen.field("etag"));
    EXPECT_EQ(set.status, 200);
}

// As after restoring a backup: the counters stand where they stood long ago.
TEST(identity_processes, a_counter_that_went_back_hides_nothing) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const ada =
            co_await token_with(a, "ada", R"({"method":"GET","route":"/v1/admin/users"})");
        std::string const left = co_await a.token_of("ada@example.com", staff_password);
        for (node* n : {&a, &b}) {
            EXPECT_EQ((co_await n->get("/v1/admin/users", ada)).status, 200);
            EXPECT_EQ((co_await n->get("/v1/auth/session", left)).status, 200);
        }
        db::session(a.of.url).run(
            "delete from identity.grants where role_id = '" + role_id(a, "ada") +
            "'; update identity.sessions set ended_at = now(), end_reason = 'revoked' where id = "
            "(select max(id::text)::uuid from identity.sessions)"
            "; update ops.versions set version = 0");
        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b}) {
            EXPECT_EQ((co_await n->get("/v1/admin/users", ada)).status, 403);
            EXPECT_EQ((co_await n->get("/v1/auth/session", left)).status, 401);
        }
        db::session(a.of.url).run(
            "update identity.signing_keys set retired_at = now(); update ops.versions set version = -1");
        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b}) EXPECT_EQ((co_await n->get("/v1/auth/session", ada)).status, 401);
    });
}

// A second is long enough to make oneself a friend. What changes rights is decided by those of this moment.
TEST(identity_processes, what_changes_rights_is_decided_by_the_rights_of_this_moment) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const owner = co_await owner_token(a);
        for (std::string const name : {"ada", "bea", "cleo"}) {
            std::string const clerk =
                co_await token_with(a, name, R"({"method":"POST","route":"/v1/admin/roles"})");
            EXPECT_EQ(
                (co_await b.post("/v1/admin/roles", R"({"name":"first of )" + name + "\"}", clerk)).status,
                201);
            EXPECT_EQ((co_await b.get("/v1/auth/session", clerk)).status, 200)
                << "it looks, after its own change";
            co_await grant(a, name, owner, "/v1/admin/users");
            auto const late =
                co_await b.post("/v1/admin/roles", R"({"name":"late of )" + name + "\"}", clerk);
            EXPECT_EQ(late.status, 403) << "at once, though this process has just looked";
            EXPECT_EQ(late.code(), "permission_denied");
        }
    });
}

// As after a failover that lost the last change: the next one must not pass for the one that was lost.
TEST(identity_processes, a_version_is_never_given_twice) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const owner = co_await owner_token(a);
        std::string const ada =
            co_await token_with(a, "ada", R"({"method":"GET","route":"/v1/admin/users"})");
        std::string const before = look(a, "select version from ops.versions where name = 'rights'");
        co_await grant(a, "ada", owner, "/v1/admin/roles");
        co_await loop::sleep(a_look_later);
        EXPECT_EQ((co_await b.get("/v1/admin/roles", ada)).status, 200);
        db::session(a.of.url).run("update ops.versions set version = " + before + " where name = 'rights'");
        co_await grant(a, "ada", owner, "/v1/admin/permissions");
        co_await loop::sleep(a_look_later);
        EXPECT_EQ((co_await b.get("/v1/admin/roles", ada)).status, 403);
        EXPECT_EQ((co_await b.get("/v1/admin/permissions", ada)).status, 200);
    });
}

TEST(identity_processes, servers_with_different_addresses_issue_as_one_shop) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        auto const by_b = co_await sign_in(b);
        std::string const by_a = co_await owner_token(a);
        EXPECT_EQ(look(a, "select value from ops.settings where name = 'issuer'"), "http://127.0.0.1:9");
        for (std::string const& token : {by_a, by_b.text("access_token")})
            for (node* n : {&a, &b}) EXPECT_EQ((co_await n->get("/v1/auth/session", token)).status, 200);
        auto const renewed = co_await a.post("/v1/auth/refresh", refresh_body(by_b.text("refresh_token")));
        EXPECT_EQ(renewed.status, 200);
        EXPECT_EQ((co_await b.post("/v1/auth/refresh", refresh_body(renewed.text("refresh_token")))).status,
                  200);
    });
}

TEST(identity_processes, a_server_with_another_secret_key_gives_no_token_that_is_none) {
    with_shop([](node& n) -> core::task<void> {
        process other(n.of.url, "https://shop.test", crypto::secret_key::parse(std::string(64, '8')));
        db::database database(loop::event_loop::current(), options_for(other.url));
        node stranger(other, database);
        auto const begun = co_await sign_in(n);
        auto const renewed = co_await n.post("/v1/auth/refresh", refresh_body(begun.text("refresh_token")));
        EXPECT_EQ(renewed.status, 200);
        auto const again =
            co_await stranger.post("/v1/auth/refresh", refresh_body(begun.text("refresh_token")));
        EXPECT_EQ(again.status, 401);
        EXPECT_EQ(again.code(), "refresh_token_invalid");
        asked by_cookie{.verb = post,
                        .path = "/v1/auth/refresh",
                        .body = {},
                        .token = {},
                        .fields = {{"cookie", "__Host-carrack_refresh=" + begun.text("refresh_token")}}};
        auto const jar = co_await stranger.ask(by_cookie);
        EXPECT_EQ(jar.status, 401);
        EXPECT_EQ(jar.field("set-cookie"), "") << "the browser may hold the successor by now";
        // Nobody was signed out by it, and either server renews what is not spent.
        EXPECT_EQ(
            (co_await stranger.post("/v1/auth/refresh", refresh_body(renewed.text("refresh_token")))).status,
            200);
        auto const fit = [&](crypto::secret_key key) {
            return identity::examine_keys(n.database.use(in(5s)), key);
        };
        EXPECT_EQ(co_await fit(*crypto::secret_key::parse(std::string(64, '9'))),
                  identity::key_fit::opens_none);
        EXPECT_EQ(co_await fit(*crypto::secret_key::parse(std::string(64, '7'))), identity::key_fit::opens);
        co_await database.close();
    });
}

}  // namespace
