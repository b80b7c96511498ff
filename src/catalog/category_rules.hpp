// Decisions about the tree of categories, over all of it. Pure.
#pragma once

#include "catalog/store.hpp"

namespace catalog {

using category_tree = std::vector<store::category_row>;  // depth first

// The rows behind the cursor, as many as asked for, and the cursor for what follows. The cursor of a category
// that is no longer there leads nowhere: cursor_invalid.
struct category_page {
    std::span<store::category_row const> rows;
    std::optional<std::string> next;
};
core::result<category_page> page_of(category_tree const& tree, list_categories_request const& in);

store::category_row const* find_category(category_tree const& tree, core::uuid id);
core::result<store::category_row> make_category(category_tree const& tree, create_category_request const& in);
core::result<store::category_row> changed_category(category_tree const& tree,
                                                   store::category_row const& before,
                                                   change_category_request const& in);

}  // namespace catalog
