// One's own sign-ins, listed and ended, against a real PostgreSQL.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

namespace {

using namespace std::chrono_literals;
using namespace integration;

core::task<std::string> signed_in_at(node& n, std::string email, std::string password, std::string device,
                                     std::string remote) {
    auto const in = co_await n.ask({.verb = http::method::post,
                                    .path = "/v1/auth/login",
                                    .body = R"({"email":")" + email + R"(","password":")" + password + "\"}",
                                    .token = {},
                                    .fields = {{"user-agent", device}},
                                    .remote = remote});
    EXPECT_EQ(in.status, 200);
    co_return in.text("access_token");
}

core::task<std::string> at_home(node& n, std::string device) {
    return signed_in_at(n, owner_email, owner_password, std::move(device), "192.0.2.1");
}

std::vector<std::string> devices(heard const& list) {
    std::vector<std::string> out;
    for (auto const& one : list.body.at("data").as_array()) out.emplace_back(one.at("device").as_string());
    return out;
}

std::string id_of(heard const& list, std::size_t place) {
    return std::string(list.body.at("data").at(place).at("id").as_string());
}

std::string live(node& n) { return look(n, "select count(*) from identity.sessions where ended_at is null"); }

TEST(identity_sessions, are_listed_to_whom_they_belong_last_used_first_page_by_page) {
    with_shop([](node& n) -> core::task<void> {
        std::string const first = co_await at_home(n, "phone");
        std::string const second =
            co_await signed_in_at(n, owner_email, owner_password, "laptop", "2001:db8::7");
        std::string const clerk = co_await token_with(n, "clerk", "");
        db::session(n.of.url).run(
            "delete from identity.refresh_tokens; delete from identity.sessions where "
            "user_agent = '' and user_id = (select id from identity.users where email "
            "= 'owner@example.com')");

        auto const all = co_await n.get("/v1/auth/sessions", first);
        EXPECT_THAT(devices(all), testing::ElementsAre("laptop", "phone"));
        EXPECT_FALSE(all.body.at("data").at(0).at("current").as_bool());
        EXPECT_TRUE(all.body.at("data").at(1).at("current").as_bool());
        EXPECT_EQ(all.body.at("data").at(0).at("address").as_string(), "2001:db8::7");
        EXPECT_TRUE(all.body.at("next").is_null());
        EXPECT_THAT(devices(co_await n.get("/v1/auth/sessions", clerk)), testing::ElementsAre(""));

        auto const page = co_await n.get("/v1/auth/sessions?limit=1", first);
        EXPECT_THAT(devices(page), testing::ElementsAre("laptop"));
        auto const next = co_await n.get("/v1/auth/sessions?limit=1&after=" + page.text("next"), first);
        EXPECT_THAT(devices(next), testing::ElementsAre("phone"));
        EXPECT_TRUE(next.body.at("next").is_null());
        EXPECT_EQ((co_await n.get("/v1/auth/sessions?after=nonsense", first)).code(), "cursor_invalid");
        EXPECT_EQ((co_await n.get("/v1/auth/sessions", "")).status, 401);
    });
}

TEST(identity_sessions, that_are_dead_are_neither_shown_nor_ended) {
    with_shop([](node& n) -> core::task<void> {
        std::string const here = co_await at_home(n, "here");
        co_await at_home(n, "out");
        co_await at_home(n, "old");
        co_await at_home(n, "idle");
        auto const all = co_await n.get("/v1/auth/sessions", here);
        EXPECT_THAT(devices(all), testing::ElementsAre("idle", "old", "out", "here"));
        db::session(n.of.url).run(
            "update identity.sessions set ended_at = now(), end_reason = 'logout' where user_agent = 'out';"
            "update identity.sessions set expires_at = now() where user_agent = 'old';"
            "update identity.sessions set last_used_at = now() - interval '30 days' where user_agent = "
            "'idle'");
        EXPECT_THAT(devices(co_await n.get("/v1/auth/sessions", here)), testing::ElementsAre("here"));
        for (std::size_t dead = 0; dead < 3; ++dead) {
            auto const no = co_await n.ask({.verb = http::method::remove,
                                            .path = "/v1/auth/sessions/" + id_of(all, dead),
                                            .body = {},
                                            .token = here,
                                            .fields = {}});
            EXPECT_EQ(no.code(), "session_not_found");
        }
    });
}

TEST(identity_sessions, one_is_ended_on_every_node_and_a_foreign_one_is_a_missing_one) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const here = co_await at_home(a, "here");
        std::string const lost = co_await at_home(a, "lost");
        auto const all = co_await a.get("/v1/auth/sessions", here);
        EXPECT_EQ((co_await b.get("/v1/auth/session", lost)).status, 200);
        std::string const clerk = co_await token_with(a, "clerk", "");
        std::string const before = live(a);
        std::string const trail = look(a, "select count(*) from audit.entries");
        std::string said;
        for (std::string const& id : {id_of(all, 0), std::string("01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10")}) {
            auto const no = co_await a.change(http::method::remove, "/v1/auth/sessions/" + id, "", clerk, "");
            EXPECT_EQ(no.status, 404);
            EXPECT_TRUE(said.empty() || said == json::serialize(no.body));
            said = json::serialize(no.body);
        }
        EXPECT_EQ(live(a), before);
        EXPECT_EQ(look(a, "select count(*) from audit.entries"), trail);

        auto const gone =
            co_await a.change(http::method::remove, "/v1/auth/sessions/" + id_of(all, 0), "", here, "");
        EXPECT_EQ(gone.status, 204);
        EXPECT_EQ((co_await a.get("/v1/auth/session", lost)).status, 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/auth/session", lost)).status, 401);
        EXPECT_EQ((co_await b.get("/v1/auth/session", here)).status, 200);
        EXPECT_EQ(look(a,
                       "select actor_kind || ' ' || resource_id from audit.entries where action = 'DELETE "
                       "/v1/auth/sessions/{id}'"),
                  "staff " + id_of(all, 0));
    });
}

TEST(identity_sessions, all_are_ended_on_every_node_and_nobody_elses) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const clerk = co_await token_with(a, "clerk", "");
        std::string const here = co_await at_home(a, "here");
        std::string const there = co_await at_home(b, "there");
        EXPECT_EQ((co_await b.get("/v1/auth/session", here)).status, 200);
        auto const out = co_await a.ask({.verb = http::method::remove,
                                         .path = "/v1/auth/sessions",
                                         .body = {},
                                         .token = here,
                                         .fields = {{"cookie", "__Host-carrack_refresh=x"}}});
        EXPECT_EQ(out.status, 204);
        EXPECT_THAT(out.field("set-cookie"), testing::HasSubstr("Max-Age=0"));
        for (std::string const& ended : {here, there})
            EXPECT_EQ((co_await a.get("/v1/auth/session", ended)).status, 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/auth/session", there)).status, 401);
        EXPECT_EQ((co_await b.get("/v1/auth/session", clerk)).status, 200);
        EXPECT_EQ(look(a, "select string_agg(distinct end_reason, ',') from identity.sessions"), "revoked");
        EXPECT_EQ(look(a,
                       "select changes->0->>'field' || ' ' || (changes->0->>'after') from audit.entries "
                       "where action = 'DELETE /v1/auth/sessions'"),
                  "sessions 0");
    });
}

}  // namespace
