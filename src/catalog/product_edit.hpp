// The one way in which staff change a product: lock, load, compare versions, decide, write what differs
// with its audit entry and its event. Two round trips.
#pragma once

#include "catalog/store.hpp"
#include "http/call.hpp"

#include <functional>

namespace catalog {

struct product_edit {
    core::uuid id;                       // ignored by creation
    std::vector<core::uuid> categories;  // that the decision wants to know
    // Pure. `before` is null when a product is made.
    std::function<core::result<product_detail>(product_detail const* before, categories_found const& found)>
        decide;
    bool creates = false;
    bool names_itself = false;               // a product is made without a handle: one that is free is found
    bool keyed = false;                      // a POST: an Idempotency-Key is honoured
    std::string_view resource = "products";  // in the audit entry
};

core::task<core::result<product_detail>> perform(http::call& c, product_edit edit);

// Queues the audit entry and the event of a change that is queued, too. `before` is null for a new product.
void record_change(db::transaction& t, work::actor const& by, std::string_view resource,
                   product_detail const* before, product_detail const& after);

}  // namespace catalog
