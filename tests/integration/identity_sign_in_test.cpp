// Signing in, refreshing and signing out, against a real PostgreSQL.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <set>

#include <sodium.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;

std::string login_body(std::string const& email, std::string const& password, std::string const& more = {}) {
    return R"({"email":")" + email + R"(","password":")" + password + "\"" + more + "}";
}
std::string refresh_body(std::string const& token) { return R"({"refresh_token":")" + token + "\"}"; }

core::task<std::string> refresh_token_of(node& n) {
    auto const in =
        co_await n.post("/v1/auth/login", login_body(owner_email, owner_password, R"(,"refresh":"body")"));
    EXPECT_EQ(in.status, 200);
    co_return in.text("refresh_token");
}

asked with_cookie(std::string path, std::string token) {
    return {.verb = http::method::post,
            .path = std::move(path),
            .body = {},
            .token = {},
            .fields = {{"cookie", "a=b; __Host-carrack_refresh=" + token + "; c=d"}}};
}

TEST(identity_sign_in, answers_tokens_and_sets_the_cookie) {
    with_shop([](node& n) -> core::task<void> {
        auto const in = co_await n.post("/v1/auth/login", login_body("OWNER@example.COM", owner_password));
        EXPECT_EQ(in.status, 200);
        EXPECT_EQ(in.text("token_type"), "Bearer");
        EXPECT_EQ(in.body.at("expires_in").as_int64(), 300);
        EXPECT_EQ(in.body.at("user").at("email").as_string(), owner_email);
        EXPECT_EQ(in.body.at("user").at("roles").at(0).as_string(), "owner");
        EXPECT_FALSE(in.body.as_object().contains("refresh_token"));
        EXPECT_THAT(in.field("set-cookie"),
                    testing::HasSubstr("; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Strict"));

        auto const me = co_await n.get("/v1/auth/session", in.text("access_token"));
        EXPECT_EQ(me.status, 200);
        EXPECT_EQ(me.body.at("user").at("name").as_string(), "Olive Owner");
        EXPECT_EQ(me.body.at("permissions").as_array().size(), n.of.routes.permissions().size());

        EXPECT_EQ(look(n, "select count(*) from audit.entries where action = 'POST /v1/auth/login'"), "1");
        std::string const all = look(n, "select string_agg(e::text, '') from audit.entries e");
        EXPECT_THAT(all, testing::Not(testing::HasSubstr(owner_password)));
        EXPECT_THAT(all, testing::Not(testing::HasSubstr(in.refresh_cookie())));
        EXPECT_EQ(look(n, "select count(*) from identity.refresh_tokens t where t::text like '%" +
                              in.refresh_cookie() + "%'"),
                  "0");
    });
}

TEST(identity_sign_in, unknown_wrong_and_blocked_answer_alike_and_change_nothing) {
    with_shop([](node& n) -> core::task<void> {
        auto const added =
            co_await identity::add_staff(n.database.use(in(5s)), n.of.passwords,
                                         {"blocked@example.com", "B", "a good password"}, "viewer");
        EXPECT_TRUE(added.has_value());
        db::session(n.of.url).run(
            "update identity.users set status = 'blocked' where email = 'blocked@example.com'");
        json::value first;
        for (auto const& body :
             {login_body("nobody@example.com", owner_password), login_body(owner_email, "wrong password"),
              login_body("blocked@example.com", "a good password")}) {
            auto const in = co_await n.post("/v1/auth/login", body);
            EXPECT_EQ(in.status, 401);
            EXPECT_EQ(in.code(), "invalid_credentials");
            if (first.is_null()) first = in.body;
            EXPECT_EQ(in.body, first);
            EXPECT_EQ(in.statements, 6u);
        }
        EXPECT_EQ(look(n, "select count(*) from identity.sessions"), "0");
        EXPECT_EQ(look(n, "select count(*) from audit.entries where resource = 'sessions'"), "0");
    });
}

