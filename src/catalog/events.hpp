// What the catalogue announces through the outbox.
#pragma once

#include <string_view>

namespace catalog {

// The resource is the product's id. Anything shoppers or staff see of it may have changed.
inline constexpr std::string_view product_changed = "product.changed";
// The resource is the category's id: created, changed or deleted.
inline constexpr std::string_view category_changed = "category.changed";

}  // namespace catalog
