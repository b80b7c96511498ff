// Writes the allowed part of the parsed tree anew: no byte of the input reaches the output except
// as escaped text or as an attribute's value that was checked.
#include "markup/html.hpp"

#include "core/text.hpp"
#include "markup/html_shape.hpp"
#include "markup/html_tree.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace markup {
namespace {

constexpr std::size_t url_bytes_max = 2048;
constexpr int passes_max = 6;

constexpr std::array kept{
    GUMBO_TAG_P,     GUMBO_TAG_BR,  GUMBO_TAG_B,     GUMBO_TAG_STRONG,  GUMBO_TAG_I,     GUMBO_TAG_EM,
    GUMBO_TAG_U,     GUMBO_TAG_S,   GUMBO_TAG_UL,    GUMBO_TAG_OL,      GUMBO_TAG_LI,    GUMBO_TAG_H1,
    GUMBO_TAG_H2,    GUMBO_TAG_H3,  GUMBO_TAG_H4,    GUMBO_TAG_H5,      GUMBO_TAG_H6,    GUMBO_TAG_BLOCKQUOTE,
    GUMBO_TAG_A,     GUMBO_TAG_IMG, GUMBO_TAG_TABLE, GUMBO_TAG_CAPTION, GUMBO_TAG_THEAD, GUMBO_TAG_TBODY,
    GUMBO_TAG_TFOOT, GUMBO_TAG_TR,  GUMBO_TAG_TH,    GUMBO_TAG_TD,      GUMBO_TAG_SPAN,  GUMBO_TAG_DIV,
    GUMBO_TAG_HR,    GUMBO_TAG_SUB, GUMBO_TAG_SUP,   GUMBO_TAG_CODE,    GUMBO_TAG_PRE,
};

// What these hold is program, style, form or fallback, never the description's own words. All
// other elements lose their tags and keep their content.
constexpr std::array dropped_with_content{
    GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE,    GUMBO_TAG_IFRAME,  GUMBO_TAG_OBJECT,   GUMBO_TAG_EMBED,
    GUMBO_TAG_APPLET, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_NOEMBED, GUMBO_TAG_NOFRAMES, GUMBO_TAG_FRAMESET,
    GUMBO_TAG_FRAME,  GUMBO_TAG_TEMPLATE, GUMBO_TAG_SVG,     GUMBO_TAG_MATH,     GUMBO_TAG_TEXTAREA,
    GUMBO_TAG_SELECT, GUMBO_TAG_DATALIST, GUMBO_TAG_TITLE,   GUMBO_TAG_XMP,      GUMBO_TAG_PLAINTEXT,
    GUMBO_TAG_AUDIO,  GUMBO_TAG_VIDEO,    GUMBO_TAG_CANVAS,  GUMBO_TAG_BUTTON,
};

constexpr std::array without_content{GUMBO_TAG_BR, GUMBO_TAG_HR, GUMBO_TAG_IMG};

bool is_one_of(std::span<GumboTag const> tags, GumboTag tag) {
    return std::ranges::find(tags, tag) != tags.end();
}

// Control characters are dropped; U+00A0 and everything beyond ASCII stays as it is.
void append_escaped(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        auto const next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '`': out += "&#96;"; break;  // old browsers took it for a quotation mark
            default:
                if (c == '\xC2' && next < 0xA0)
                    ++i;  // U+0080 to U+009F
                else if (static_cast<unsigned char>(c) >= 0x20 ? c != 0x7F : c == '\n' || c == '\t')
                    out += c;
        }
    }
}

