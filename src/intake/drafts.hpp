// What another shop's export says, in the catalogue's words. Pure: no database, no clock.
#pragma once

#include "catalog/catalog.hpp"
#include "importer/shopify.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace intake {

// Shopify's "continue selling when out of stock" knows no bound; ours is one that no shop should reach.
inline constexpr std::int64_t backorders_when_continued = 10'000;

// In the order of the file, one for each product.
std::vector<catalog::product_draft> drafts_of(importer::imported_catalogue const& file,
                                              core::currency currency);

// What of the drafts the catalogue would refuse, by the file's own lines and columns.
importer::import_faults faults_of(importer::imported_catalogue const& file,
                                  std::vector<catalog::product_draft> const& drafts);

// Where in the file a pointer into a draft ("/variants/3/sku") has come from, with the reason given.
importer::row_error locate(importer::imported_product const& product, std::string_view pointer,
                           std::string reason);

}  // namespace intake
