// From the tables to what the domains take. Pure.
#pragma once

#include "cart/cart.hpp"
#include "catalog/catalog.hpp"
#include "sample/tables.hpp"

#include <string>
#include <vector>

namespace sample {

struct goods {  // one for each product of the tables, in their order
    std::vector<catalog::product_draft> drafts;
    std::vector<product const*> rows;
};
// Pictures are where the server at `address` ("http://127.0.0.1:8080") shows them.
goods all_goods(core::currency shop_currency, std::string_view address);

// An EAN-13 from the range that GS1 keeps for use within a shop.
std::string barcode(std::size_t number);

// The amount in another currency's minor units, at the same figure: 39.00 becomes 39. For trying things out.
std::int64_t same_figure(std::int64_t cents, core::currency to);

cart::address address_of(customer const& c);

}  // namespace sample
