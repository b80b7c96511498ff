// The second factor against a real PostgreSQL: set up, asked for, required by a role, lost.
#include "crypto/digest.hpp"
#include "crypto/totp.hpp"
#include "db/session.hpp"
#include "identity/throttle.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using enum http::method;

constexpr auto a_look_later = 1100ms;
constexpr auto factor = "/v1/auth/second-factor";
constexpr auto see_users = R"({"method":"GET","route":"/v1/admin/users"})";

std::string from_base32(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (char const c : text) {
        held = held << 5 | static_cast<std::uint32_t>(alphabet.find(c));
        if ((bits += 5) >= 8) out += static_cast<char>(held >> (bits -= 8));
    }
    return out;
}

// `steps` from now.
std::string code_of(std::string const& secret, std::int64_t steps = 0) {
    return crypto::one_time_code(from_base32(secret), core::now().us / 30'000'000 + steps);
}
std::string wrong_code(std::string const& secret) {
    for (int i = 0;; ++i) {
        std::string code = std::to_string(100'000 + i);
        if (code != code_of(secret, -1) && code != code_of(secret) && code != code_of(secret, 1) &&
            code != code_of(secret, 2))
            return code;
    }
}
// As if some time had passed since the last code.
void forget_steps(node& n) { db::session(n.of.url).run("update identity.second_factors set last_step = 0"); }

// Guesses count as tries, which slow down whoever goes on; that has tests of its own.
void forget_tries(node& n) { db::session(n.of.url).run("delete from identity.tries"); }

core::task<heard> sign_in(node& n, std::string email, std::string password, std::string more = {}) {
    forget_tries(n);
    co_return co_await n.post("/v1/auth/login",
                              R"({"email":")" + email + R"(","password":")" + password + "\"" + more + "}");
}
std::string with_code(std::string const& code) { return R"(,"code":")" + code + "\""; }
std::string with_recovery(std::string const& code) { return R"(,"recovery_code":")" + code + "\""; }
core::task<heard> drop(node& n, std::string query, std::string token) {
    forget_tries(n);
    co_return co_await n.change(remove, std::string(factor) + query, "", token, "");
}
core::task<heard> confirm(node& n, std::string code, std::string token) {
    forget_tries(n);
    co_return co_await n.post(std::string(factor) + "/confirm", R"({"code":")" + code + "\"}", token);
}

struct set_up_factor {
    std::string secret;
    std::vector<std::string> recovery;
};
core::task<heard> begin(node& n, std::string token, std::string password = owner_password) {
    co_return co_await n.post(factor, R"({"current_password":")" + password + "\"}", token);
}
core::task<set_up_factor> set_up(node& n, std::string token, std::string password = owner_password) {
    forget_tries(n);
    auto const begun = co_await begin(n, token, password);
    EXPECT_EQ(begun.status, 201);
    set_up_factor out{begun.text("secret"), {}};
    auto const done = co_await confirm(n, code_of(out.secret), token);
    EXPECT_EQ(done.status, 200);
    for (auto const& code : done.body.at("recovery_codes").as_array())
        out.recovery.emplace_back(code.as_string());
    forget_steps(n);
    co_return out;
}

TEST(identity_second_factor, counts_once_it_is_confirmed_and_is_shown_once) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        EXPECT_EQ((co_await confirm(n, "123456", token)).code(), "second_factor_not_found");
        auto const first = co_await begin(n, token);
        auto const begun = co_await begin(n, token);
        EXPECT_EQ(begun.status, 201);
        std::string const secret = begun.text("secret");
        EXPECT_NE(secret, first.text("secret")) << "asked again before it was confirmed";
        EXPECT_EQ(from_base32(secret).size(), 20u);
        EXPECT_EQ(begun.text("otpauth_uri"),
                  "otpauth://totp/Carrack:owner%40example.com?secret=" + secret + "&issuer=Carrack");
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password)).status, 200) << "not confirmed yet";
        EXPECT_EQ((co_await confirm(n, wrong_code(secret), token)).code(), "second_factor_code_wrong");
        auto const done = co_await confirm(n, code_of(secret), token);
        EXPECT_EQ(done.status, 200);
        std::set<std::string> codes;
        for (auto const& code : done.body.at("recovery_codes").as_array()) {
            codes.emplace(code.as_string());
            EXPECT_EQ(code.as_string().size(), 16u);
        }
        EXPECT_EQ(codes.size(), 10u);
        EXPECT_EQ((co_await begin(n, token)).code(), "second_factor_exists");
        EXPECT_EQ((co_await confirm(n, code_of(secret, 1), token)).code(), "second_factor_exists");
        std::string const plain = from_base32(secret);
        std::string const stored = look(n, "select encode(secret, 'hex') from identity.second_factors");
        EXPECT_EQ(
            stored.find(crypto::to_hex({reinterpret_cast<std::uint8_t const*>(plain.data()), plain.size()})),
            stored.npos);
        EXPECT_EQ(look(n,
                       "select string_agg(changes->0->>'after', ',' order by id) from audit.entries where "
                       "changes->0->>'field' = 'second_factor'"),
                  "begun,begun,confirmed");
    });
}

