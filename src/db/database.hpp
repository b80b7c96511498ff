// The way to PostgreSQL: one `database` for each event loop, with three lanes.
//   reads         single statements and read batches, pipelined over a few shared connections;
//                 whatever waits when one of them is free leaves with one sync
//   transactions  connections of their own, lent to one transaction at a time; its statements travel
//                 as pipelined batches, so that BEGIN, the work and COMMIT can be one round trip
// libpq is opened on first use. Connections are made on demand and closed when idle. Queues are
// bounded: what does not fit is refused at once (db::overloaded).
#pragma once

#include "core/meter.hpp"
#include "core/result.hpp"
#include "core/task.hpp"
#include "core/time.hpp"
#include "db/error.hpp"
#include "db/statement.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

namespace loop {
class event_loop;
}

namespace db {

// What whoever runs the shop wants to know. Of each kind at most one in a second is told.
struct news {
    enum class kind : std::uint8_t {
        away,      // no connection is to be had
        back,      // and there is one again
        lost,      // a connection that had worked broke
        shedding,  // a queue is full
        pooled,    // a pooler stands between that shares out connections: statements go unnamed from now on
    };
    static constexpr std::size_t kinds = 5;
    kind what;
    std::string words;    // the server's or libpq's
    std::uint64_t times;  // since the last that was told
};

struct options {
    std::string url;                   // a libpq connection string or postgresql:// URL
    bool unnamed_statements = false;   // pooler=transaction: named ones would land on another server
    std::size_t read_connections = 2;  // for each loop
    std::size_t transaction_connections = 8;
    std::size_t queue_limit = 1024;  // waiting batches or transactions, for each lane
    std::chrono::milliseconds connect_timeout{3000};
    std::chrono::milliseconds lock_timeout{0};    // of a transaction; 0: the server's own
    std::chrono::milliseconds idle_close{10000};  // a connection unused for so long is closed
    std::function<void(news const&)> told = {};   // on the loop's thread
};

using usage = core::meter;

// A constraint whose violation is the caller's doing, and what to tell the caller.
struct refusal {
    std::string_view constraint;
    core::failure const* becomes;
};

namespace detail {
struct database_state;
struct batch_state;  // queued statements and, after run(), their results
struct transaction_state;

struct executed {  // one statement's result inside a batch
    batch_state const* of = nullptr;
    std::size_t index = 0;
    std::size_t row_count() const;
    std::int64_t affected() const;
    void cells(std::size_t row, cell* out, std::size_t columns) const;
};
std::size_t add_to_batch(batch_state& b, statement_info const& s, parameters p);
}  // namespace detail

// The result of one statement of a batch; readable after the batch ran, as long as the batch lives.
template <class Row>
class ticket {
public:
    ticket() = default;
    explicit ticket(detail::executed at) : at_(at) {}

    std::size_t size() const { return at_.row_count(); }
    Row at(std::size_t row) const {
        std::array<cell, detail::row_table<Row>::rows.size()> cells;
        at_.cells(row, cells.data(), cells.size());
        return detail::read_row<Row>(cells.data());
    }
    // Rows that own what they hold may outlive the batch; one that lies in its result is had by at() alone.
    std::vector<Row> all() const
        requires(!detail::borrows<Row>)
    {
        std::vector<Row> out;
        std::size_t const n = at_.row_count();
        out.reserve(n);
        for (std::size_t i = 0; i < n; ++i) out.push_back(at(i));
        return out;
    }
    std::optional<Row> first() const
        requires(!detail::borrows<Row>)
    {
        if (at_.row_count() == 0) return std::nullopt;
        return at(0);
    }
    Row one() const  // exactly one row, or a std::logic_error: the statement promises it
        requires(!detail::borrows<Row>)
    {
        if (at_.row_count() != 1) throw std::logic_error("a statement that returns one row did not");
        return at(0);
    }
    std::int64_t affected() const { return at_.affected(); }

private:
    detail::executed at_;
};

template <>
class ticket<none> {
public:
    ticket() = default;
    explicit ticket(detail::executed at) : at_(at) {}
    std::int64_t affected() const { return at_.affected(); }

private:
    detail::executed at_;
};

// Several reads in one round trip. Must not change data: it may be sent again after a lost connection.
class batch {
public:
    batch(batch&&) noexcept;
    batch& operator=(batch&&) noexcept;
    ~batch();

