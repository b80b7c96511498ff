// At which locations an order lies, and so what of it somebody sees and moves who may do so at some locations
// alone.
#pragma once

#include "http/reach.hpp"
#include "orders/orders.hpp"
#include "work/statements.hpp"

namespace orders {

inline constexpr core::failure order_lies_elsewhere_too{
    "order_lies_elsewhere_too", core::fault::forbidden,
    "Parts of this order lie at locations where you may not do this; it takes somebody who may at all of "
    "them."};

// Queues the rows that lists by location are read along, of all these orders at once; `what` is aligned with
// them.
void insert_places(db::transaction& t, std::span<order_record const> all,
                   std::span<inventory::allocation const> what);

// Whether any, or every, part of the order lies within reach.
bool touches(http::reach const& where, order_record const& o);
bool covers(http::reach const& where, order_record const& o);

// Whether the line is shown: some of its units lie within reach.
bool touches(http::reach const& where, order_record const& o, line_record const& line);

work::statement_list place_statements();

}  // namespace orders
