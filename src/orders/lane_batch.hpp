// What becomes of one batch of the order lane: planned, locked, written, committed; halved when it fails.
#pragma once

#include "orders/lane_queue.hpp"

namespace orders {

enum class manner : std::uint8_t {
    together,  // carts that somebody holds are passed over, stock is waited for
    careful,   // stock that somebody holds is passed over, too
    alone,     // one order that waits for what it needs: it locks its cart before it reads it
};

enum class after : std::uint8_t { go_on, be_careful };  // be_careful: a lock was waited for in vain

// Answers all of them, or sets those aside that have to be placed alone, or puts them back (be_careful).
// Never throws.
core::task<after> settle(db::database& d, lane_queue& q, std::vector<entry_ptr> all, manner how);

}  // namespace orders