// Who holds an access token alone shall not lock its owner out.
TEST(identity_second_factor, is_begun_by_whoever_knows_the_password) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        EXPECT_EQ((co_await n.post(factor, "", token)).status, 422);
        std::string const before = fingerprint(n);
        for (int i = 0; i < 2; ++i) {
            auto const wrong = co_await begin(n, token, "not the password");
            EXPECT_EQ(wrong.code(), "current_password_wrong");
            EXPECT_EQ(wrong.body.at("errors").at(0).at("pointer").as_string(), "/current_password");
        }
        EXPECT_EQ((co_await begin(n, token)).code(), "too_many_attempts") << "counted as tries to sign in";
        EXPECT_EQ(fingerprint(n), before);
        forget_tries(n);
        EXPECT_EQ((co_await begin(n, token)).status, 201);
        EXPECT_EQ(look(n, "select count(*) from identity.tries"), "0") << "the right one is no try";
    });
}

TEST(identity_second_factor, a_sign_in_needs_a_code_that_nobody_has_used) {
    with_shop([](node& n) -> core::task<void> {
        auto const [secret, recovery] = co_await set_up(n, co_await owner_token(n));
        auto const in = [&](std::string more) -> core::task<std::string> {
            auto const answer = co_await sign_in(n, owner_email, owner_password, more);
            co_return answer.status == 200 ? "in" : answer.code();
        };
        auto const sessions = [&] { return look(n, "select count(*) from identity.sessions"); };
        std::string const before = sessions();
        EXPECT_EQ(co_await in(""), "second_factor_required");
        EXPECT_EQ(co_await in(with_code(wrong_code(secret))), "second_factor_invalid");
        EXPECT_EQ(co_await in(with_code(code_of(secret, -3))), "second_factor_invalid");
        EXPECT_EQ(co_await in(with_recovery("AAAABBBBCCCCDDDD")), "second_factor_invalid");
        EXPECT_EQ((co_await sign_in(n, owner_email, "not the password", with_code(code_of(secret)))).code(),
                  "invalid_credentials");
        EXPECT_EQ((co_await sign_in(n, owner_email, "not the password", with_recovery(recovery[0]))).code(),
                  "invalid_credentials");
        EXPECT_EQ(sessions(), before);
        std::string const code = code_of(secret);
        EXPECT_EQ(co_await in(with_code(code)), "in") << "a wrong password spends no code";
        EXPECT_EQ(co_await in(with_code(code)), "second_factor_invalid") << "used";
        EXPECT_EQ(co_await in(with_code(code_of(secret, -1))), "second_factor_invalid") << "older than that";

        EXPECT_EQ(co_await in(with_recovery(recovery[0])), "in");
        EXPECT_EQ(co_await in(with_recovery(recovery[0])), "second_factor_invalid") << "once";
        std::string grouped = core::ascii_lower(recovery[1]);
        for (std::size_t at : {12u, 8u, 4u}) grouped.insert(at, "-");
        EXPECT_EQ(co_await in(with_recovery(grouped)), "in");
        EXPECT_EQ(look(n, "select count(*) from identity.recovery_codes where used_at is not null"), "2");
    });
}

TEST(identity_second_factor, guessing_codes_slows_down_and_being_asked_for_one_does_not) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        auto const [secret, recovery] = co_await set_up(n, token);
        auto const tries = [&] { return look(n, "select count(*) from identity.tries"); };
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password)).code(), "second_factor_required");
        EXPECT_EQ(tries(), "0");
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password, with_code(wrong_code(secret)))).code(),
                  "second_factor_invalid");
        EXPECT_EQ(tries(), "1");
        EXPECT_EQ((co_await drop(n, "?code=" + wrong_code(secret), token)).code(),
                  "second_factor_code_wrong");
        EXPECT_EQ(tries(), "1");
        EXPECT_EQ((co_await drop(n, "?code=" + code_of(secret), token)).status, 204);
        EXPECT_EQ(tries(), "0");
    });
}

