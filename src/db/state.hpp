// What the lanes of one database share: the ready queue, the sweep, the gate that spaces out
// attempts to connect, the statements. Private to this layer.
#pragma once

#include "db/connection.hpp"
#include "db/knock.hpp"
#include "db/read_lane.hpp"
#include "db/transaction_lane.hpp"
#include "loop/loop.hpp"

#include <boost/asio/steady_timer.hpp>

#include <array>

namespace db::detail {

// Spaces out attempts to connect after failures: 50 ms, doubling to 1.5 s, each a quarter more or less.
class connect_gate {
public:
    bool may_connect(core::steady::time_point now) const;
    // Set when trying is pointless for now: what to tell whoever asks.
    std::string const* refusal(core::steady::time_point now) const;
    bool failing() const { return failures_ > 0; }
    std::string const& last_failure() const { return last_failure_; }
    void trying() { ++trying_; }
    void opened(counters& count);
    void failed(broken const& why);
    void stopped() { --trying_; }  // closed before it came to an end

private:
    core::steady::time_point not_before_{};
    core::steady::time_point failing_since_{};
    int failures_ = 0;
    int lost_ = 0;
    int trying_ = 0;
    bool hopeless_ = false;
    std::string last_failure_;
};

struct database_state : std::enable_shared_from_this<database_state> {
    database_state(loop::event_loop& on, options o);
    ~database_state();

    // Hands a waiter back to its coroutine at the end of this turn; nothing runs inside the caller.
    void complete(std::shared_ptr<waiter> w, std::exception_ptr error = nullptr);
    void drain();       // resumes all that are complete; the tail of every entry point
    void watch();       // something is under way: the sweep has to look after deadlines
    void watch_idle();  // a connection became idle: it has to be closed some day
    void refuse_if_closing(bool connected) const;  // throws db::unavailable when waiting is pointless
    void refuse_waiting(std::string const& why);
    std::exception_ptr late(bool waited_for_connection);
    void opened();  // a connection came about
    void failed(broken const& why);
    void found_pooler();          // between us and the server: nothing named can be relied on
    void shed(char const* what);  // throws db::overloaded
    void stop();                  // closes every connection, tells nobody

    loop::event_loop& loop;
    options const opt;
    counters count;
    catalogue statements;
    connect_gate gate;
    read_lane reads;
    transaction_lane transactions;
    std::weak_ptr<knocking> at_the_door;
    bool unnamed;  // statements travel without names
    bool closing = false;

private:
    enum class watching : std::uint8_t { nothing, idle, work };
    void arm(core::steady::duration wait, watching what);
    void sweep();
    void tell(news::kind what, std::string_view words);

    struct told {
        core::steady::time_point at{};
        std::uint64_t untold = 0;
    };
    std::array<told, news::kinds> told_{};

    boost::asio::steady_timer timer_;
    watching watching_ = watching::nothing;
    bool drain_posted_ = false;
    std::vector<std::shared_ptr<waiter>> ready_;
};

// A number in [0, 1), of this thread's own generator.
double jitter();

}  // namespace db::detail
