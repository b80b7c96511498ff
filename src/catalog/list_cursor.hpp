// The cursors of product lists: the sort key (a time or a title) and the id of the last row.
#pragma once

#include "catalog/store.hpp"

namespace catalog {

std::vector<std::string> list_key(std::string_view sort, core::timestamp at, std::string_view title,
                                  core::uuid id);

// Nothing for the first page; cursor_invalid for a cursor of another list or order.
core::result<std::optional<store::list_position>> list_position_of(
    std::optional<work::page_cursor> const& after, std::string_view sort);

// A filter as the store takes it.
template <class Text>
std::optional<std::string> plain(std::optional<Text> const& filter) {
    if (!filter) return std::nullopt;
    return filter->value;
}

}  // namespace catalog
