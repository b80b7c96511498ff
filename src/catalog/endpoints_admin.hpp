// The endpoints of products for staff; their requests and views are in api_admin.hpp.
#pragma once

#include "catalog/api_admin.hpp"

namespace catalog {

inline constexpr http::endpoint<list_products_request, http::page<product_summary>> list_products{{
    .verb = http::method::get,
    .path = "/v1/admin/products",
    .id = "listProducts",
    .allow = http::access::permission("products"),
    .summary = "All products: drafts and archived ones too",
    .description = "`q` finds what the shop's search finds, and fragments (of three letters and more) of "
                   "titles, vendors, "
                   "types, tags, options, SKUs and barcodes. "
                   "`category` is an id or a handle and includes what lies below it.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<product_by_id, product_detail> load_product{{
    .verb = http::method::get,
    .path = "/v1/admin/products/{id}",
    .id = "loadProduct",
    .allow = http::access::permission("products").by_location(),
    .summary = "One product with its variants, all prices, media, categories and tags",
    .description = "`available` counts what lies at the locations that the caller may see.",
    .statements = 1,
    .fails_with = {&product_not_found},
}};

inline constexpr http::endpoint<create_product_request, product_detail> create_product{{
    .verb = http::method::post,
    .path = "/v1/admin/products",
    .id = "createProduct",
    .allow = http::access::permission("products"),
    .summary = "Add a product with its options, variants and prices",
    .description =
        "Without `published` it is a draft. Each variant names one value of every option; without options "
        "and variants the product has one variant. Without `handle` it gets a free one made from the title. "
        "HTML is reduced to what is safe to show.",
    .success = 201,
    .statements = 16,
    .body_limit = product_body_limit,
    .fails_with = {&handle_taken, &sku_taken, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<change_product_request, product_detail> change_product{{
    .verb = http::method::patch,
    .path = "/v1/admin/products/{id}",
    .id = "changeProduct",
    .allow = http::access::permission("products"),
    .summary = "Change a product; publish, withdraw, archive or bring it back",
    .description = "`options` replaces the options: an option that gets another name says by `was` which it "
                   "is, one that "
                   "is new where variants are says by `existing` which value they have. A value that a "
                   "variant has cannot "
                   "be left out, nor an option that tells two variants apart.",
    .match = http::precondition::required,
    .statements = 19,
    .body_limit = product_body_limit,
    .fails_with = {&product_not_found, &handle_taken},
}};

inline constexpr http::endpoint<product_by_id, core::nothing> remove_product{{
    .verb = http::method::remove,
    .path = "/v1/admin/products/{id}",
    .id = "removeProduct",
    .allow = http::access::permission("products"),
    .summary = "Archive a product",
    .description =
        "It disappears from the shop and keeps its handle, SKUs and history: orders point to it. A PATCH "
        "with `archived: false` brings it back.",
    .success = 204,
    .match = http::precondition::required,
    .statements = 5,
    .fails_with = {&product_not_found},
}};

inline constexpr http::endpoint<add_variant_request, product_detail> add_variant{{
    .verb = http::method::post,
    .path = "/v1/admin/products/{id}/variants",
    .id = "addVariant",
    .allow = http::access::permission("products"),
    .summary = "Add a variant",
    .description =
        "It names one value of every option of the product; a new value is added to the option. With "
        "If-Match the product must be at that version.",
    .success = 201,
    .match = http::precondition::honoured,
    .statements = 16,
    .fails_with = {&product_not_found, &variant_taken, &sku_taken, &too_many_variants, &too_many_values,
                   &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<change_variant_request, product_detail> change_variant{{
    .verb = http::method::patch,
    .path = "/v1/admin/products/{id}/variants/{variant_id}",
    .id = "changeVariant",
    .allow = http::access::permission("products"),
    .summary = "Change a variant",
    .description = "`position` moves it among the product's variants. If-Match takes the product's ETag.",
    .match = http::precondition::required,
    .statements = 13,
    .fails_with = {&product_not_found, &variant_not_found, &variant_taken, &sku_taken, &too_many_values},
}};

inline constexpr http::endpoint<variant_by_id, product_detail> remove_variant{{
    .verb = http::method::remove,
    .path = "/v1/admin/products/{id}/variants/{variant_id}",
    .id = "removeVariant",
    .allow = http::access::permission("products"),
    .summary = "Archive a variant",
    .description =
        "It can no longer be bought; orders that have it keep it. If-Match takes the product's ETag.",
    .match = http::precondition::required,
    .statements = 7,
    .fails_with = {&product_not_found, &variant_not_found},
}};

inline constexpr http::endpoint<set_prices_request, product_detail> set_prices{{
    .verb = http::method::put,
    .path = "/v1/admin/products/{id}/variants/{variant_id}/prices",
    .id = "setPrices",
    .allow = http::access::permission("prices"),
    .summary = "Replace a variant's prices, one for each currency",
    .description =
        "Amounts are minor units. A currency that is not in the list is no longer sold in. If-Match takes "
        "the product's ETag.",
    .match = http::precondition::required,
    .statements = 7,
    .fails_with = {&product_not_found, &variant_not_found},
}};

inline constexpr http::endpoint<add_media_request, product_detail> add_media{{
    .verb = http::method::post,
    .path = "/v1/admin/products/{id}/media",
    .id = "addMedia",
    .allow = http::access::permission("media"),
    .summary = "Add a picture by its URL, behind the others",
    .success = 201,
    .match = http::precondition::honoured,
    .statements = 12,
    .fails_with = {&product_not_found, &media_taken, &too_many_media, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<change_media_request, product_detail> change_media{{
    .verb = http::method::patch,
    .path = "/v1/admin/products/{id}/media/{media_id}",
    .id = "changeMedia",
    .allow = http::access::permission("media"),
    .summary = "Describe a picture anew, or move it among the product's pictures",
    .description = "The first picture stands for the product. If-Match takes the product's ETag.",
    .match = http::precondition::required,
    .statements = 10,
    .fails_with = {&product_not_found, &media_not_found},
}};

inline constexpr http::endpoint<media_by_id, product_detail> remove_media{{
    .verb = http::method::remove,
    .path = "/v1/admin/products/{id}/media/{media_id}",
    .id = "removeMedia",
    .allow = http::access::permission("media"),
    .summary = "Remove a picture",
    .description = "If-Match takes the product's ETag.",
    .match = http::precondition::required,
    .statements = 10,
    .fails_with = {&product_not_found, &media_not_found},
}};

}  // namespace catalog
