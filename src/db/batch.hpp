// What the lanes hand around: statements known by name, the slots of a batch, and whoever waits.
// Private to this layer.
#pragma once

#include "core/time.hpp"
#include "db/database.hpp"
#include "db/libpq.hpp"

#include <coroutine>
#include <exception>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace db::detail {

struct result_free {
    void operator()(PGresult* r) const noexcept { pq().clear(r); }
};
using result = std::unique_ptr<PGresult, result_free>;

// A statement as libpq wants it. Its number finds it in a connection's list of prepared ones.
struct known_statement {
    std::string name;
    std::string sql;
    std::span<oid const> parameters;
    std::span<column const> columns;
    std::size_t number;
};

class catalogue {
public:
    // Throws std::logic_error when two different statements have one name.
    known_statement const& know(statement_info const& s);

private:
    std::unordered_map<std::string_view, std::unique_ptr<known_statement>> by_name_;
};

// Somebody suspended until it is done. Shared by the waiting frame and by who finishes it, so that
// either may go first.
struct waiter {
    std::coroutine_handle<> who;
    std::exception_ptr error;
    bool done = false;
};

struct until_done {
    std::shared_ptr<waiter> on;

    explicit until_done(std::shared_ptr<waiter> w) : on(std::move(w)) {}
    until_done(until_done const&) = delete;
    ~until_done() { on->who = {}; }  // the frame is finished or was destroyed while waiting
    bool await_ready() const noexcept { return on->done; }
    void await_suspend(std::coroutine_handle<> h) const noexcept { on->who = h; }
    void await_resume() const {
        if (on->error) std::rethrow_exception(on->error);
    }
};

struct slot {
    known_statement const* what;
    parameters in;
    result out;
};

enum class fate : std::uint8_t {
    queued,    // not sent, or to be sent again
    sent,      // answers are awaited
    aborted,   // a neighbour's error took it along; it goes again after the sync
    finished,  // its waiter has been told
    dropped,   // nobody wants its answers any more
};

struct batch_state : waiter, std::enable_shared_from_this<batch_state> {
    std::shared_ptr<database_state> database;
    core::deadline by;
    usage* meter;
    std::vector<slot> slots;
    std::size_t answered = 0;
    fate now = fate::queued;
    bool alone = false;  // gets a sync of its own: it has suffered from neighbours already
    std::uint8_t sends = 0;
    std::uint8_t losses = 0;  // times that connections broke under it
    core::steady::time_point lost_at{};
};

// Null when the columns are what the statement's row expects, else why not.
std::exception_ptr columns_do_not_fit(known_statement const& s, PGresult const* r);

}  // namespace db::detail
