// The ready queue, the coarse sweep and the gate to the server.
#include "db/state.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <random>

namespace db::detail {

using namespace std::chrono_literals;

namespace {
constexpr auto sweep_every = 50ms;
constexpr auto told_every = 1000ms;  // for each kind of news
constexpr auto back_off_first = 50ms;
constexpr auto back_off_most = 1500ms;  // a quarter more at most: whole again within two seconds
constexpr auto patience = 3000ms;       // a restart is waited for; a server that stays away is not
}  // namespace

double jitter() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(random);
}

// --- the gate

bool connect_gate::may_connect(core::steady::time_point now) const {
    return failures_ == 0 || (now >= not_before_ && trying_ == 0);
}

std::string const* connect_gate::refusal(core::steady::time_point now) const {
    bool const away = failures_ > 0 && now - failing_since_ > patience;
    return (hopeless_ || away) && now < not_before_ ? &last_failure_ : nullptr;
}

void connect_gate::opened(counters& count) {
    --trying_;
    failures_ = 0;
    hopeless_ = false;
    if (lost_ > 0) --lost_, ++count.reconnects;
}

void connect_gate::failed(broken const& why) {
    if (why.opened) {  // it had worked: the first try to replace it comes at once
        ++lost_;
        return;
    }
    --trying_;
    auto const pause =
        std::min<std::chrono::milliseconds>(back_off_most, back_off_first * (1 << std::min(failures_, 6)));
    if (failures_++ == 0) failing_since_ = core::steady::now();
    hopeless_ = why.hopeless;
    last_failure_ = why.message;
    not_before_ = core::steady::now() +
                  std::chrono::duration_cast<core::steady::duration>(pause * (0.75 + 0.5 * jitter()));
}

// --- the state

database_state::database_state(loop::event_loop& on, options o)
    : loop(on),
      opt(std::move(o)),
      reads(*this),
      transactions(*this),
      unnamed(opt.unnamed_statements),
      timer_(on.io()) {}

database_state::~database_state() { stop(); }

void database_state::stop() {
    closing = true;
    timer_.cancel();
    ready_.clear();
    reads.close_all();
    transactions.close_all();
    if (auto const k = at_the_door.lock()) k->to->close();
}

void database_state::complete(std::shared_ptr<waiter> w, std::exception_ptr error) {
    if (w->done) return;
    w->done = true;
    w->error = std::move(error);
    ready_.push_back(std::move(w));
    if (std::exchange(drain_posted_, true)) return;
    loop.defer([weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->drain();
    });
}

void database_state::drain() {
    auto const keep = shared_from_this();
    while (!ready_.empty()) {
        auto const now = std::exchange(ready_, {});
        // `who` is read at the last moment: resuming one may destroy another's frame.
        for (auto const& w : now)
            if (auto const who = std::exchange(w->who, {})) who.resume();
    }
    drain_posted_ = false;
}

void database_state::refuse_if_closing(bool connected) const {
    pq();  // throws when the client library is missing: here, where somebody can be told
    if (closing) throw unavailable("the database connection is being closed");
    if (connected) return;
    if (auto const* why = gate.refusal(core::steady::now())) throw unavailable(*why);
}

void database_state::refuse_waiting(std::string const& why) {
    reads.refuse_waiting(why);
    transactions.refuse_waiting(why);
}

// --- news

void database_state::tell(news::kind what, std::string_view words) {
    if (!opt.told) return;
    told& t = told_[static_cast<std::size_t>(what)];
    ++t.untold;
    auto const now = core::steady::now();
    if (t.at != core::steady::time_point{} && now - t.at < told_every) return;
    t.at = now;
    opt.told({what, std::string(words), std::exchange(t.untold, 0)});
}

void database_state::opened() {
    bool const was_away = gate.failing();
    gate.opened(count);
    if (was_away) tell(news::kind::back, "the database answers again");
}

void database_state::failed(broken const& why) {
    bool const was_away = gate.failing();
    gate.failed(why);
    if (why.opened)
        tell(news::kind::lost, why.message);
    else if (!was_away)
        tell(news::kind::away, why.message);
}

void database_state::found_pooler() {
    if (std::exchange(unnamed, true)) return;
    tell(news::kind::pooled, "a statement was there before it was prepared");
}

void database_state::shed(char const* what) {
    ++count.shed;
    tell(news::kind::shedding, what);
    throw overloaded(what);
}

std::exception_ptr database_state::late(bool waited_for_connection) {
    ++count.deadlines;
    if (waited_for_connection && gate.failing())
        return std::make_exception_ptr(unavailable("no connection to PostgreSQL: " + gate.last_failure()));
    return std::make_exception_ptr(
        deadline_passed("the request's time was up before the database had answered"));
}

void database_state::watch() {
    if (watching_ != watching::work) arm(sweep_every, watching::work);
}

void database_state::watch_idle() {
    if (watching_ == watching::nothing) arm(opt.idle_close, watching::idle);
}

void database_state::arm(core::steady::duration wait, watching what) {
    watching_ = what;
    timer_.expires_after(wait);  // forgets the wait before, if there is one
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        if (ec) return;
        if (auto const self = weak.lock()) self->sweep();
    });
}

void database_state::sweep() {
    watching_ = watching::nothing;
    auto const now = core::steady::now();
    reads.sweep(now);
    transactions.sweep(now);
    drain();
    if (watching_ == watching::work) return;  // armed meanwhile
    if (reads.busy() || transactions.busy()) return arm(sweep_every, watching::work);
    if (watching_ == watching::idle) return;
    auto const next = std::min(reads.next_close(), transactions.next_close());
    if (next != core::steady::time_point::max())
        arm(std::max<core::steady::duration>(next - now, 1ms), watching::idle);
}

}  // namespace db::detail
