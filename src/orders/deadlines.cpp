#include "orders/deadlines.hpp"

#include "loop/loop.hpp"
#include "observe/log.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

namespace orders {

using namespace std::chrono_literals;
using core::steady;

namespace {

// Orders that are due within a second of each other are one batch.
constexpr steady::duration coarse = 1s;
// The longest sleep: a machine that was suspended goes on with a steady clock that has stood still.
constexpr steady::duration nap = 60s;
// Looked for again: an outage ends at some moment, and what came due meanwhile is not to wait long for it; an
// order that cannot be cancelled stays so until somebody mends it, and another server needs no help.
struct pauses {
    steady::duration first, last;
};
constexpr pauses after_failure{1s, 10s};
constexpr pauses when_left_over{5s, 5min};
constexpr steady::duration patience = 10min;  // of one go; what is left then is the next one's

std::int64_t us(steady::duration d) {
    return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

// By either clock: waking too early costs one statement, and the database's clock decides.
struct alarm {
    steady::time_point steady_at;
    core::timestamp wall_at;

    static alarm in(steady::duration wait) {
        return {steady::now() + wait, core::timestamp{core::now().us + us(wait)}};
    }
    bool rings() const { return steady::now() >= steady_at || core::now() >= wall_at; }
    steady::duration rest() const {
        auto const by_wall = std::chrono::microseconds(wall_at.us - core::now().us);
        return std::min<steady::duration>(steady_at - steady::now(), by_wall);
    }
};

}  // namespace

struct deadlines_state : std::enable_shared_from_this<deadlines_state> {
    std::atomic<bool> ended{false};
    std::atomic<bool> running{false};

    // Any thread.
    void set(steady::duration wait);
    void set_by(due_moment m);
    expiry_bounds where_it_was_left();
    void note(expiry_report const& done);

    // The home loop's.
    void begin(db::database& d);
    void wind();

private:
    std::optional<alarm> nearest();
    void wake();
    core::task<void> run();
    void set_again(pauses const& p);

    std::mutex guard_;
    loop::event_loop* home_ = nullptr;
    std::optional<alarm> nearest_;
    std::optional<due_order> left_at_;

    db::database* database_ = nullptr;
    std::uint64_t wound_ = 0;  // the timer that counts: an older one that goes off does nothing
    int in_vain_ = 0;          // goes, one behind another
};

void deadlines_state::set(steady::duration wait) {
    alarm const a = alarm::in(wait);
    loop::event_loop* to = nullptr;
    {
        std::scoped_lock const hold(guard_);
        if (nearest_ && nearest_->steady_at <= a.steady_at) return;
        nearest_ = a;
        to = ended ? nullptr : home_;
    }
    if (to != nullptr) to->post([self = shared_from_this()] { self->wind(); });
}

void deadlines_state::set_by(due_moment m) {
    if (!m.next) return;
    auto const wait = std::chrono::microseconds(std::max<std::int64_t>(0, m.next->us - m.now.us));
    set(wait + coarse);
}

std::optional<alarm> deadlines_state::nearest() {
    std::scoped_lock const hold(guard_);
    return nearest_;
}

void deadlines_state::begin(db::database& d) {
    database_ = &d;
    {
        std::scoped_lock const hold(guard_);
        home_ = &loop::event_loop::current();
    }
    set(steady::duration::zero());
}

void deadlines_state::wind() {
    auto const at = nearest();
    if (!at || ended || running) return;
    std::uint64_t const mine = ++wound_;
    auto const wait = std::clamp(at->rest(), steady::duration::zero(), nap);
    loop::event_loop::current().after(wait, [weak = weak_from_this(), mine] {
        auto const self = weak.lock();
        if (self && self->wound_ == mine) self->wake();
    });
}

void deadlines_state::wake() {
    auto const at = nearest();
    if (ended || running || !at) return;
    if (!at->rings()) return wind();
    running = true;
    core::start(run(), [self = shared_from_this()](std::exception_ptr) {
        self->running = false;
        self->wind();
    });
}

core::task<void> deadlines_state::run() {
    auto const self = shared_from_this();
    {
        // Before the database is asked: what is expected from here on it may not know yet.
        std::scoped_lock const hold(guard_);
        nearest_.reset();
    }
    expiry_report done;
    std::string failed;
    try {
        done = co_await expire_due(*database_, steady::now() + patience, nullptr, deadline_actor(), ended,
                                   where_it_was_left());
        note(done);
    } catch (std::exception const& e) {
        failed = e.what();
    }
    if (done.expired > 0) observe::info("unpaid orders were cancelled", {{"orders", done.expired}});
    if (!failed.empty()) observe::warning("unpaid orders could not be looked for", {{"what", failed}});
    bool const well = failed.empty() && !done.more();
    if (well || done.expired > 0 || done.left_at) in_vain_ = 0;
    if (well)
        set_by(done.then);
    else
        set_again(failed.empty() ? when_left_over : after_failure);
}

void deadlines_state::set_again(pauses const& p) {
    int const doubled = std::min(in_vain_++, 16);
    set(std::min(p.first * (1 << doubled), p.last));
}

expiry_bounds deadlines_state::where_it_was_left() {
    std::scoped_lock const hold(guard_);
    return {.from = std::exchange(left_at_, std::nullopt).value_or(due_order{})};
}

void deadlines_state::note(expiry_report const& done) {
    std::scoped_lock const hold(guard_);
    left_at_ = done.left_at;
}

deadlines::deadlines(payment_terms t) : terms(t), state_(std::make_shared<deadlines_state>()) {}
deadlines::~deadlines() = default;

void deadlines::expect(steady::duration wait) { state_->set(wait + coarse); }
void deadlines::begin(db::database& d) { state_->begin(d); }
void deadlines::end() { state_->ended = true; }
bool deadlines::at_rest() const { return !state_->running; }

core::task<void> deadlines::look(db::database& d) {
    auto const s = state_;
    s->set_by(co_await find_next_due(d.use(steady::now() + 10s)));
}

core::task<expiry_report> deadlines::work_off(db::database& d, core::deadline by, core::meter* meter,
                                              work::actor who) {
    auto const s = state_;
    auto const from = s->where_it_was_left();
    expiry_report const done = co_await expire_due(d, by, meter, std::move(who), s->ended, from);
    s->note(done);
    s->set_by(done.then);
    co_return done;
}

}  // namespace orders
