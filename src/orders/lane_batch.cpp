#include "orders/lane_batch.hpp"

#include "db/error.hpp"
#include "orders/views.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace orders {
namespace {

using stage = checkout_entry::stage;

// A batch from whose transaction nothing is to be committed; nobody is told.
constexpr core::failure nobody_left{"order_lane_nobody_left", core::fault::conflict, ""};
// Nor from one whose stock others took while its orders were written; it is planned again, stock locked
// first.
constexpr core::failure stock_moved{"order_lane_stock_moved", core::fault::conflict, ""};

struct planned {  // an order that can be placed if its cart and its stock are as they were
    entry_ptr of;
    plan what;
};

struct batch {
    lane_queue& queue;
    std::vector<entry_ptr> all;
    manner how;
    core::meter meter;                    // of all attempts
    bool stock_first = false;             // stock is locked before anything is written
    std::uint32_t of_neighbours = 0;      // statements for other currencies than one's own
    std::vector<entry_ptr> aside = {};    // of the last attempt
    std::vector<entry_ptr> written = {};  // aligned with `placed`
    placements placed = {};

    std::vector<entry_ptr> open() const {
        std::vector<entry_ptr> out;
        for (entry_ptr const& e : all)
            if (!e->done()) out.push_back(e);
        return out;
    }
    // What has been asked so far was asked for each that is answered now.
    void charge(checkout_entry& e) const {
        e.spent.add(meter);
        e.spent.statements -= std::min(e.spent.statements, of_neighbours);
    }
    template <class Answer>
    void answer(entry_ptr const& e, Answer with) {
        if (e->done()) return;  // it is its request's again
        charge(*e);
        queue.answer(e, std::move(with));
    }
    void begin_attempt() {
        of_neighbours = 0;
        aside.clear();
        written.clear();
        placed = {};
        for (entry_ptr const& e : all)
            if (!e->done()) e->now = stage::taken;
        queue.drop_late(core::steady::now());
    }
    void set_aside(entry_ptr const& e) { aside.push_back(e); }
};

struct candidate {
    entry_ptr of;
    cart::open_cart cart;
};

// The carts, and what is stored under the keys. Keys are looked at after the carts: whoever finds a cart
// ordered by its own request finds the answer, too.
core::task<std::vector<candidate>> look(db::transaction& t, batch& b) {
    auto const all = b.open();
    std::vector<core::uuid> capabilities;
    std::vector<work::request_key const*> keys;
    for (entry_ptr const& e : all) {
        capabilities.push_back(e->what.cart);
        if (e->key) keys.push_back(&*e->key);
    }
    auto const carts = b.how == manner::alone ? cart::add_lock_for_order(t, capabilities.front())
                                              : cart::load_carts(t, capabilities);
    db::ticket<work::found_answer> kept;
    if (!keys.empty()) kept = work::find_answers(t, keys);
    co_await t.run();

    std::vector<work::found_answer> const answers =
        keys.empty() ? std::vector<work::found_answer>() : kept.all();
    auto found = carts.read();
    std::vector<candidate> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        entry_ptr const& e = all[i];
        if (e->done()) continue;
        if (e->key && !answers.empty()) {
            auto again = work::stored_answer(*e->key, answers);
            if (!again) {
                b.answer(e, core::result<placed_order_view>(again.error()));
                continue;
            }
            if (*again) {
                b.answer(e, std::move(**again));
                continue;
            }
        }
        if (!found[i])
            b.answer(e, core::result<placed_order_view>(cart::cart_not_found));
        else if (found[i]->order_id)
            b.answer(e, core::result<placed_order_view>(cart::already_ordered));
        else
            out.push_back({e, std::move(*found[i])});
    }
    co_return out;
}

std::vector<catalog::sellable> of_cart(cart::open_cart const& c,
                                       std::vector<catalog::sellable> const& by_variant) {
    std::vector<catalog::sellable> out;
    for (cart::cart_line const& l : c.lines) {
        auto const found =
            std::ranges::lower_bound(by_variant, l.variant_id, {}, &catalog::sellable::variant_id);
        if (found != by_variant.end() && found->variant_id == l.variant_id) out.push_back(*found);
    }
    return out;
}