    template <class Row, class... Args>
    ticket<Row> add(statement<Row(Args...)> const& s, std::type_identity_t<Args> const&... args) {
        detail::parameters p;
        p.lengths.reserve(sizeof...(Args));
        (p.add(args), ...);
        return ticket<Row>({state_.get(), detail::add_to_batch(*state_, s, std::move(p))});
    }
    core::task<void> run();  // throws db::error and its neighbours of error.hpp

private:
    friend class scope;
    explicit batch(std::shared_ptr<detail::batch_state> s);
    std::shared_ptr<detail::batch_state> state_;  // shared with the connection it is on its way on
};

// The rows of one read, where libpq put them: what at() gives lies in them and is good as long as they live.
template <class Row>
class rows {
public:
    rows(batch of, ticket<Row> at) : of_(std::move(of)), at_(at), size_(at.size()) {}
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    Row at(std::size_t row) const { return at_.at(row); }
    Row back() const { return at_.at(size_ - 1); }
    void resize(std::size_t most) { size_ = std::min(size_, most); }  // forgets those behind

private:
    batch of_;
    ticket<Row> at_;
    std::size_t size_;
};

// One transaction on a connection of its own (READ COMMITTED). Obtained through scope::transact.
class transaction {
public:
    transaction(transaction&&) noexcept;
    ~transaction();  // uncommitted: rolled back

    // Queues a statement; it leaves with the next run() or commit().
    template <class Row, class... Args>
    ticket<Row> add(statement<Row(Args...)> const& s, std::type_identity_t<Args> const&... args) {
        return ticket<Row>(queue_one<Row, Args...>(s, args...));
    }
    // Sends what is queued (with BEGIN before the first) and waits: one round trip. Tickets of it are
    // readable until the transaction object dies.
    core::task<void> run();
    // Sends what is queued with COMMIT behind it: one round trip. Without it, transact() commits
    // after the body has returned a value.
    core::task<void> commit();

    template <class Row, class... Args>
    core::task<std::vector<Row>> all(statement<Row(Args...)> const& s,
                                     std::type_identity_t<Args> const&... args) {
        return take_all(add(s, args...));
    }
    template <class Row, class... Args>
    core::task<std::optional<Row>> first(statement<Row(Args...)> const& s,
                                         std::type_identity_t<Args> const&... args) {
        return take_first(add(s, args...));
    }
    // One change at once; how many rows it touched.
    template <class Row, class... Args>
    core::task<std::int64_t> execute(statement<Row(Args...)> const& s,
                                     std::type_identity_t<Args> const&... args) {
        return take_affected(queue_one<Row, Args...>(s, args...));
    }

private:
    friend class scope;
    explicit transaction(std::unique_ptr<detail::transaction_state> s);
    detail::executed queue(statement_info const& s, detail::parameters p);

    template <class Row, class... Args>
    detail::executed queue_one(statement<Row(Args...)> const& s, Args const&... args) {
        detail::parameters p;
        p.lengths.reserve(sizeof...(Args));
        (p.add(args), ...);
        return queue(s, std::move(p));
    }
    core::task<std::int64_t> take_affected(detail::executed at) {
        co_await run();
        co_return at.affected();
    }
    template <class Row>
    core::task<std::vector<Row>> take_all(ticket<Row> t) {
        co_await run();
        co_return t.all();
    }
    template <class Row>
    core::task<std::optional<Row>> take_first(ticket<Row> t) {
        co_await run();
        co_return t.first();
    }
    std::unique_ptr<detail::transaction_state> state_;
};

// What one request or job may do with the database: by when, and counted on its meter. Cheap; copy it.
class scope {
public:
    scope(detail::database_state& d, core::deadline by, usage* meter)
        : database_(&d), by_(by), meter_(meter) {}

    batch read() const;

