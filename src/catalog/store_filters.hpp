// Conditions that the shop's and staff's lists share, as pieces of SQL. Each list picks the pieces it
// needs while compiling: a filter that is not asked for is not in the statement, so that the planner
// never has to guess whether `$3 is null`.
#pragma once

#include <array>
#include <string_view>

namespace catalog::store::sql {

inline constexpr std::string_view nothing = "";
inline constexpr std::string_view closing = ")";

// $2 and $3 are the category's id and handle, of which one is null.
inline constexpr std::string_view in_category = R"sql(
           and p.id in (select pc.product_id
                          from catalog.product_categories pc
                         where pc.category_id in (
                            with recursive below (id) as (
                                select c.id from catalog.categories c where c.id = $2 or c.handle = $3
                                union all
                                select c.id from catalog.categories c join below b on c.parent_id = b.id)
                            select b.id from below b)))sql";
inline constexpr std::string_view with_tag = R"sql(
           and p.id in (select pt.product_id
                          from catalog.product_tags pt
                          join catalog.tags t on t.id = pt.tag_id
                         where t.name = $4))sql";

}  // namespace catalog::store::sql
