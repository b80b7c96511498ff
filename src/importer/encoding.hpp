// Whether a file's bytes are UTF-8 text at all, and if not, what they seem to be: said before any
// parsing, so that a wrong export shows as one clear sentence and not as a thousand bad rows.
#pragma once

#include "importer/row_error.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace importer {

inline constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

struct encoding_faults {
    std::vector<row_error> listed;  // by line
    std::size_t total = 0;
};

// The first bad byte of each line; none when the bytes are text in UTF-8 (with or without a byte order mark)
// without NUL.
encoding_faults find_encoding_faults(std::string_view bytes, std::size_t listed_max);

}  // namespace importer
