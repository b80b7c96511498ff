// Which stock rows a file changes: decided from what it says and what is there, without the database.
#pragma once

#include "catalog/catalog.hpp"
#include "importer/shopify.hpp"
#include "inventory/inventory.hpp"

#include <span>
#include <vector>

namespace intake {

struct stock_changes {
    std::vector<inventory::counted> counts;     // rows that are missing or hold another number
    std::vector<inventory::backorders> limits;  // rows whose limit is another one
    std::vector<core::uuid> changed;            // variants, each once
    std::int64_t units = 0;                     // that the file counts
};

bool says_stock(importer::imported_catalogue const& file);

// `stored` are rows of these variants; those at other locations are passed over. `products` are the file's,
// in its order.
stock_changes decide_stock(importer::imported_catalogue const& file,
                           std::span<catalog::imported_product const> products,
                           std::span<inventory::stock_row const> stored, core::uuid location);

}  // namespace intake
