// The life of a shop, thousands of times: place, pay, cancel, expire, ship, receive and count in every order
// that chance finds, by the pure rules over a model of the tables. What is read in one step is decided on in
// a later one, when others have been there; a transaction may be undone at its end, and an answer may be
// lost.
#include "orders/rules.hpp"

#include "seed.hpp"
#include "shop_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

using test::constraint_broken;
using test::place;
using test::shop_tables;
using enum orders::order_status;

constexpr std::size_t variants = 4, locations = 2;

core::uuid number(std::uint8_t kind, std::size_t n) {
    core::uuid out;
    out.bytes[0] = kind;
    out.bytes[14] = static_cast<std::uint8_t>(n / 256);
    out.bytes[15] = static_cast<std::uint8_t>(n % 256);
    return out;
}

struct checkout {  // asked, planned with what was seen then, not yet decided
    std::string key;
    orders::wish wish;
    cart::open_cart cart;
    std::optional<orders::plan> plan;
};

struct intent {  // of staff, a shopper or the clock, formed by what they saw then
    core::uuid order;
    orders::order_status to;
    std::optional<std::int64_t> expected_seq;
    bool is_expiry = false;
};

struct counted {
    int placed = 0, refused = 0, cancelled = 0, expired = 0, shipped = 0, waited = 0, paid = 0,
        short_counts = 0, undone = 0, replayed = 0, raced = 0, shared_early = 0, overtaken = 0;
};

class simulation {
public:
    explicit simulation(std::uint64_t seed) : random_(seed) {
        for (std::size_t l = 0; l < locations; ++l)
            tables_.priorities[number(2, l)] = static_cast<std::int32_t>(below(2));
        for (std::size_t v = 0; v < variants; ++v)
            for (std::size_t l = 0; l < locations; ++l) {
                place const at{number(1, v), number(2, l)};
                inventory::stock_record s{.variant_id = at.first, .location_id = at.second};
                if (below(2) == 0) s.backorder_limit = static_cast<std::int64_t>(below(6));
                tables_.stock.emplace(at, s);
                tables_.adjust(*inventory::adjusted(s, 1 + static_cast<std::int64_t>(below(8))));
            }
    }

