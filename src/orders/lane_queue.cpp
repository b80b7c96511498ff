#include "orders/lane_queue.hpp"

namespace orders {
namespace {

std::string cart_name(checkout_entry const& e) { return "cart " + core::to_string(e.what.cart); }
std::string key_name(checkout_entry const& e) { return "key " + e.key->scope() + ' ' + e.key->key(); }

std::uint64_t us(core::steady::duration d) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

}  // namespace

lane_metrics const& metrics() {
    static lane_metrics const all;
    return all;
}

void checkout_entry::tell() {
    told = true;
    if (auto const waits = std::exchange(who, {})) waits.resume();
}

void lane_queue::arrive(entry_ptr e) {
    if (waiting_.size() + aside_.size() + held_.size() >= limits.waiting) {
        metrics().shed.add();
        throw db::overloaded("too many checkouts wait");
    }
    waiting_.push_back(std::move(e));
}

bool lane_queue::claim(checkout_entry const& e) {
    std::string cart = cart_name(e);
    if (busy_.contains(cart)) return false;
    if (e.key && !busy_.insert(key_name(e)).second) return false;
    busy_.insert(std::move(cart));
    return true;
}

void lane_queue::release(checkout_entry const& e) {
    busy_.erase(cart_name(e));
    if (e.key) busy_.erase(key_name(e));
}

std::vector<entry_ptr> lane_queue::take() {
    auto const now = core::steady::now();
    drop_late(now);
    std::vector<entry_ptr> out;
    std::deque<entry_ptr> left;
    for (entry_ptr& e : waiting_) {
        if (e->done() || e->left) continue;
        if (out.size() >= limits.batch || !claim(*e)) {
            left.push_back(std::move(e));
            continue;
        }
        e->now = checkout_entry::stage::taken;
        metrics().wait.observe(us(now - e->since));
        held_.insert(e);
        out.push_back(std::move(e));
    }
    waiting_ = std::move(left);
    return out;
}

void lane_queue::put_back(std::vector<entry_ptr> const& all) {
    for (auto e = all.rbegin(); e != all.rend(); ++e) {
        if ((*e)->done()) continue;
        release(**e);
        held_.erase(*e);
        (*e)->now = checkout_entry::stage::waiting;
        waiting_.push_front(*e);
    }
}

void lane_queue::set_aside(entry_ptr e) {
    metrics().alone.add();
    aside_.push_back(std::move(e));  // still held: its cart and key stay its own
}

entry_ptr lane_queue::take_aside() {
    while (!aside_.empty()) {
        entry_ptr e = std::move(aside_.front());
        aside_.pop_front();
        if (!e->done()) return e;
    }
    return nullptr;
}

void lane_queue::answer(entry_ptr const& e, core::result<placed_order_view> with) {
    if (e->done()) return;
    e->answer.emplace(std::move(with));
    finish(e);
}

void lane_queue::answer(entry_ptr const& e, http::reply stored) {
    if (e->done()) return;
    e->ready.emplace(std::move(stored));
    finish(e);
}

void lane_queue::fail(entry_ptr const& e, std::exception_ptr why) {
    if (e->done()) return;
    e->error = std::move(why);
    finish(e);
}

void lane_queue::finish(entry_ptr const& e) {
    if (e->now != checkout_entry::stage::waiting) {
        release(*e);
        held_.erase(e);
    }
    // Perhaps in vain, but in time: what comes after the commit is known to be due even when nobody got an
    // answer.
    if (e->due != nullptr && e->what.pay_within && e->now == checkout_entry::stage::written)
        e->due->expect(*e->what.pay_within);
    e->now = checkout_entry::stage::done;
    if (&e->home == &loop::event_loop::current())
        e->home.defer([e] { e->tell(); });
    else
        e->home.post([e] { e->tell(); });
}

void lane_queue::drop_late(core::steady::time_point now) {
    auto const leave = [&](entry_ptr const& e) {
        if (e->done() || e->by > now || e->now == checkout_entry::stage::written) return;
        fail(e, std::make_exception_ptr(
                    db::deadline_passed("the request's time was up before its order was written")));
    };
    for (entry_ptr const& e : std::vector(waiting_.begin(), waiting_.end())) leave(e);
    for (entry_ptr const& e : std::vector(held_.begin(), held_.end())) leave(e);
    std::erase_if(waiting_, [](entry_ptr const& e) { return e->done(); });
}

}  // namespace orders
