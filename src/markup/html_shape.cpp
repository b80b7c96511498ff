// Counts without understanding: whatever state the parser is in, a tag begins at a < before a letter
// or a slash, so counting the attributes behind every one of those misses none.
#include "markup/html_shape.hpp"

#include "markup/html.hpp"

#include <algorithm>

namespace markup {
namespace {

constexpr std::string_view blank = " \t\n\r\f";

// Tags don't overlap in HTML that means well. A < within an attribute looks like one more tag, and what
// lies behind it is read once more: this often at most.
constexpr std::size_t bytes_read_max = 4 * html_bytes_max;

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

struct tag_size {
    std::size_t attributes = 0;
    std::size_t bytes = 0;
};

// `rest` begins with the tag's name and goes on to the end of the text.
tag_size measure_tag(std::string_view rest) {
    auto const given = rest.size();
    tag_size out;
    skip_to(rest, " \t\n\r\f/>");
    for (;; ++out.attributes) {
        skip_all(rest, " \t\n\r\f/");
        if (rest.empty() || rest.front() == '>') break;
        skip_attribute(rest);
    }
    out.bytes = given - rest.size();
    return out;
}

}  // namespace

bool is_reasonable_html(std::string_view html) {
    if (html.size() > html_bytes_max) return false;
    std::size_t tags = 0;
    tag_size sum;
    for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
        if (++tags > html_tags_max) return false;
        std::string_view tag = html.substr(at + 1);
        if (tag.starts_with('/')) tag.remove_prefix(1);
        if (tag.empty() || !is_letter(tag.front())) continue;
        tag_size const one = measure_tag(tag);
        sum.attributes += one.attributes;
        sum.bytes += one.bytes;
        if (sum.attributes > html_attributes_max || sum.bytes > bytes_read_max) return false;
    }
    return true;
}

}  // namespace markup
