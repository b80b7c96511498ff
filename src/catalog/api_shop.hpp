// What a shopper may ask of the catalogue: published products and the tree of categories.
#pragma once

#include "core/money.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "core/values.hpp"
#include "work/page.hpp"

namespace catalog {

// A shopper is told how many there are up to this number; more is nobody's business but the shop's.
inline constexpr std::int64_t available_shown_max = 10;

using category_key = core::text<1, 200>;  // an id or a handle
using tag_name = core::text<1, 100>;

struct option_view {
    std::string name;
    std::vector<std::string> values;

    bool operator==(option_view const&) const = default;
};
BOOST_DESCRIBE_STRUCT(option_view, (), (name, values))

struct chosen_option {
    std::string name;
    std::string value;

    bool operator==(chosen_option const&) const = default;
};
BOOST_DESCRIBE_STRUCT(chosen_option, (), (name, value))

struct media_view {
    core::uuid id;
    std::string url;
    std::string alt;

    bool operator==(media_view const&) const = default;
};
BOOST_DESCRIBE_STRUCT(media_view, (), (id, url, alt))

struct category_reference {
    core::uuid id;
    std::string handle;
    std::string name;

    bool operator==(category_reference const&) const = default;
};
BOOST_DESCRIBE_STRUCT(category_reference, (), (id, handle, name))

struct variant_view {
    core::uuid id;
    http::nullable<std::string> sku;
    std::string title;
    std::vector<chosen_option> options;
    http::nullable<core::money> price;  // null: not sold in this currency
    http::nullable<core::money> compare_at_price;
    std::int64_t available;  // at most available_shown_max
    http::nullable<core::uuid> media_id;
};
BOOST_DESCRIBE_STRUCT(variant_view, (),
                      (id, sku, title, options, price, compare_at_price, available, media_id))

struct product_view {
    core::uuid id;
    std::string handle;
    std::string title;
    std::string description_html;
    std::string vendor;
    std::string product_type;
    core::timestamp published_at;
    std::vector<option_view> options;
    std::vector<variant_view> variants;
    std::vector<media_view> media;
    std::vector<category_reference> categories;
    std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(product_view, (),
                      (id, handle, title, description_html, vendor, product_type, published_at, options,
                       variants, media, categories, tags))

// A product in a list: all of it but the description, which its page has.
struct product_card {
    core::uuid id;
    std::string handle;
    std::string title;
    std::string vendor;
    std::string product_type;
    core::timestamp published_at;
    std::vector<option_view> options;
    std::vector<variant_view> variants;
    std::vector<media_view> media;
    std::vector<category_reference> categories;
    std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(product_card, (),
                      (id, handle, title, vendor, product_type, published_at, options, variants, media,
                       categories, tags))

using shop_sort = core::choice<"-published_at", "title", "-title">;

struct browse_products_request {
    std::optional<category_key> category;
    std::optional<tag_name> tag;
    std::optional<work::search_text> q;
    std::optional<shop_sort> sort;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
    std::optional<core::currency> currency;
};
BOOST_DESCRIBE_STRUCT(browse_products_request, (), (category, tag, q, sort, limit, after, currency))

struct view_product_request {
    core::text<1, 200> id;
    std::optional<core::currency> currency;
};
BOOST_DESCRIBE_STRUCT(view_product_request, (), (id, currency))

struct shop_category {
    core::uuid id;
    http::nullable<core::uuid> parent_id;  // null: a root
    std::string handle;
    std::string name;
    std::int32_t depth;  // 0 at the roots
};
BOOST_DESCRIBE_STRUCT(shop_category, (), (id, parent_id, handle, name, depth))

inline constexpr core::failure product_not_found{"product_not_found", core::fault::missing,
                                                 "There is no such product."};

inline constexpr http::endpoint<browse_products_request, http::page<product_card>> browse_products{{
    .verb = http::method::get,
    .path = "/v1/shop/products",
    .id = "browseProducts",
    .allow = http::access::everyone(),
    .summary = "The products on sale",
    .description =
        "`category` is an id or a handle and includes what lies below it; `tag` is a tag's exact name; "
        "`q` finds what begins with its words in titles, vendors, types, tags, options, SKUs, barcodes and "
        "descriptions, whatever their accents and capitals, and takes \"quoted phrases\", `or` and `-not`. "
        "Prices are those of `currency`, the shop's own when left out. Newest first, unless `sort` says "
        "otherwise. A product's description is on its page alone.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<view_product_request, product_view> view_product{{
    .verb = http::method::get,
    .path = "/v1/shop/products/{id}",
    .id = "viewProduct",
    .allow = http::access::everyone(),
    .summary = "One product on sale, by its id or handle",
    .description =
        "A variant's `price` is null when it isn't sold in the currency asked for. `available` is how many "
        "can be bought now, told up to 10.",
    .statements = 1,
    .fails_with = {&product_not_found},
}};

// A tree is of use as a whole (docs/adr/0029): without a limit all of it comes.
struct list_categories_request {
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_categories_request, (), (limit, after))

inline constexpr http::endpoint<list_categories_request, http::page<shop_category>> browse_categories{{
    .verb = http::method::get,
    .path = "/v1/shop/categories",
    .id = "browseCategories",
    .allow = http::access::everyone(),
    .summary = "The tree of categories",
    .description =
        "Every category comes after its parent and before its parent's next sibling. All of them on one "
        "page, unless `limit` asks for fewer.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

}  // namespace catalog
