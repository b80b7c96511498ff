// The catalogue's decisions: what a product is after a change, or every reason why not. No SQL, no clock.
#pragma once

#include "catalog/api_admin.hpp"

namespace catalog {

using categories_found = std::vector<category_reference>;  // those of the request that exist

// "Blue / XL"; a product without options has one variant, "Default".
std::string title_of(std::span<chosen_option const> choices);
std::int64_t shown_available(std::int64_t available);
// A handle that reads as an id could not be told from one in a path.
bool usable_handle(std::string_view handle);

core::result<product_detail> make_product(create_product_request const& in, categories_found const& found);

// Each takes the product as it is and gives the product as it will be; the title and the order of what
// follows are made here, versions and times by the database.
core::result<product_detail> changed_by(product_detail p, change_product_request const& in,
                                        categories_found const& found);
core::result<product_detail> with_variant(product_detail p, add_variant_request const& in);
core::result<product_detail> with_changed_variant(product_detail p, change_variant_request const& in);
core::result<product_detail> without_variant(product_detail p, core::uuid variant_id);
core::result<product_detail> with_prices(product_detail p, set_prices_request const& in);
core::result<product_detail> with_media(product_detail p, add_media_request const& in);
core::result<product_detail> with_changed_media(product_detail p, change_media_request const& in);
core::result<product_detail> without_media(product_detail p, core::uuid media_id);

// Every draft of an import. `existing` is null for a handle that is new; `archived` are the variants of
// the product that are no longer sold: one of the same title is brought back.
struct archived_variant {
    core::uuid id;
    core::uuid product_id;
    std::string title;
};
BOOST_DESCRIBE_STRUCT(archived_variant, (), (id, product_id, title))

product_detail imported(product_detail const* existing, std::span<archived_variant const> archived,
                        product_draft const& draft, categories_found const& categories);
// The handle under which the category at the end of these names is kept.
std::string category_handle(std::span<std::string const> names);

}  // namespace catalog
