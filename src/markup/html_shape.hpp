// Whether HTML may be given to the parser at all: its time grows with the square of the tags and of
// the attributes in one tag, so both are bounded first. Private to the sanitiser.
#pragma once

#include <string_view>

namespace markup {

bool is_reasonable_html(std::string_view html);

}  // namespace markup
