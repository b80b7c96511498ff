// The columns of Shopify's product CSV that mean something here, under their old and new names, and
// where a given file has them.
#pragma once

#include "importer/row_error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace importer {

enum class column : std::uint8_t {
    handle,
    title,
    body,
    vendor,
    category,
    type,
    tags,
    published,
    status,
    option1_name,
    option2_name,
    option3_name,
    seo_title,
    seo_description,
    gift_card,
    // Up to here they belong to the product and stand on its first row; from here on to the row.
    option1_value,
    option2_value,
    option3_value,
    sku,
    barcode,
    grams,
    tracker,
    quantity,
    policy,
    price,
    compare_at_price,
    requires_shipping,
    taxable,
    variant_image,
    image,
    image_position,
    image_alt,
};
inline constexpr std::size_t product_column_count = static_cast<std::size_t>(column::option1_value);
inline constexpr std::size_t column_count = static_cast<std::size_t>(column::image_alt) + 1;

// A column that nothing is read from: Google's, tax codes, metafields and the like.
struct ignored_column {
    std::string name;
    std::size_t index = 0;   // 1-based
    std::size_t values = 0;  // cells that hold something
};

class column_map {
public:
    // What is wrong with the header; nothing when it is Shopify's. The map is then complete.
    std::vector<row_error> read(std::vector<std::string> const& header, std::size_t line);

    bool given(column c) const { return index(c) != 0; }
    std::size_t index(column c) const { return index_[static_cast<std::size_t>(c)]; }  // 1-based, 0: absent
    std::string_view name(column c) const;  // as the file spells it, or the usual name when absent

    void count_ignored(std::vector<std::string> const& fields);
    std::vector<ignored_column> const& ignored() const { return ignored_; }

private:
    std::array<std::size_t, column_count> index_{};
    std::array<std::string, column_count> name_{};
    std::vector<ignored_column> ignored_;
};

// One record with its columns by meaning. Lives as long as the record does.
struct row {
    std::size_t line;
    std::vector<std::string> const& fields;
    column_map const& columns;

    std::string_view raw(column c) const;   // empty when the file has no such column
    std::string_view text(column c) const;  // without white space around
    row_error fault(column c, std::string reason) const;
};

}  // namespace importer
