#include "intake/stock.hpp"

#include "intake/drafts.hpp"

#include <unordered_map>

namespace intake {
namespace {

using rows_by_variant = std::unordered_map<core::uuid, inventory::stock_row const*>;

// A limit that staff have set stays when the file only says that there is one.
std::int64_t limit_after(bool given, bool continues, std::int64_t before) {
    if (!given) return before;
    if (!continues) return 0;
    return before > 0 ? before : backorders_when_continued;
}

}  // namespace

bool says_stock(importer::imported_catalogue const& file) {
    return file.given(importer::column::quantity) || file.given(importer::column::policy);
}

stock_changes decide_stock(importer::imported_catalogue const& file,
                           std::span<catalog::imported_product const> products,
                           std::span<inventory::stock_row const> stored, core::uuid location) {
    rows_by_variant here;
    for (auto const& row : stored)
        if (row.location_id == location) here.emplace(row.variant_id, &row);
    bool const says_policy = file.given(importer::column::policy);
    stock_changes out;
    for (std::size_t i = 0; i < products.size(); ++i) {
        auto const& variants = file.products[i].variants;
        for (std::size_t n = 0; n < variants.size(); ++n) {
            auto const id = products[i].variant_ids.at(n);
            auto const found = here.find(id);
            bool const missing = found == here.end();
            std::int64_t const on_hand = missing ? 0 : found->second->on_hand;
            std::int64_t const limit = missing ? 0 : found->second->backorder_limit;
            std::int64_t const counted = variants[n].quantity.value_or(on_hand);
            std::int64_t const next = limit_after(says_policy, variants[n].backorders, limit);
            out.units += variants[n].quantity.value_or(0);
            bool const needs_row = missing && (variants[n].quantity || next > 0);
            if (needs_row || counted != on_hand) out.counts.push_back({id, location, counted});
            if (next != limit) out.limits.push_back({id, location, next});
            if (needs_row || counted != on_hand || next != limit) out.changed.push_back(id);
        }
    }
    return out;
}

}  // namespace intake