    void run(int steps, counted& out) {
        count_ = &out;
        for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) {
            step();
            expect_true();
        }
        if (!testing::Test::HasFatalFailure()) work_everything_off();
    }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    void expect_true() { ASSERT_EQ(tables_.fault().value_or(""), ""); }

    void step() {
        if (below(4) == 0) seen_ = tables_;
        switch (below(14)) {
            case 0:
            case 1:
            case 2: return ask();
            case 3:
            case 4: return commit_checkouts();
            case 5:
            case 6: return intend();
            case 7: return intend();
            case 8:
            case 9:
            case 10: return move();
            case 11: return pay();
            case 12: return receive();
            default: return below(2) == 0 ? count() : intend_expiry();
        }
    }

    // Runs `work` as a transaction; false when a constraint or chance has undone it.
    template <class Work>
    bool transact(Work work, bool may_be_lost = true) {
        shop_tables const before = tables_;
        try {
            work();
            if (!may_be_lost || below(12) != 0) return true;
            ++count_->undone;
        } catch (constraint_broken const& why) {
            broken_ = why.what();
        }
        tables_ = before;
        return false;
    }

    // ---- checkouts ----

    std::vector<catalog::sellable> offered_to(cart::open_cart const& c) const {
        std::vector<catalog::sellable> out;
        for (cart::cart_line const& l : c.lines) {
            catalog::sellable item{};
            item.variant_id = l.variant_id;
            item.amount = 100 + 7 * l.variant_id.bytes[15];
            item.for_sale = true;
            item.available = tables_.available(l.variant_id);
            out.push_back(std::move(item));
        }
        return out;
    }

    cart::open_cart some_cart() {
        cart::open_cart c{
            .id = number(5, ++carts_), .version = 1, .currency = core::currency::unchecked("EUR")};
        c.email = "ada@example.com";
        for (std::size_t v = 0; v < variants; ++v)
            if (below(2) == 0)
                c.lines.push_back({number(6, v), number(1, v), 1 + static_cast<std::int64_t>(below(4))});
        if (c.lines.empty()) c.lines.push_back({number(6, 0), number(1, 0), 1});
        if (below(2) == 0) std::ranges::reverse(c.lines);
        if (below(3) == 0) c.shipping_method = cart::shipping{number(7, 0), "Post", 490};
        return c;
    }

    // A new cart; or one that is being ordered already, from another tab.
    void ask() {
        checkout c;
        c.cart = !asked_.empty() && below(6) == 0 ? asked_[below(asked_.size())].cart : some_cart();
        c.key = "key-" + std::to_string(++keys_);
        c.wish = {.cart = c.cart.id, .by = work::command("simulation"), .seen = {}};
        look(c);
    }

    void look(checkout c) {
        if (auto const known = tables_.kept.find(c.key); known != tables_.kept.end()) {
            ASSERT_EQ(tables_.orders.at(known->second).cart_id, c.cart.id) << "a stranger's answer";
            ++count_->replayed;
            return;
        }
        if (tables_.order_of_cart.contains(c.cart.id)) return;  // cart_already_ordered
        auto planned = orders::plan_order(c.wish, c.cart, offered_to(c.cart));
        if (!planned) {
            ASSERT_EQ(planned.error().what, &inventory::out_of_stock);
            ASSERT_FALSE(is_enough(c.cart)) << "refused though there is enough";
            ++count_->refused;
            return;
        }
        c.plan = std::move(*planned);
        asked_.push_back(std::move(c));
    }

    bool is_enough(cart::open_cart const& c) const {
        return std::ranges::all_of(
            c.lines, [&](cart::cart_line const& l) { return tables_.available(l.variant_id) >= l.quantity; });
    }

    // Several together, no cart twice, as the lane takes them. What was planned may not hold any more.
    void commit_checkouts() {
        std::vector<checkout> batch;
        std::set<core::uuid> carts;
        for (std::size_t wanted = 1 + below(4); wanted > 0 && !asked_.empty(); --wanted) {
            auto const at = asked_.begin() + static_cast<std::ptrdiff_t>(below(asked_.size()));
            if (!carts.insert(at->cart.id).second) break;
            batch.push_back(std::move(*at));
            asked_.erase(at);
        }
        std::erase_if(batch, [&](checkout& c) {
            bool const stale = tables_.order_of_cart.contains(c.cart.id);
            if (stale) look(c), ++count_->raced;
            return stale;
        });
        bool const done = transact([&] { write(batch); });
        ASSERT_EQ(broken_, "");
        for (checkout& c : batch)
            if (!done || below(8) == 0) look(std::move(c));  // no answer came: asked again under the same key
    }

    void write(std::vector<checkout> const& batch) {
        std::vector<std::vector<inventory::demand>> demands;
        std::vector<core::uuid> of;
        for (checkout const& c : batch) {
            demands.push_back(c.plan->demands());
            for (auto const& d : demands.back()) of.push_back(d.variant_id);
        }
        auto const shares = share(demands, of);
        auto const before = tables_.stock;
        orders::placements all;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            ASSERT_EQ(shares[i].has_value(), is_enough(batch[i].cart));
            if (!shares[i]) {
                ++count_->refused;
                continue;
            }
            all.add(batch[i].wish, *batch[i].plan, *shares[i], {++numbers_, {}});
            tables_.insert_order(all.orders.back(), *shares[i], batch[i].key);
            ++count_->placed;
        }
        for (auto const& [at, row] : tables_.stock)
            ASSERT_LE(owed(row) - owed(before.at(at)), planned_to_owe(shares, at))
                << "a backorder while goods lie elsewhere";
    }

    using shares_of_all = std::vector<core::result<inventory::allocation>>;

    // From what was seen before others were there, if that still holds under the locks; as the lane does it.
    shares_of_all share(std::vector<std::vector<inventory::demand>> const& demands,
                        std::vector<core::uuid> const& of) {
        auto seen = seen_.rows_of(of);
        auto early = inventory::allocate_in_turn(seen, demands);
        if (std::ranges::all_of(early, [](auto const& one) { return one.has_value(); })) {
            if (still_holds(early)) return ++count_->shared_early, early;
            ++count_->overtaken;
        }
        auto rows = tables_.rows_of(of);
        return inventory::allocate_in_turn(rows, demands);
    }

    bool still_holds(shares_of_all const& shares) const {
        auto const by = work::command("simulation");
        std::vector<inventory::taken> all;
        for (auto const& one : shares) all.push_back({&*one, &by});
        std::vector<inventory::room> rooms;
        for (auto const& [at, row] : tables_.stock)
            rooms.push_back({at.first, at.second, row.on_hand + row.backorder_limit - row.reserved,
                             std::max<std::int64_t>(row.on_hand - row.reserved, 0)});
        return inventory::has_room(rooms, all);
    }

    static std::int64_t owed(inventory::stock_record const& row) {
        return std::max<std::int64_t>(row.reserved - row.on_hand, 0);
    }

    static std::int64_t planned_to_owe(shares_of_all const& shares, place at) {
        std::int64_t out = 0;
        for (auto const& one : shares)
            if (one)
                for (inventory::portion const& p : *one)
                    if (place(p.variant_id, p.location_id) == at) out += p.backordered;
        return out;
    }

    // ---- moves ----

    orders::order_record const* some_order() {
        if (tables_.orders.empty()) return nullptr;
        return &std::next(tables_.orders.begin(), static_cast<std::ptrdiff_t>(below(tables_.orders.size())))
                    ->second;
    }

    void intend() {
        static constexpr orders::order_status liked[] = {confirmed, processing, shipped, delivered,
                                                         cancelled};
        auto const* o = some_order();
        if (o == nullptr) return;
        auto const ways = orders::lifecycle.next(o->now().status);
        // Mostly the next step: it stands first.
        auto const to =
            ways.empty() || below(5) == 0 ? liked[below(5)] : ways[below(3) == 0 ? ways.size() - 1 : 0];
        intents_.push_back(
            {o->id, to, below(3) == 0 ? std::optional<std::int64_t>(o->now().seq) : std::nullopt});
    }

    // The clock sees a pending order that nobody has paid; when it acts, that may have changed.
    void intend_expiry() {
        auto const* o = some_order();
        if (o != nullptr && orders::waits_for_money(*o)) intents_.push_back({o->id, cancelled, {}, true});
    }

    void move() {
        if (intents_.empty()) return;
        auto const at = intents_.begin() + static_cast<std::ptrdiff_t>(below(intents_.size()));
        intent const what = *at;
        intents_.erase(at);
        orders::order_record const o = tables_.orders.at(what.order);  // as the lock shows it
        if (what.is_expiry && !orders::waits_for_money(o)) return;
        if (what.is_expiry) ASSERT_EQ(o.payments.at(0).events.back().kind, orders::payment_state::requested);
        auto const by = work::command("simulation");
        auto const next = orders::next_step(o, {what.order, what.to, {}, what.expected_seq}, by, {});
        if (!next) {
            bool const changed = what.expected_seq && *what.expected_seq != o.now().seq;
            ASSERT_EQ(next.error().what, changed ? &orders::order_changed : &orders::transition_not_allowed);
            count_->raced += changed;
            return;
        }
        bool const done = transact([&] {
            tables_.insert_step(o.id, *next);
            if (auto const how = orders::settles(what.to)) tables_.settle(o.id, *how);
            if (what.to == cancelled)
                for (auto const& e : orders::undo_payments(o, by, {})) tables_.insert_payment_event(o.id, e);
        });
        if (done) {
            count_->shipped += what.to == shipped;
            ++(what.is_expiry ? count_->expired : what.to == cancelled ? count_->cancelled : ignored_);
        } else if (!broken_.empty()) {
            ASSERT_EQ(broken_, "stock_not_oversold");
            ASSERT_EQ(what.to, shipped) << "only what ships may have to wait for goods";
            ++count_->waited;
        }
        broken_.clear();
    }

    void pay() {
        auto const* seen = some_order();
        if (seen == nullptr) return;
        orders::order_record const o = *seen;
        auto const kind = below(3) == 0 ? orders::payment_state::refunded : orders::payment_state::captured;
        auto const event = orders::record_payment(o, kind, work::command("simulation"), {});
        if (!event) {
            ASSERT_EQ(event.error().what, &orders::payment_not_allowed);
            return;
        }
        count_->paid += transact([&] { tables_.insert_payment_event(o.id, *event); });
        ASSERT_EQ(broken_, "");
    }

    // ---- goods ----

    place some_place() { return {number(1, below(variants)), number(2, below(locations))}; }

    void receive() {
        auto const row = tables_.stock.at(some_place());
        auto const quantity = static_cast<std::int64_t>(below(10)) - 3;
        auto const after = below(4) == 0
                               ? inventory::with_backorder_limit(row, static_cast<std::int64_t>(below(5)))
                               : inventory::adjusted(row, quantity);
        if (!after) {
            ASSERT_EQ(after.error().what, &inventory::insufficient_stock);
            return;
        }
        transact([&] { tables_.adjust(*after); });
        ASSERT_EQ(broken_, "");
    }

    void count() {
        place const at = some_place();
        auto const found = static_cast<std::int64_t>(below(6));
        if (transact([&] { tables_.adjust(inventory::counted_as(tables_.stock.at(at), found)); }))
            count_->short_counts += tables_.stock.at(at).shortage > 0;
    }

    // When what is missing has come, every order can be brought to its end, the oldest first.
    void work_everything_off() {
        for (auto& [at, s] : tables_.stock) {
            auto const after = inventory::adjusted(s, std::max<std::int64_t>(s.reserved - s.on_hand, 0));
            ASSERT_TRUE(after);
            if (after->on_hand != s.on_hand) tables_.adjust(*after);
            ASSERT_EQ(s.shortage, 0);
        }
        expect_true();
        std::vector<core::uuid> by_age;
        for (auto const& r : tables_.reservations)
            if (std::ranges::find(by_age, r.order) == by_age.end()) by_age.push_back(r.order);
        auto const by = work::command("simulation");
        for (core::uuid const id : by_age)
            for (auto const to : {confirmed, processing, shipped, delivered}) {
                auto const next = orders::next_step(tables_.orders.at(id), {id, to, {}, {}}, by, {});
                if (!next) continue;
                bool const done = transact(
                    [&] {
                        tables_.insert_step(id, *next);
                        if (auto const how = orders::settles(to)) tables_.settle(id, *how);
                    },
                    false);
                ASSERT_TRUE(done) << broken_;
            }
        expect_true();
        for (auto const& [at, s] : tables_.stock) ASSERT_EQ(s.reserved, 0);
        for (auto const& [id, o] : tables_.orders)
            ASSERT_TRUE(o.now().status == delivered || o.now().status == cancelled);
    }

    std::mt19937_64 random_;
    shop_tables tables_, seen_;  // as they are, as somebody saw them a while ago
    std::vector<checkout> asked_;
    std::vector<intent> intents_;
    std::string broken_;
    counted* count_ = nullptr;
    std::size_t carts_ = 0, keys_ = 0;
    std::int64_t numbers_ = 0;
    int ignored_ = 0;
};

