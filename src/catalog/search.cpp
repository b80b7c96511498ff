#include "catalog/search.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace catalog {
namespace {

// 2,048 variants may have more to say than anybody looks for, and a tsvector holds 1 MiB.
constexpr std::size_t terms_bytes_max = 64UL << 10;
constexpr std::size_t fragment_bytes_min = 3;  // shorter ones are everywhere, and no trigram finds them

void append_words(std::string& out, std::string_view text) {
    if (out.size() >= terms_bytes_max) return;
    std::string const words = core::search_words(text);
    if (words.empty()) return;
    if (!out.empty()) out.push_back(' ');
    out.append(words);
}

// "'blue' <-> 'mug':*" for "blue mug": one after the other, the last one perhaps unfinished.
std::string in_a_row(std::string_view words, bool unfinished) {
    std::string out;
    while (!words.empty()) {
        auto const end = std::min(words.find(' '), words.size());
        out.append(out.empty() ? "'" : " <-> '").append(words.substr(0, end)).append("'");
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return unfinished ? out + ":*" : out;
}

struct term {
    std::string_view text;
    bool quoted = false;
    bool negated = false;
};

// A quotation mark opens a phrase where a word may begin; it ends at the next one or with the text.
term take_term(std::string_view& rest) {
    term out;
    if (rest.size() > 1 && rest.front() == '-') {
        out.negated = true;
        rest.remove_prefix(1);
    }
    out.quoted = rest.starts_with('"');
    if (out.quoted) rest.remove_prefix(1);
    auto const end = std::min(out.quoted ? rest.find('"') : rest.find_first_of(" \t\""), rest.size());
    out.text = rest.substr(0, end);
    rest.remove_prefix(out.quoted ? std::min(end + 1, rest.size()) : end);
    return out;
}

bool is_or(term const& t) {
    return !t.quoted && !t.negated && (t.text == "or" || t.text == "OR" || t.text == "Or");
}

}  // namespace

std::string search_terms(product_detail const& p) {
    std::string out;
    append_words(out, p.title);
    append_words(out, p.vendor);
    append_words(out, p.product_type);
    for (std::string const& tag : p.tags) append_words(out, tag);
    for (option_view const& o : p.options)
        for (std::string const& value : o.values) append_words(out, value);
    for (variant_detail const& v : p.variants) {
        if (v.sku.value) append_words(out, *v.sku.value);
        if (v.barcode.value) append_words(out, *v.barcode.value);
    }
    out.resize(core::cut_at_code_point(out, terms_bytes_max).size());
    return out;
}

std::string search_prose(std::string_view html) {
    std::string text;
    text.reserve(html.size());
    while (!html.empty()) {
        auto const tag = std::min(html.find('<'), html.size());  // every < of it begins a tag
        text.append(html.substr(0, tag)).push_back(' ');
        html.remove_prefix(tag);
        html.remove_prefix(std::min(html.find('>'), html.size()));
        if (!html.empty()) html.remove_prefix(1);
    }
    for (std::string_view const entity : {"&amp;", "&lt;", "&gt;"})
        for (auto at = text.find(entity); at != text.npos; at = text.find(entity, at))
            text.replace(at, entity.size(), " ");
    return core::search_words(text);
}

std::optional<search_query> read_search(std::string_view typed) {
    std::string words;
    bool plain = true;
    bool either = false;
    for (std::string_view rest = core::trimmed(typed); !rest.empty(); rest = core::trimmed(rest)) {
        term const next = take_term(rest);
        if (is_or(next)) {
            either = !words.empty();
            plain = false;
            continue;
        }
        std::string const folded = core::search_words(next.text);
        if (folded.empty()) continue;
        plain = plain && !next.quoted && !next.negated;
        std::string const row = in_a_row(folded, !next.quoted && !next.negated);
        if (!words.empty()) words.append(either ? " | " : " & ");
        words.append(next.negated ? "!(" + row + ")" : "(" + row + ")");
        either = false;
    }
    if (words.empty()) return std::nullopt;
    search_query out{.words = std::move(words), .fragment = {}};
    std::string const fragment = core::search_words(typed);
    if (plain && fragment.size() >= fragment_bytes_min) out.fragment = "%" + fragment + "%";
    return out;
}

}  // namespace catalog
