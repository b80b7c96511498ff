// Counting only: nothing here decides anything.
#include "importer/plan.hpp"

#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

namespace importer {
namespace {

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
}

}  // namespace

import_plan plan_import(imported_catalogue const& catalogue) {
    import_plan plan{.products = catalogue.products.size()};
    std::unordered_set<std::string_view> categories;
    std::unordered_set<std::string_view> tags;
    for (auto const& product : catalogue.products) {
        if (product.on_sale()) ++plan.on_sale;
        plan.variants += product.variants.size();
        plan.media += product.media.size();
        if (!product.product_type.empty()) categories.insert(product.product_type);
        tags.insert(product.tags.begin(), product.tags.end());
        for (auto const& variant : product.variants) {
            if (variant.quantity.value_or(0) > 0) ++plan.in_stock_variants;
            plan.units += variant.quantity.value_or(0);
        }
    }
    plan.categories = categories.size();
    plan.tags = tags.size();
    return plan;
}

std::string describe(import_plan const& p) {
    return fmt::format("{} ({} on sale), {} ({} in stock, {} unit{}), {}, {}, {}",
                       counted(p.products, "product", "products"), p.on_sale,
                       counted(p.variants, "variant", "variants"), p.in_stock_variants, p.units,
                       p.units == 1 ? "" : "s", counted(p.media, "image", "images"),
                       counted(p.categories, "category", "categories"), counted(p.tags, "tag", "tags"));
}

}  // namespace importer