// In text a quotation mark means nothing, and escaping it would make descriptions hard to read.
void append_text(std::string& out, std::string_view text) {
    while (!text.empty()) {
        auto const end = std::min(text.find_first_of("\"`"), text.size());
        append_escaped(out, text.substr(0, end));
        if (end < text.size()) out += text[end];
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool starts_with_ignoring_case(std::string_view s, std::string_view lower) {
    return s.size() >= lower.size() &&
           std::ranges::equal(s.substr(0, lower.size()), lower, [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
           });
}

// The URL as a browser would read it (white space and control characters dropped or encoded), or
// empty unless it begins with one of the schemes and something follows.
std::string safe_url(std::string_view raw, std::span<std::string_view const> schemes) {
    std::string url;
    for (char const c : core::trimmed(raw)) {
        if (c == ' ')
            url += "%20";
        else if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F)
            url += c;
    }
    if (url.size() > url_bytes_max) return {};
    for (auto const scheme : schemes) {
        if (!starts_with_ignoring_case(url, scheme)) continue;
        auto const next = url.size() > scheme.size() ? url[scheme.size()] : '/';
        return next == '/' || next == '\\' || next == '?' || next == '#' || next == ':' ? std::string() : url;
    }
    return {};
}

constexpr std::array<std::string_view, 3> link_schemes{"https://", "http://", "mailto:"};
constexpr std::array<std::string_view, 2> image_schemes{"https://", "http://"};

std::string_view attribute(GumboElement const& element, char const* name) {
    auto const* const found = gumbo_get_attribute(&element.attributes, name);
    return found == nullptr ? std::string_view() : std::string_view(found->value);
}

bool is_small_number(std::string_view s) {
    return !s.empty() && s.size() <= 4 && std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    out += ' ';
    out += name;
    out += "=\"";
    append_escaped(out, value);
    out += '"';
}

void append_numbers(std::string& out, GumboElement const& element, std::span<char const* const> names) {
    for (char const* const name : names)
        if (auto const value = attribute(element, name); is_small_number(value))
            append_attribute(out, name, value);
}

// False when the element is worth nothing without an attribute that is missing or not allowed.
bool append_start_tag(std::string& out, GumboElement const& element) {
    static constexpr std::array sizes{"width", "height"};
    static constexpr std::array spans{"colspan", "rowspan"};
    std::string attributes;
    if (element.tag == GUMBO_TAG_A) {
        auto const url = safe_url(attribute(element, "href"), link_schemes);
        if (url.empty()) return false;
        append_attribute(attributes, "href", url);
        append_attribute(attributes, "rel", "nofollow noopener");
    } else if (element.tag == GUMBO_TAG_IMG) {
        auto const url = safe_url(attribute(element, "src"), image_schemes);
        if (url.empty()) return false;
        append_attribute(attributes, "src", url);
        append_attribute(attributes, "alt", attribute(element, "alt"));
        append_numbers(attributes, element, sizes);
    } else if (element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH) {
        append_numbers(attributes, element, spans);
    }
    out += '<';
    out += gumbo_normalized_tagname(element.tag);
    out += attributes;
    out += '>';
    return true;
}

// An element on the way from the root to where the writer is.
struct open_element {
    GumboVector const* children;
    unsigned next = 0;
    GumboTag close = GUMBO_TAG_UNKNOWN;  // the end tag to write when the children are done
};

// Of <isindex> the parser makes a form with a sentence of its own in it.
bool is_dropped(GumboNode const& node) {
    return node.type == GUMBO_NODE_TEMPLATE || (node.parse_flags & GUMBO_INSERTION_FROM_ISINDEX) != 0 ||
           node.v.element.tag_namespace != GUMBO_NAMESPACE_HTML ||
           is_one_of(dropped_with_content, node.v.element.tag);
}

class writer {
public:
    // Iterative: the depth of the tree is the input's choice.
    std::string write(GumboNode const& root) {
        path_.push_back({.children = &root.v.element.children});
        while (!path_.empty()) {
            auto& here = path_.back();
            if (here.next == here.children->length)
                leave();
            else
                visit(*static_cast<GumboNode const*>(here.children->data[here.next++]));
        }
        return std::move(out_);
    }

private:
    void visit(GumboNode const& node) {
        if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE)
            append_text(out_, node.v.text.text);
        else if (node.type == GUMBO_NODE_ELEMENT && !is_dropped(node))
            enter(node.v.element);
    }

    void enter(GumboElement const& element) {
        open_element entered{.children = &element.children};
        if (is_one_of(kept, element.tag) && depth_ < html_depth_max && append_start_tag(out_, element)) {
            if (is_one_of(without_content, element.tag)) return;
            if (element.tag == GUMBO_TAG_PRE) keep_first_line_break(element);
            entered.close = element.tag;
            ++depth_;
        }
        path_.push_back(entered);
    }

    // A parser drops one line break right behind <pre>.
    void keep_first_line_break(GumboElement const& element) {
        if (element.children.length == 0) return;
        auto const* const first = static_cast<GumboNode const*>(element.children.data[0]);
        bool const text = first->type == GUMBO_NODE_TEXT || first->type == GUMBO_NODE_WHITESPACE;
        if (text && first->v.text.text[0] == '\n') out_ += '\n';
    }

    void leave() {
        if (auto const tag = path_.back().close; tag != GUMBO_TAG_UNKNOWN) {
            out_ += "</";
            out_ += gumbo_normalized_tagname(tag);
            out_ += '>';
            --depth_;
        }
        path_.pop_back();
    }

    std::string out_;
    std::vector<open_element> path_;
    std::size_t depth_ = 0;
};

std::string write_allowed(GumboNode const& root) { return writer().write(root); }

std::string write_text_of(GumboNode const& root) {
    std::string const html = write_allowed(root);
    std::string text;
    bool within_tag = false;  // every < and > of written HTML belongs to a tag
    for (char const c : html) {
        if (c == '<') within_tag = true;
        if (!within_tag) text += c;
        if (c == '>') within_tag = false;
    }
    return text;
}

// The parser would turn control characters into visible U+FFFD; word processors leave them behind.
std::string without_controls(std::string_view html) {
    std::string out;
    out.reserve(html.size());
    for (std::size_t i = 0; i < html.size(); ++i) {
        auto const c = static_cast<unsigned char>(html[i]);
        bool const blank = c == '\t' || c == '\n' || c == '\r' || c == '\f';
        bool const late = c == 0xC2 && i + 1 < html.size() && static_cast<unsigned char>(html[i + 1]) < 0xA0;
        if (late)
            ++i;  // U+0080 to U+009F
        else if (blank || (c >= 0x20 && c != 0x7F))
            out += html[i];
    }
    return out;
}

}  // namespace

// Taking elements away can leave others where the standard would put them elsewhere (a paragraph
// within a paragraph once a button between them is gone), so the result is parsed again until
// nothing moves. What doesn't settle loses its tags.
std::optional<std::string> sanitise_html(std::string_view html) {
    if (!is_reasonable_html(html)) return std::nullopt;
    std::string current = without_controls(html);
    for (int pass = 0; pass <= passes_max; ++pass) {
        std::string next;
        auto const write = pass < passes_max ? write_allowed : write_text_of;
        if (!with_html_tree(current, write, next)) return std::nullopt;
        next = core::trimmed(next);
        if (next == current) return next;
        if (!is_reasonable_html(next)) return std::nullopt;
        current = std::move(next);
    }
    return current;
}

}  // namespace markup
