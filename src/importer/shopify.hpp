// Reads a Shopify product CSV into plain products: the whole file or the list of all its faults. No
// database, no network; what to do with the products is decided elsewhere.
#pragma once

#include "core/money.hpp"
#include "importer/columns.hpp"
#include "importer/csv.hpp"
#include "importer/row_error.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace importer {

inline constexpr std::size_t options_max = 3;
inline constexpr std::size_t variants_max = 2048;  // of one product, Shopify's own limit
inline constexpr std::size_t media_max = 250;      // of one product, likewise

enum class product_status : std::uint8_t { active, draft, archived };

struct imported_option {
    std::string name;
    std::vector<std::string> values;  // in the order of their first appearance

    bool operator==(imported_option const&) const = default;
};

struct imported_variant {
    std::vector<std::string> option_values;  // one for each option of the product
    std::optional<std::string> sku;          // unique within the file
    std::optional<std::string> barcode;
    std::int64_t grams = 0;
    std::int64_t price_minor = 0;
    std::optional<std::int64_t> compare_at_minor;
    bool tracked = false;                  // the export names who counts its stock
    std::optional<std::int64_t> quantity;  // nothing: the file doesn't say, so stock stays as it is
    bool backorders = false;               // sells on when there is none ("continue")
    bool requires_shipping = true;
    bool taxable = true;
    std::string image_url;  // empty, or one of the product's media
    std::size_t line = 0;

    bool operator==(imported_variant const&) const = default;
};

struct imported_media {
    std::string url;  // unique within the product
    std::string alt;
    std::size_t position = 0;  // from 1, without gaps

    bool operator==(imported_media const&) const = default;
};

struct imported_product {
    std::string handle;  // unique within the file
    std::string title;
    std::string description_html;  // sanitised
    std::string vendor;
    std::string product_type;      // becomes a root category of that name unless empty
    std::string product_category;  // Shopify's own taxonomy, as written
    std::vector<std::string> tags;
    bool published = true;
    product_status status = product_status::active;
    std::string seo_title;
    std::string seo_description;
    std::vector<imported_option> options;    // none: the one variant has no choices
    std::vector<imported_variant> variants;  // at least one
    std::vector<imported_media> media;       // by position
    std::size_t line = 0;

    bool on_sale() const { return published && status == product_status::active; }
    bool operator==(imported_product const&) const = default;
};

struct imported_catalogue {
    std::vector<imported_product> products;  // in the order of their first row
    std::bitset<column_count> columns;       // which the file has: an absent one changes nothing on update
    std::vector<ignored_column> ignored_columns;
    std::vector<row_error> warnings;  // imported, but not quite as written
    std::size_t rows = 0;             // records with anything in them, the header not counted

    bool given(column c) const { return columns.test(static_cast<std::size_t>(c)); }
};

struct import_faults {
    std::vector<row_error> listed;  // by line and column; the first of them when there are too many
    std::size_t total = 0;
};

struct shopify_options {
    core::currency currency;
    csv_limits limits = {};
    std::size_t faults_max = 1'000'000;  // listed; all are counted. So many no repair by hand goes through
};

// `bytes` need not outlive the call.
std::variant<imported_catalogue, import_faults> read_shopify(std::string_view bytes, shopify_options options);

}  // namespace importer
