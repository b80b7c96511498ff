// Sends, collects and, where a neighbour was to blame, sends again.
#include "db/read_lane.hpp"

#include "db/state.hpp"

#include <algorithm>

namespace db::detail {

using namespace std::chrono_literals;

namespace {
constexpr int sends_most = 4;  // a batch that keeps being aborted by its neighbours' errors
// A read goes again when its connection breaks, as long as it has time. One under which connections made
// for it break too may be what breaks them.
constexpr int losses_most = 3;
constexpr auto grace = 1000ms;         // from cancelling to dropping a connection that stays silent
constexpr auto blocked_after = 100ms;  // without an answer: a spare connection takes its place
constexpr std::size_t spare_lines_most = 6;
constexpr std::size_t group_most = 32;  // batches: of a crowd, the rest goes with the next answer
constexpr auto never = core::steady::time_point::max();
}  // namespace

struct read_lane::line final : connection::owner {
    read_lane& lane;
    std::shared_ptr<connection> to;
    std::vector<std::shared_ptr<batch_state>> group;  // in the order of their answers
    bool under_way = false;                           // its sync was sent, so it takes no more
    core::steady::time_point idle_since = core::steady::now();
    core::steady::time_point moved = idle_since;  // the last answer, or the end of idleness
    batch_state const* late_head = nullptr;       // given up at the time
    core::steady::time_point late_since{};
    bool any_cancelled = false;
    bool retired = false;  // takes nothing new; closed when it has answered everything

    explicit line(read_lane& l) : lane(l) {}