TEST(orders_simulation, holds_in_thousands_of_random_histories) {
    constexpr std::uint64_t seeds = 2'000;
    constexpr int steps = 120;
    std::uint64_t const first = test::seeded()();
    counted all;
    for (std::uint64_t n = 0; n < seeds; ++n) {
        SCOPED_TRACE("history " + std::to_string(n) + " of this seed");
        simulation(first + n).run(steps, all);
        if (testing::Test::HasFatalFailure()) return;
    }
    // Everything that can happen has happened, and not once in a while.
    std::pair<char const*, int> const happened[] = {
        {"placed", all.placed},       {"refused", all.refused},
        {"cancelled", all.cancelled}, {"expired", all.expired},
        {"shipped", all.shipped},     {"waited for goods", all.waited},
        {"paid", all.paid},           {"counted short", all.short_counts},
        {"undone", all.undone},       {"replayed", all.replayed},
        {"raced", all.raced},         {"shared out early", all.shared_early},
        {"overtaken", all.overtaken}};
    for (auto const& [what, often] : happened) EXPECT_GT(often, 100) << what;
}

// The model is not deaf: each invariant is heard when it breaks.
TEST(orders_simulation, the_tables_tell_what_is_wrong_with_them) {
    shop_tables sound;
    place const at{number(1, 0), number(2, 0)};
    sound.priorities[at.second] = 0;
    sound.stock[at] = {.variant_id = at.first, .location_id = at.second};
    sound.adjust(*inventory::adjusted(sound.stock[at], 5));
    ASSERT_EQ(sound.fault().value_or(""), "");
    struct {
        char const* said;
        void (*spoil)(inventory::stock_record&);
    } const rows[] = {
        {"stock is below zero", [](auto& s) { s.on_hand = -1; }},
        {"on hand is not the sum of the ledger", [](auto& s) { s.on_hand = 6; }},
        {"reserved is not the sum of the ledger", [](auto& s) { s.reserved = 1; }},
        {"the shortage is not what is promised and not there", [](auto& s) { s.shortage = 1; }}};
    for (auto const& [said, spoil] : rows) {
        shop_tables spoilt = sound;
        spoil(spoilt.stock[at]);
        EXPECT_EQ(spoilt.fault().value_or(""), said);
    }
    EXPECT_THROW(sound.adjust({.variant_id = at.first, .location_id = at.second, .on_hand = -1}),
                 constraint_broken);
}

}  // namespace
