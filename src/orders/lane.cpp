#include "orders/lane.hpp"

#include "loop/loop.hpp"
#include "orders/lane_batch.hpp"
#include "orders/lane_queue.hpp"
#include "orders/waiting.hpp"

namespace orders {

struct lane_state : std::enable_shared_from_this<lane_state> {
    explicit lane_state(db::database& d) : database(d) {}

    void arrive(entry_ptr const& e);
    void begin_alone();
    void sweep();

    loop::event_loop& home = loop::event_loop::current();
    db::database& database;
    lane_queue queue;
    std::size_t batches = 0;  // under way
    std::size_t alone = 0;
    core::steady::time_point begun{};  // when the last batch did
    core::steady::time_point careful_until{};
    bool due = false;  // a batch begins in the next turn of the loop
    bool watching = false;

private:
    void woken();  // somebody waits
    void begin_batch();
    void watch();
};

namespace {

using namespace std::chrono_literals;

// Batch after batch, as long as somebody waits. When one hangs, another goes past it; one is enough again
// afterwards.
core::task<void> work_through(std::shared_ptr<lane_state> s) {
    do {
        auto batch = s->queue.take();
        if (batch.empty()) break;
        s->begun = core::steady::now();
        bool const careful = s->begun < s->careful_until || s->batches > 1;
        auto const how = careful ? manner::careful : manner::together;
        if (co_await settle(s->database, s->queue, std::move(batch), how) == after::be_careful)
            s->careful_until = core::steady::now() + s->queue.limits.careful_for;
        s->begin_alone();
        if (s->queue.nobody_waits())
            break;  // who comes begins another; nothing is left behind for a loop that ends
        co_await next_turn{};
    } while (s->batches == 1);
}

core::task<void> work_alone(std::shared_ptr<lane_state> s, entry_ptr e) {
    std::vector<entry_ptr> one;
    one.push_back(std::move(e));
    co_await settle(s->database, s->queue, std::move(one), manner::alone);
}

}  // namespace

void lane_state::arrive(entry_ptr const& e) {
    try {
        queue.arrive(e);
    } catch (...) {
        return queue.fail(e, std::current_exception());
    }
    woken();
}

void lane_state::woken() {
    watch();
    if (batches > 0 || std::exchange(due, true)) return;
    // What arrives in the same turn of the loop goes together.
    loop::event_loop::current().defer([self = shared_from_this()] {
        self->due = false;
        if (self->batches == 0) self->begin_batch();
    });
}

void lane_state::begin_batch() {
    ++batches;
    core::start(work_through(shared_from_this()), [self = shared_from_this()](std::exception_ptr) {
        --self->batches;  // who waits still, waits for another batch or for somebody who is placed alone
        self->begin_alone();
    });
}

void lane_state::begin_alone() {
    while (alone < queue.limits.alone) {
        auto e = queue.take_aside();
        if (!e) return;
        ++alone;
        core::start(work_alone(shared_from_this(), std::move(e)),
                    [self = shared_from_this()](std::exception_ptr) {
                        --self->alone;
                        self->begin_alone();
                        if (!self->queue.nobody_waits()) self->woken();
                    });
    }
}

void lane_state::watch() {
    if (std::exchange(watching, true)) return;
    loop::event_loop::current().after(queue.limits.hangs_after, [weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->sweep();
    });
}

void lane_state::sweep() {
    watching = false;
    auto const now = core::steady::now();
    queue.drop_late(now);
    bool const hangs = batches > 0 && now - begun > queue.limits.hangs_after;
    if (hangs && !queue.nobody_waits() && batches < queue.limits.batches_most) begin_batch();
    if (!queue.empty()) watch();
}

lane::lane(db::database& d) : state_(std::make_shared<lane_state>(d)) {}
lane::~lane() = default;

core::task<core::result<placed_order_view>> lane::place(http::call& c, wish w) {
    auto const s = state_;
    auto const e = std::make_shared<checkout_entry>(std::move(w), c.by);
    if (!c.idempotency_key.empty()) e->key.emplace(c);
    e->due = &work::service<deadlines>(c);
    if (&s->home == &e->home)
        s->arrive(e);
    else
        s->home.post([s, e] { s->arrive(e); });
    {
        answered<checkout_entry> here{e};
        co_await here;
    }
    c.meter.add(e->spent);
    c.meter.waited += core::steady::now() - e->since;
    if (e->error) std::rethrow_exception(e->error);
    if (e->ready) {
        c.ready_answer = std::move(e->ready);
        co_return placed_order_view{};
    }
    co_return std::move(*e->answer);
}

}  // namespace orders