    void opened() override { lane.on_opened(*this); }
    void lost(broken why) override { lane.on_lost(*this, std::move(why)); }
    void settled() override;
    void answered(connection::expected const& e, result r) override;
    void synced() override;
    void failed(batch_state& b, connection::expected const& e, PGresult const* r);
    bool usable() const { return to->ready() && !retired; }
    bool takes(batch_state const& b) const;
    bool silent_for(core::steady::duration d, core::steady::time_point now) const {
        return to->outstanding() > 0 && now - moved > d;
    }
};

read_lane::~read_lane() { close_all(); }

void read_lane::close_all() {
    for (auto const& b : std::exchange(waiting_, {})) b->now = fate::dropped;
    in_flight_ = 0;
    for (auto const& l : std::exchange(lines_, {})) {
        if (l->to->connecting()) database_.gate.stopped();
        if (l->to->outstanding() > 0) l->to->cancel();
        l->to->close();
    }
}

// --- in

void read_lane::submit(std::shared_ptr<batch_state> b) {
    database_.refuse_if_closing(connected());
    if (waiting_.size() + in_flight_ >= database_.opt.queue_limit)
        database_.shed("too many reads wait for the database");
    b->now = fate::queued;
    waiting_.push_back(std::move(b));
    database_.watch();
    schedule_flush();
}

void read_lane::schedule_flush() {
    if (std::exchange(flush_scheduled_, true)) return;
    database_.loop.defer([weak = database_.weak_from_this()] {
        if (auto const d = weak.lock()) {
            d->reads.flush();
            d->drain();
        }
    });
}

bool read_lane::connected() const {
    return std::any_of(lines_.begin(), lines_.end(), [](auto const& l) { return l->usable(); });
}

// One group at a time: what is asked meanwhile leaves together with the next, whichever connection answers
// first, and nobody is put behind a statement that takes long. Behind a pooler it has to be so: it takes an
// answer's end for the client's, even when half of the next group has come through.
bool read_lane::line::takes(batch_state const& b) const {
    return usable() && !under_way && (group.empty() || (group.size() < group_most && !b.alone));
}

read_lane::line* read_lane::best_line(batch_state const& b) const {
    line* best = nullptr;
    for (auto const& l : lines_)
        if (l->takes(b) && (best == nullptr || l->group.size() < best->group.size())) best = l.get();
    return best;
}

std::size_t read_lane::set_aside(core::steady::time_point now) {
    return given_up_.count(now) +
           static_cast<std::size_t>(
               std::count_if(lines_.begin(), lines_.end(), [](auto const& l) { return l->retired; }));
}

bool read_lane::spare_to_come(core::steady::time_point now) {
    return !database_.closing && !database_.gate.failing() && set_aside(now) < spare_lines_most;
}

// When none has answered for long, the one silent for longest takes nothing new any more: its place is free.
bool read_lane::set_one_aside(core::steady::time_point now) {
    line* longest = nullptr;
    for (auto const& l : lines_) {
        if (l->retired) continue;
        if (!l->silent_for(blocked_after, now)) return false;
        if (longest == nullptr || l->moved < longest->moved) longest = l.get();
    }
    if (longest == nullptr || !spare_to_come(now)) return false;
    longest->retired = true;
    return true;
}

void read_lane::connect_if_useful(core::steady::time_point now) {
    if (waiting_.empty() || database_.closing) return;
    std::size_t live = 0;
    for (auto const& l : lines_) {
        if (l->retired) continue;
        ++live;
        if (l->to->connecting() || l->to->outstanding() == 0) return;  // somebody is free, or soon will be
    }
    if (!database_.gate.may_connect(now)) return;
    if (live >= std::max<std::size_t>(database_.opt.read_connections, 1) && !set_one_aside(now)) return;
    auto l = std::make_shared<line>(*this);
    l->to = std::make_shared<connection>(database_.loop.io(), *l, database_.opt, database_.unnamed,
                                         database_.count);
    lines_.push_back(l);
    database_.gate.trying();
    l->to->open();
}

void read_lane::flush() {
    flush_scheduled_ = false;
    auto const now = core::steady::now();
    connect_if_useful(now);
    while (!waiting_.empty()) {
        if (waiting_.front()->now != fate::queued) {
            waiting_.pop_front();
            continue;
        }
        line* const l = best_line(*waiting_.front());
        if (l == nullptr) break;
        auto b = std::move(waiting_.front());
        waiting_.pop_front();
        if (l->to->outstanding() == 0) l->moved = now;
        put_on(*l, std::move(b));
    }
    for (auto const& l : lines_) end_group(*l);
}

void read_lane::end_group(line& l) {
    if (l.group.empty() || std::exchange(l.under_way, true)) return;
    l.to->sync();
}

void read_lane::put_on(line& l, std::shared_ptr<batch_state> b) {
    bool const alone = b->alone;
    b->now = fate::sent;
    b->answered = 0;
    ++b->sends;
    ++in_flight_;
    for (std::uint32_t i = 0; i < b->slots.size(); ++i)
        l.to->send(*b->slots[i].what, b->slots[i].in, b.get(), i);
    l.group.push_back(std::move(b));
    if (alone) end_group(l);
}

void read_lane::again(std::shared_ptr<batch_state> b) {
    for (slot& s : b->slots) s.out.reset();
    b->now = fate::queued;
    b->alone = true;
    waiting_.push_front(std::move(b));
    schedule_flush();
}

// --- out

void read_lane::finish(batch_state& b, std::exception_ptr error) {
    if (b.now == fate::sent || b.now == fate::aborted) --in_flight_;
    b.now = fate::finished;
    database_.complete(b.shared_from_this(), std::move(error));
}

void read_lane::line::answered(connection::expected const& e, result r) {
    batch_state& b = *e.of;
    if (b.now != fate::sent) return;  // given up, already failed, or to be sent again
    switch (pq().resultStatus(r.get())) {
        case PGRES_PIPELINE_ABORTED: b.now = fate::aborted; return;
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK: break;
        default: return failed(b, e, r.get());
    }
    if (auto wrong = columns_do_not_fit(*e.statement, r.get())) return lane.finish(b, wrong);
    b.slots[e.slot].out = std::move(r);
    if (++b.answered == b.slots.size()) lane.finish(b, nullptr);
}

void read_lane::line::failed(batch_state& b, connection::expected const& e, PGresult const* r) {
    // FATAL ends the connection: lost() decides what becomes of everyone on it.
    if (is_fatal(r)) return;
    bool const outdated = is_outdated_plan(r);
    if (outdated) retired = true;
    if (is_prepared_by_another(r)) lane.database_.found_pooler();
    // Cancelled in the place of one before it. Whose own time is over is late, whether or not the sweep has
    // seen it.
    bool const cancelled = any_cancelled && sqlstate_of(r) == "57014";
    if (cancelled && b.by <= core::steady::now()) return lane.finish(b, lane.database_.late(false));
    bool const innocent = outdated || sqlstate_of(r) == "26000" || is_prepared_by_another(r) || cancelled;
    if (innocent && b.sends < sends_most) {
        b.now = fate::aborted;
        return;
    }
    lane.finish(b, error_of(*e.statement, r));
}

void read_lane::line::synced() {
    under_way = false;
    std::vector<std::shared_ptr<batch_state>> resend;
    for (auto& b : group) {
        if (b->now == fate::aborted && b->sends < sends_most) {
            --lane.in_flight_;
            resend.push_back(std::move(b));
        } else if (b->now == fate::aborted) {
            lane.finish(
                *b, std::make_exception_ptr(unavailable("other statements' errors kept aborting a read")));
        } else if (b->now == fate::dropped) {
            --lane.in_flight_;
        }
    }
    group.clear();
    while (!resend.empty()) {
        lane.again(std::move(resend.back()));
        resend.pop_back();
    }
    if (to->outstanding() != 0) return;
    idle_since = core::steady::now();
    any_cancelled = false;
    lane.database_.watch_idle();
}

void read_lane::line::settled() {
    database_state& d = lane.database_;
    moved = core::steady::now();
    if (!lane.waiting_.empty()) lane.schedule_flush();
    if (retired && to->outstanding() == 0) {
        auto const self = *std::find_if(lane.lines_.begin(), lane.lines_.end(),
                                        [this](auto const& l) { return l.get() == this; });
        to->close();
        std::erase(lane.lines_, self);
        lane.schedule_flush();
        return d.drain();
    }
    d.drain();
}

void read_lane::on_opened(line& l) {
    database_.opened();
    l.idle_since = core::steady::now();
    flush();
    database_.watch_idle();
}

void read_lane::on_lost(line& l, broken why) {
    auto const self =
        *std::find_if(lines_.begin(), lines_.end(), [&l](auto const& o) { return o.get() == &l; });
    std::erase(lines_, self);
    database_.failed(why);
    while (!l.group.empty()) {
        auto b = std::move(l.group.back());
        l.group.pop_back();
        if (b->now == fate::dropped) --in_flight_;
        if (b->now != fate::sent && b->now != fate::aborted) continue;
        // Those that died in the same moment are one loss.
        if (b->losses == 0 || l.to->began() > b->lost_at) {
            ++b->losses;
            b->lost_at = core::steady::now();
        }
        if (b->losses >= losses_most) {
            finish(*b, std::make_exception_ptr(
                           unavailable("the connection to PostgreSQL broke: " + why.message)));
            continue;
        }
        --in_flight_;
        again(std::move(b));
    }
    if (auto const* refused = database_.gate.refusal(core::steady::now())) database_.refuse_waiting(*refused);
    if (!waiting_.empty()) schedule_flush();
    database_.drain();
}

void read_lane::refuse_waiting(std::string const& why) {
    if (connected()) return;
    for (auto& b : std::exchange(waiting_, {}))
        if (b->now == fate::queued) finish(*b, std::make_exception_ptr(unavailable(why)));
}

// --- time

void read_lane::sweep(core::steady::time_point now) {
    for (auto& b : waiting_)
        if (b->now == fate::queued && b->by <= now) finish(*b, database_.late(true));
    std::erase_if(waiting_, [](auto const& b) { return b->now != fate::queued; });
    for (auto const& l : std::vector(lines_)) sweep_line(*l, now);
    if (!waiting_.empty()) flush();
}

void read_lane::sweep_line(line& l, core::steady::time_point now) {
    if (l.to->connecting()) {
        if (now - l.to->began() > database_.opt.connect_timeout)
            l.to->fail({"PostgreSQL did not answer in time", {}, false, false});
        return;
    }
    for (auto const& b : l.group) {
        if (b->now != fate::sent || b->by > now) continue;
        b->now = fate::dropped;  // still counted in flight until its answer is in
        database_.complete(b, database_.late(false));
    }
    sweep_head(l, now);
    if (l.to->ready() && l.to->outstanding() == 0 && now - l.idle_since >= database_.opt.idle_close) {
        l.to->close();
        std::erase_if(lines_, [&l](auto const& o) { return o.get() == &l; });
    }
}

// What nobody waits for any more shall not hold up those behind it, nor stay behind in the server.
void read_lane::sweep_head(line& l, core::steady::time_point now) {
    batch_state const* const head = l.to->head();
    if (head == nullptr || head->now != fate::dropped || head->by > now) {
        l.late_head = nullptr;
    } else if (l.late_head != head) {
        l.late_head = head;
        l.late_since = now;
        if (l.to->cancel()) l.any_cancelled = true;
    } else if (now - l.late_since > grace) {
        if (auto asked = l.to->cancel()) given_up_.add(std::move(asked));
        l.to->fail({"PostgreSQL does not answer", {}, false, false});
    }
}

bool read_lane::busy() const {
    return !waiting_.empty() || in_flight_ > 0 ||
           std::any_of(lines_.begin(), lines_.end(),
                       [](auto const& l) { return l->to->connecting() || l->to->outstanding() > 0; });
}

std::size_t read_lane::idle() const {
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [](auto const& l) {
        return l->to->ready() && l->to->outstanding() == 0;
    }));
}

core::steady::time_point read_lane::next_close() const {
    auto next = never;
    for (auto const& l : lines_)
        if (l->to->ready() && l->to->outstanding() == 0)
            next = std::min(next, l->idle_since + database_.opt.idle_close);
    return next;
}

}  // namespace db::detail
