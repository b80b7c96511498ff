// What the handlers of stock share: keys of pages, names of rows, and how a change is told.
#pragma once

#include "inventory/store.hpp"

#include "http/call.hpp"
#include "work/order_numbers.hpp"

#include <map>

namespace inventory {

inline constexpr std::string_view by_place = "variant,location";

// The ids that a cursor was made of, or cursor_invalid.
core::result<std::vector<core::uuid>> read_ids(std::string_view cursor, std::string_view sort,
                                               std::size_t parts);
// Of a list by variant and location: where it goes on.
core::result<stock_key> read_place(std::optional<work::page_cursor> const& after);
std::vector<std::string> place_text_of(stock_record const& s);

// Of a list by time, newest first.
inline constexpr std::string_view by_time = "-at";
core::result<moment> read_moment(std::optional<work::page_cursor> const& after);
std::vector<std::string> moment_text_of(core::timestamp at, core::uuid id);

using numbers_by_order = std::map<core::uuid, std::int64_t>;
numbers_by_order numbers_of(std::vector<work::numbered_order> const& all);
std::vector<core::uuid> distinct(std::vector<core::uuid> ids);

// Queues the audit entry and the event.
void note_change(db::transaction& t, http::call const& c, stock_record const& before,
                 stock_record const& after);

// Of what a change of a stock row refused with: names each of the two ids that is unknown. The foreign keys
// know variants, which are not this domain's to read, and name one fault; the variant's is asked first.
core::task<core::problem> name_both(http::call& c, core::problem refused, http::reach where, stock_key at);

}  // namespace inventory
