#include "orders/moving_lane.hpp"

#include "db/error.hpp"
#include "loop/loop.hpp"
#include "orders/moving_batch.hpp"
#include "orders/waiting.hpp"

#include <algorithm>
#include <deque>

namespace orders {

using namespace std::chrono_literals;

struct moving_lane_state : std::enable_shared_from_this<moving_lane_state> {
    explicit moving_lane_state(db::database& d) : database(d) {}

    static constexpr std::size_t batch_most = 32;
    static constexpr std::size_t waiting_most = 256;  // who comes then goes alone
    static constexpr core::steady::duration hangs_after = 100ms;
    static constexpr core::steady::duration careful_for = 10s;

    db::database& database;
    std::deque<moving_ptr> waiting;
    bool busy = false;  // a batch is under way, or begins in the next turn of the loop
    bool watching = false;
    core::steady::time_point begun{};
    core::steady::time_point alone_until{};  // after a lock that was waited for in vain

    bool open() const {
        auto const now = core::steady::now();
        return now >= alone_until && waiting.size() < waiting_most && !hangs(now);
    }
    void arrive(moving_ptr const& e) {
        waiting.push_back(e);
        watch();
        if (std::exchange(busy, true)) return;
        begun = core::steady::now();
        // What arrives in the same turn of the loop goes together.
        loop::event_loop::current().defer([self = shared_from_this()] { self->begin(); });
    }
    std::vector<moving_ptr> take();
    void tell(moving_ptr const& e);

private:
    bool hangs(core::steady::time_point now) const { return busy && now - begun > hangs_after; }
    void begin();
    void watch();
    void look();
};

namespace {

// Batch after batch, as long as somebody waits.
core::task<void> work_through(std::shared_ptr<moving_lane_state> s) {
    for (;;) {
        auto const batch = s->take();
        if (batch.empty()) co_return;
        s->begun = core::steady::now();
        if (co_await move_together(s->database, batch))
            s->alone_until = core::steady::now() + moving_lane_state::careful_for;
        for (moving_ptr const& e : batch) s->tell(e);
        if (s->waiting.empty()) co_return;  // nothing is left behind for a loop that ends
        co_await next_turn{};
    }
}

}  // namespace

void moving_lane_state::begin() {
    core::start(work_through(shared_from_this()), [self = shared_from_this()](std::exception_ptr) {
        self->busy = false;
        while (!self->waiting.empty()) {  // when it could not even begin, everybody goes alone
            self->tell(self->waiting.front());
            self->waiting.pop_front();
        }
    });
}

// The oldest, and those that want the same of other orders.
std::vector<moving_ptr> moving_lane_state::take() {
    std::vector<moving_ptr> out;
    std::deque<moving_ptr> left;
    for (moving_ptr& e : waiting) {
        if (e->left) continue;
        if (e->by <= core::steady::now()) {  // it is told so when it tries
            tell(e);
            continue;
        }
        bool const fits =
            out.empty() || (out.size() < batch_most && out.front()->what.what.to == e->what.what.to &&
                            std::ranges::none_of(out, [&](moving_ptr const& o) {
                                return o->what.what.order_id == e->what.what.order_id;
                            }));
        (fits ? static_cast<void>(out.push_back(std::move(e))) : left.push_back(std::move(e)));
    }
    waiting = std::move(left);
    return out;
}

// In the next turn of the loop.
void moving_lane_state::tell(moving_ptr const& e) {
    loop::event_loop::current().defer([e] {
        e->told = true;
        if (auto const waits = std::exchange(e->who, {})) waits.resume();
    });
}

void moving_lane_state::watch() {
    if (std::exchange(watching, true)) return;
    loop::event_loop::current().after(hangs_after, [weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->look();
    });
}

// Nobody waits for a batch that hangs.
void moving_lane_state::look() {
    watching = false;
    if (hangs(core::steady::now()))
        for (; !waiting.empty(); waiting.pop_front()) tell(waiting.front());
    if (!waiting.empty()) watch();
}

moving_lane::moving_lane(db::database& d) : state_(std::make_shared<moving_lane_state>(d)) {}
moving_lane::~moving_lane() = default;

core::task<core::result<order_record>> moving_lane::move(http::call& c, wanted_move w) {
    auto const s = state_;
    auto const e = std::make_shared<moving_entry>(std::move(w), c.by);
    if (s->open()) {
        s->arrive(e);
        {
            answered<moving_entry> here{e};
            co_await here;
        }
        c.meter.add(e->spent);
        c.meter.waited += core::steady::now() - e->since;
        if (e->error) std::rethrow_exception(e->error);
        if (e->answer) co_return std::move(*e->answer);
    }
    co_return co_await move_alone(s->database.use(c.by, &c.meter), e->what);
}

}  // namespace orders
