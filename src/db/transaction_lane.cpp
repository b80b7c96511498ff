// The pool of exclusive connections and what may become of a transaction on them.
#include "db/transaction_lane.hpp"

#include "db/state.hpp"

#include <algorithm>

namespace db::detail {

using namespace std::chrono_literals;

namespace {

constexpr auto grace = 1000ms;  // from cancelling, or rolling back, to dropping a silent connection
constexpr auto never = core::steady::time_point::max();

// Slots of statements that are ours, not the caller's.
constexpr std::uint32_t slot_begin = 0xffff'fff0, slot_commit = 0xffff'fff1, slot_rollback = 0xffff'fff2,
                        slot_settings = 0xffff'fff3;
constexpr statement_info begin_statement{"db.begin", "begin isolation level read committed", {}, {}};
constexpr statement_info commit_statement{"db.commit", "commit", {}, {}};
constexpr statement_info rollback_statement{"db.rollback", "rollback", {}, {}};
// PostgreSQL takes an array parameter for ten elements and therefore plans anew, at every execution, what
// joins one; for an order that was a quarter of the database's work. Our transactions go by keys: one plan
// does. A plan that is made while a table is small, a foreign key's question among them, is kept when it has
// grown: so it has to use an index from the start. Whoever waits for a lock holds a connection that others
// could use: not for long.
constexpr statement<none(std::string)> settle_statement{"db.settle", R"sql(
    select set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),
           set_config('jit', 'off', false),
           set_config('lock_timeout', coalesce(nullif($1, ''), current_setting('lock_timeout')), false)
)sql"};
constexpr statement<none(std::string)> patience_statement{"db.patience",
                                                          "select set_config('lock_timeout', $1, true)"};
parameters const no_parameters;

}  // namespace

transaction_lane::transaction_lane(database_state& d) : database_(d) {
    if (d.opt.lock_timeout.count() > 0) lock_timeout_ = std::to_string(d.opt.lock_timeout.count());
}

transaction_lane::~transaction_lane() { close_all(); }

void transaction_lane::close_all() {
    waiting_.clear();
    idle_.clear();
    for (auto const& s : std::exchange(seats_, {})) {
        if (s->now == seat::use::connecting) database_.gate.stopped();
        s->now = seat::use::gone;
        s->lost_because = "the database connection was closed";
        s->running = nullptr;
        if (s->to->outstanding() > 0) s->to->cancel();
        s->to->close();
    }
}

// --- lending

void transaction_lane::ask(std::shared_ptr<seat_request> r) {
    bool const connected =
        std::any_of(seats_.begin(), seats_.end(), [](auto const& s) { return s->to->ready(); });
    database_.refuse_if_closing(connected);
    if (waiting_.empty() && !idle_.empty()) {
        r->got = std::move(idle_.back());
        idle_.pop_back();
        r->got->now = seat::use::lent;
        r->done = true;
        return;
    }
    if (waiting_.size() >= database_.opt.queue_limit)
        database_.shed("too many transactions wait for a connection");
    waiting_.push_back(std::move(r));
    database_.watch();
    connect_if_useful();
}

void transaction_lane::withdraw(seat_request& r) {
    r.withdrawn = true;
    if (r.got) give_back(std::exchange(r.got, nullptr));
}

void transaction_lane::grant() {
    while (!waiting_.empty()) {
        if (waiting_.front()->withdrawn || waiting_.front()->done) {
            waiting_.pop_front();
            continue;
        }
        if (idle_.empty()) break;
        auto r = std::move(waiting_.front());
        waiting_.pop_front();
        r->got = std::move(idle_.back());
        idle_.pop_back();
        r->got->now = seat::use::lent;
        database_.complete(std::move(r));
    }
    connect_if_useful();
}

void transaction_lane::connect_if_useful() {
    if (database_.closing) return;
    auto const on_their_way =
        static_cast<std::size_t>(std::count_if(seats_.begin(), seats_.end(), [](auto const& s) {
            return s->now == seat::use::connecting || s->now == seat::use::returning;
        }));
    std::size_t const most = std::max<std::size_t>(database_.opt.transaction_connections, 1);
    auto const now = core::steady::now();
    std::size_t const gone = given_up_.count(now);
    for (std::size_t n = on_their_way; n < waiting_.size() && seats_.size() + gone < most; ++n) {
        if (!database_.gate.may_connect(now)) return;
        auto s = std::make_shared<seat>(*this);
        s->to = std::make_shared<connection>(database_.loop.io(), *s, database_.opt, database_.unnamed,
                                             database_.count);
        seats_.push_back(s);
        database_.gate.trying();
        s->to->open();
    }
}

