#include "app/sealer.hpp"

#include "audit/audit.hpp"
#include "audit/seals.hpp"
#include "loop/loop.hpp"
#include "observe/log.hpp"

namespace app {
namespace {

constexpr auto patience = std::chrono::seconds(60);  // for all that is to be sealed
constexpr unsigned waits_most = 8;  // each twice as long: twenty minutes; then the next entry's turn comes

}  // namespace

sealer::sealer(std::chrono::milliseconds delay)
    : delay_(delay),
      sealed_(observe::make_counter("carrack_audit_entries_sealed_total",
                                    "Audit entries that this process has sealed into the chain.")) {}

void sealer::seat::woken(std::shared_ptr<seat> const& at) {
    sealer& all = *at->all_;
    if (all.due_.load(std::memory_order_relaxed) || !audit::take_written()) return;
    audit::note_written();  // the run takes it
    all.waits_ = 0;
    due(at);
}

void sealer::seat::due(std::shared_ptr<seat> const& at) {
    if (!at->all_->due_.exchange(true)) in_a_while(at);
}

void sealer::in_a_while(std::shared_ptr<seat> const& at) {
    std::weak_ptr<seat> const weak = at;
    auto const wait = at->all_->delay_ * (1U << at->all_->waits_.load());
    loop::event_loop::current().after(wait, [weak] {
        if (auto const still = weak.lock()) core::start(turn(still), [](std::exception_ptr) {});
    });
}

core::task<void> sealer::turn(std::shared_ptr<seat> at) {
    sealer& all = *at->all_;
    all.due_ = false;
    bool const left = co_await all.run(*at->database_);
    if (left && all.waits_ < waits_most) {
        ++all.waits_;
        seat::due(at);
    }
}

core::task<bool> sealer::run(db::database& d) {
    std::string failed;
    try {
        (void)audit::take_written();
        audit::sealing const done = co_await audit::seal_entries(d.use(core::steady::now() + patience));
        sealed_.add(static_cast<std::uint64_t>(done.entries));
        if (done.writing) audit::note_written();
        co_return done.left;
    } catch (std::exception const& e) {
        failed = e.what();
    }
    audit::note_written();
    observe::warning("sealing the audit trail was put off", {{"what", failed}});
    co_return false;
}

}  // namespace app
