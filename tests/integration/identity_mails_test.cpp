// Forgotten passwords and verified addresses, against a real PostgreSQL.
#include "db/session.hpp"
#include "identity/mails.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;

constexpr auto next_password = "another horse altogether";
crypto::secret_key key() { return *crypto::secret_key::parse(std::string(64, '7')); }

core::task<heard> forgot(node& n, std::string email, std::string remote = "192.0.2.1") {
    return n.ask({.verb = http::method::post,
                  .path = "/v1/auth/password/forgot",
                  .body = R"({"email":")" + email + "\"}",
                  .token = {},
                  .fields = {},
                  .remote = std::move(remote)});
}

std::string reset_body(std::string const& token, std::string const& password) {
    return R"({"token":")" + token + R"(","new_password":")" + password + "\"}";
}

core::task<std::vector<identity::outgoing_mail>> deliver(node& n, crypto::secret_key by) {
    auto const done = co_await n.database.use(in(5s)).transact(
        {}, [&](db::transaction& t) -> core::task<core::result<std::vector<identity::outgoing_mail>>> {
            auto mails = co_await identity::take_mails(t, by, "https://shop.test:8443");
            std::vector<core::uuid> ids;
            for (auto const& mail : mails) ids.push_back(mail.id);
            identity::note_delivered(t, ids);
            co_return mails;
        });
    co_return *done;
}

std::string token_in(std::string const& message) {
    auto const begin = message.find("\r\n    ");
    EXPECT_NE(begin, message.npos) << message;
    return message.substr(begin + 6, message.find("\r\n", begin + 2) - begin - 6);
}

core::task<std::string> mailed_token(node& n) {
    auto const mails = co_await deliver(n, key());
    EXPECT_EQ(mails.size(), 1u);
    co_return mails.empty() ? std::string{} : token_in(mails.back().message);
}

std::string count(node& n, std::string const& table) { return look(n, "select count(*) from " + table); }

TEST(identity_mails, a_forgotten_password_is_set_once_and_ends_every_sign_in) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const access = co_await b.token_of(owner_email, owner_password);
        EXPECT_EQ((co_await forgot(a, "OWNER@example.com")).status, 202);
        EXPECT_EQ((co_await forgot(a, owner_email)).status, 202);
        auto const mails = co_await deliver(a, key());
        EXPECT_EQ(mails.size(), 2u);
        EXPECT_THAT(mails[0].message,
                    testing::AllOf(
                        testing::HasSubstr("To: owner@example.com\r\n"),
                        testing::HasSubstr("From: Carrack <carrack@shop.test>\r\n"),
                        testing::HasSubstr("https://shop.test:8443"),
                        testing::ContainsRegex("Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} ")));
        EXPECT_TRUE((co_await deliver(a, key())).empty());
        std::string const token = token_in(mails[0].message), other = token_in(mails[1].message);

        EXPECT_EQ((co_await a.post("/v1/auth/password/reset", reset_body(token, "password1"))).code(),
                  "password_too_common");
        EXPECT_EQ((co_await a.post("/v1/auth/password/reset", reset_body(token, next_password))).status, 204);
        for (auto const& used : {token, other, std::string(43, 'A')})
            EXPECT_EQ((co_await a.post("/v1/auth/password/reset", reset_body(used, next_password))).code(),
                      "mail_token_invalid");
        co_await loop::sleep(1100ms);
        EXPECT_EQ((co_await b.get("/v1/auth/session", access)).status, 401);
        EXPECT_FALSE((co_await a.token_of(owner_email, next_password)).empty());
        EXPECT_EQ(
            look(a,
                 "select end_reason || (select ' ' || (email_verified_at is not null) from identity.users) "
                 "from identity.sessions where ended_at is not null"),
            "password_changed true");
        EXPECT_EQ(look(a,
                       "select actor_kind || ' ' || resource from audit.entries where action = 'POST "
                       "/v1/auth/password/reset'"),
                  "staff users");
    });
}

TEST(identity_mails, nobody_learns_who_has_an_account_and_no_mailbox_is_flooded) {
    with_shop([](node& n) -> core::task<void> {
        db::session(n.of.url).run(
            "insert into identity.users (id, kind, email, name, status) values "
            "(gen_random_uuid(), 'staff', 'blocked@example.com', 'B', 'blocked')");
        for (int i = 0; i < 5; ++i)
            for (auto const* email : {owner_email, "nobody@example.com", "blocked@example.com"}) {
                auto const seen = co_await forgot(n, email, "198.51.100." + std::to_string(i));
                EXPECT_EQ(seen.status, 202);
                EXPECT_TRUE(seen.body.is_null() && seen.fields.empty());
            }
        EXPECT_EQ(count(n, "identity.mails"), "3");
        EXPECT_EQ(count(n, "identity.mail_tokens"), "3");
        EXPECT_EQ(count(n, "ops.outbox where topic = 'mail.queued'"), "3");
        EXPECT_EQ(count(n, "identity.mail_requests"), "15");
        db::session(n.of.url).run("update identity.mail_requests set at = at - interval '61 minutes'");
        EXPECT_EQ((co_await forgot(n, owner_email)).status, 202);
        EXPECT_EQ(count(n, "identity.mails"), "4");
    });
}