void transaction_lane::give_back(std::shared_ptr<seat> s) {
    if (s->now != seat::use::lent) return;  // lost meanwhile
    if (s->syncs == 0 && !s->in_transaction()) return freed(*s);
    s->now = seat::use::returning;
    s->since = core::steady::now();
    if (s->syncs == 0) s->send_rollback();  // else when the answer is in: a pooler must see the two apart
    database_.watch();
}

void transaction_lane::freed(seat& s) {
    auto const self = s.shared_from_this();
    s.since = core::steady::now();
    if (s.spoiled) {
        s.now = seat::use::gone;
        s.to->close();
        std::erase(seats_, self);
    } else {
        s.now = seat::use::idle;
        idle_.push_back(self);
        database_.watch_idle();
    }
    grant();
}

void transaction_lane::on_lost(seat& s, broken why) {
    auto const self = s.shared_from_this();
    s.now = seat::use::gone;
    s.lost_because = why.message;
    std::erase(seats_, self);
    std::erase(idle_, self);
    database_.failed(why);
    if (s.running) database_.complete(std::exchange(s.running, nullptr), s.why ? s.why : s.outcome_of_loss());
    if (auto const* refused = database_.gate.refusal(core::steady::now())) database_.refuse_waiting(*refused);
    connect_if_useful();
    database_.drain();
}

void transaction_lane::refuse_waiting(std::string const& why) {
    if (std::any_of(seats_.begin(), seats_.end(), [](auto const& s) { return s->to->ready(); })) return;
    for (auto& r : std::exchange(waiting_, {}))
        database_.complete(std::move(r), std::make_exception_ptr(unavailable(why)));
}

// --- one connection

void seat::control(std::size_t which) {
    auto const& info = which == slot_begin    ? begin_statement
                       : which == slot_commit ? commit_statement
                                              : rollback_statement;
    to->send(lane.database_.statements.know(info), no_parameters, nullptr, static_cast<std::uint32_t>(which));
}

// On a connection of our own once; in a pooled one, which is not ours to set, in each transaction.
void seat::set_up(bool for_transaction) {
    parameters in;
    in.add(lane.lock_timeout_);
    statement_info const& info =
        for_transaction ? static_cast<statement_info const&>(patience_statement) : settle_statement;
    to->send(lane.database_.statements.know(info), in, nullptr, slot_settings);
}

void seat::run(std::shared_ptr<batch_state> work, std::size_t first, bool begin, bool commit) {
    why = nullptr;
    late = cancelled = rolled_back = false;
    commit_sent = commit;
    commit_answered = false;
    running = std::move(work);
    if (begin) control(slot_begin);
    if (begin && lane.database_.unnamed && !lane.lock_timeout_.empty()) set_up(true);
    for (std::size_t i = first; i < running->slots.size(); ++i)
        to->send(*running->slots[i].what, running->slots[i].in, running.get(), static_cast<std::uint32_t>(i));
    if (commit) control(slot_commit);
    ++syncs;
    to->sync();
    lane.database_.watch();
}

void seat::send_rollback() {
    rolled_back = true;
    control(slot_rollback);
    ++syncs;
    to->sync();
}

void seat::opened() {
    lane.database_.opened();
    // Unnamed statements are planned each time anyway.
    if (lane.database_.unnamed) return lane.freed(*this);
    now = use::returning;
    since = core::steady::now();
    set_up(false);
    ++syncs;
    to->sync();
    lane.database_.watch();
}

