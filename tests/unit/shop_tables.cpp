#include "shop_tables.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace test {

namespace {

using orders::order_status;
using orders::payment_state;

// The seven ways and the four, written down a second time.
bool is_way(order_status from, order_status to) {
    using enum order_status;
    static std::set<std::pair<order_status, order_status>> const ways = {
        {pending, confirmed}, {confirmed, processing}, {processing, shipped},  {shipped, delivered},
        {pending, cancelled}, {confirmed, cancelled},  {processing, cancelled}};
    return ways.contains({from, to});
}

bool is_way(payment_state from, payment_state to) {
    using enum payment_state;
    static std::set<std::pair<payment_state, payment_state>> const ways = {{requested, captured},
                                                                           {requested, voided},
                                                                           {captured, refund_requested},
                                                                           {refund_requested, refunded}};
    return ways.contains({from, to});
}

holds expected_of(order_status s) {
    if (s == order_status::cancelled) return holds::released;
    return s == order_status::shipped || s == order_status::delivered ? holds::shipped : holds::open;
}

}  // namespace

std::vector<inventory::stock_row> shop_tables::rows_of(std::vector<core::uuid> variants) const {
    std::vector<inventory::stock_row> out;
    for (auto const& [at, s] : stock)
        if (std::ranges::find(variants, at.first) != variants.end())
            out.push_back(
                {at.first, at.second, priorities.at(at.second), s.on_hand, s.reserved, s.backorder_limit});
    return out;
}

std::int64_t shop_tables::available(core::uuid variant) const {
    std::int64_t units = 0;
    for (auto const& [at, s] : stock)
        if (at.first == variant)
            units += std::max<std::int64_t>(s.on_hand + s.backorder_limit - s.reserved, 0);
    return units;
}

void shop_tables::note(movement m) {
    if (m.line)
        for (movement const& other : movements)
            if (other.line == m.line && other.location == m.location &&
                (other.kind == "reserve") == (m.kind == "reserve"))
                throw constraint_broken("movement_once_per_line");
    movements.push_back(std::move(m));
}

void shop_tables::check(inventory::stock_record const& s) const {
    if (s.on_hand < 0 || s.reserved < 0 || s.reserved > s.on_hand + s.backorder_limit + s.shortage)
        throw constraint_broken("stock_not_oversold");
}

void shop_tables::insert_order(orders::order_record order, inventory::allocation const& from,
                               std::string const& key) {
    if (kept.contains(key)) throw constraint_broken("idempotency_keys_pkey");
    if (!order_of_cart.emplace(order.cart_id, order.id).second) throw constraint_broken("cart_ordered_once");
    for (inventory::portion const& p : from) {
        reservations.push_back(
            {p.order_id, p.order_line_id, p.variant_id, p.location_id, p.quantity, holds::open, next_seq_++});
        note({p.variant_id, p.location_id, "reserve", 0, p.quantity, p.order_line_id});
        inventory::stock_record& s = stock.at({p.variant_id, p.location_id});
        s.reserved += p.quantity;
        check(s);
    }
    kept.emplace(key, order.id);
    orders.emplace(order.id, std::move(order));
}

void shop_tables::insert_step(core::uuid id, orders::history_record const& step) {
    auto& history = orders.at(id).history;
    if (step.seq != history.back().seq + 1) throw constraint_broken("order_transition_raced");
    if (!is_way(history.back().status, step.status)) throw constraint_broken("order_transition_allowed");
    history.push_back(step);
}

void shop_tables::insert_payment_event(core::uuid id, orders::payment_event const& event) {
    for (orders::payment_record& p : orders.at(id).payments) {
        if (p.id != event.payment_id) continue;
        if (event.seq != p.events.back().seq + 1) throw constraint_broken("payment_event_raced");
        if (!is_way(p.events.back().kind, event.kind)) throw constraint_broken("payment_event_allowed");
        p.events.push_back(event);
    }
}

std::int64_t shop_tables::open_units(place at, std::int64_t up_to_seq) const {
    std::int64_t units = 0;
    for (reservation const& r : reservations)
        if (place{r.variant, r.location} == at && r.state == holds::open && r.seq <= up_to_seq)
            units += r.quantity;
    return units;
}

