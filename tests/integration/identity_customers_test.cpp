// Accounts of shoppers against a real PostgreSQL: how one comes by one, and that it is nothing to the
// staff's.
#include "customers.hpp"
#include "db/error.hpp"
#include "db/session.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

#include <set>

namespace {

using namespace integration;
using enum http::method;
using testing::HasSubstr;

std::string count(node& n, std::string const& rows) { return look(n, "select count(*) from " + rows); }

TEST(identity_customers, become_one_by_the_mail_and_not_before) {
    with_shop([](node& n) -> core::task<void> {
        auto const asked = co_await ask_for_account(n, shopper_email);
        EXPECT_EQ(asked.status, 202);
        EXPECT_TRUE(asked.body.is_null());
        EXPECT_EQ((co_await shop_login(n)).code(), "invalid_credentials") << "not yet";
        EXPECT_EQ(count(n, "identity.users where kind = 'customer'"), "0");

        auto const mails = co_await mails_of(n);
        EXPECT_EQ(mails.size(), 1u);
        EXPECT_THAT(mails.at(0),
                    testing::AllOf(HasSubstr("To: ada@example.com\r\n"), HasSubstr("/v1/auth/email/verify")));
        std::string const token = token_in(mails.at(0));
        EXPECT_EQ((co_await verify(n, std::string(43, 'A'))).code(), "mail_token_invalid");
        EXPECT_EQ((co_await verify(n, token)).status, 204);
        EXPECT_EQ((co_await verify(n, token)).code(), "mail_token_invalid");
        EXPECT_EQ(count(n, "identity.registrations"), "0");
        EXPECT_EQ(
            look(n,
                 "select concat_ws(' ', actor_kind, resource, action, changes::text) from audit.entries "
                 "where resource = 'customers' and actor_id = resource_id::uuid"),
            R"(customer customers POST /v1/auth/email/verify [{"after": "active", "field": "status", "before": null}])");
        EXPECT_EQ(count(n, "ops.outbox where topic = 'customer.registered'"), "1");

        auto const in = co_await shop_login(n, "ADA@example.com");
        EXPECT_EQ(in.status, 200);
        EXPECT_THAT(in.field("set-cookie"), testing::StartsWith("__Host-carrack_shop_refresh="));
        EXPECT_EQ(in.body.at("user").at("name").as_string(), "Ada");
        auto const session = co_await n.get("/v1/auth/session", in.text("access_token"));
        EXPECT_EQ(session.text("audience"), "shop");
        EXPECT_EQ(session.body.at("user").at("id").as_string(), customer_id(n));
        EXPECT_TRUE(session.body.at("roles").as_array().empty());
        EXPECT_TRUE(session.body.at("permissions").as_array().empty());
        auto const account = co_await n.get("/v1/shop/account", in.text("access_token"));
        EXPECT_EQ(account.text("email"), shopper_email);
        EXPECT_EQ(account.body.at("version").as_int64(), 1);
    });
}

TEST(identity_customers, nobody_learns_who_has_an_account) {
    with_shop([](node& n) -> core::task<void> {
        co_await new_shopper(n);
        auto const known = co_await ask_for_account(n, "Ada@Example.com", "another password");
        auto const fresh = co_await ask_for_account(n, "bob@example.com", "another password");
        for (auto const& seen : {known, fresh}) {
            EXPECT_EQ(seen.status, 202);
            EXPECT_TRUE(seen.body.is_null() && seen.fields.empty());
        }
        EXPECT_EQ(known.statements, fresh.statements) << "what it costs";
        auto const mails = co_await mails_of(n);
        EXPECT_EQ(mails.size(), 2u);
        EXPECT_THAT(mails.at(0),
                    testing::AllOf(HasSubstr("To: ada@example.com\r\n"), HasSubstr("has one already")));
        EXPECT_THAT(mails.at(1), HasSubstr("To: bob@example.com\r\n"));
        // Neither has an account with that password: to sign in tells no more than to register.
        std::set<std::string> answers;
        for (auto const* email : {shopper_email, "bob@example.com", "nobody@example.com"})
            answers.insert(json::serialize((co_await shop_login(n, email, "another password")).body));
        EXPECT_EQ(answers.size(), 1u);
        EXPECT_EQ((co_await shop_login(n)).status, 200) << "the account stayed as it was";
        auto const reset =
            co_await n.post("/v1/auth/password/reset", R"({"token":")" + token_in(mails.at(0)) +
                                                           R"(","new_password":"yet another password"})");
        EXPECT_EQ(reset.status, 204);
        EXPECT_EQ((co_await shop_login(n, shopper_email, "yet another password")).status, 200);
    });
}

TEST(identity_customers, a_blocked_one_gets_no_mail_and_no_other_answer) {
    with_shop([](node& n) -> core::task<void> {
        co_await new_shopper(n);
        db::session(n.of.url).run("update identity.users set status = 'blocked' where kind = 'customer'");
        auto const seen = co_await ask_for_account(n, shopper_email);
        EXPECT_EQ(seen.status, 202);
        EXPECT_TRUE(seen.body.is_null() && seen.fields.empty());
        EXPECT_TRUE((co_await mails_of(n)).empty());
        EXPECT_EQ((co_await shop_login(n)).code(), "invalid_credentials");
        EXPECT_EQ((co_await shop_login(n, "nobody@example.com")).code(), "invalid_credentials");
    });
}