TEST(identity_sign_in, raises_the_hash_when_the_parameters_rise) {
    with_shop([](node& n) -> core::task<void> {
        char weak[crypto_pwhash_STRBYTES];
        EXPECT_EQ(crypto_pwhash_str(weak, owner_password, std::strlen(owner_password),
                                    crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
                  0);
        EXPECT_TRUE(crypto::needs_rehash(weak));
        db::session(n.of.url).query("update identity.users set password_hash = $1", {weak});
        EXPECT_FALSE((co_await n.token_of(owner_email, owner_password)).empty());
        std::string const after = look(n, "select password_hash from identity.users");
        EXPECT_FALSE(crypto::needs_rehash(after));
        EXPECT_FALSE((co_await n.token_of(owner_email, owner_password)).empty());
        EXPECT_EQ(look(n, "select password_hash from identity.users"), after);
    });
}

TEST(identity_refresh, rotates_and_every_token_is_spent_once) {
    with_shop([](node& n) -> core::task<void> {
        std::string token = co_await refresh_token_of(n);
        std::set<std::string> seen{token};
        for (int i = 0; i < 4; ++i) {
            auto const next = co_await n.post("/v1/auth/refresh", refresh_body(token));
            EXPECT_EQ(next.status, 200);
            EXPECT_EQ(next.field("set-cookie"), "");
            token = next.text("refresh_token");
            EXPECT_TRUE(seen.insert(token).second);
            EXPECT_EQ((co_await n.get("/v1/auth/session", next.text("access_token"))).status, 200);
        }
        EXPECT_EQ(look(n, "select count(*) from identity.refresh_tokens where spent_at is not null"), "4");
        EXPECT_EQ(look(n, "select count(*) from identity.sessions where ended_at is null"), "1");
    });
}

TEST(identity_refresh, takes_and_sets_the_cookie) {
    with_shop([](node& n) -> core::task<void> {
        auto const in = co_await n.post("/v1/auth/login", login_body(owner_email, owner_password));
        auto const next = co_await n.ask(with_cookie("/v1/auth/refresh", in.refresh_cookie()));
        EXPECT_EQ(next.status, 200);
        EXPECT_FALSE(next.body.as_object().contains("refresh_token"));
        EXPECT_NE(next.refresh_cookie(), in.refresh_cookie());
        EXPECT_EQ(next.refresh_cookie().size(), 43u);
        // An access token that expired meanwhile stands in nobody's way.
        auto stale = with_cookie("/v1/auth/refresh", next.refresh_cookie());
        stale.token = "not.a.token";
        EXPECT_EQ((co_await n.ask(stale)).status, 200);
    });
}

TEST(identity_refresh, a_spent_token_that_comes_back_ends_the_family_and_no_other) {
    with_shop([](node& n) -> core::task<void> {
        std::string const other = co_await refresh_token_of(n);
        std::string const stolen = co_await refresh_token_of(n);
        auto const second = co_await n.post("/v1/auth/refresh", refresh_body(stolen));
        auto const third = co_await n.post("/v1/auth/refresh", refresh_body(second.text("refresh_token")));
        EXPECT_EQ(third.status, 200);

        auto const again = co_await n.post("/v1/auth/refresh", refresh_body(stolen));
        EXPECT_EQ(again.status, 401);
        EXPECT_EQ(again.code(), "refresh_token_invalid");
        auto const newest = co_await n.post("/v1/auth/refresh", refresh_body(third.text("refresh_token")));
        EXPECT_EQ(newest.status, 401);
        EXPECT_EQ((co_await n.get("/v1/auth/session", third.text("access_token"))).status, 401);
        EXPECT_EQ((co_await n.post("/v1/auth/refresh", refresh_body(other))).status, 200);
        EXPECT_EQ(look(n, "select count(*) from identity.sessions where end_reason = 'reuse'"), "1");
        EXPECT_EQ(look(n, "select count(*) from audit.entries where action = 'POST /v1/auth/refresh'"), "1");
    });
}

TEST(identity_refresh, within_the_grace_the_same_successor_comes_again_and_after_it_the_family_ends) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await refresh_token_of(n);
        auto const once = co_await n.post("/v1/auth/refresh", refresh_body(token));
        auto const twice = co_await n.post("/v1/auth/refresh", refresh_body(token));
        EXPECT_EQ(twice.status, 200);
        EXPECT_EQ(twice.text("refresh_token"), once.text("refresh_token"));
        db::session(n.of.url).run(
            "update identity.refresh_tokens set spent_at = spent_at - interval '11 seconds'");
        EXPECT_EQ((co_await n.post("/v1/auth/refresh", refresh_body(token))).status, 401);
        EXPECT_EQ((co_await n.post("/v1/auth/refresh", refresh_body(once.text("refresh_token")))).status,
                  401);
    });
}

