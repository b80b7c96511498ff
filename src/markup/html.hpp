// Makes a product description safe to show: HTML in, HTML of a short list of elements out, balanced
// and escaped. Nothing that runs, loads from elsewhere than http(s), or styles the page survives.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace markup {

inline constexpr std::size_t html_bytes_max = 256UL << 10;
inline constexpr std::size_t html_tags_max = 2'000;        // marks that may open a tag, start or end
inline constexpr std::size_t html_attributes_max = 3'000;  // in all tags together
inline constexpr std::size_t html_depth_max = 64;  // elements within elements; deeper ones lose their tags

// Nothing when the text is longer, or has more tags or attributes than the limits above, or is
// tangled so that parsing it would take unreasonable memory or confuse the parser. The limits keep the
// dearest text within them below some 50 ms, because callers are event loops. Otherwise the result is a fixed
// point: sanitise_html of it is itself. It is UTF-8 without control characters other than line break and tab.
// Plain text comes back as text, with & < > escaped.
std::optional<std::string> sanitise_html(std::string_view html);

}  // namespace markup
