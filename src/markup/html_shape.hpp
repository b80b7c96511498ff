// Whether HTML may be given to the parser at all: its time grows with the square of the tags (every one
// may look through all open elements) and of the attributes (those of each formatting element are compared
// with those of every other), so both are bounded first. Private to the sanitiser.
#pragma once

#include <string_view>

namespace markup {

bool is_reasonable_html(std::string_view html);

}  // namespace markup
