// Connections lent to one transaction at a time, first come, first served. BEGIN, the statements
// and COMMIT can travel as one pipelined batch. Private to this layer.
#pragma once

#include "db/connection.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace db::detail {

struct seat;  // one connection of the pool

// Somebody who waits for a seat. Whoever is destroyed with a seat not taken gives it back.
struct seat_request : waiter {
    core::deadline by;
    std::shared_ptr<seat> got;
    bool withdrawn = false;
};

class transaction_lane {
public:
    explicit transaction_lane(database_state& d);
    ~transaction_lane();

    void ask(std::shared_ptr<seat_request> r);  // throws db::overloaded, db::unavailable
    void withdraw(seat_request& r);             // its waiter is gone
    void give_back(std::shared_ptr<seat> s);    // rolls back first when the server may be in a transaction
    void sweep(core::steady::time_point now);
    void refuse_waiting(std::string const& why);
    void close_all();

    bool busy() const;  // something for the sweep to look after
    bool lent() const;  // some transaction is not over
    std::size_t connections() const { return seats_.size(); }
    std::size_t idle() const { return idle_.size(); }
    std::size_t waiting() const { return waiting_.size(); }
    core::steady::time_point next_close() const;

private:
    friend struct seat;
    void grant();
    void connect_if_useful();
    void freed(seat& s);
    void on_lost(seat& s, broken why);
    void sweep_seat(seat& s, core::steady::time_point now);

    database_state& database_;
    std::vector<std::shared_ptr<seat>> seats_;
    std::vector<std::shared_ptr<seat>> idle_;  // the last one is taken first, so that the rest can close
    std::deque<std::shared_ptr<seat_request>> waiting_;
    departures given_up_;
    std::string lock_timeout_;  // as PostgreSQL wants it; empty: the server's own
};

struct seat final : connection::owner, std::enable_shared_from_this<seat> {
    transaction_lane& lane;
    std::shared_ptr<connection> to;
    enum class use : std::uint8_t { connecting, idle, lent, returning, gone } now = use::connecting;
    core::steady::time_point since = core::steady::now();  // of that use

    // The run that is on its way, if there is one.
    std::shared_ptr<batch_state> running;
    std::exception_ptr why;  // its first error
    bool commit_sent = false;
    bool commit_answered = false;
    bool rolled_back = false;  // ROLLBACK was sent
    std::size_t syncs = 0;     // answers to wait for
    bool spoiled = false;      // closed instead of lent again: a cancel may still be on its way
    core::steady::time_point late_since{};
    bool late = false;
    bool cancelled = false;  // the server was asked to
    std::string lost_because;

    explicit seat(transaction_lane& l) : lane(l) {}

    // Sends [BEGIN], the slots from `first` on, [COMMIT], and a sync. The waiter of `work` is told.
    void run(std::shared_ptr<batch_state> work, std::size_t first, bool begin, bool commit);
    void send_rollback();
    bool in_transaction() const { return to->in_transaction(); }

    void opened() override;
    void answered(connection::expected const& e, result r) override;
    void synced() override;
    void settled() override;
    void lost(broken b) override;

    std::exception_ptr outcome_of_loss() const;  // null: it had committed

private:
    void control(std::size_t which);
    void set_up(bool for_transaction);
};

}  // namespace db::detail