template <class Id>
void sort_once(std::vector<Id>& ids) {
    std::ranges::sort(ids);
    auto const twice = std::ranges::unique(ids);
    ids.erase(twice.begin(), twice.end());
}

// What their lines are and cost, one statement for each currency; then each is decided by itself.
core::task<std::vector<planned>> decide(db::transaction& t, batch& b, std::vector<candidate> all) {
    std::map<std::string, std::vector<core::uuid>> variants;  // by currency
    for (candidate const& c : all) {
        auto& of = variants[std::string(c.cart.currency.code())];
        for (cart::cart_line const& l : c.cart.lines) of.push_back(l.variant_id);
    }
    std::map<std::string, db::ticket<catalog::sellable>> tickets;
    for (auto& [currency, ids] : variants) {
        sort_once(ids);
        tickets.emplace(currency, t.add(catalog::load_sellables, ids, core::currency::unchecked(currency)));
    }
    b.of_neighbours = static_cast<std::uint32_t>(tickets.size() - 1);
    co_await t.run();
    std::map<std::string, std::vector<catalog::sellable>> offered;
    for (auto const& [currency, ticket] : tickets) {
        auto rows = ticket.all();
        std::ranges::sort(rows, {}, &catalog::sellable::variant_id);
        offered.emplace(currency, std::move(rows));
    }
    std::vector<planned> out;
    for (candidate& c : all) {
        if (c.of->done()) continue;
        auto const its = of_cart(c.cart, offered.at(std::string(c.cart.currency.code())));
        auto decided = plan_order(c.of->what, std::move(c.cart), its);
        if (!decided)
            b.answer(c.of, core::result<placed_order_view>(decided.error()));
        else
            out.push_back({c.of, std::move(*decided)});
    }
    co_return out;
}

struct locked {
    std::vector<planned> orders;  // their carts are locked and as they were read
    std::vector<inventory::stock_row> stock;
    std::vector<drawn_number> drawn;  // one for each
    bool stock_locked = true;         // or only looked at
};

// Whose cart is held by somebody, or has changed since it was read, is planned again, alone.
std::vector<planned> as_planned(batch& b, std::vector<planned> all,
                                std::vector<cart::locked_cart> const& held) {
    std::vector<planned> out;
    for (planned& p : all) {
        if (p.of->done()) continue;
        auto const found = std::ranges::find(held, p.what.cart.id, &cart::locked_cart::id);
        if (found != held.end() && found->version == p.what.cart.version)
            out.push_back(std::move(p));
        else
            b.set_aside(p.of);
    }
    return out;
}

// So is who needs stock that somebody holds, when nobody waits for that.
std::vector<planned> of_free_stock(batch& b, std::vector<planned> all,
                                   std::vector<inventory::seen_row> const& seen) {
    std::vector<planned> out;
    for (planned& p : all) {
        bool const free = std::ranges::none_of(seen, [&](inventory::seen_row const& r) {
            return !r.locked &&
                   std::ranges::count(p.what.cart.lines, r.variant_id, &cart::cart_line::variant_id) > 0;
        });
        if (free)
            out.push_back(std::move(p));
        else
            b.set_aside(p.of);
    }
    return out;
}

std::vector<core::uuid> variants_of(std::vector<planned> const& all) {
    std::vector<core::uuid> out;
    for (planned const& p : all)
        for (cart::cart_line const& l : p.what.cart.lines) out.push_back(l.variant_id);
    sort_once(out);
    return out;
}