// As whoever guesses sends it: nobody forgets the tries in between.
core::task<heard> send_code(node& n, http::method verb, std::string code, std::string token, int from) {
    bool const confirms = verb == post;
    co_return co_await n.ask({.verb = verb,
                              .path = std::string(factor) + (confirms ? "/confirm" : "?code=" + code),
                              .body = confirms ? R"({"code":")" + code + "\"}" : "",
                              .token = std::move(token),
                              .fields = {},
                              .remote = "198.51.100." + std::to_string(from)});
}
core::task<void> guess(node& n, http::method verb, std::string code, std::string token, int from,
                       std::map<std::string, int>& said) {
    auto const answer = co_await send_code(n, verb, std::move(code), std::move(token), from);
    EXPECT_EQ(answer.field("retry-after").empty(), answer.status != 429);
    ++said[answer.code()];
}

TEST(identity_second_factor, codes_are_guessed_no_oftener_than_passwords_on_both_servers_together) {
    for (http::method const verb : {post, remove})
        with_two_processes([verb](node& a, node& b) -> core::task<void> {
            std::string const token = co_await owner_token(a);
            std::string secret;
            if (verb == remove)
                secret = (co_await set_up(a, token)).secret;
            else
                secret = (co_await begin(a, token)).text("secret");
            forget_tries(a);
            auto const all = [&] {
                return fingerprint(a) +
                       look(a, "select md5(string_agg(f::text, '')) from identity.second_factors f") +
                       look(a, "select count(*) from identity.recovery_codes where used_at is null");
            };
            std::string const before = all();
            std::map<std::string, int> said;
            std::vector<core::task<void>> racers;
            for (int i = 0; i < 32; ++i)
                racers.push_back(guess(i % 2 == 0 ? a : b, verb, wrong_code(secret), token, i, said));
            co_await all_of(std::move(racers));
            EXPECT_EQ(said["second_factor_code_wrong"], identity::tries_from_new_addresses);
            EXPECT_EQ(said["too_many_attempts"], 32 - identity::tries_from_new_addresses);
            // Then the right one is not even looked at. Nor is a password: they are counted together.
            EXPECT_EQ((co_await send_code(b, verb, code_of(secret), token, 99)).code(), "too_many_attempts");
            auto const sign_in = co_await b.ask({.verb = post,
                                                 .path = "/v1/auth/login",
                                                 .body = std::string(R"({"email":")") + owner_email +
                                                         R"(","password":")" + owner_password + "\"}",
                                                 .token = {},
                                                 .fields = {},
                                                 .remote = "198.51.100.99"});
            EXPECT_EQ(sign_in.code(), "too_many_attempts");
            EXPECT_EQ(all(), before);
            EXPECT_EQ(look(a, "select count(*) from identity.tries where pending"), "0");
        });
}

TEST(identity_second_factor, is_taken_away_by_whoever_has_it) {
    with_shop([](node& n) -> core::task<void> {
        std::string const token = co_await owner_token(n);
        EXPECT_EQ((co_await drop(n, "?code=123456", token)).code(), "second_factor_not_found");
        auto const [secret, recovery] = co_await set_up(n, token);
        EXPECT_EQ((co_await drop(n, "?code=" + wrong_code(secret), token)).code(),
                  "second_factor_code_wrong");
        EXPECT_EQ((co_await drop(n, "", token)).code(), "second_factor_code_wrong");
        EXPECT_EQ((co_await drop(n, "?code=" + code_of(secret), token)).status, 204);
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password)).status, 200);
        EXPECT_EQ(look(n, "select count(*) from identity.recovery_codes"), "0");
        auto const again = co_await set_up(n, token);
        EXPECT_EQ((co_await drop(n, "?recovery_code=" + recovery[0], token)).code(),
                  "second_factor_code_wrong")
            << "one of the factor before";
        EXPECT_EQ((co_await drop(n, "?recovery_code=" + again.recovery[0], token)).status, 204);
    });
}

TEST(identity_second_factor, a_secret_that_the_configured_key_does_not_open_leaves_the_recovery_codes) {
    with_shop([](node& n) -> core::task<void> {
        auto const [secret, recovery] = co_await set_up(n, co_await owner_token(n));
        db::session(n.of.url).run("update identity.second_factors set secret = secret || secret");
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password, with_code(code_of(secret)))).code(),
                  "second_factor_invalid");
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password, with_recovery(recovery[0]))).status, 200);
    });
}

