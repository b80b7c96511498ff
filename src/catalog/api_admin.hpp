// What staff may do with products, their variants, prices and media. Categories: api_categories.hpp.
#pragma once

#include "catalog/api_shop.hpp"
#include "catalog/catalog.hpp"
#include "work/idempotency.hpp"

namespace catalog {

inline constexpr std::size_t prices_max = 50;  // currencies of one variant
inline constexpr std::uint32_t product_body_limit = 1024 * 1024;

using product_title = core::text<1, 300>;
using description = core::multiline_text<0, 256 * 1024>;  // markup::html_bytes_max bounds its bytes
using short_name = core::text<0, 200>;
using sku_text = core::text<1, 100>;
using list_place = core::integer<0, 10'000>;  // where to move it: 0 is the first, beyond the end the last
using grams = core::integer<0, 1'000'000'000>;

struct price_view {
    core::currency currency;
    std::int64_t amount;
    http::nullable<std::int64_t> compare_at_amount;

    bool operator==(price_view const&) const = default;
};
BOOST_DESCRIBE_STRUCT(price_view, (), (currency, amount, compare_at_amount))

struct variant_detail {
    core::uuid id;
    http::nullable<std::string> sku;
    http::nullable<std::string> barcode;
    std::string title;  // its option values, joined
    std::vector<chosen_option> options;
    std::vector<price_view> prices;
    std::int32_t weight_grams = 0;
    bool requires_shipping = true;
    bool taxable = true;
    http::nullable<core::uuid> media_id;
    std::int64_t available = 0;  // over all locations

    bool operator==(variant_detail const&) const = default;
};
BOOST_DESCRIBE_STRUCT(variant_detail, (),
                      (id, sku, barcode, title, options, prices, weight_grams, requires_shipping, taxable,
                       media_id, available))

struct product_detail {
    core::uuid id;
    std::int64_t version = 1;
    std::string handle;
    std::string title;
    std::string description_html;
    std::string vendor;
    std::string product_type;
    bool published = false;
    bool archived = false;
    http::nullable<core::timestamp> published_at;
    http::nullable<core::timestamp> archived_at;
    core::timestamp created_at;
    core::timestamp updated_at;
    std::vector<option_view> options;
    std::vector<variant_detail> variants;
    std::vector<media_view> media;
    std::vector<category_reference> categories;
    std::vector<std::string> tags;

