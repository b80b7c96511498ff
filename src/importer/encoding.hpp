// Whether a file's bytes are UTF-8 text at all, and if not, what they seem to be: said before any
// parsing, so that a wrong export shows as one clear sentence and not as a thousand bad rows.
#pragma once

#include "importer/row_error.hpp"

#include <optional>
#include <string_view>

namespace importer {

inline constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

// Nothing when the bytes are text in UTF-8 (with or without a byte order mark) without NUL.
std::optional<row_error> find_encoding_fault(std::string_view bytes);

}  // namespace importer
