// From a cart to an order's rows, for one order or several: what is decided before anything is locked, what a
// finished order is, and how its rows are queued.
#pragma once

#include "orders/rules.hpp"
#include "orders/store.hpp"
#include "orders/terms.hpp"

namespace orders {

struct wish {         // one checkout, by value
    core::uuid cart;  // the shopper's capability
    payment_provider provider = payment_provider::manual;
    work::actor by;
    std::string seen;                       // ETags under which the cart may be ordered; empty: under any
    payment_terms::period pay_within = {};  // of its being placed
};

// A cart that can be ordered as it is, with its prices; nothing is reserved yet.
struct plan {
    cart::open_cart cart;
    drawn_ids ids;
    basket priced;

    std::vector<inventory::demand> demands() const { return demands_of(ids, cart); }
};

// `offered` are the sellables of the cart's lines and no others; whether there is enough is judged by what
// they say is available. version_stale, then what price() refuses.
core::result<plan> plan_order(wish const& w, cart::open_cart cart,
                              std::span<catalog::sellable const> offered);

// Orders that are decided, their rows not yet written; the vectors are aligned.
struct placements {
    std::vector<order_record> orders;
    std::vector<std::string> tracking_tokens;
    std::vector<inventory::allocation> allocations;
    std::vector<work::actor> by;
    std::vector<std::int64_t> totals;

    void add(wish const& w, plan p, inventory::allocation from, drawn_number drawn);
};

// Queues every row of them but those of stock, audit entries and events included: the same statements for one
// as for many.
void queue_rows(db::transaction& t, placements const& all);
// What they take from stock, for inventory::reserve(), which comes after.
std::vector<inventory::taken> taken_by(placements const& all);

}  // namespace orders
