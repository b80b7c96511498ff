// Gathers the rows of one product: the first has what belongs to the product, every row may add a
// variant, an image, or both.
#pragma once

#include "importer/cells.hpp"
#include "importer/shopify.hpp"

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

namespace importer {

// What the rows of all products of a file share.
struct file_state {
    core::currency currency;
    fault_list faults;
    fault_list warnings;
    std::unordered_map<std::string, std::size_t> sku_lines;
};

class product_rows {
public:
    product_rows(row const& first, file_state& file);

    void add(row const& r, file_state& file);
    imported_product finish() &&;

private:
    struct pending_media {
        imported_media media;
        std::size_t order;
    };

    void read_product(row const& r, file_state& file);
    void read_status(row const& r, file_state& file);
    void read_option_names(row const& r, file_state& file);
    void compare_product(row const& r, file_state& file) const;
    void add_variant(row const& r, file_state& file);
    void read_option_values(row const& r, file_state& file, imported_variant& variant);
    void claim_combination(row const& r, file_state& file, imported_variant const& variant);
    void claim_sku(row const& r, file_state& file, std::string const& sku) const;
    void add_image(row const& r, column c, file_state& file);
    void drop_default_option();
    void collect_option_values();

    imported_product product_;
    std::array<std::size_t, product_column_count> first_row_{};  // hashes of its product columns
    std::array<std::string, options_max> option_names_;
    std::unordered_map<std::string, std::size_t> combination_lines_;
    std::vector<pending_media> media_;
    std::unordered_map<std::string, std::size_t> media_at_;
};

}  // namespace importer
