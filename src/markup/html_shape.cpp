// Counts without understanding: whatever state the parser is in, a tag begins at a < before a letter
// or a slash, so counting the attributes behind every one of those misses none.
#include "markup/html_shape.hpp"

#include "markup/html.hpp"

#include <algorithm>

namespace markup {
namespace {

constexpr std::string_view blank = " \t\n\r\f";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void skip_to(std::string_view& rest, std::string_view any) {
    rest.remove_prefix(std::min(rest.find_first_of(any), rest.size()));
}

void skip_all(std::string_view& rest, std::string_view any) {
    rest.remove_prefix(std::min(rest.find_first_not_of(any), rest.size()));
}

// The states of the HTML standard's tokeniser from "before attribute name" on, once around.
void skip_attribute(std::string_view& rest) {
    rest.remove_prefix(1);  // the name's first character, an = as well
    skip_to(rest, " \t\n\r\f/>=");
    skip_all(rest, blank);
    if (!rest.starts_with('=')) return;
    rest.remove_prefix(1);
    skip_all(rest, blank);
    if (rest.starts_with('"') || rest.starts_with('\'')) {
        auto const end = rest.find(rest.front(), 1);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    } else {
        skip_to(rest, " \t\n\r\f>");
    }
}

bool has_few_attributes(std::string_view tag) {
    skip_to(tag, " \t\n\r\f/>");
    for (std::size_t count = 0; count <= html_attributes_max; ++count) {
        skip_all(tag, " \t\n\r\f/");
        if (tag.empty() || tag.front() == '>') return true;
        skip_attribute(tag);
    }
    return false;
}

}  // namespace

bool is_reasonable_html(std::string_view html) {
    if (html.size() > html_bytes_max) return false;
    std::size_t tags = 0;
    for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
        if (++tags > html_tags_max) return false;
        std::string_view tag = html.substr(at + 1);
        if (tag.starts_with('/')) tag.remove_prefix(1);
        if (!tag.empty() && is_letter(tag.front()) && !has_few_attributes(tag)) return false;
    }
    return true;
}

}  // namespace markup