TEST(identity_customers, no_mailbox_is_flooded_and_no_network_asks_on) {
    with_shop([](node& n) -> core::task<void> {
        for (int i = 0; i < 5; ++i)
            EXPECT_EQ((co_await ask_for_account(n, shopper_email, shopper_password,
                                                "198.51.100." + std::to_string(i)))
                          .status,
                      202);
        EXPECT_EQ((co_await mails_of(n)).size(), 3u);
        EXPECT_EQ(count(n, "identity.registrations"), "3");
        db::session(n.of.url).run(
            "insert into identity.mail_requests (id, account, network) select gen_random_uuid(), "
            "sha256(n::text::bytea), '203.0.113.9' from generate_series(1, 60) n");
        auto const more = co_await ask_for_account(n, "new@example.com", shopper_password, "203.0.113.9");
        EXPECT_EQ(more.code(), "too_many_attempts");
        EXPECT_FALSE(more.field("retry-after").empty() && more.field("ratelimit").empty());
        EXPECT_EQ(count(n, "identity.registrations"), "3");
    });
}

TEST(identity_customers, a_password_is_held_to_the_rules_before_anything_is_written) {
    with_shop([](node& n) -> core::task<void> {
        for (auto const* poor : {"password1", "ada@example.com"})
            EXPECT_EQ((co_await ask_for_account(n, shopper_email, poor)).code(), "password_too_common");
        EXPECT_EQ((co_await ask_for_account(n, shopper_email, "short")).status, 422);
        EXPECT_EQ(count(n, "identity.mail_requests"), "0");
    });
}

core::task<void> use(node& n, std::string token, std::vector<int>& statuses) {
    statuses.push_back((co_await verify(n, token)).status);
}

TEST(identity_customers, one_address_has_one_account_whoever_asked_how_often) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await ask_for_account(n, shopper_email, "the first password")).status, 202);
        EXPECT_EQ((co_await ask_for_account(n, "ADA@example.com", "the second password")).status, 202);
        auto const mails = co_await mails_of(n);
        EXPECT_EQ(mails.size(), 2u);
        std::vector<int> statuses;
        std::vector<core::task<void>> racers;
        for (int i = 0; i < 2; ++i)
            for (auto const& mail : mails) racers.push_back(use(n, token_in(mail), statuses));
        co_await all_of(std::move(racers));
        EXPECT_THAT(statuses, testing::UnorderedElementsAre(204, 422, 422, 422));
        EXPECT_EQ(count(n, "identity.users where kind = 'customer'"), "1");
        int let_in = 0;
        for (auto const* password : {"the first password", "the second password"})
            let_in += (co_await shop_login(n, shopper_email, password)).status == 200;
        EXPECT_EQ(let_in, 1);
        EXPECT_EQ(count(n, "identity.registrations"), "0");
    });
}

TEST(identity_customers, a_registration_dies_in_a_day) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await ask_for_account(n, shopper_email)).status, 202);
        auto const mails = co_await mails_of(n);
        EXPECT_EQ(
            look(n,
                 "select expires_at between now() + interval '23 hours' and now() + interval '25 hours' "
                 "from identity.registrations"),
            "t");
        db::session(n.of.url).run("update identity.registrations set expires_at = now()");
        EXPECT_EQ((co_await verify(n, token_in(mails.at(0)))).code(), "mail_token_invalid");
        EXPECT_EQ(count(n, "identity.users where kind = 'customer'"), "0");
        EXPECT_EQ(count(n, "identity.registrations where digest = sha256('" + token_in(mails.at(0)) + "')"),
                  "1")
            << "and no token stands anywhere";
    });
}

std::string sqlstate_of(node& n, std::string const& sql) {
    try {
        db::session(n.of.url).run(sql);
    } catch (db::error const& why) {
        return std::string(why.sqlstate());
    }
    return "";
}

TEST(identity_customers, hold_no_role_no_key_and_no_factor_and_never_become_staff) {
    with_shop([](node& n) -> core::task<void> {
        co_await new_shopper(n);
        std::string const id = customer_id(n), role = role_id(n, "viewer"), owner = co_await owner_token(n);
        std::string const before = fingerprint(n);
        constexpr auto foreign_key = "23503", not_allowed = "42501", constraint = "23514";
        EXPECT_EQ(sqlstate_of(n, "insert into identity.user_roles (user_id, role_id) values ('" + id + "','" +
                                     role + "')"),
                  foreign_key);
        EXPECT_EQ(
            sqlstate_of(n, "insert into identity.second_factors (user_id, secret) values ('" + id + "', '')"),
            foreign_key);
        EXPECT_EQ(sqlstate_of(n,
                              "insert into identity.api_keys (id, name, prefix, digest, maker_id) values "
                              "(gen_random_uuid(), 'K', 'carrack_00000000', sha256(''), '" +
                                  id + "')"),
                  foreign_key);
        EXPECT_EQ(sqlstate_of(n, "update identity.users set kind = 'staff' where id = '" + id + "'"),
                  not_allowed);
        EXPECT_EQ(
            sqlstate_of(n, "update identity.users set email_verified_at = null where id = '" + id + "'"),
            constraint);
        for (auto const& body : {R"({"roles":[")" + role + "\"]}", std::string(R"({"status":"blocked"})")}) {
            auto const refused = co_await n.change(patch, "/v1/admin/users/" + id, body, owner, "");
            EXPECT_EQ(refused.code(), "user_not_found");
        }
        EXPECT_EQ((co_await n.get("/v1/admin/users/" + id, owner)).code(), "user_not_found");
        auto const staff = co_await n.get("/v1/admin/users", owner);
        EXPECT_EQ(staff.body.at("data").as_array().size(), 1u) << "the owner alone";
        EXPECT_EQ(fingerprint(n), before);
    });
}

}  // namespace
