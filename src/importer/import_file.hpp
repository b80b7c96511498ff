// Brings a file into memory for a reader, or says in one sentence why it cannot be.
#pragma once

#include "importer/row_error.hpp"

#include <string>
#include <variant>

namespace importer {

// A file larger than csv_limits allows is refused before it is read.
std::variant<std::string, row_error> load_file(std::string const& path);

}  // namespace importer
