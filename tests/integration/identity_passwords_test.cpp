// Setting and changing passwords, against a real PostgreSQL.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;

constexpr auto next_password = "another horse altogether";

std::string change_body(std::string const& now, std::string const& next) {
    return R"({"current_password":")" + now + R"(","new_password":")" + next + "\"}";
}

core::task<int> sign_in(node& n, std::string email, std::string password) {
    co_return (
        co_await n.post("/v1/auth/login", R"({"email":")" + email + R"(","password":")" + password + "\"}"))
        .status;
}

TEST(identity_passwords, a_change_ends_the_other_sign_ins_on_every_node) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const here = co_await a.token_of(owner_email, owner_password);
        std::string const there = co_await b.token_of(owner_email, owner_password);
        EXPECT_EQ((co_await b.get("/v1/auth/session", there)).status, 200);
        auto const done =
            co_await a.post("/v1/auth/password", change_body(owner_password, next_password), here);
        EXPECT_EQ(done.status, 204);
        EXPECT_EQ((co_await a.get("/v1/auth/session", there)).status, 401);
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/auth/session", there)).status, 401);
        EXPECT_EQ((co_await b.get("/v1/auth/session", here)).status, 200);
        EXPECT_EQ(look(a, "select string_agg(end_reason, ',') from identity.sessions"), "password_changed");
        EXPECT_EQ(co_await sign_in(a, owner_email, next_password), 200);
        EXPECT_EQ(co_await sign_in(b, owner_email, owner_password), 401);
        EXPECT_EQ(
            look(a,
                 "select actor_kind || ' ' || resource || ' ' || (changes->0->>'field') from audit.entries "
                 "where action = 'POST /v1/auth/password'"),
            "staff users password");
    });
}

TEST(identity_passwords, what_is_refused_changes_nothing) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const before = fingerprint(n);
        auto const code = [&](std::string now, std::string next) -> core::task<std::string> {
            auto const seen = co_await n.post("/v1/auth/password", change_body(now, next), token);
            EXPECT_EQ(seen.status, 422);
            co_return seen.code() + std::string(" ") +
                std::string(seen.body.at("errors").at(0).at("pointer").as_string());
        };
        EXPECT_EQ(co_await code(owner_password, "short"), "invalid_request /new_password");
        EXPECT_EQ(co_await code("wrong", "password123"), "password_too_common /new_password");
        EXPECT_EQ(co_await code(owner_password, "OWNER@example.com"), "password_too_common /new_password");
        EXPECT_EQ(look(n, "select count(*) from identity.tries"), "0");
        EXPECT_EQ(co_await code("wrong", next_password), "current_password_wrong /current_password");
        EXPECT_EQ(fingerprint(n), before);
        EXPECT_EQ((co_await n.post("/v1/auth/password", change_body(owner_password, next_password))).status,
                  401);
    });
}

TEST(identity_passwords, guessing_the_current_one_is_a_try_of_the_account) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        for (int i = 0; i < 2; ++i)
            EXPECT_EQ(
                (co_await n.post("/v1/auth/password", change_body("wrong", next_password), token)).code(),
                "current_password_wrong");
        auto const third =
            co_await n.post("/v1/auth/password", change_body(owner_password, next_password), token);
        EXPECT_EQ(third.code(), "too_many_attempts");
        EXPECT_EQ(co_await sign_in(n, owner_email, owner_password), 429);
        db::session(n.of.url).run("update identity.tries set at = at - interval '1 second'");
        EXPECT_EQ(
            (co_await n.post("/v1/auth/password", change_body(owner_password, next_password), token)).status,
            204);
        EXPECT_EQ(look(n, "select count(*) from identity.tries"), "2");
    });
}

TEST(identity_passwords, two_changes_at_once_make_one) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::vector<int> statuses;
        auto const change = [](node& on, std::string by, int i, std::vector<int>& into) -> core::task<void> {
            auto const seen = co_await on.post(
                "/v1/auth/password", change_body(owner_password, next_password + std::to_string(i)), by);
            into.push_back(seen.status);
        };
        std::vector<core::task<void>> racers;
        for (int i = 0; i < 2; ++i) racers.push_back(change(n, token, i, statuses));
        co_await all_of(std::move(racers));
        EXPECT_THAT(statuses, testing::UnorderedElementsAre(204, 422));
    });
}

TEST(identity_passwords, are_one_however_composed_also_where_the_hash_is_from_before) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const composed = "caf\u00e9 au lait", decomposed = "cafe\u0301 au lait";
        EXPECT_EQ(
            (co_await n.post("/v1/auth/password", change_body(owner_password, decomposed), token)).status,
            204);
        EXPECT_EQ(co_await sign_in(n, owner_email, composed), 200);
        EXPECT_EQ(co_await sign_in(n, owner_email, decomposed), 200);

        auto const old = co_await n.of.passwords.hash(decomposed);
        db::session(n.of.url).query("update identity.users set password_hash = $1", {*old});
        EXPECT_EQ(co_await sign_in(n, owner_email, decomposed), 200);
        EXPECT_EQ(co_await sign_in(n, owner_email, composed), 401);
    });
}

TEST(identity_passwords, common_ones_are_refused_for_new_users_and_the_first_owner) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        std::string const before = fingerprint(n);
        auto const body = [](std::string const& password) {
            return R"({"email":"lovelace@example.com","name":"Ada","password":")" + password + "\"}";
        };
        for (auto const* common : {"Password1", "lovelace", "LOVELACE@example.com"})
            EXPECT_EQ((co_await n.post("/v1/admin/users", body(common), token)).code(),
                      "password_too_common");
        EXPECT_EQ(fingerprint(n), before);
        db::session(n.of.url).run("update identity.users set status = 'blocked'");
        auto const owner = co_await identity::ensure_owner(n.database.use(in(5s)), n.of.passwords,
                                                           {"second@example.com", "Second", "12345678"});
        EXPECT_FALSE(owner.has_value());
        EXPECT_EQ(look(n, "select count(*) from identity.users"), "1");
    });
}

}  // namespace
