// What becomes of a product and its variants when its options change.
#pragma once

#include "catalog/variant_rules.hpp"

namespace catalog {

// Every fault has its pointer below /options.
void change_options(product_detail& p, std::vector<option_change> const& in, fault_list& faults);

}  // namespace catalog
