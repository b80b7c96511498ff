#include "catalog/list_cursor.hpp"

namespace catalog {

std::vector<std::string> list_key(std::string_view sort, core::timestamp at, std::string_view title,
                                  core::uuid id) {
    return {sort.ends_with("title") ? std::string(title) : core::to_string(at), core::to_string(id)};
}

core::result<std::optional<store::list_position>> list_position_of(
    std::optional<work::page_cursor> const& after, std::string_view sort) {
    using position = std::optional<store::list_position>;
    if (!after) return position{};
    auto key = work::read_cursor(after->value, sort, 2);
    if (!key) return key.error();
    store::list_position out;
    auto const id = core::parse_uuid(key->at(1));
    if (sort.ends_with("title"))
        out.title = std::move(key->at(0));
    else
        out.at = core::parse_timestamp(key->at(0));
    bool const has_nul = out.title && out.title->find('\0') != std::string::npos;
    if (!id || has_nul || (!out.title && !out.at))
        return core::problem{work::cursor_invalid,
                             {{"/after", "cursor_invalid", "is not a cursor of this list and sort"}}};
    out.id = *id;
    return position{std::move(out)};
}

}  // namespace catalog
