// What of a product can be found, and what somebody looks for. Both sides are folded by core::search_words,
// so that neither capitals nor accents matter.
#pragma once

#include "catalog/api_admin.hpp"

namespace catalog {

// Title, vendor, type, tags, option values, SKUs and barcodes, as catalog.products.search_text holds them:
// one text, so that staff find fragments of any of them.
std::string search_terms(product_detail const& p);
// The words of a description; `html` is as markup::sanitise_html leaves it.
std::string search_prose(std::string_view html);

struct search_query {
    std::string words;                    // for to_tsquery('simple', …)
    std::optional<std::string> fragment;  // for `like`, when it is long enough to mean something
};
// Words find what begins with them; "quoted" ones stand together as they are, `or` and -not are what they
// say. Nothing when there is no letter and no digit in it.
std::optional<search_query> read_search(std::string_view typed);

}  // namespace catalog
