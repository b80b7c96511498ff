// How often passwords may be tried, against a real PostgreSQL, by one process and by two.
#include "db/session.hpp"
#include "identity_shop.hpp"
#include "loop/loop.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

#include <map>
#include <tuple>

namespace {

using namespace std::chrono_literals;
using namespace integration;

constexpr auto nobody = "nobody@example.com";

core::task<heard> attempt(node& n, std::string email, std::string password,
                          std::string remote = "192.0.2.1") {
    return n.ask({.verb = http::method::post,
                  .path = "/v1/auth/login",
                  .body = R"({"email":")" + email + R"(","password":")" + password + "\"}",
                  .token = {},
                  .fields = {},
                  .remote = std::move(remote)});
}

std::string told(heard const& h) {
    return std::to_string(h.status) + " " + h.code() + " " + h.field("retry-after") + " " +
           h.field("ratelimit") + " " + h.field("ratelimit-policy") + " " + json::serialize(h.body);
}

// As if this much time had passed.
void pass(node& n, std::string const& time) {
    db::session(n.of.url).run("update identity.tries set at = at - interval '" + time + "'");
}

std::string failures(node& n) { return look(n, "select count(*) from identity.tries where not pending"); }

TEST(identity_throttle, known_and_unknown_accounts_are_refused_alike_and_after_retry_after_let_through) {
    with_shop([](node& n) -> core::task<void> {
        auto const both = [&n](char const* remote) -> core::task<std::string> {
            auto const known = told(co_await attempt(n, owner_email, "wrong", remote));
            EXPECT_EQ(told(co_await attempt(n, nobody, "wrong", remote)), known);
            co_return known;
        };
        for (int i = 0; i < 2; ++i) EXPECT_THAT(co_await both("192.0.2.1"), testing::StartsWith("401 "));
        EXPECT_THAT(co_await both("192.0.2.1"),
                    testing::StartsWith("429 too_many_attempts 1 \"account-pause\";r=0;t=1 "
                                        "\"account-pause\";q=1;w=1"));
        EXPECT_EQ(failures(n), "4") << "what is refused is not counted";
        pass(n, "1 second");
        EXPECT_THAT(co_await both("192.0.2.1"), testing::StartsWith("401 "));
        EXPECT_THAT(co_await both("192.0.2.1"), testing::StartsWith("429 too_many_attempts 2 "));
        pass(n, "2 seconds");
        EXPECT_THAT(co_await both("192.0.2.1"), testing::StartsWith("401 "));
        pass(n, "1 minute");
        EXPECT_THAT(co_await both("192.0.2.1"),
                    testing::AllOf(testing::StartsWith("429 too_many_attempts 83"),
                                   testing::HasSubstr("\"account-address\";q=4;w=900")));
        // The right password is not even looked at.
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password)).status, 429);
        EXPECT_EQ((co_await attempt(n, "OWNER@Example.com", owner_password)).status, 429);
        pass(n, "14 minutes");
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password)).status, 200);
        EXPECT_EQ(look(n,
                       "select count(*) from identity.tries where account = (select account from "
                       "identity.tries limit 1)"),
                  "4")
            << "success is no try";
    });
}

TEST(identity_throttle, strangers_are_held_off_and_the_owner_gets_in_where_they_are_known) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password, "203.0.113.5")).status, 200);
        std::map<int, int> statuses;
        for (int i = 0; i < 20; ++i)
            ++statuses[(co_await attempt(n, owner_email, "wrong", "198.51.100." + std::to_string(i))).status];
        EXPECT_EQ(statuses, (std::map<int, int>{{401, 8}, {429, 12}}));
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password, "198.51.100.77")).status, 429);
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password, "203.0.113.5")).status, 200);
        EXPECT_EQ((co_await attempt(n, owner_email, "wrong", "203.0.113.5")).status, 401);
        EXPECT_EQ((co_await attempt(n, owner_email, "wrong", "203.0.113.5")).status, 401);
        pass(n, "1 minute");
        auto const tenth = co_await attempt(n, owner_email, owner_password, "203.0.113.5");
        EXPECT_EQ(tenth.status, 429);
        EXPECT_THAT(tenth.field("ratelimit"), testing::StartsWith("\"account\";r=0;t="));
        EXPECT_EQ(failures(n), "10");
    });
}

