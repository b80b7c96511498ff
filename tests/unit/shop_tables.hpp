// The tables of stock and orders as values, with what their statements do and their constraints refuse: for
// tests that drive the pure rules through thousands of histories. A model: simple, and not fast.
#pragma once

#include "inventory/rules.hpp"
#include "orders/placing.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

struct constraint_broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class holds { open, released, shipped };

struct reservation {
    core::uuid order, line, variant, location;
    std::int64_t quantity;
    holds state;
    std::int64_t seq;
};

struct movement {
    core::uuid variant, location;
    std::string kind;
    std::int64_t on_hand, reserved;
    std::optional<core::uuid> line;
};

using place = std::pair<core::uuid, core::uuid>;  // variant, location

class shop_tables {
public:
    std::map<place, inventory::stock_record> stock;
    std::map<core::uuid, std::int32_t> priorities;  // of the locations
    std::vector<reservation> reservations;
    std::vector<movement> movements;
    std::map<core::uuid, orders::order_record> orders;
    std::map<core::uuid, core::uuid> order_of_cart;
    std::map<std::string, core::uuid> kept;  // under which key which order was answered

    std::vector<inventory::stock_row> rows_of(std::vector<core::uuid> variants) const;
    std::int64_t available(core::uuid variant) const;

    // Statements. Each throws constraint_broken as its constraint would.
    void insert_order(orders::order_record order, inventory::allocation const& from, std::string const& key);
    void insert_step(core::uuid order, orders::history_record const& step);
    void insert_payment_event(core::uuid order, orders::payment_event const& event);
    void settle(core::uuid order, inventory::settlement how);
    void adjust(inventory::stock_record const& after);  // the row as the rules have it

    // What is wrong with them; nothing when all is well.
    std::optional<std::string> fault() const;

private:
    void note(movement m);
    void check(inventory::stock_record const& row) const;
    std::int64_t open_units(place at, std::int64_t up_to_seq) const;
    std::optional<std::string> fault_of(place const& at, inventory::stock_record const& row) const;
    std::optional<std::string> fault_of(orders::order_record const& order) const;
    std::int64_t next_seq_ = 1;
};

}  // namespace test
