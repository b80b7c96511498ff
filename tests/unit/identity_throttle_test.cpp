#include "identity/throttle.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using identity::seen_try;
using identity::throttle_verdict;

constexpr std::int64_t second = 1'000'000;

seen_try from(bool here, bool known, std::int64_t age_s) {
    return {
        .of_account = true, .from_here = here, .known = known, .pending = false, .age_us = age_s * second};
}
seen_try of_another(std::int64_t age_s) {
    return {
        .of_account = false, .from_here = true, .known = false, .pending = false, .age_us = age_s * second};
}
seen_try pending(seen_try t) {
    t.pending = true;
    return t;
}
std::vector<seen_try> times(int n, seen_try t) {
    return std::vector<seen_try>(static_cast<std::size_t>(n), t);
}
std::vector<seen_try> operator+(std::vector<seen_try> a, std::vector<seen_try> const& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

struct expectation {
    char const* what;
    std::vector<seen_try> seen;
    bool known_here;
    std::int64_t retry_after_s;  // 0: go
    char const* policy;
};

constexpr bool here = true, elsewhere = false, known = true, fresh = false;

TEST(identity_throttle, limits_accounts_and_addresses) {
    expectation const all[] = {
        {"nobody tried", {}, false, 0, ""},
        {"one wrong", {from(here, fresh, 0)}, false, 0, ""},
        {"two wrong: a second", times(2, from(here, fresh, 0)), false, 1, "account-pause"},
        {"a second later", times(2, from(here, fresh, 1)), false, 0, ""},
        {"three wrong: two seconds", times(3, from(here, fresh, 0)), false, 2, "account-pause"},
        {"since the last", times(2, from(here, fresh, 9)) + times(1, from(here, fresh, 1)), false, 1,
         "account-pause"},
        {"two seconds later", times(3, from(here, fresh, 2)), false, 0, ""},
        {"four from here", times(3, from(here, fresh, 20)) + times(1, from(here, fresh, 600)), false, 300,
         "account-address"},
        {"four, known or not", times(4, from(here, known, 600)), true, 300, "account-address"},
        {"five: two have to be forgotten",
         times(1, from(here, fresh, 800)) + times(4, from(here, fresh, 600)), false, 300, "account-address"},
        {"four from elsewhere", times(4, from(elsewhere, fresh, 0)), false, 0, ""},
        {"seven strangers", times(7, from(elsewhere, fresh, 0)), false, 0, ""},
        {"eight strangers", times(8, from(elsewhere, fresh, 100)), false, 800, "account-new-addresses"},
        {"eight strangers do not lock out who is known here", times(8, from(elsewhere, fresh, 0)), true, 0,
         ""},
        {"nor does one more", times(8, from(elsewhere, fresh, 0)) + times(1, from(elsewhere, known, 0)), true,
         0, ""},
        {"ten in all", times(8, from(elsewhere, fresh, 0)) + times(2, from(elsewhere, known, 300)), true, 600,
         "account"},
        {"eight known ones leave room for strangers", times(8, from(elsewhere, known, 0)), false, 0, ""},
        {"fifty-nine of others from here", times(59, of_another(0)), false, 0, ""},
        {"sixty of others from here", times(60, of_another(899)), false, 1, "address"},
        {"known is no excuse for that", times(60, of_another(0)), true, 900, "address"},
        {"older than the window", times(60, of_another(900)) + times(10, from(here, fresh, 900)), false, 0,
         ""},
    };
    for (expectation const& e : all) {
        auto const found = identity::judge(e.seen, e.known_here);
        EXPECT_EQ(found.verdict, e.retry_after_s > 0 ? throttle_verdict::refuse : throttle_verdict::go)
            << e.what;
        EXPECT_EQ(found.retry_after_s, e.retry_after_s) << e.what;
        EXPECT_EQ(found.policy, e.policy) << e.what;
    }
}

TEST(identity_throttle, seconds_are_rounded_up_so_that_who_waits_so_long_gets_in) {
    for (std::int64_t const age_us : {second - 1, std::int64_t{1}, second / 2}) {
        std::vector<seen_try> seen = times(2, from(here, fresh, 0));
        for (seen_try& t : seen) t.age_us = age_us;
        EXPECT_EQ(identity::judge(seen, false).retry_after_s, 1) << age_us;
        for (seen_try& t : seen) t.age_us += second;
        EXPECT_EQ(identity::judge(seen, false).verdict, throttle_verdict::go) << age_us;
    }
}

TEST(identity_throttle, what_is_pending_counts_and_is_waited_for) {
    auto const verdict = [](std::vector<seen_try> const& seen) {
        return identity::judge(seen, false).verdict;
    };
    EXPECT_EQ(verdict(times(1, pending(from(here, fresh, 0)))), throttle_verdict::go);
    EXPECT_EQ(verdict(times(2, pending(from(here, fresh, 0)))), throttle_verdict::wait);
    EXPECT_EQ(verdict(times(3, pending(from(here, fresh, 5))) + times(1, from(here, fresh, 5))),
              throttle_verdict::wait);
    EXPECT_EQ(verdict(times(8, pending(from(elsewhere, fresh, 0)))), throttle_verdict::wait);
    EXPECT_EQ(verdict(times(60, pending(of_another(0)))), throttle_verdict::wait);
    EXPECT_EQ(verdict(times(4, from(here, fresh, 5)) + times(1, pending(from(here, fresh, 5)))),
              throttle_verdict::refuse);
}

}  // namespace
