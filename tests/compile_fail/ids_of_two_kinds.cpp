// expect: no known conversion from 'id<struct product_tag>' to 'id<struct order_tag>'
// or: could not convert 'id' from 'id<product_tag>' to 'id<order_tag>'
// An order's id is not a product's.
#include "core/uuid.hpp"

using order_id = core::id<struct order_tag>;
using product_id = core::id<struct product_tag>;

void cancel(order_id);
void wrong(product_id id) { cancel(id); }
