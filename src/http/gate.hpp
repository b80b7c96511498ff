// The strict gate, its byte-level half: what must not stand in a request's head. Beast alone lets
// some forty such things through.
#pragma once

#include "core/result.hpp"

namespace http {

bool is_token(std::string_view s);             // RFC 9110, 5.6.2
bool is_host(std::string_view s);              // uri-host [ ":" port ], RFC 9110, 7.2, without commas
bool asks_for_head(std::string_view head);     // as far as it has come, well-formed or not
bool is_origin_form(std::string_view target);  // absolute-path [ "?" query ], RFC 9112, 3.2.1

// One request line and well-formed field lines, each ended by CRLF: no bare CR or LF, no folding,
// no space before a colon, no control characters. The reason, or empty when it may pass.
std::string_view fault_in_head(std::string_view head);

}  // namespace http