TEST(identity_refresh, sixteen_at_once_on_two_servers_leave_one_branch) {
    with_two_processes([](node& n, node& other) -> core::task<void> {
        // 100 rounds, or as many as CARRACK_TEST_ROUNDS says.
        char const* const asked = std::getenv("CARRACK_TEST_ROUNDS");
        int const rounds = asked == nullptr ? 100 : std::atoi(asked);
        for (int round = 0; round < rounds; ++round) {
            std::string const token = co_await refresh_token_of(n);
            std::set<std::string> successors;
            int good = 0;
            auto const one = [](node& on, std::string t, std::set<std::string>& into,
                                int& count) -> core::task<void> {
                auto const r = co_await on.post("/v1/auth/refresh", refresh_body(t));
                EXPECT_LT(r.status, 500);
                if (r.status == 200) ++count, into.insert(r.text("refresh_token"));
            };
            std::vector<core::task<void>> racers;
            for (int i = 0; i < 16; ++i)
                racers.push_back(one(i % 2 == 0 ? n : other, token, successors, good));
            co_await all_of(std::move(racers));
            EXPECT_EQ(good, 16);
            EXPECT_EQ(successors.size(), 1u);
        }
        EXPECT_EQ(look(n,
                       "select max(c) from (select count(*) c from identity.refresh_tokens where spent_at is "
                       "null group by session_id) x"),
                  "1");
        EXPECT_EQ(look(n, "select count(*) from identity.sessions where ended_at is not null"), "0");
    });
}

TEST(identity_refresh, a_copy_that_comes_back_sixteen_times_at_once_ends_the_family_once) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const copied = co_await refresh_token_of(a);
        std::string const other_family = co_await refresh_token_of(a);
        std::string token = copied;
        for (int i = 0; i < 2; ++i)  // its successor has been used, so there is no grace any more
            token = (co_await a.post("/v1/auth/refresh", refresh_body(token))).text("refresh_token");
        auto const one = [](node& on, std::string t, int& refused) -> core::task<void> {
            refused += (co_await on.post("/v1/auth/refresh", refresh_body(t))).status == 401 ? 1 : 0;
        };
        int refused = 0;
        std::vector<core::task<void>> racers;
        for (int i = 0; i < 16; ++i) racers.push_back(one(i % 2 == 0 ? a : b, copied, refused));
        co_await all_of(std::move(racers));
        EXPECT_EQ(refused, 16);
        EXPECT_EQ((co_await b.post("/v1/auth/refresh", refresh_body(token))).status, 401);
        EXPECT_EQ(look(a, "select string_agg(end_reason, ',') from identity.sessions"), "reuse");
        EXPECT_EQ(look(a, "select count(*) from audit.entries where changes::text like '%reuse%'"), "1");
        EXPECT_EQ((co_await b.post("/v1/auth/refresh", refresh_body(other_family))).status, 200);
    });
}

TEST(identity_refresh, dead_tokens_stay_dead) {
    with_shop([](node& n) -> core::task<void> {
        auto const status = [&n](std::string token) -> core::task<int> {
            co_return (co_await n.post("/v1/auth/refresh", refresh_body(token))).status;
        };
        EXPECT_EQ(co_await status(std::string(43, 'A')), 401);
        EXPECT_EQ(co_await status("short"), 422);
        EXPECT_EQ((co_await n.post("/v1/auth/refresh", "")).status, 401);
        std::string token = co_await refresh_token_of(n);
        db::session(n.of.url).run(
            "update identity.refresh_tokens set expires_at = now() - interval '1 second'");
        EXPECT_EQ(co_await status(token), 401);
        token = co_await refresh_token_of(n);
        db::session(n.of.url).run("update identity.sessions set expires_at = now() - interval '1 second'");
        EXPECT_EQ(co_await status(token), 401);
        token = co_await refresh_token_of(n);
        db::session(n.of.url).run("update identity.users set status = 'blocked'");
        EXPECT_EQ(co_await status(token), 401);
        EXPECT_EQ(look(n, "select count(*) from identity.refresh_tokens where parent is not null"), "0");
    });
}

// What the browser adds when another site's page asks.
asked from_elsewhere(asked what) {
    what.fields.emplace_back("sec-fetch-site", "cross-site");
    what.fields.emplace_back("origin", "https://evil.example");
    return what;
}

