// One non-blocking libpq connection in pipeline mode on an event loop. Statements go in, answers
// come out in order to its owner; a sync ends a group. Named statements are prepared on first use,
// in the same pipeline. Private to this layer.
#pragma once

#include "db/batch.hpp"
#include "db/cancel.hpp"
#include "db/connect_failure.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace db::detail {

struct counters {
    std::uint64_t statements = 0, errors = 0, reconnects = 0, shed = 0, notices = 0, syncs = 0;
    std::uint64_t deadlines = 0, cancels = 0, retries = 0, lock_timeouts = 0;
};

class connection : public std::enable_shared_from_this<connection> {
public:
    struct expected {
        enum class kind : std::uint8_t { prepare, execute, sync } what;
        std::uint32_t slot;
        known_statement const* statement;
        batch_state* of;
    };
    // Told in order. `lost` is the last call; after it the owner may be gone.
    class owner {
    public:
        virtual void opened() = 0;
        virtual void answered(expected const& e, result r) = 0;  // an execution's, or a failed prepare's
        virtual void synced() = 0;
        virtual void settled() = 0;  // all that had arrived has been told
        virtual void lost(broken why) = 0;

    protected:
        ~owner() = default;
    };

    // `unnamed` may become true while it lives.
    connection(boost::asio::io_context& io, owner& o, options const& opt, bool const& unnamed,
               counters& count);
    ~connection();

    void open();
    void send(known_statement const& s, parameters const& in, batch_state* of, std::uint32_t slot);
    void sync();  // ends the group and pushes everything out
    // Asks the server to cancel what runs here, unless such a request is on its way; does not wait. Null
    // when there is nothing to ask with.
    std::shared_ptr<cancel_request> cancel();
    void close();  // tells nobody
    void fail(broken why);

    bool ready() const { return phase_ == phase::ready; }
    bool connecting() const { return phase_ == phase::connecting; }
    bool in_transaction() const;  // meaningful only after a sync's answer
    std::size_t outstanding() const { return expected_.size(); }
    batch_state const* head() const { return expected_.empty() ? nullptr : expected_.front().of; }
    core::steady::time_point began() const { return began_; }

private:
    enum class phase : std::uint8_t { fresh, connecting, ready, over };

    void poll_connect();
    void wait(bool for_write);
    void arm_read();
    void arm_write();
    void on_readable();
    void dispatch();
    void take(expected const& e, result r);
    void fail_later(std::string message);
    void disconnect();
    bool watch(boost::system::error_code& ec);
    void unwatch();

    libpq const& pq_;
    owner* owner_;
    options const& options_;
    bool const& unnamed_;
    counters& counters_;
    boost::asio::io_context& io_;
    boost::asio::posix::stream_descriptor socket_;
    PGconn* conn_ = nullptr;
    phase phase_ = phase::fresh;
    bool writing_ = false;
    bool failing_ = false;
    core::steady::time_point began_;
    std::deque<expected> expected_;
    std::shared_ptr<cancel_request> cancelling_;
    std::vector<bool> prepared_;  // by known_statement::number
    std::vector<char const*> values_;
    std::vector<int> formats_;
};

// The error that a failed result stands for.
std::exception_ptr error_of(known_statement const& s, PGresult const* r);
std::string_view sqlstate_of(PGresult const* r);
bool is_fatal(PGresult const* r);          // the server ends the connection with it
bool is_outdated_plan(PGresult const* r);  // the statement has to be prepared anew
// Somebody else has prepared a statement of this name here: the connection is not ours alone.
bool is_prepared_by_another(PGresult const* r);

}  // namespace db::detail