    // One statement on the read lane.
    template <class Row, class... Args>
    core::task<std::vector<Row>> all(statement<Row(Args...)> const& s,
                                     std::type_identity_t<Args> const&... args) const {
        batch b = read();
        auto t = b.add(s, args...);
        return run_all(std::move(b), t);
    }
    template <class Row, class... Args>
    core::task<std::optional<Row>> first(statement<Row(Args...)> const& s,
                                         std::type_identity_t<Args> const&... args) const {
        batch b = read();
        auto t = b.add(s, args...);
        return run_first(std::move(b), t);
    }

    // The same, not copied out of libpq's memory.
    template <class Row, class... Args>
    core::task<rows<Row>> lend(statement<Row(Args...)> const& s,
                               std::type_identity_t<Args> const&... args) const {
        batch b = read();
        auto t = b.add(s, args...);
        return run_lend(std::move(b), t);
    }

    // Runs `body(transaction&) -> task<result<T>>`. A value commits, a failure rolls back. A constraint
    // named in `refusals` becomes its failure; 40001 and its kin repeat the whole body, at most 5
    // times, so the body must not have other effects.
    template <class Body>
    auto transact(std::span<refusal const> refusals, Body body) const {
        return transacted(*this, refusals, std::move(body));
    }

private:
    // With a copy of the scope: the task may be handed on from where the scope was made.
    template <class Body>
    static auto transacted(scope in, std::span<refusal const> refusals, Body body)
        -> std::invoke_result_t<Body&, transaction&>;
    template <class Row>
    static core::task<std::vector<Row>> run_all(batch b, ticket<Row> t) {
        co_await b.run();
        co_return t.all();
    }
    template <class Row>
    static core::task<std::optional<Row>> run_first(batch b, ticket<Row> t) {
        co_await b.run();
        co_return t.first();
    }
    template <class Row>
    static core::task<rows<Row>> run_lend(batch b, ticket<Row> t) {
        co_await b.run();
        co_return rows<Row>(std::move(b), t);
    }
    core::task<transaction> begin() const;           // waits for a connection; sends nothing yet
    core::task<void> finish(transaction& t) const;   // commits unless the body has
    core::task<void> abandon(transaction& t) const;  // rolls back
    // After a failure: true when the body should run again (it has slept the jittered pause). What it had
    // asked before is counted apart.
    core::task<bool> again(std::exception_ptr why, int attempt, std::uint32_t statements_before) const;
    static core::failure const* refused(std::exception_ptr const& why, std::span<refusal const> refusals);

    detail::database_state* database_;
    core::deadline by_;
    usage* meter_;
};

struct gauges {  // for the metrics page
    std::size_t read_connections, transaction_connections, idle_connections, waiting;
    std::uint64_t statements, errors, reconnects, shed;
    std::uint64_t syncs;  // groups of statements that left together
    std::uint64_t deadlines, cancels, retries, lock_timeouts;
};

class database {
public:
    database(loop::event_loop& on, options o);
    ~database();  // soon: who still waits is never resumed, so close() first

    scope use(core::deadline by, usage* meter = nullptr);
    gauges measure() const;
    // Whether the server lets a new connection in: it may while every one that there is waits for a lock.
    core::task<bool> answers(core::deadline by);
    core::task<void> close();  // lets running work finish, then closes every connection

private:
    std::shared_ptr<detail::database_state> state_;
};

template <class Body>
auto scope::transacted(scope in, std::span<refusal const> refusals, Body body)
    -> std::invoke_result_t<Body&, transaction&> {
    using outcome = typename std::invoke_result_t<Body&, transaction&>::value_type;
    // Clang compiles coroutines right; the body lives in this frame until the last attempt is over.
    for (int attempt = 1;; ++attempt) {
        std::exception_ptr why;
        std::uint32_t const before = in.meter_ != nullptr ? in.meter_->statements : 0;
        {
            transaction t = co_await in.begin();
            try {
                outcome out = co_await body(t);
                if (out.has_value())
                    co_await in.finish(t);
                else
                    co_await in.abandon(t);
                co_return out;
            } catch (...) {
                why = std::current_exception();
            }
        }
        if (auto const* f = refused(why, refusals)) co_return *f;
        if (!co_await in.again(why, attempt, before)) std::rethrow_exception(why);
    }
}

}  // namespace db
