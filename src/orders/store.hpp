// The statements and rows of orders. What writes takes arrays: one statement for any number of orders.
#pragma once

#include "orders/api.hpp"
#include "orders/rules.hpp"
#include "work/statements.hpp"

namespace orders {

work::statement_list statements();
work::statement_list list_statements();  // those of the list, which statements() holds too

// ---- one whole order ----

struct head_row;  // of load.cpp
struct address_row;
struct payment_row;

// What is queued for one order; readable when the batch has run.
struct order_tickets {
    db::ticket<head_row> head;
    db::ticket<line_record> lines;
    db::ticket<adjustment_record> adjustments;
    db::ticket<address_row> addresses;
    db::ticket<history_record> history;
    db::ticket<payment_row> payments;
    db::ticket<payment_event> events;
    db::ticket<inventory::holding> holdings;

    std::optional<order_record> read() const;
};

core::task<std::optional<order_record>> load_order(db::scope in, core::uuid id);

struct dated_order {
    order_record order;
    core::timestamp now;  // the database's clock
};
core::task<std::optional<dated_order>> load_dated_order(db::scope in, core::uuid id);

struct locked_order {
    order_record order;
    std::vector<inventory::portion> held;   // when asked for: what it still reserves
    core::timestamp now;                    // the database's clock
    std::optional<std::string> actor_name;  // of `by`, if it is a user
};
// Stock first, when the move will settle it, then the order's head: the one order of locks. `by` is who moves
// it.
core::task<std::optional<locked_order>> lock_order(db::transaction& t, core::uuid id, bool with_stock,
                                                   work::actor by);

// The same of several, none twice. A head that somebody holds is passed over: behind the locks on stock
// nobody waits for another order's mover.
struct mover {
    core::uuid order_id;
    work::actor const* by;
};
struct sought_order {
    std::optional<locked_order> found;
    bool passed_over = false;
};
core::task<std::vector<sought_order>> lock_free_orders(db::transaction& t, std::span<mover const> all,
                                                       bool with_stock);
inline constexpr std::uint32_t statements_of_one = 8;  // of those that are asked for each of them

// ---- placing ----

struct drawn_number {
    std::int64_t number = 0;
    core::timestamp now;  // the database's clock
};
BOOST_DESCRIBE_STRUCT(drawn_number, (), (number, now))
extern db::statement<drawn_number(std::int64_t)> const draw_numbers;  // so many, rising

void insert_orders(db::transaction& t, std::span<order_record const> all);

// ---- moving on ----

struct order_step {
    core::uuid order_id;
    order_status from = order_status::pending;
    history_record step;
};
void insert_steps(db::transaction& t, std::span<order_step const> all);

struct payment_step {
    payment_state from = payment_state::requested;
    payment_event event;
};
void insert_payment_steps(db::transaction& t, std::span<payment_step const> all);

// Queues: nobody waits for their money any more. What is moved on needs no word of its own.
void stop_waiting(db::transaction& t, std::vector<core::uuid> const& orders);

// ---- lists ----

struct order_filter {
    std::optional<order_status> status;
    std::optional<core::timestamp> placed_after;
    std::optional<core::timestamp> placed_before;
    std::optional<std::string> fragment;  // of the e-mail address, or of the name that it is shipped to
    bool oldest_first = false;
};

struct order_key {
    core::timestamp placed_at;
    core::uuid id;
};

struct summary_row {
    core::uuid id;
    std::int64_t number = 0;
    order_status status = order_status::pending;
    std::int32_t seq = 0;
    core::timestamp placed_at;
    std::string email;
    core::currency currency;
    std::int64_t total = 0;
    std::int64_t quantity = 0;  // units, of all that may be seen
    bool partial = false;       // there are others
};
BOOST_DESCRIBE_STRUCT(summary_row, (),
                      (id, number, status, seq, placed_at, email, currency, total, quantity, partial))

// Of which a part lies within reach.
core::task<std::vector<summary_row>> list_orders_by(db::scope in, http::reach where, order_filter f,
                                                    std::optional<order_key> after, std::int64_t limit);
// A customer's own, newest first: also what they ordered as a guest.
core::task<std::vector<summary_row>> list_orders_of(db::scope in, core::uuid customer,
                                                    std::optional<order_key> after, std::int64_t limit);
// The order with this number, if the filter lets it through; its fragment is not looked at.
core::task<std::vector<summary_row>> find_order_by(db::scope in, http::reach where, order_filter f,
                                                   std::int64_t number);

}  // namespace orders
