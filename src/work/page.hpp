// Keyset pages: a cursor holds the sort key of the last row seen, so that page 10,000 costs what
// page 1 does. Opaque to clients; bound to the sort it was made for.
#pragma once

#include "core/result.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "core/values.hpp"
#include "http/endpoint.hpp"

#include <span>

namespace work {

using page_limit = core::integer<1, 100>;
// Room for the longest sort key there is: a title of 300 code points, 4 bytes each, in base64.
using page_cursor = core::text<1, 2048>;
using search_text = core::text<1, 200>;
inline constexpr std::int64_t page_limit_default = 20;

inline constexpr core::failure cursor_invalid{
    "cursor_invalid", core::fault::invalid,
    "This cursor belongs to another list or another sort order; begin without it."};

inline std::int64_t limit_or_default(std::optional<page_limit> const& l) {
    return l ? l->value : page_limit_default;
}

// "sort name" and the key's parts as text, e.g. make_cursor("-created_at", {to_string(at), to_string(id)}).
std::string make_cursor(std::string_view sort, std::span<std::string const> key);
// The parts, or cursor_invalid unless it was made for `sort` with `parts` parts.
core::result<std::vector<std::string>> read_cursor(std::string_view cursor, std::string_view sort,
                                                   std::size_t parts);

// Lists that begin with the newest (ids rise with time): where to go on, or beyond every id.
inline constexpr std::string_view newest_first = "-id";
core::result<core::uuid> position(std::optional<page_cursor> const& after);

// A list is fetched with one row more than asked: that row tells that there is a next page.
// Trims `rows` to `limit` and returns the cursor of the last one kept, made by `key_of(row)`.
template <class Rows, class KeyOf>
std::optional<std::string> trim_page(Rows& rows, std::int64_t limit, std::string_view sort, KeyOf key_of) {
    if (std::ssize(rows) <= limit) return std::nullopt;
    rows.resize(static_cast<std::size_t>(limit));
    std::vector<std::string> const key = key_of(rows.back());
    return make_cursor(sort, key);
}

}  // namespace work
