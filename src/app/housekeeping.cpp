#include "app/housekeeping.hpp"

#include "cart/cart.hpp"
#include "identity/identity.hpp"
#include "inventory/inventory.hpp"
#include "loop/loop.hpp"
#include "observe/log.hpp"

namespace app {
namespace {

constexpr auto pause = std::chrono::minutes(1);
constexpr auto patience = std::chrono::seconds(10);  // for one transaction
constexpr int batches_most = 20;                     // of each chore in one go; the rest has time

core::task<core::result<std::int64_t>> remove_once(db::transaction& t, work::chore what) {
    auto const gone = t.add(*what.removal);
    co_await t.commit();
    co_return gone.affected();
}

core::task<std::int64_t> remove_some(db::database& d, work::chore what) {
    auto const by = core::steady::now() + patience;
    auto const done =
        co_await d.use(by).transact({}, [what](db::transaction& t) { return remove_once(t, what); });
    co_return done ? *done : 0;
}

}  // namespace

std::vector<work::chore> every_chore() {
    std::vector<work::chore> all;
    for (work::chore_list const list :
         {work::chores(), cart::chores(), identity::chores(), inventory::chores()})
        all.insert(all.end(), list.begin(), list.end());
    return all;
}

housekeeping::housekeeping(std::vector<work::chore> chores, turn also)
    : chores_(std::move(chores)), also_(std::move(also)) {
    for (work::chore const& c : chores_)
        counts_.push_back(
            c.adds ? observe::make_counter("carrack_rows_summed_up_total",
                                           "Rows of sums, written by the housekeeping to spare others work.",
                                           {{"what", std::string(c.what)}})
                   : observe::make_counter("carrack_rows_removed_total",
                                           "Rows that nobody needed any more, removed by the housekeeping.",
                                           {{"what", std::string(c.what)}}));
}

void housekeeping::woken(db::database& d) {
    auto const now = core::steady::now().time_since_epoch();
    core::steady::rep due = next_.load(std::memory_order_relaxed);
    if (now.count() < due || !next_.compare_exchange_strong(due, (now + pause).count())) return;
    // The reply leaves first.
    loop::event_loop::current().defer([this, &d] { core::start(run(d), [](std::exception_ptr) {}); });
}

core::task<void> housekeeping::run(db::database& d) {
    std::string failed;
    try {
        if (also_) co_await also_(d);
        for (std::size_t i = 0; i < chores_.size(); ++i)
            for (int batch = 0; batch < batches_most; ++batch) {
                std::int64_t const gone = co_await remove_some(d, chores_[i]);
                if (gone > 0) counts_[i].add(static_cast<std::uint64_t>(gone));
                if (gone < chores_[i].rows_most) break;
            }
    } catch (std::exception const& e) {
        failed = e.what();
    }
    if (!failed.empty()) observe::warning("the housekeeping was put off", {{"what", failed}});
}

}  // namespace app
