#include "orders/moving_batch.hpp"

#include "observe/metrics.hpp"
#include "orders/moving.hpp"
#include "orders/own.hpp"

#include <algorithm>

namespace orders {
namespace {

// From whose transaction nothing is to be committed.
constexpr core::failure nothing_moved{"order_moves_none", core::fault::conflict, ""};

struct moving {
    wanted_move const* what = nullptr;
    bool own = false;                                       // it is the customer's who asks
    std::optional<core::result<order_record>> answer = {};  // none: somebody holds the order
};

bool settles_stock(std::span<moving const> all) { return settles(all.front().what->what.to).has_value(); }

std::vector<mover> movers(std::span<moving const> all) {
    std::vector<mover> out;
    for (moving const& m : all) out.push_back({m.what->what.order_id, &m.what->by});
    return out;
}

// The step, or why not.
core::result<history_record> decide(moving const& m, locked_order const& locked) {
    if (auto const fine = m.what->admits(locked.order, m.own); !fine) return fine.error();
    auto step = next_step(locked.order, m.what->what, m.what->by, locked.now);
    if (step) step->actor_name = locked.actor_name;
    return step;
}

// Those that are moved; the others get their answers.
std::vector<decided_move> decide_all(std::span<moving> all, std::span<sought_order> orders) {
    std::vector<decided_move> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        moving& m = all[i];
        m.answer.reset();
        if (orders[i].passed_over) continue;
        if (!orders[i].found) {
            m.answer = order_not_found;
            continue;
        }
        locked_order& locked = *orders[i].found;
        auto step = decide(m, locked);
        if (step)
            out.push_back({&locked.order, &m.what->by, std::move(*step), std::move(locked.held)});
        else
            m.answer = step.error();
    }
    return out;
}

core::task<std::vector<sought_order>> lock_all(db::transaction& t, std::span<moving const> all, bool waits) {
    if (!waits) co_return co_await lock_free_orders(t, movers(all), settles_stock(all));
    wanted_move const& w = *all.front().what;
    std::vector<sought_order> out;
    out.push_back({co_await lock_order(t, w.what.order_id, settles_stock(all), w.by), false});
    co_return out;
}

// Of different orders, to the same state. `waits`, for one: until who holds the order has let it go.
core::task<core::result<core::nothing>> move_once(db::transaction& t, std::span<moving> all, bool waits) {
    std::vector<db::ticket<bool>> asked;
    for (moving const& m : all)
        asked.push_back(m.what->customer ? t.add(is_own, *m.what->customer, m.what->what.order_id)
                                         : db::ticket<bool>());
    auto orders = co_await lock_all(t, all, waits);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].own = all[i].what->customer && asked[i].first().value_or(false);
    auto const moves = decide_all(all, orders);
    if (moves.empty()) co_return nothing_moved;
    // From here on it succeeds, unless units to be shipped are not on the shelf yet or held by older orders.
    queue_moves(t, all.front().what->what.to, moves);
    std::vector<work::kept_answer> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].answer || !orders[i].found) continue;
        order_record& o = orders[i].found->order;
        if (wanted_move const& w = *all[i].what; w.key) kept.push_back({&*w.key, w.success, w.body(o)});
        all[i].answer.emplace(std::move(o));
    }
    work::remember(t, kept);
    co_await t.commit();
    co_return core::nothing{};
}

struct moving_metrics {
    observe::sizes batch = observe::make_sizes("carrack_order_move_batch_size", "Moves committed together.");
    observe::histogram wait = observe::make_histogram(
        "carrack_order_move_wait_seconds", "From a move's arrival to the batch that takes it along.");
    observe::counter alone = observe::make_counter(
        "carrack_order_moves_alone_total",
        "Moves that were made alone, because their order was held or a transaction with others had failed.");
};

moving_metrics const& metrics_of_moves() {
    static moving_metrics const all;
    return all;
}

core::deadline first_deadline(std::vector<moving_ptr> const& all) {
    core::deadline out = all.front()->by;
    for (moving_ptr const& e : all) out = std::min(out, e->by);
    return out;
}

// What was asked for all, and what was asked for each alone.
void charge(moving_entry& e, core::meter const& shared, std::size_t asked_for_others) {
    e.spent.add(shared);
    e.spent.statements -=
        std::min<std::uint32_t>(e.spent.statements, static_cast<std::uint32_t>(asked_for_others));
}

std::uint64_t waited(moving_entry const& e) {
    auto const us = std::chrono::duration_cast<std::chrono::microseconds>(core::steady::now() - e.since);
    return static_cast<std::uint64_t>(us.count());
}

bool waited_in_vain(std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (db::error const& e) {
        return e.lock_timeout();
    } catch (...) {
        return false;
    }
}

bool is_unknown(std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (db::commit_unknown const&) {
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace

core::task<core::result<order_record>> move_alone(db::scope in, wanted_move const& w) {
    metrics_of_moves().alone.add();
    moving one{&w};
    auto const done = co_await in.transact(
        moving_refusals, [&](db::transaction& t) { return move_once(t, std::span(&one, 1), true); });
    if (!done && done.error().what != &nothing_moved) co_return done.error();
    co_return std::move(*one.answer);
}

core::task<bool> move_together(db::database& d, std::vector<moving_ptr> const& all) {
    std::vector<moving> moves;
    core::meter meter;
    std::exception_ptr why;
    try {
        for (moving_ptr const& e : all) {
            moves.push_back({&e->what});
            metrics_of_moves().wait.observe(waited(*e));
        }
        auto const done = co_await d.use(first_deadline(all), &meter).transact({}, [&](db::transaction& t) {
            return move_once(t, moves, false);
        });
        if (done) metrics_of_moves().batch.observe(all.size());
    } catch (...) {
        why = std::current_exception();
    }
    auto const customers = static_cast<std::size_t>(
        std::ranges::count_if(all, [](moving_ptr const& e) { return e->what.customer.has_value(); }));
    for (std::size_t i = 0; i < all.size(); ++i) {
        moving_entry& e = *all[i];
        charge(e, meter, statements_of_one * (all.size() - 1) + customers - (e.what.customer ? 1 : 0));
        if (why && is_unknown(why))
            e.error = why;
        else if (!why && moves[i].answer)
            e.answer = std::move(moves[i].answer);
        else
            e.spent.runs_again(0);
    }
    co_return why&& waited_in_vain(why);
}

}  // namespace orders
