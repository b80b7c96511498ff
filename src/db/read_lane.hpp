// Reads, multiplexed over a few connections: all batches that wait leave with one sync on the connection that
// is free. A neighbour's error does no harm: who was aborted is sent again. A connection
// blocked by one statement is set aside for a spare one, so that unrelated reads go on.
// Private to this layer.
#pragma once

#include "db/connection.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace db::detail {

class read_lane {
public:
    explicit read_lane(database_state& d) : database_(d) {}
    ~read_lane();

    void submit(std::shared_ptr<batch_state> b);  // throws db::overloaded, db::unavailable
    void sweep(core::steady::time_point now);
    void refuse_waiting(std::string const& why);  // there will be no connection
    void close_all();

    bool busy() const;
    std::size_t connections() const { return lines_.size(); }
    std::size_t idle() const;
    std::size_t waiting() const { return waiting_.size(); }
    core::steady::time_point next_close() const;

private:
    struct line;
    void flush();
    void schedule_flush();
    void connect_if_useful(core::steady::time_point now);
    bool set_one_aside(core::steady::time_point now);
    bool spare_to_come(core::steady::time_point now);
    std::size_t set_aside(core::steady::time_point now);
    bool connected() const;
    line* best_line(batch_state const& b) const;
    void end_group(line& l);
    void put_on(line& l, std::shared_ptr<batch_state> b);
    void again(std::shared_ptr<batch_state> b);
    void finish(batch_state& b, std::exception_ptr error);
    void on_opened(line& l);
    void on_lost(line& l, broken why);
    void sweep_line(line& l, core::steady::time_point now);
    void sweep_head(line& l, core::steady::time_point now);

    database_state& database_;
    std::vector<std::shared_ptr<line>> lines_;
    std::deque<std::shared_ptr<batch_state>> waiting_;
    departures given_up_;
    std::size_t in_flight_ = 0;  // batches sent and not yet finished
    bool flush_scheduled_ = false;
};

}  // namespace db::detail
