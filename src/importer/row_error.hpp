// One fault of an import file and where it is: the physical line (where the record begins, or
// the field whose quotes are wrong), the column by number and name, and what is wrong in plain words.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace importer {

struct row_error {
    std::size_t line = 0;          // 1-based; 0: the file as a whole
    std::string column_name;       // as the header spells it; empty: the whole row
    std::size_t column_index = 0;  // 1-based; 0: the whole row
    std::string reason;

    auto operator<=>(row_error const&) const = default;
};

// "line 3, column 24 (Variant Price): the price is missing"
std::string describe(row_error const& error);

}  // namespace importer
