// The public face: batches, transactions and scopes over the lanes.
#include "db/database.hpp"

#include "db/state.hpp"

namespace db {
namespace detail {

struct transaction_state {
    std::shared_ptr<database_state> database;
    std::shared_ptr<seat> on;
    std::shared_ptr<batch_state> work;  // every statement so far, with its result
    std::size_t sent = 0;
    bool begun = false;
    bool over = false;    // committed, or nothing to commit
    bool failed = false;  // a run has thrown; only the rollback is left
};

namespace {

using namespace std::chrono_literals;

std::shared_ptr<batch_state> make_batch(database_state& d, core::deadline by, usage* meter) {
    auto b = std::make_shared<batch_state>();
    b->database = d.shared_from_this();
    b->by = by;
    b->meter = meter;
    return b;
}

void count(usage* meter, std::size_t statements) {
    if (meter == nullptr) return;
    meter->statements += static_cast<std::uint32_t>(statements);
    ++meter->round_trips;
}

void throw_if_late(database_state& d, core::deadline by) {
    if (by > core::steady::now()) return;
    ++d.count.deadlines;
    throw deadline_passed("the request's time was up before it asked the database");
}

// Adds the time until it ends, however it ends.
class waiting_time {
public:
    explicit waiting_time(usage* meter) : meter_(meter), since_(core::steady::now()) {}
    waiting_time(waiting_time const&) = delete;
    ~waiting_time() {
        if (meter_ != nullptr) meter_->waited += core::steady::now() - since_;
    }

private:
    usage* meter_;
    core::steady::time_point since_;
};

core::task<void> run_reads(std::shared_ptr<batch_state> b) {
    if (b->slots.empty()) co_return;
    if (b->sends > 0 || b->now != fate::queued) throw std::logic_error("a batch was run twice");
    throw_if_late(*b->database, b->by);
    waiting_time const counted(b->meter);
    count(b->meter, b->slots.size());
    b->database->reads.submit(b);
    until_done answered{b};
    co_await answered;
}

// `t` outlives this: it is awaited by whoever holds the transaction.
core::task<void> travel(transaction_state* t, bool commit) {
    batch_state& work = *t->work;
    if (t->over) throw std::logic_error("a transaction was used after its commit");
    if (t->failed)
        throw error("25P02", {}, "db.transaction", "the transaction has failed; it can only be rolled back");
    std::size_t const first = t->sent;
    bool const nothing = first == work.slots.size();
    if (nothing && (!commit || !t->begun)) {
        t->over = commit;
        co_return;
    }
    throw_if_late(*t->database, work.by);
    if (t->on->now != seat::use::lent)
        throw error("08006", {}, "db.transaction", "the connection broke: " + t->on->lost_because);
    waiting_time const counted(work.meter);
    count(work.meter, work.slots.size() - first);
    work.done = false;
    work.error = nullptr;
    t->on->run(t->work, first, !t->begun, commit);
    t->begun = true;
    t->sent = work.slots.size();
    t->failed = true;  // until it has gone well
    until_done answered{t->work};
    co_await answered;
    t->failed = false;
    t->over = commit;
    if (commit && work.meter != nullptr) ++work.meter->commits;
}

struct seat_guard {  // gives the seat back when the waiting frame is destroyed
    std::shared_ptr<seat_request> of;
    ~seat_guard() { lane.withdraw(*of); }
    transaction_lane& lane;
};

core::task<void> pause(std::shared_ptr<database_state> d, core::steady::duration wait) {
    auto w = std::make_shared<waiter>();
    d->loop.after(wait, [d, w] {
        d->complete(w);
        d->drain();
    });
    until_done slept{w};
    co_await slept;
}

core::task<void> close_gently(std::shared_ptr<database_state> d) {
    d->closing = true;
    while (d->reads.busy() || d->transactions.busy() || d->transactions.lent()) co_await pause(d, 5ms);
    d->stop();
}

}  // namespace
}  // namespace detail

// --- batch

batch::batch(std::shared_ptr<detail::batch_state> s) : state_(std::move(s)) {}
batch::batch(batch&&) noexcept = default;

batch& batch::operator=(batch&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

batch::~batch() {
    // Answers may still be on their way: nobody reads them.
    if (state_ && state_->now != detail::fate::finished) state_->now = detail::fate::dropped;
}

core::task<void> batch::run() { return detail::run_reads(state_); }

// --- transaction

transaction::transaction(std::unique_ptr<detail::transaction_state> s) : state_(std::move(s)) {}
transaction::transaction(transaction&&) noexcept = default;

transaction::~transaction() {
    if (state_ && state_->on) state_->database->transactions.give_back(std::exchange(state_->on, nullptr));
}

detail::executed transaction::queue(statement_info const& s, detail::parameters p) {
    return {state_->work.get(), detail::add_to_batch(*state_->work, s, std::move(p))};
}

core::task<void> transaction::run() { return detail::travel(state_.get(), false); }
core::task<void> transaction::commit() { return detail::travel(state_.get(), true); }

// --- scope

batch scope::read() const { return batch(detail::make_batch(*database_, by_, meter_)); }

core::task<transaction> scope::begin() const {
    detail::throw_if_late(*database_, by_);
    auto const d = database_->shared_from_this();
    auto const work = detail::make_batch(*d, by_, meter_);
    detail::waiting_time const counted(meter_);
    auto const request = std::make_shared<detail::seat_request>();
    request->by = by_;
    d->transactions.ask(request);
    detail::seat_guard const guard{request, d->transactions};
    detail::until_done answered{request};
    co_await answered;
    auto state = std::make_unique<detail::transaction_state>();
    state->database = d;
    state->work = work;
    state->on = std::exchange(request->got, nullptr);
    co_return transaction(std::move(state));
}

core::task<void> scope::finish(transaction& t) const {
    if (t.state_->over && t.state_->sent == t.state_->work->slots.size()) co_return;
    co_await t.commit();
}

core::task<void> scope::abandon(transaction& t) const {
    // The rollback leaves now; the connection returns to the pool with its answer, the caller need
    // not wait for it.
    t.state_->over = true;
    if (t.state_->on) t.state_->database->transactions.give_back(std::exchange(t.state_->on, nullptr));
    co_return;
}

core::task<bool> scope::again(std::exception_ptr why, int attempt, std::uint32_t statements_before) const {
    using namespace std::chrono_literals;
    constexpr int attempts_most = 5;
    std::string connection_trouble;
    try {
        std::rethrow_exception(why);
    } catch (error const& e) {
        if (!e.retryable()) co_return false;
        if (e.sqlstate().starts_with("08") || e.sqlstate().starts_with("57")) connection_trouble = e.what();
    } catch (...) {
        co_return false;
    }
    // 2, 4, 8, 16 ms and as much again at random: rivals must not meet in step.
    auto const wait =
        std::chrono::duration_cast<core::steady::duration>(1ms * (1 << attempt) * (1.0 + detail::jitter()));
    if (attempt < attempts_most && core::steady::now() + wait < by_) {
        ++database_->count.retries;
        if (meter_ != nullptr) meter_->runs_again(statements_before);
        co_await detail::pause(database_->shared_from_this(), wait);
        co_return true;
    }
    if (!connection_trouble.empty()) throw unavailable(connection_trouble);
    co_return false;
}

core::failure const* scope::refused(std::exception_ptr const& why, std::span<refusal const> refusals) {
    if (refusals.empty()) return nullptr;
    try {
        std::rethrow_exception(why);
    } catch (error const& e) {
        if (e.constraint().empty()) return nullptr;
        for (refusal const& r : refusals)
            if (r.constraint == e.constraint()) return r.becomes;
    } catch (...) {
    }
    return nullptr;
}

// --- database

database::database(loop::event_loop& on, options o)
    : state_(std::make_shared<detail::database_state>(on, std::move(o))) {}

database::~database() {
    state_->stop();
    detail::wait_for_cancels(std::chrono::milliseconds(200));  // the process may be about to end
}

core::task<bool> database::answers(core::deadline by) { return detail::knock(state_, by); }

scope database::use(core::deadline by, usage* meter) { return {*state_, by, meter}; }

gauges database::measure() const {
    detail::database_state const& d = *state_;
    return {d.reads.connections(),
            d.transactions.connections(),
            d.reads.idle() + d.transactions.idle(),
            d.reads.waiting() + d.transactions.waiting(),
            d.count.statements,
            d.count.errors,
            d.count.reconnects,
            d.count.shed,
            d.count.syncs,
            d.count.deadlines,
            d.count.cancels,
            d.count.retries,
            d.count.lock_timeouts};
}

core::task<void> database::close() { return detail::close_gently(state_); }

}  // namespace db
