// Text whose length limits live in its type, counted in Unicode code points as JSON Schema does.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// The number of code points, or nothing when the bytes are not UTF-8 (RFC 3629: no surrogates, no
// overlong forms, nothing above U+10FFFF).
std::optional<std::size_t> count_code_points(std::string_view bytes);

// NUL cannot be stored by PostgreSQL; other control characters (C0, DEL, C1) have no business in a name.
// In text of several lines, tab, line feed and carriage return are welcome.
bool has_control_characters(std::string_view utf8, bool multiline = false);

std::string ascii_lower(std::string_view s);
std::string_view trimmed(std::string_view s);  // ASCII white space off both ends

// "Ocean Blue Shirt" -> "ocean-blue-shirt"; what is not a letter or digit becomes one hyphen. Latin
// letters lose their accents ("Crème brûlée" -> "creme-brulee"), letters of other scripts are dropped, so
// that the slug is a handle, or empty when nothing of the title can stand in one.
std::string slug(std::string_view title);

// "Café-Set, 2×" -> "cafe set 2": the words of a text with one blank between them, as they are stored for
// searching and looked for. Only letters and digits are left, in lower case; Latin, Greek and Cyrillic ones
// without their accents ("Müller" and "muller", "Straße" and "strasse" are one); other scripts stay as they
// are.
std::string search_words(std::string_view text);

// `Min` to `Max` code points on one line (no control characters).
template <std::size_t Min, std::size_t Max>
struct text {
    static_assert(Min <= Max, "a text: its least length is at most its greatest");
    static constexpr std::size_t length_min = Min;
    static constexpr std::size_t length_max = Max;
    static constexpr bool multiline = false;
    std::string value;

    auto operator<=>(text const&) const = default;
};

// The same, with line breaks and tabs allowed.
template <std::size_t Min, std::size_t Max>
struct multiline_text {
    static_assert(Min <= Max, "a text: its least length is at most its greatest");
    static constexpr std::size_t length_min = Min;
    static constexpr std::size_t length_max = Max;
    static constexpr bool multiline = true;
    std::string value;

    auto operator<=>(multiline_text const&) const = default;
};

struct email {  // 3 to 254 characters, one @, a plausible domain; stored as given, compared in lower case
    std::string value;
    auto operator<=>(email const&) const = default;
};
bool is_email(std::string_view s);

struct handle {  // 1 to 200 of a-z, 0-9 and single hyphens between them: what stands in a URL
    std::string value;
    auto operator<=>(handle const&) const = default;
};
bool is_handle(std::string_view s);

struct url {  // http or https, absolute, at most 2048 bytes
    std::string value;
    auto operator<=>(url const&) const = default;
};
bool is_http_url(std::string_view s);

struct country {  // ISO 3166-1 alpha-2, assigned codes only
    std::string value;
    auto operator<=>(country const&) const = default;
};
bool is_country(std::string_view s);

}  // namespace core