void shop_tables::settle(core::uuid order, inventory::settlement how) {
    bool const ships = how == inventory::settlement::ship;
    std::map<place, std::pair<std::int64_t, std::int64_t>> rows;  // units, and the newest reservation
    for (reservation& r : reservations) {
        if (r.order != order || r.state != holds::open) continue;
        auto& [units, newest] = rows[{r.variant, r.location}];
        units += r.quantity;
        newest = std::max(newest, r.seq);
    }
    for (auto const& [at, what] : rows) {
        inventory::stock_record& s = stock.at(at);
        // First come, first served.
        if (ships && s.on_hand < open_units(at, what.second)) throw constraint_broken("stock_not_oversold");
        if (ships) s.on_hand -= what.first;
        s.reserved -= what.first;
        if (!ships)
            s.shortage =
                std::min(s.shortage, std::max<std::int64_t>(s.reserved - s.on_hand - s.backorder_limit, 0));
        check(s);
    }
    for (reservation& r : reservations) {
        if (r.order != order || r.state != holds::open) continue;
        r.state = ships ? holds::shipped : holds::released;
        note({r.variant, r.location, ships ? "ship" : "release", ships ? -r.quantity : 0, -r.quantity,
              r.line});
    }
}

void shop_tables::adjust(inventory::stock_record const& after) {
    inventory::stock_record& s = stock.at({after.variant_id, after.location_id});
    check(after);
    if (after.on_hand != s.on_hand)
        note({s.variant_id, s.location_id, "adjust", after.on_hand - s.on_hand, 0, {}});
    s = after;
}

std::optional<std::string> shop_tables::fault_of(place const& at, inventory::stock_record const& s) const {
    std::int64_t on_hand = 0, reserved = 0;
    for (movement const& m : movements)
        if (place{m.variant, m.location} == at) on_hand += m.on_hand, reserved += m.reserved;
    if (s.on_hand < 0 || s.reserved < 0) return "stock is below zero";
    if (s.on_hand != on_hand) return "on hand is not the sum of the ledger";
    if (s.reserved != reserved) return "reserved is not the sum of the ledger";
    if (s.reserved != open_units(at, std::numeric_limits<std::int64_t>::max()))
        return "reserved is not what open reservations hold";
    if (s.shortage != std::max<std::int64_t>(s.reserved - s.on_hand - s.backorder_limit, 0))
        return "the shortage is not what is promised and not there";
    return std::nullopt;
}

std::optional<std::string> shop_tables::fault_of(orders::order_record const& o) const {
    for (std::size_t i = 0; i < o.history.size(); ++i) {
        if (o.history[i].seq != static_cast<std::int32_t>(i)) return "a history has a gap";
        if (i > 0 && !is_way(o.history[i - 1].status, o.history[i].status))
            return "a history went an unknown way";
    }
    holds const expected = expected_of(o.now().status);
    __int128 total = 0;
    for (orders::line_record const& l : o.lines) {
        std::int64_t units = 0, reserve = 0, release = 0, ship = 0;
        for (reservation const& r : reservations) {
            if (r.line != l.id) continue;
            units += r.quantity;
            if (r.state != expected) return "a reservation is not in the state of its order";
        }
        for (movement const& m : movements) {
            if (m.line != l.id) continue;
            (m.kind == "reserve" ? reserve : m.kind == "release" ? release : ship) += std::abs(m.reserved);
        }
        if (units != l.quantity || reserve != l.quantity) return "a line does not hold what was bought";
        if (release != (expected == holds::released ? l.quantity : 0)) return "a line was not released once";
        if (ship != (expected == holds::shipped ? l.quantity : 0)) return "a line was not shipped once";
        if (l.total_amount != l.unit_amount * l.quantity) return "a line's total is not its product";
        total += l.total_amount;
    }
    for (orders::adjustment_record const& a : o.adjustments) total += a.amount;
    if (o.payments.size() != 1 || o.payments[0].amount != total)
        return "what is charged is not the order's sum";
    payment_state const paid = o.payments[0].events.back().kind;
    bool const undone = paid != payment_state::requested && paid != payment_state::captured;
    if (undone != (o.now().status == order_status::cancelled))
        return "the payment does not go with the order";
    return std::nullopt;
}

std::optional<std::string> shop_tables::fault() const {
    for (auto const& [at, row] : stock)
        if (auto what = fault_of(at, row)) return what;
    for (auto const& [id, order] : orders)
        if (auto what = fault_of(order)) return what;
    if (kept.size() != orders.size()) return "an order without its key, or a key with two";
    return std::nullopt;
}

}  // namespace test