void seat::answered(connection::expected const& e, result r) {
    ExecStatusType const status = pq().resultStatus(r.get());
    // In no transaction a rollback warns, and the sync tells how things stand. Settings that fail change no
    // result, but abort a transaction they stand in.
    if (e.slot == slot_rollback) return;
    if (e.slot == slot_settings && (!running || status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK))
        return;
    if (status == PGRES_PIPELINE_ABORTED) return;  // `why` says who was first
    bool const ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (e.slot == slot_commit) {
        if (!ok && is_fatal(r.get())) return;  // it may have committed: lost() says that nobody knows
        commit_answered = true;
        if (ok && std::string_view(pq().cmdStatus(r.get())) != "COMMIT" && !why)
            why = std::make_exception_ptr(
                error("25P02", {}, "db.commit", "the transaction had failed, so COMMIT rolled it back"));
    }
    if (!ok) {
        if (is_outdated_plan(r.get())) spoiled = true;
        if (is_prepared_by_another(r.get())) lane.database_.found_pooler();
        if (sqlstate_of(r.get()) == "55P03") ++lane.database_.count.lock_timeouts;
        if (!why) why = error_of(*e.statement, r.get());
        if (cancelled && sqlstate_of(r.get()) == "57014") why = lane.database_.late(false);
        return;
    }
    if (e.of == nullptr) return;
    if (auto wrong = columns_do_not_fit(*e.statement, r.get()); wrong && !why) why = wrong;
    e.of->slots[e.slot].out = std::move(r);
}

void seat::synced() {
    --syncs;
    if (running) lane.database_.complete(std::exchange(running, nullptr), why);
    if (now != use::returning || syncs > 0) return;
    if (in_transaction() && !rolled_back) {
        since = core::steady::now();
        return send_rollback();
    }
    if (in_transaction()) spoiled = true;  // the rollback itself failed; closing does it
    lane.freed(*this);
}

void seat::settled() { lane.database_.drain(); }

void seat::lost(broken b) { lane.on_lost(*this, std::move(b)); }

std::exception_ptr seat::outcome_of_loss() const {
    if (commit_sent && commit_answered) return nullptr;  // it had been done
    if (commit_sent)
        return std::make_exception_ptr(
            commit_unknown("the connection broke while COMMIT was on its way: " + lost_because));
    if (late) return lane.database_.late(false);
    return std::make_exception_ptr(
        error("08006", {}, "db.transaction", "the connection broke: " + lost_because));
}

// --- time

void transaction_lane::sweep(core::steady::time_point now) {
    for (auto& r : waiting_)
        if (!r->withdrawn && !r->done && r->by <= now) database_.complete(r, database_.late(true));
    std::erase_if(waiting_, [](auto const& r) { return r->done || r->withdrawn; });
    for (auto const& s : std::vector(seats_)) sweep_seat(*s, now);
    if (!waiting_.empty()) grant();
}

void transaction_lane::sweep_seat(seat& s, core::steady::time_point now) {
    switch (s.now) {
        case seat::use::connecting:
            if (now - s.to->began() > database_.opt.connect_timeout)
                s.to->fail({"PostgreSQL did not answer in time", {}, false, false});
            return;
        case seat::use::idle:
            if (now - s.since < database_.opt.idle_close) return;
            s.now = seat::use::gone;
            s.to->close();
            std::erase_if(idle_, [&s](auto const& o) { return o.get() == &s; });
            std::erase_if(seats_, [&s](auto const& o) { return o.get() == &s; });
            return;
        case seat::use::lent:
        case seat::use::returning: break;
        case seat::use::gone: return;
    }
    // Late: the statement is cancelled and its answer awaited, because only the answer tells how a
    // COMMIT ended. A server that stays silent beyond the grace loses the connection, and is asked once more.
    bool const late =
        s.running ? s.running->by <= now : s.now == seat::use::returning && now - s.since > grace;
    if (!late) return;
    if (!s.late) {
        s.late = s.spoiled = true;
        s.late_since = now;
        s.cancelled = s.to->cancel() != nullptr;
    } else if (now - s.late_since > grace) {
        if (auto asked = s.to->cancel()) given_up_.add(std::move(asked));
        s.to->fail({"PostgreSQL does not answer", {}, false, false});
    }
}

bool transaction_lane::busy() const {
    return !waiting_.empty() || std::any_of(seats_.begin(), seats_.end(), [](auto const& s) {
        return s->now == seat::use::connecting || s->now == seat::use::returning || s->syncs > 0;
    });
}

bool transaction_lane::lent() const {
    return std::any_of(seats_.begin(), seats_.end(), [](auto const& s) { return s->now == seat::use::lent; });
}

core::steady::time_point transaction_lane::next_close() const {
    auto next = never;
    for (auto const& s : idle_) next = std::min(next, s->since + database_.opt.idle_close);
    return next;
}

}  // namespace db::detail
