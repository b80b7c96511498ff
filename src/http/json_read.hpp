// Reads a request's JSON (RFC 8259): UTF-8, at most 32 levels deep, no key twice in one object, and
// no number that would be rounded on its way in.
#pragma once

#include "core/failure.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace http {

// Of a name that the caller made up, so much is said back to them.
inline constexpr std::size_t named_bytes_max = 100;

// The document, or the faults (never empty then).
struct parsed_json {
    boost::json::value value;
    std::vector<core::violation> faults;
};
parsed_json parse_json(std::string_view text);

}  // namespace http