    bool operator==(product_detail const&) const = default;
};
BOOST_DESCRIBE_STRUCT(product_detail, (),
                      (id, version, handle, title, description_html, vendor, product_type, published,
                       archived, published_at, archived_at, created_at, updated_at, options, variants, media,
                       categories, tags))

BOOST_DEFINE_ENUM_CLASS(product_state, draft, published, archived)

struct product_summary {
    core::uuid id;
    std::int64_t version;
    std::string handle;
    std::string title;
    std::string vendor;
    std::string product_type;
    product_state state;
    std::int64_t variant_count;
    http::nullable<std::string> image_url;
    http::nullable<core::timestamp> published_at;
    http::nullable<core::timestamp> archived_at;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(product_summary, (),
                      (id, version, handle, title, vendor, product_type, state, variant_count, image_url,
                       published_at, archived_at, created_at, updated_at))

using admin_sort = core::choice<"-created_at", "created_at", "-updated_at", "updated_at", "title", "-title">;

struct list_products_request {
    std::optional<product_state> state;
    std::optional<category_key> category;
    std::optional<tag_name> tag;
    std::optional<core::text<1, 200>> vendor;
    std::optional<work::search_text> q;
    std::optional<admin_sort> sort;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_products_request, (), (state, category, tag, vendor, q, sort, limit, after))

struct option_input {
    core::text<1, 100> name;
    core::list<core::text<1, 200>, option_values_max, 1> values;
};
BOOST_DESCRIBE_STRUCT(option_input, (), (name, values))

struct choice_input {
    core::text<1, 100> name;
    core::text<1, 200> value;
};
BOOST_DESCRIBE_STRUCT(choice_input, (), (name, value))

struct price_input {
    core::currency currency;
    core::minor_units amount;
    std::optional<core::minor_units> compare_at_amount;
};
BOOST_DESCRIBE_STRUCT(price_input, (), (currency, amount, compare_at_amount))

struct media_input {
    core::url url;
    std::optional<core::text<0, 500>> alt;
};
BOOST_DESCRIBE_STRUCT(media_input, (), (url, alt))

struct variant_input {
    std::optional<core::list<choice_input, options_max>> options;
    std::optional<sku_text> sku;
    std::optional<sku_text> barcode;
    std::optional<grams> weight_grams;
    std::optional<bool> requires_shipping;
    std::optional<bool> taxable;
    std::optional<core::list<price_input, prices_max>> prices;
};
BOOST_DESCRIBE_STRUCT(variant_input, (),
                      (options, sku, barcode, weight_grams, requires_shipping, taxable, prices))

struct create_product_request {
    product_title title;
    std::optional<core::handle> handle;  // left out: made from the title, with -2, -3 … when that is taken
    std::optional<description> description_html;
    std::optional<short_name> vendor;
    std::optional<short_name> product_type;
    std::optional<bool> published;
    std::optional<core::list<option_input, options_max>> options;
    std::optional<core::list<variant_input, variants_max>> variants;
    std::optional<core::list<media_input, media_max>> media;
    std::optional<core::list<core::uuid, product_categories_max>> categories;
    std::optional<core::list<tag_name, tags_max>> tags;
};
BOOST_DESCRIBE_STRUCT(create_product_request, (),
                      (title, handle, description_html, vendor, product_type, published, options, variants,
                       media, categories, tags))

struct product_by_id {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(product_by_id, (), (id))

// An option as it is to be. Its order and that of its values is the list's.
struct option_change {
    core::text<1, 100> name;
    std::optional<core::text<1, 100>> was;  // its name until now, when it gets another
    core::list<core::text<1, 200>, option_values_max, 1> values;
    std::optional<core::text<1, 200>> existing;  // of a new option: the value of the variants there are
};
BOOST_DESCRIBE_STRUCT(option_change, (), (name, was, values, existing))

struct change_product_request {
    core::uuid id;
    core::patch<product_title> title;
    core::patch<core::handle> handle;
    core::patch<description> description_html;
    core::patch<short_name> vendor;
    core::patch<short_name> product_type;
    core::patch<bool> published;
    core::patch<bool> archived;
    core::patch<core::list<option_change, options_max>> options;
    core::patch<core::list<core::uuid, product_categories_max>> categories;
    core::patch<core::list<tag_name, tags_max>> tags;
};
BOOST_DESCRIBE_STRUCT(change_product_request, (),
                      (id, title, handle, description_html, vendor, product_type, published, archived,
                       options, categories, tags))

struct add_variant_request {
    core::uuid id;
    std::optional<core::list<choice_input, options_max>> options;
    std::optional<sku_text> sku;
    std::optional<sku_text> barcode;
    std::optional<grams> weight_grams;
    std::optional<bool> requires_shipping;
    std::optional<bool> taxable;
    std::optional<core::list<price_input, prices_max>> prices;
};
BOOST_DESCRIBE_STRUCT(add_variant_request, (),
                      (id, options, sku, barcode, weight_grams, requires_shipping, taxable, prices))

struct variant_by_id {
    core::uuid id;
    core::uuid variant_id;
};
BOOST_DESCRIBE_STRUCT(variant_by_id, (), (id, variant_id))

struct change_variant_request {
    core::uuid id;
    core::uuid variant_id;
    core::patch<core::list<choice_input, options_max>> options;
    core::patch<std::optional<sku_text>> sku;
    core::patch<std::optional<sku_text>> barcode;
    core::patch<grams> weight_grams;
    core::patch<bool> requires_shipping;
    core::patch<bool> taxable;
    core::patch<std::optional<core::uuid>> media_id;
    core::patch<list_place> position;
};
BOOST_DESCRIBE_STRUCT(change_variant_request, (),
                      (id, variant_id, options, sku, barcode, weight_grams, requires_shipping, taxable,
                       media_id, position))

struct set_prices_request {
    core::uuid id;
    core::uuid variant_id;
    core::list<price_input, prices_max> prices;
};
BOOST_DESCRIBE_STRUCT(set_prices_request, (), (id, variant_id, prices))

struct add_media_request {
    core::uuid id;
    core::url url;
    std::optional<core::text<0, 500>> alt;
};
BOOST_DESCRIBE_STRUCT(add_media_request, (), (id, url, alt))

struct change_media_request {
    core::uuid id;
    core::uuid media_id;
    core::patch<core::text<0, 500>> alt;
    core::patch<list_place> position;
};
BOOST_DESCRIBE_STRUCT(change_media_request, (), (id, media_id, alt, position))

struct media_by_id {
    core::uuid id;
    core::uuid media_id;
};
BOOST_DESCRIBE_STRUCT(media_by_id, (), (id, media_id))

inline constexpr core::failure variant_not_found{"variant_not_found", core::fault::missing,
                                                 "This product has no such variant."};
inline constexpr core::failure media_not_found{"media_not_found", core::fault::missing,
                                               "This product has no such picture."};
inline constexpr core::failure variant_taken{"variant_taken", core::fault::conflict,
                                             "This product has a variant with these options already."};
inline constexpr core::failure media_taken{"media_taken", core::fault::conflict,
                                           "This product has a picture with this URL already."};
inline constexpr core::failure too_many_variants{"too_many_variants", core::fault::conflict,
                                                 "This product has as many variants as a product may have."};
inline constexpr core::failure too_many_values{"too_many_option_values", core::fault::conflict,
                                               "This option has as many values as an option may have."};
inline constexpr core::failure too_many_media{"too_many_media", core::fault::conflict,
                                              "This product has as many pictures as a product may have."};

}  // namespace catalog
