// Pure decisions about stock: what can be sold, what a change leaves behind.
#pragma once

#include "inventory/inventory.hpp"

namespace inventory {

struct stock_record {  // one row of inventory.stock
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t backorder_limit = 0;
    std::int64_t shortage = 0;
    std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(stock_record, (),
                      (variant_id, location_id, on_hand, reserved, backorder_limit, shortage, version))

inline constexpr std::int64_t on_hand_max = 1'000'000'000'000;

inline constexpr core::failure stock_too_large{"stock_too_large", core::fault::conflict,
                                               "So many units cannot be counted at one location."};

// What can be sold from the row: never below zero, never the shortage.
std::int64_t available(stock_record const& s);

// The row after `quantity` units came (or went, when negative); insufficient_stock when they are not there
// or are promised to orders, stock_too_large beyond on_hand_max.
core::result<stock_record> adjusted(stock_record s, std::int64_t quantity);

// The row after a count of `found` units, 0 to on_hand_max: what is promised beyond them and the backorder
// limit is its shortage. The same row when so many were thought to lie there.
stock_record counted_as(stock_record s, std::int64_t found);

// The row with another backorder limit; insufficient_stock when more than that is promised already.
core::result<stock_record> with_backorder_limit(stock_record s, std::int64_t limit);

}  // namespace inventory
