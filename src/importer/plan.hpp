// What an import would bring in, counted: what a dry run prints and what is compared with the file.
#pragma once

#include "importer/shopify.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace importer {

struct import_plan {
    std::size_t products = 0;
    std::size_t on_sale = 0;  // published and active
    std::size_t variants = 0;
    std::size_t in_stock_variants = 0;  // with at least one unit
    std::int64_t units = 0;
    std::size_t media = 0;
    std::size_t categories = 0;  // different product types
    std::size_t tags = 0;        // different tags

    bool operator==(import_plan const&) const = default;
};

import_plan plan_import(imported_catalogue const& catalogue);

// "20 products (20 on sale), 22 variants (22 in stock, 22 units), 20 images, 0 categories, 2 tags"
std::string describe(import_plan const& plan);

}  // namespace importer