TEST(identity_mails, an_address_asks_sixty_times_an_hour) {
    with_shop([](node& n) -> core::task<void> {
        for (int i = 0; i < 60; ++i)
            EXPECT_EQ((co_await forgot(n, "u" + std::to_string(i) + "@example.com")).status, 202);
        db::session(n.of.url).run("update identity.mail_requests set at = at - interval '10 minutes'");
        auto const more = co_await forgot(n, owner_email);
        EXPECT_EQ(more.code(), "too_many_attempts");
        EXPECT_THAT(more.field("retry-after"),
                    testing::AnyOf("3000", "2999", "2998", "2997", "2996", "2995"));
        EXPECT_EQ(more.field("ratelimit-policy"), "\"mail-address\";q=60;w=3600");
        EXPECT_EQ((co_await forgot(n, owner_email, "192.0.2.2")).status, 202);
    });
}

TEST(identity_mails, tokens_die_with_time_with_the_account_and_with_the_address) {
    with_shop([](node& n) -> core::task<void> {
        for (auto const* change : {"update identity.mail_tokens set expires_at = now()",
                                   "update identity.users set status = 'blocked'",
                                   "update identity.users set email = 'elsewhere@example.com'"}) {
            db::session(n.of.url).run(
                "delete from identity.mail_requests; update identity.users set status = "
                "'active', email = 'owner@example.com'");
            EXPECT_EQ((co_await forgot(n, owner_email)).status, 202);
            std::string const token = co_await mailed_token(n);
            db::session(n.of.url).run(change);
            EXPECT_EQ((co_await n.post("/v1/auth/password/reset", reset_body(token, next_password))).code(),
                      "mail_token_invalid")
                << change;
        }
    });
}

TEST(identity_mails, a_token_used_twice_at_once_is_used_once) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await forgot(n, owner_email)).status, 202);
        std::string const token = co_await mailed_token(n);
        std::vector<int> statuses;
        auto const reset = [](node& on, std::string t, std::vector<int>& into) -> core::task<void> {
            into.push_back(
                (co_await on.post("/v1/auth/password/reset", reset_body(t, next_password))).status);
        };
        std::vector<core::task<void>> racers;
        for (int i = 0; i < 4; ++i) racers.push_back(reset(n, token, statuses));
        co_await all_of(std::move(racers));
        EXPECT_THAT(statuses, testing::UnorderedElementsAre(204, 422, 422, 422));
    });
}

TEST(identity_mails, a_changed_password_makes_a_mail_that_lies_about_worthless) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await forgot(n, owner_email)).status, 202);
        std::string const token = co_await mailed_token(n);
        auto const changed =
            co_await n.post("/v1/auth/password",
                            R"({"current_password":"correct horse battery","new_password":")" +
                                std::string(next_password) + "\"}",
                            co_await owner_token(n));
        EXPECT_EQ(changed.status, 204);
        EXPECT_EQ((co_await n.post("/v1/auth/password/reset", reset_body(token, "yet another one"))).status,
                  422);
    });
}

TEST(identity_mails, an_address_is_verified_with_a_token_of_that_purpose) {
    with_shop([](node& n) -> core::task<void> {
        std::string const access = co_await owner_token(n);
        EXPECT_EQ((co_await n.post("/v1/auth/email/verification", "")).status, 401);
        EXPECT_EQ((co_await n.post("/v1/auth/email/verification", "", access)).status, 202);
        std::string const token = co_await mailed_token(n);
        EXPECT_EQ((co_await n.post("/v1/auth/password/reset", reset_body(token, next_password))).status, 422);
        std::string const body = R"({"token":")" + token + "\"}";
        // In the session of whoever has it, and in the list and the view of those who see users.
        auto const shown = [&]() -> core::task<std::vector<bool>> {
            auto const session = co_await n.get("/v1/auth/session", access);
            auto const users = co_await n.get("/v1/admin/users", access);
            json::value const& listed = users.body.at("data").at(0);
            std::string const path = "/v1/admin/users/" + std::string(listed.at("id").as_string());
            auto const one = co_await n.get(path, access);
            EXPECT_EQ(one.body, listed);
            std::vector<bool> out{session.body.at("email_verified_at").is_string(),
                                  one.body.at("email_verified_at").is_string()};
            co_return out;
        };
        EXPECT_THAT(co_await shown(), testing::ElementsAre(false, false));
        EXPECT_EQ((co_await n.post("/v1/auth/email/verify", body)).status, 204);
        EXPECT_THAT(co_await shown(), testing::ElementsAre(true, true));
        EXPECT_EQ((co_await n.post("/v1/auth/email/verify", body)).code(), "mail_token_invalid");
        EXPECT_EQ(count(n, "identity.users where email_verified_at is not null"), "1");
        EXPECT_EQ(look(n,
                       "select changes->0->>'field' from audit.entries where action = 'POST "
                       "/v1/auth/email/verify'"),
                  "email_verified");
        EXPECT_EQ((co_await n.post("/v1/auth/email/verification", "", access)).status, 202);
        EXPECT_TRUE((co_await deliver(n, key())).empty()) << "that is known already";
    });
}

TEST(identity_mails, hold_no_token_that_whoever_reads_the_table_could_use) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await forgot(n, owner_email)).status, 202);
        EXPECT_TRUE((co_await deliver(n, *crypto::secret_key::parse(std::string(64, '8')))).empty())
            << "under another key nobody opens it, and it waits";
        EXPECT_EQ(look(n, "select length(sealed) > 43 from identity.mails"), "t");
        std::string const token = co_await mailed_token(n);
        EXPECT_EQ(count(n, "identity.mails m where m::text like '%" + token + "%'"), "0");
        EXPECT_EQ(look(n, "select length(sealed) from identity.mails"), "0");
        EXPECT_EQ(count(n, "identity.mail_tokens where digest = sha256('" + token + "')"), "1");
    });
}

}  // namespace