// The cookie goes along with what any page asks; a token in the body is something that page would have to
// know.
TEST(identity_cross_site, uses_no_cookie_of_ours) {
    with_shop([](node& n) -> core::task<void> {
        auto const in = co_await n.post("/v1/auth/login", login_body(owner_email, owner_password));
        std::string const cookie = in.refresh_cookie(), known = co_await refresh_token_of(n);
        auto const refused = co_await n.ask(from_elsewhere(with_cookie("/v1/auth/refresh", cookie)));
        EXPECT_EQ(refused.code(), "cross_site_request");
        auto const out = co_await n.ask(from_elsewhere(with_cookie("/v1/auth/logout", cookie)));
        EXPECT_EQ(out.code(), "cross_site_request");
        EXPECT_EQ(out.field("set-cookie"), "");

        auto by_body = from_elsewhere(with_cookie("/v1/auth/refresh", cookie));
        by_body.body = refresh_body(known);
        auto const next = co_await n.ask(by_body);
        EXPECT_EQ(next.status, 200);
        by_body.path = "/v1/auth/logout";
        by_body.body = refresh_body(next.text("refresh_token"));
        auto const ended = co_await n.ask(by_body);
        EXPECT_EQ(ended.status, 204);
        EXPECT_EQ(ended.field("set-cookie"), "") << "our cookie stays";
        EXPECT_EQ((co_await n.ask(by_body)).status, 204) << "and ends nothing the second time";
        EXPECT_EQ(look(n, "select count(*) from identity.sessions where end_reason = 'logout'"), "1");
        EXPECT_EQ((co_await n.ask(with_cookie("/v1/auth/refresh", cookie))).status, 200);
    });
}

TEST(identity_sign_in, keeps_a_device_that_can_be_read_and_no_other) {
    with_shop([](node& n) -> core::task<void> {
        auto const device_of = [&](std::string agent) -> core::task<std::string> {
            asked in{http::method::post, "/v1/auth/login", login_body(owner_email, owner_password), {}, {}};
            in.fields.emplace_back("user-agent", std::move(agent));
            EXPECT_EQ((co_await n.ask(in)).status, 200);
            co_return look(n, "select user_agent from identity.sessions order by id desc limit 1");
        };
        EXPECT_EQ(co_await device_of("Mozilla/5.0 (Möwe)"), "Mozilla/5.0 (Möwe)");
        EXPECT_EQ(co_await device_of("bell \x07"), "");
        EXPECT_EQ(co_await device_of("half a letter \xc3"), "");
        EXPECT_EQ((co_await device_of(std::string(500, 'a'))).size(), 200u);
    });
}

TEST(identity_sign_out, ends_the_sign_in_on_every_node_at_once_or_within_a_second) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        auto const in = co_await a.post("/v1/auth/login", login_body(owner_email, owner_password));
        std::string const access = in.text("access_token");
        std::string const still = co_await a.token_of(owner_email, owner_password);
        EXPECT_EQ((co_await a.get("/v1/auth/session", access)).status, 200);
        EXPECT_EQ((co_await b.get("/v1/auth/session", access)).status, 200);

        auto const out = co_await a.ask(with_cookie("/v1/auth/logout", in.refresh_cookie()));
        EXPECT_EQ(out.status, 204);
        EXPECT_THAT(out.field("set-cookie"), testing::HasSubstr("Max-Age=0"));
        auto const refused = co_await a.get("/v1/auth/session", access);
        EXPECT_EQ(refused.status, 401);
        EXPECT_EQ(refused.field("www-authenticate"), "Bearer error=\"invalid_token\"");
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/auth/session", access)).status, 401);
        EXPECT_EQ((co_await b.get("/v1/auth/session", still)).status, 200);
        EXPECT_EQ((co_await a.ask(with_cookie("/v1/auth/refresh", in.refresh_cookie()))).status, 401);
        // By the access token alone, twice: the second ends nothing.
        EXPECT_EQ((co_await a.post("/v1/auth/logout", "", still)).status, 204);
        EXPECT_EQ((co_await a.post("/v1/auth/logout", "", still)).status, 204);
        EXPECT_EQ(look(a, "select count(*) from audit.entries where action = 'POST /v1/auth/logout'"), "2");
    });
}

TEST(identity_keys, are_made_once_and_published_and_another_process_verifies) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        EXPECT_EQ((co_await a.get("/.well-known/jwks.json", "")).body.at("keys").as_array().size(), 0u);
        std::vector<core::task<void>> both;
        auto const sign_in = [](node& n) -> core::task<void> {
            EXPECT_FALSE((co_await n.token_of(owner_email, owner_password)).empty());
        };
        both.push_back(sign_in(a));
        both.push_back(sign_in(b));
        co_await all_of(std::move(both));
        EXPECT_EQ(look(a, "select count(*) from identity.signing_keys"), "1");
        auto const published = co_await b.get("/.well-known/jwks.json", "");
        EXPECT_EQ(published.body.at("keys").as_array().size(), 1u);
        EXPECT_EQ(published.body.at("keys").at(0).at("kty").as_string(), "OKP");
        EXPECT_EQ(
            (co_await b.get("/v1/auth/session", co_await a.token_of(owner_email, owner_password))).status,
            200);
    });
}

}  // namespace
