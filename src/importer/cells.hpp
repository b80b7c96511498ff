// What one cell may hold, by kind: each function reads a cell of a row into its value and reports
// what it cannot be. Limits are the catalogue's.
#pragma once

#include "core/money.hpp"
#include "importer/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace importer {

inline constexpr std::size_t title_length_max = 300;
inline constexpr std::size_t name_length_max = 200;  // vendor, type, option value
inline constexpr std::size_t option_name_length_max = 100;
inline constexpr std::size_t code_length_max = 100;  // SKU, barcode
inline constexpr std::size_t tag_length_max = 100;
inline constexpr std::size_t tags_max = 250;
inline constexpr std::size_t alt_length_max = 1000;
inline constexpr std::int64_t grams_max = 1'000'000'000;
inline constexpr std::int64_t quantity_max = 1'000'000'000;

// Keeps the first `max` and counts the rest, so that a wrong file doesn't fill memory with faults.
class fault_list {
public:
    explicit fault_list(std::size_t max) : max_(max) {}
    void add(row_error fault) {
        ++total_;
        if (listed_.size() < max_) listed_.push_back(std::move(fault));
    }
    std::vector<row_error> take();  // by line, then column
    std::size_t total() const { return total_; }

private:
    std::size_t max_;
    std::size_t total_ = 0;
    std::vector<row_error> listed_;
};

// On a fault each adds to the list and returns the empty value.
std::string read_name(row const& r, column c, std::size_t length_max, fault_list& faults);
std::optional<std::string> read_code(row const& r, column c, fault_list& faults);
std::optional<std::int64_t> read_price(row const& r, column c, core::currency currency, fault_list& faults);
std::int64_t read_grams(row const& r, fault_list& faults);
std::optional<std::int64_t> read_quantity(row const& r, fault_list& faults);
std::optional<std::size_t> read_position(row const& r, fault_list& faults);
bool read_flag(row const& r, column c, bool when_blank, fault_list& faults);
bool read_backorders(row const& r, fault_list& faults);  // whether it sells on without stock
std::string read_url(row const& r, column c, fault_list& faults);
std::vector<std::string> read_tags(row const& r, fault_list& faults);

}  // namespace importer
