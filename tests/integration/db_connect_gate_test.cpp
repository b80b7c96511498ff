// How attempts to connect are spaced out after failures; no server is needed for it.
#include "db/state.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using core::steady;
using db::detail::connect_gate;
using std::chrono::milliseconds;

// One try that fails; until when the gate stays shut at least, and when it is open at the latest.
void expect_pause(connect_gate& g, milliseconds least, milliseconds most) {
    auto const before = steady::now();
    g.trying();
    g.failed({.message = "refused"});
    auto const after = steady::now();
    EXPECT_FALSE(g.may_connect(before + least - 1ms)) << least.count();
    EXPECT_TRUE(g.may_connect(after + most + 1ms)) << most.count();
}

TEST(db_connect_gate, pauses_double_up_to_one_and_a_half_seconds) {
    for (int round = 0; round < 50; ++round) {  // they are jittered
        connect_gate g;
        EXPECT_TRUE(g.may_connect(steady::now()));
        for (milliseconds const pause : {50ms, 100ms, 200ms, 400ms, 800ms, 1500ms, 1500ms, 1500ms})
            expect_pause(g, pause * 3 / 4, pause * 5 / 4);
    }
}

TEST(db_connect_gate, one_tries_at_a_time_while_it_fails) {
    connect_gate g;
    g.trying();
    EXPECT_TRUE(g.may_connect(steady::now())) << "nothing has failed yet";
    g.failed({.message = "refused"});
    auto const later = steady::now() + 1h;
    ASSERT_TRUE(g.may_connect(later));
    g.trying();
    EXPECT_FALSE(g.may_connect(later));
    g.stopped();
    EXPECT_TRUE(g.may_connect(later));
}

TEST(db_connect_gate, a_success_forgets_and_counts_what_was_replaced) {
    connect_gate g;
    db::detail::counters count;
    for (int n = 0; n < 8; ++n) {
        g.trying();
        g.failed({.message = "refused"});
    }
    EXPECT_TRUE(g.failing());
    g.failed({.message = "it broke", .opened = true});  // a connection that had worked
    g.trying();
    g.opened(count);
    EXPECT_FALSE(g.failing());
    EXPECT_EQ(count.reconnects, 1U);
    expect_pause(g, 37ms, 63ms);
    g.trying();
    g.opened(count);
    EXPECT_EQ(count.reconnects, 1U) << "nothing was lost";
}

TEST(db_connect_gate, whoever_asks_is_refused_when_waiting_is_pointless) {
    connect_gate g;
    g.trying();
    g.failed({.message = "starting up"});
    EXPECT_EQ(g.refusal(steady::now()), nullptr) << "a restart is waited for";
    g.trying();
    g.failed({.message = "no such database", .hopeless = true});
    auto const* why = g.refusal(steady::now());
    ASSERT_NE(why, nullptr);
    EXPECT_EQ(*why, "no such database");
    EXPECT_EQ(g.refusal(steady::now() + 1h), nullptr) << "somebody has to try again";
}

}  // namespace