core::task<locked> lock(db::transaction& t, batch& b, std::vector<planned> all) {
    std::vector<core::uuid> carts;
    for (planned const& p : all) carts.push_back(p.what.cart.id);
    auto const variants = variants_of(all);
    db::ticket<cart::locked_cart> held;
    db::ticket<inventory::stock_row> stock;
    db::ticket<inventory::seen_row> seen;
    bool const careful = b.how == manner::careful;
    bool const later = b.how == manner::together && all.size() > 1 && !b.stock_first;
    if (b.how != manner::alone) held = cart::lock_free_carts(t, carts);
    if (careful)
        seen = inventory::lock_free_stock(t, variants);
    else
        stock = later ? inventory::read_stock(t, variants) : inventory::lock_stock(t, variants);
    auto const drawn = t.add(draw_numbers, std::ssize(all));
    co_await t.run();

    locked out{.orders = std::move(all), .stock = {}, .drawn = drawn.all(), .stock_locked = !later};
    if (b.how != manner::alone) out.orders = as_planned(b, std::move(out.orders), held.all());
    if (careful) {
        auto const rows = seen.all();
        out.orders = of_free_stock(b, std::move(out.orders), rows);
        for (inventory::seen_row const& r : rows)
            if (r.locked) out.stock.push_back(r.row());
    } else
        out.stock = stock.all();
    co_return out;
}

using shares = std::vector<core::result<inventory::allocation>>;

// First come, first served: each takes from what those before it have left. Where somebody gets nothing of
// stock that was only looked at, it is locked first: a refusal is the row's own word.
core::task<shares> share(db::transaction& t, locked& has) {
    std::vector<std::vector<inventory::demand>> demands;
    for (planned const& p : has.orders) demands.push_back(p.what.demands());
    auto given = inventory::allocate_in_turn(has.stock, demands);
    if (!has.stock_locked && !std::ranges::all_of(given, [](auto const& g) { return g.has_value(); })) {
        auto const rows = inventory::lock_stock(t, variants_of(has.orders));
        co_await t.run();
        has.stock = rows.all();
        has.stock_locked = true;
        given = inventory::allocate_in_turn(has.stock, demands);
    }
    co_return given;
}

void give(batch& b, locked has, shares given) {
    b.queue.drop_late(core::steady::now());
    std::size_t drawn = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
        planned& p = has.orders[i];
        if (p.of->done()) continue;
        if (!given[i]) {
            b.answer(p.of, core::result<placed_order_view>(given[i].error()));
            continue;
        }
        b.written.push_back(p.of);
        b.placed.add(p.of->what, std::move(p.what), std::move(*given[i]), has.drawn.at(drawn++));
    }
}

std::vector<work::kept_answer> answers_to_keep(batch const& b) {
    std::vector<work::kept_answer> kept;
    for (std::size_t i = 0; i < b.written.size(); ++i) {
        if (!b.written[i]->key) continue;
        std::string body;
        http::write(body, placed_order_view{shopper_view(b.placed.orders[i]), b.placed.tracking_tokens[i]});
        kept.push_back({&*b.written[i]->key, checkout.success, std::move(body)});
    }
    return kept;
}

// The stock rows are what other batches wait for: they are locked when everything else is written, so nobody
// waits for more than the commit. False: others have taken what this batch was to get, or somebody's time was
// up meanwhile, whose rows are among those written.
core::task<bool> take_stock(db::transaction& t, batch& b, std::vector<inventory::taken> const& all) {
    auto const rows = inventory::lock_taken(t, all);
    co_await t.run();
    b.queue.drop_late(core::steady::now());
    co_return inventory::has_room(rows.all(), all) &&
        std::ranges::none_of(b.written, [](entry_ptr const& e) { return e->done(); });
}

core::task<core::result<core::nothing>> place_together(db::transaction& t, batch& b) {
    b.begin_attempt();
    if (b.open().empty()) co_return nobody_left;
    auto found = co_await look(t, b);
    if (found.empty()) co_return nobody_left;
    auto plans = co_await decide(t, b, std::move(found));
    if (plans.empty()) co_return nobody_left;
    auto has = co_await lock(t, b, std::move(plans));
    auto given = co_await share(t, has);
    bool const stock_locked = has.stock_locked;
    give(b, std::move(has), std::move(given));
    if (b.written.empty()) co_return nobody_left;
    queue_rows(t, b.placed);
    auto const kept = answers_to_keep(b);
    auto const taken = taken_by(b.placed);
    if (!stock_locked && !co_await take_stock(t, b, taken)) co_return stock_moved;
    // From here on it succeeds.
    for (entry_ptr const& e : b.written) e->now = stage::written;
    inventory::reserve(t, taken);
    work::remember(t, kept);
    co_await t.commit();
    co_return core::nothing{};
}