TEST(identity_second_factor, a_role_that_requires_one_is_worth_nothing_without) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const owner = co_await owner_token(a);
        std::string const ada = co_await token_with(
            a, "ada", std::string(see_users) + R"(,{"method":"PATCH","route":"/v1/admin/roles/{id}"})");
        std::string const role = "/v1/admin/roles/" + role_id(a, "ada");
        auto const seen = [&](int wanted, std::string code, bool missing) -> core::task<void> {
            co_await loop::sleep(a_look_later);
            for (node* n : {&a, &b}) {
                auto const users = co_await n->get("/v1/admin/users", ada);
                EXPECT_EQ(users.status, wanted);
                EXPECT_EQ(users.code(), code);
                auto const session = co_await n->get("/v1/auth/session", ada);
                EXPECT_EQ(session.status, 200);
                EXPECT_EQ(session.body.at("second_factor_missing").as_bool(), missing);
            }
        };
        co_await seen(200, "", false);
        auto const demanded = co_await a.change(patch, role, R"({"second_factor":true})", owner, "*");
        EXPECT_EQ(demanded.status, 200);
        EXPECT_TRUE(demanded.body.at("second_factor").as_bool());
        co_await seen(403, "second_factor_missing", true);
        auto const user = co_await a.get("/v1/auth/session", ada);
        std::string const id(user.body.at("user").at("id").as_string());
        auto const explained = [&]() -> core::task<std::string> {
            auto const told = co_await a.post(
                "/v1/admin/permissions/explain",
                R"({"user_id":")" + id + R"(","method":"GET","path":"/v1/admin/users"})", owner);
            EXPECT_EQ(told.body.at("allowed").as_bool(), told.text("reason") == "granted");
            co_return told.text("reason");
        };
        EXPECT_EQ(co_await explained(), "needs_second_factor");
        auto const [secret, recovery] = co_await set_up(a, ada, staff_password);
        co_await seen(200, "", false);
        EXPECT_EQ(co_await explained(), "granted");
        EXPECT_EQ((co_await a.change(patch, role, R"({"second_factor":false})", ada, "*")).code(),
                  "own_role");
        EXPECT_EQ((co_await a.change(patch, role, R"({"description":"x"})", ada, "*")).status, 200);
        EXPECT_EQ((co_await drop(a, "?code=" + code_of(secret), ada)).status, 204);
        co_await seen(403, "second_factor_missing", true);
        EXPECT_EQ((co_await a.change(patch, role, R"({"second_factor":false})", owner, "*")).status, 200);
        co_await seen(200, "", false);
    });
}

// A thief who has signed in with the password alone gains nothing when its owner sets up a factor.
TEST(identity_second_factor, ends_the_sign_ins_that_have_shown_none_on_both_servers) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        std::string const token = co_await owner_token(a);
        auto const other = co_await a.post("/v1/auth/login",
                                           R"({"email":"owner@example.com","refresh":"body","password":")" +
                                               std::string(owner_password) + "\"}");
        std::string const stolen = other.text("access_token");
        std::string const refresh = other.text("refresh_token");
        EXPECT_EQ((co_await b.get("/v1/auth/session", stolen)).status, 200);
        co_await set_up(a, token);
        co_await loop::sleep(a_look_later);
        for (node* n : {&a, &b}) {
            EXPECT_EQ((co_await n->get("/v1/auth/session", stolen)).status, 401);
            EXPECT_EQ((co_await n->get("/v1/auth/session", token)).status, 200);
        }
        EXPECT_EQ((co_await b.post("/v1/auth/refresh", R"({"refresh_token":")" + refresh + "\"}")).status,
                  401);
    });
}

TEST(identity_second_factor, one_that_was_lost_is_taken_away_within_ones_rights) {
    with_shop([](node& n) -> core::task<void> {
        std::string const owner = co_await owner_token(n);
        std::string const support = co_await token_with(
            n, "support",
            std::string(see_users) + R"(,{"method":"DELETE","route":"/v1/admin/users/{id}/second-factor"})");
        std::string const clerk = co_await token_with(n, "clerk", see_users);
        auto const path = [&](std::string email) {
            return "/v1/admin/users/" +
                   look(n, "select id from identity.users where email = '" + email + "'") + "/second-factor";
        };
        auto const take = [&](std::string where) { return n.change(remove, where, "", support, ""); };
        EXPECT_EQ((co_await take(path("clerk@example.com"))).code(), "second_factor_not_found");
        EXPECT_EQ((co_await take("/v1/admin/users/" + core::to_string(core::make_uuid7()) + "/second-factor"))
                      .code(),
                  "user_not_found");
        co_await set_up(n, clerk, staff_password);
        co_await set_up(n, owner);
        co_await set_up(n, support, staff_password);
        EXPECT_EQ((co_await take(path("support@example.com"))).code(), "second_factor_own");
        EXPECT_EQ((co_await take(path(owner_email))).code(), "rights_exceeded");
        EXPECT_EQ(refusals(n), "DELETE /v1/admin/users/{id}/second-factor users rights_exceeded");
        EXPECT_EQ((co_await sign_in(n, owner_email, owner_password)).code(), "second_factor_required");
        EXPECT_EQ((co_await take(path("clerk@example.com"))).status, 204);
        EXPECT_EQ((co_await sign_in(n, "clerk@example.com", staff_password)).status, 200);
    });
}

}  // namespace
