// The order lane's queue when it is full: whoever comes then is refused at once and counted, until there is
// room.
#include "orders/lane_queue.hpp"

#include "db/error.hpp"
#include "observe/metrics.hpp"
#include "work/explain.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace {

using namespace orders;

std::size_t shed() {
    std::smatch found;
    std::string const all = observe::render_metrics();
    if (!std::regex_search(all, found, std::regex("\ncarrack_order_lane_shed_total ([0-9]+)\n"))) return 0;
    return std::stoul(found[1]);
}

entry_ptr checkout() {
    return std::make_shared<checkout_entry>(wish{.cart = core::make_uuid7(), .by = {}, .seen = {}},
                                            core::steady::now() + std::chrono::hours(1));
}

// Fills `queue` until it refuses; how many it took.
std::size_t fill(lane_queue& queue) {
    for (std::size_t taken = 0;; ++taken) {
        try {
            queue.arrive(checkout());
        } catch (db::overloaded const&) {
            auto const told = work::explain(std::current_exception());
            EXPECT_TRUE(told && told->what == &core::overloaded && told->retry_after_s > 0);
            return taken;
        }
    }
}

core::task<void> fill_and_empty() {
    lane_queue queue({.batch = 2, .waiting = 5});
    auto const before = shed();
    EXPECT_EQ(fill(queue), 5u);
    EXPECT_EQ(shed() - before, 1u);
    EXPECT_EQ(fill(queue), 0u) << "it stays full";

    // Who is being placed takes up room as well.
    auto const batch = queue.take();
    EXPECT_EQ(batch.size(), 2u);
    EXPECT_EQ(fill(queue), 0u);
    queue.put_back(batch);
    EXPECT_EQ(fill(queue), 0u);
    auto const again = queue.take();
    EXPECT_EQ(again, batch);
    EXPECT_EQ(shed() - before, 4u);

    for (entry_ptr const& e : again) queue.fail(e, std::make_exception_ptr(db::unavailable("gone")));
    EXPECT_EQ(fill(queue), 2u) << "an answer makes room";
    for (auto left = queue.take(); !left.empty(); left = queue.take())
        for (entry_ptr const& e : left) queue.fail(e, std::make_exception_ptr(db::unavailable("gone")));
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(fill(queue), 5u);
    co_return;
}

TEST(lane_queue, aFullOneRefusesAtOnceAndCounts) { loop::run_blocking(&fill_and_empty); }

}  // namespace
