// Rows in which less lies than is promised and may be owed, and the orders that this touches: what lies there
// goes to the oldest (docs/adr/0027), so a row's shortage is its newest reservations'.
#pragma once

#include "inventory/store.hpp"

namespace inventory {

work::statement_list shortage_statements();

// Rows with a shortage, by variant and location, beyond `after`.
core::task<std::vector<stock_record>> load_short_rows(db::scope in, http::reach where,
                                                      std::optional<core::uuid> variant,
                                                      std::optional<core::uuid> location, stock_key after,
                                                      std::int64_t limit);

struct short_reservation {
    core::uuid variant_id;
    core::uuid location_id;
    core::uuid order_id;
    core::uuid order_line_id;
    std::int64_t quantity = 0;
    std::int64_t missing = 0;   // of them, once older orders have what lies there
    std::int64_t shortage = 0;  // of the missing, beyond what may be owed
};
BOOST_DESCRIBE_STRUCT(short_reservation, (),
                      (variant_id, location_id, order_id, order_line_id, quantity, missing, shortage))

// Queues: of each of the rows, the reservations that make up its shortage, newest first, at most `most`.
db::ticket<short_reservation> queue_short(db::batch& in, std::vector<stock_record> const& rows,
                                          std::int64_t most);
db::ticket<short_reservation> queue_short(db::transaction& in, std::vector<stock_record> const& rows,
                                          std::int64_t most);

// Queues the change of a locked row to what was counted, which is not what stood there, with the ledger's
// entry.
void write_count(db::transaction& t, stock_record const& before, stock_record const& after, std::string note,
                 work::actor const& by);

}  // namespace inventory
