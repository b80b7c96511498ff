#include "orders/expiry.hpp"

#include "db/error.hpp"
#include "loop/loop.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "orders/moving.hpp"

#include <algorithm>
#include <map>

namespace orders {
namespace {

using uuids = std::vector<core::uuid>;

constexpr db::statement<due_moment()> find_due_moment{"orders.find_due_moment", R"sql(
    select clock_timestamp() as now,
           (select min(payment_due_at) from sales.order_heads where payment_due_at is not null) as next)sql"};

// One server at a time: the others would wait for the same rows to find them done.
constexpr db::statement<bool()> take_turn{"orders.take_expiry_turn",
                                          "select pg_try_advisory_xact_lock(7205759403792795) as value"};

constexpr db::statement<due_order(core::timestamp, core::uuid, std::int64_t)> find_due{"orders.find_due",
                                                                                       R"sql(
    select order_id, payment_due_at as due_at
      from sales.order_heads
     where payment_due_at <= now() and payment_due_at >= $1 and (payment_due_at, order_id) > ($1, $2)
     order by payment_due_at, order_id
     limit $3)sql"};

struct due_head {
    core::uuid order_id;
    std::int32_t seq = 0;
    order_status status = order_status::pending;
    core::timestamp now;
};
BOOST_DESCRIBE_STRUCT(due_head, (), (order_id, seq, status, now))

// A head that somebody holds is being moved or paid: it is passed over. So nothing is waited for here, behind
// the locks on stock.
constexpr db::statement<due_head(uuids)> lock_due_heads{"orders.lock_due_heads", R"sql(
    select order_id, seq, status, clock_timestamp() as now
      from sales.order_heads
     where order_id = any($1) and payment_due_at <= now()
       for no key update skip locked)sql"};

struct payment_head {
    core::uuid order_id;
    core::uuid id;
    payment_provider provider = payment_provider::manual;
    std::int64_t amount = 0;
    std::int32_t seq = 0;
    payment_state kind = payment_state::requested;
};
BOOST_DESCRIBE_STRUCT(payment_head, (), (order_id, id, provider, amount, seq, kind))

constexpr db::statement<payment_head(uuids)> load_payment_heads{"orders.load_payment_heads", R"sql(
    select p.order_id, p.id, p.provider, p.amount, e.seq, e.kind
      from sales.payments p
     cross join lateral (select seq, kind from sales.payment_events
                          where payment_id = p.id order by seq desc limit 1) e
     where p.order_id = any($1)
     order by p.order_id, p.id)sql"};

constexpr std::string_view reason = "It was not paid in time.";

// As much of an order as its cancellation decides by: its last step, and the last event of each payment.
order_record record_of(due_head const& h) {
    order_record o;
    o.id = h.order_id;
    o.history.push_back({.seq = h.seq, .status = h.status, .at = h.now});
    return o;
}

void add_payment(order_record& o, payment_head const& p) {
    o.payments.push_back({p.id, p.provider, p.amount, {}});
    o.payments.back().events.push_back(
        {.payment_id = p.id, .seq = p.seq, .kind = p.kind, .amount = p.amount});
}

struct due_locked {
    std::vector<order_record> orders;
    std::map<core::uuid, std::vector<inventory::portion>> held;
};

core::task<due_locked> lock_due(db::transaction& t, uuids const& candidates) {
    auto const held = inventory::lock_reserved(t, candidates);
    auto const heads = t.add(lock_due_heads, candidates);
    auto const payments = t.add(load_payment_heads, candidates);
    co_await t.run();
    due_locked out;
    std::map<core::uuid, std::size_t> at;
    for (due_head const& h : heads.all()) {
        at.emplace(h.order_id, out.orders.size());
        out.orders.push_back(record_of(h));
    }
    for (payment_head const& p : payments.all())
        if (auto const found = at.find(p.order_id); found != at.end())
            add_payment(out.orders[found->second], p);
    for (inventory::portion const& p : held.all())
        if (at.contains(p.order_id)) out.held[p.order_id].push_back(p);
    co_return out;
}

// What is queued for those that are due; how many that are.
std::size_t cancel_all(db::transaction& t, due_locked& all, work::actor const& by) {
    std::vector<decided_move> decided;
    uuids settled;  // they need not wait
    for (order_record& o : all.orders) {
        core::timestamp const at = o.now().at;
        move const what{.order_id = o.id,
                        .to = order_status::cancelled,
                        .reason = std::string(reason),
                        .expected_seq = {}};
        auto step = waits_for_money(o) ? next_step(o, what, by, at)
                                       : core::result<history_record>(transition_not_allowed);
        if (step)
            decided.push_back({&o, &by, std::move(*step), std::move(all.held[o.id])});
        else
            settled.push_back(o.id);
    }
    if (!decided.empty()) queue_moves(t, order_status::cancelled, decided);
    if (!settled.empty()) stop_waiting(t, settled);
    return decided.size();
}

core::task<core::result<core::nothing>> expire_once(db::transaction& t, due_order after, std::int64_t most,
                                                    work::actor by, expired_batch& out) {
    out = {};
    auto const turn = t.add(take_turn);
    auto const due = t.add(find_due, after.due_at, after.order_id, most);
    co_await t.run();
    out.elsewhere = !turn.one();
    if (out.elsewhere) co_return core::nothing{};
    uuids candidates;
    for (due_order const& o : due.all()) {
        candidates.push_back(o.order_id);
        out.last = o;
    }
    out.seen = candidates.size();
    if (candidates.empty()) co_return core::nothing{};
    auto locked = co_await lock_due(t, candidates);
    std::size_t const cancelled = cancel_all(t, locked, by);
    co_await t.commit();
    out.expired = cancelled;
    co_return core::nothing{};
}

observe::counter const& expired_orders() {
    static observe::counter const all = observe::make_counter(
        "carrack_orders_expired_total", "Orders cancelled because they were not paid in time.");
    return all;
}

// Something about one of the orders, or about a row that somebody holds: the others need not wait for it.
bool is_of_one(std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (db::error const& e) {
        return !e.retryable();
    } catch (...) {
        return false;
    }
}

bool is_late(std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (db::deadline_passed const&) {
        return true;
    } catch (...) {
        return false;
    }
}

// What stood there before when there is no time for it.
core::task<void> look_again(db::scope in, due_moment& out) {
    try {
        out = co_await find_next_due(in);
    } catch (db::deadline_passed const&) {
    }
}

void log_passed_over(core::uuid order, std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (std::exception const& e) {
        observe::warning("an unpaid order could not be cancelled",
                         {{"order_id", core::to_string(order)}, {"what", e.what()}});
    }
}

}  // namespace

core::task<due_moment> find_next_due(db::scope in) {
    auto const found = co_await in.first(find_due_moment);
    co_return found.value_or(due_moment{});
}

core::task<void> expire_batch(db::scope in, due_order after, std::int64_t most, work::actor by,
                              expired_batch& out) {
    auto const body = [&](db::transaction& t) { return expire_once(t, after, most, by, out); };
    auto const done = co_await in.transact({}, body);
    if (done) expired_orders().add(out.expired);
}

core::task<expiry_report> expire_due(db::database& d, core::deadline by, core::meter* meter, work::actor who,
                                     std::atomic<bool> const& stop, expiry_bounds bounds) {
    expiry_report out;
    out.then = co_await find_next_due(d.use(by, meter));
    due_order after = bounds.from;
    std::int64_t most = bounds.batch;
    bool all_seen = false;
    while (out.more() && !stop) {
        auto const begun = core::steady::now();
        if (begun >= by) break;
        expired_batch b;
        std::exception_ptr why;
        try {
            co_await expire_batch(d.use(std::min(by, begun + bounds.patience), meter), after, most, who, b);
        } catch (...) {
            why = std::current_exception();
        }
        if (why && is_late(why) && core::steady::now() >= by) break;  // what is done is done, and told
        if (why && !is_of_one(why)) std::rethrow_exception(why);
        if (why && most > 1) {  // fewer at a time, until the one is found
            most = std::max<std::int64_t>(1, most / 4);
            continue;
        }
        if (why) {
            ++out.failed;
            log_passed_over(b.last.order_id, why);
        }
        out.expired += b.expired;
        out.elsewhere = b.elsewhere;
        all_seen = b.elsewhere || b.seen < static_cast<std::size_t>(most);
        if (all_seen) break;
        after = b.last;
        if (out.failed >= static_cast<std::size_t>(bounds.failures_most)) break;
        most = std::min(bounds.batch, why ? most : most * 2);
        co_await loop::sleep(std::max(core::steady::now() - begun, bounds.pause_least));
    }
    if (out.failed > 0 && !all_seen) out.left_at = after;
    if (out.more()) co_await look_again(d.use(by + bounds.to_tell, meter), out.then);
    co_return out;
}

work::actor deadline_actor() { return work::command("payment deadline"); }

work::statement_list expiry_statements() {
    static constexpr db::statement_info const* all[] = {&find_due_moment, &take_turn, &find_due,
                                                        &lock_due_heads, &load_payment_heads};
    return all;
}

}  // namespace orders
