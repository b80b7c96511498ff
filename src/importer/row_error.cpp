// How a fault reads in a terminal and in a log.
#include "importer/row_error.hpp"

#include <fmt/format.h>

namespace importer {

std::string describe(row_error const& error) {
    if (error.line == 0) return error.reason;
    if (error.column_index == 0)
        return error.column_name.empty()
                   ? fmt::format("line {}: {}", error.line, error.reason)
                   : fmt::format("line {} ({}): {}", error.line, error.column_name, error.reason);
    if (error.column_name.empty())
        return fmt::format("line {}, column {}: {}", error.line, error.column_index, error.reason);
    return fmt::format("line {}, column {} ({}): {}", error.line, error.column_index, error.column_name,
                       error.reason);
}

}  // namespace importer