core::deadline latest(std::vector<entry_ptr> const& all) {
    core::deadline out = all.front()->by;
    for (entry_ptr const& e : all) out = std::max(out, e->by);
    return out;
}

// One transaction for all that are open, repeated as a whole where that helps. Throws what came of it.
core::task<void> attempt(db::database& d, batch& b) {
    auto const open = b.open();
    if (open.empty()) co_return;
    // What a constraint means is told to the one whom it means.
    auto const refusals = open.size() == 1 ? placing_refusals : std::span<db::refusal const>();
    auto const place = [&b](db::transaction& t) { return place_together(t, b); };
    auto done = co_await d.use(latest(open), &b.meter).transact(refusals, place);
    if (!done && done.error().what == &stock_moved) {
        metrics().overtaken.add();
        b.stock_first = true;
        b.meter.runs_again(0);
        done = co_await d.use(latest(open), &b.meter).transact(refusals, place);
    }
    if (done) {
        metrics().batch.observe(b.written.size());
        for (std::size_t i = 0; i < b.written.size(); ++i)
            b.answer(b.written[i],
                     core::result<placed_order_view>(placed_order_view{
                         shopper_view(b.placed.orders[i]), std::move(b.placed.tracking_tokens[i])}));
    } else if (done.error().what != &nobody_left)
        for (entry_ptr const& e : open) b.answer(e, core::result<placed_order_view>(done.error()));
    for (entry_ptr const& e : b.aside) {
        if (e->done()) continue;
        b.charge(*e);
        e->spent.runs_again(0);
        b.queue.set_aside(e);
    }
}

enum class remedy : std::uint8_t { tell_all, halve, be_careful };

// What a batch does about a failure that may be the fault of one of them.
remedy remedy_for(std::exception_ptr const& why) {
    try {
        std::rethrow_exception(why);
    } catch (db::error const& e) {
        if (e.lock_timeout()) return remedy::be_careful;
        return e.retryable() ? remedy::tell_all : remedy::halve;
    } catch (db::unavailable const&) {
    } catch (db::overloaded const&) {
    } catch (db::deadline_passed const&) {
    } catch (db::commit_unknown const&) {
    } catch (...) {
        return remedy::halve;
    }
    return remedy::tell_all;
}

void fail_all(batch& b, std::vector<entry_ptr> const& all, std::exception_ptr const& why) {
    for (entry_ptr const& e : all) {
        b.charge(*e);
        b.queue.fail(e, why);
    }
}

}  // namespace

core::task<after> settle(db::database& d, lane_queue& q, std::vector<entry_ptr> all, manner how) {
    batch b{.queue = q, .all = std::move(all), .how = how, .meter = {}};
    std::exception_ptr why;
    try {
        co_await attempt(d, b);
    } catch (...) {
        why = std::current_exception();
    }
    if (!why) co_return after::go_on;
    auto const left = b.open();
    remedy const what = remedy_for(why);
    if (b.all.size() == 1 || what == remedy::tell_all) {
        fail_all(b, left, why);
        bool const timed_out = what == remedy::be_careful && how != manner::alone;
        co_return timed_out ? after::be_careful : after::go_on;
    }
    for (entry_ptr const& e : left) {
        b.charge(*e);
        e->spent.runs_again(0);
        e->now = stage::taken;
    }
    if (what == remedy::be_careful) {
        if (how == manner::careful)  // what is waited for is none of the rows that are passed over
            for (entry_ptr const& e : left) q.set_aside(e);
        else
            q.put_back(left);
        co_return after::be_careful;
    }
    metrics().splits.add();
    after next = after::go_on;
    auto const middle = left.begin() + std::ssize(left) / 2;
    std::array<std::vector<entry_ptr>, 2> halves{std::vector(left.begin(), middle),
                                                 std::vector(middle, left.end())};
    for (std::vector<entry_ptr>& half : halves) {
        if (half.empty()) continue;
        if (co_await settle(d, q, std::move(half), how) == after::be_careful) next = after::be_careful;
    }
    co_return next;
}

}  // namespace orders