TEST(identity_throttle, an_address_may_not_try_one_account_after_another) {
    with_shop([](node& n) -> core::task<void> {
        std::map<int, int> statuses;
        for (int i = 0; i < 64; ++i)
            ++statuses[(co_await attempt(n, "u" + std::to_string(i) + "@example.com", "wrong",
                                         "2001:db8:1:2::" + std::to_string(i)))
                           .status];
        EXPECT_EQ(statuses, (std::map<int, int>{{401, 60}, {429, 4}}));
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password, "2001:db8:1:2:ffff::1")).status, 429);
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password, "2001:db8:1:3::1")).status, 200);
    });
}

core::task<void> guess(node& n, int i, std::map<int, int>& statuses, bool spread) {
    auto const seen = co_await attempt(n, owner_email, "guess " + std::to_string(i),
                                       spread ? "198.51.100." + std::to_string(i) : "192.0.2.1");
    ++statuses[seen.status];
}

TEST(identity_throttle, guesses_at_once_are_no_more_than_one_after_the_other) {
    for (bool const spread : {false, true})
        with_two_processes([spread](node& a, node& b) -> core::task<void> {
            std::map<int, int> statuses;
            std::vector<core::task<void>> racers;
            for (int i = 0; i < 32; ++i) racers.push_back(guess(i % 2 == 0 ? a : b, i, statuses, spread));
            co_await all_of(std::move(racers));
            int const most = spread ? 8 : 4;
            EXPECT_LE(statuses[401], most);
            EXPECT_GE(statuses[401], 2);
            EXPECT_EQ(statuses[401] + statuses[429], 32) << statuses[503];
            EXPECT_EQ(failures(a), std::to_string(statuses[401]));
            EXPECT_EQ(look(a, "select count(*) from identity.tries where pending"), "0");
        });
}

TEST(identity_throttle, two_processes_share_what_they_count) {
    with_two_processes([](node& a, node& b) -> core::task<void> {
        EXPECT_EQ((co_await attempt(a, owner_email, owner_password, "203.0.113.5")).status, 200);
        int wrong = 0;
        for (int i = 0; i < 24; ++i) {
            auto const seen = co_await attempt(i % 2 == 0 ? a : b, owner_email, "wrong",
                                               i < 12 ? "198.51.100." + std::to_string(i) : "203.0.113.5");
            wrong += seen.status == 401 ? 1 : 0;
            EXPECT_TRUE(seen.status == 401 || seen.status == 429) << seen.status;
        }
        EXPECT_EQ(wrong, 10);
    });
}

TEST(identity_throttle, sixty_four_right_sign_ins_at_once_wait_for_each_other) {
    with_shop([](node& n) -> core::task<void> {
        std::map<int, int> statuses;
        auto const one = [](node& on, std::map<int, int>& into) -> core::task<void> {
            ++into[(co_await attempt(on, owner_email, owner_password)).status];
        };
        std::vector<core::task<void>> racers;
        for (int i = 0; i < 64; ++i) racers.push_back(one(n, statuses));
        co_await all_of(std::move(racers));
        EXPECT_EQ(statuses[200] + statuses[503], 64);
        EXPECT_GE(statuses[200], 16);
        EXPECT_EQ(look(n, "select count(*) from identity.tries"), "0");
        EXPECT_EQ(look(n, "select count(*) from identity.sessions"), std::to_string(statuses[200]));
    });
}

TEST(identity_throttle, a_try_that_a_dead_process_left_counts_as_wrong_after_a_minute) {
    with_shop([](node& n) -> core::task<void> {
        for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await attempt(n, owner_email, "wrong")).status, 401);
        db::session(n.of.url).run(
            "insert into identity.tries (id, account, network, known, at) select gen_random_uuid(), account, "
            "network, known, now() - interval '61 seconds' from identity.tries");
        EXPECT_EQ((co_await attempt(n, owner_email, owner_password)).field("ratelimit-policy"),
                  "\"account-address\";q=4;w=900");
    });
}

TEST(identity_throttle, the_table_names_nobody_and_forgets) {
    with_shop([](node& n) -> core::task<void> {
        EXPECT_EQ((co_await attempt(n, nobody, "wrong")).status, 401);
        EXPECT_EQ(look(n,
                       "select count(*) from identity.tries t where t::text like '%nobody%' or account = "
                       "sha256('nobody@example.com') or account = sha256('staff\nnobody@example.com')"),
                  "0");
        pass(n, "61 minutes");
        EXPECT_EQ((co_await attempt(n, owner_email, "wrong")).status, 401);
        for (work::chore const& one : identity::chores())
            std::ignore = co_await n.database.use(in(5s)).transact(
                {}, [&](db::transaction& t) -> core::task<core::result<core::nothing>> {
                    t.add(*one.removal);
                    co_return core::nothing{};
                });
        EXPECT_EQ(look(n, "select count(*) from identity.tries"), "1");
    });
}

}  // namespace
