// Shopify renamed its columns in 2025 and goes on accepting the old names; both are matched without
// regard to case. Source: Shopify's help pages on product CSV files.
#include "importer/columns.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace importer {
namespace {

struct spelling {
    std::string_view name;  // lower case; a column's usual name is its first
    column meaning;
};

constexpr std::array spellings{
    spelling{"handle", column::handle},
    spelling{"url handle", column::handle},
    spelling{"title", column::title},
    spelling{"body (html)", column::body},
    spelling{"body html", column::body},
    spelling{"description", column::body},
    spelling{"vendor", column::vendor},
    spelling{"product category", column::category},
    spelling{"type", column::type},
    spelling{"custom product type", column::type},
    spelling{"tags", column::tags},
    spelling{"published", column::published},
    spelling{"published on online store", column::published},
    spelling{"status", column::status},
    spelling{"option1 name", column::option1_name},
    spelling{"option2 name", column::option2_name},
    spelling{"option3 name", column::option3_name},
    spelling{"seo title", column::seo_title},
    spelling{"seo description", column::seo_description},
    spelling{"gift card", column::gift_card},
    spelling{"option1 value", column::option1_value},
    spelling{"option2 value", column::option2_value},
    spelling{"option3 value", column::option3_value},
    spelling{"variant sku", column::sku},
    spelling{"sku", column::sku},
    spelling{"variant barcode", column::barcode},
    spelling{"barcode", column::barcode},
    spelling{"variant grams", column::grams},
    spelling{"weight value (grams)", column::grams},
    spelling{"variant inventory tracker", column::tracker},
    spelling{"inventory tracker", column::tracker},
    spelling{"variant inventory qty", column::quantity},
    spelling{"inventory quantity", column::quantity},
    spelling{"variant inventory policy", column::policy},
    spelling{"continue selling when out of stock", column::policy},
    spelling{"variant price", column::price},
    spelling{"price", column::price},
    spelling{"variant compare at price", column::compare_at_price},
    spelling{"compare-at price", column::compare_at_price},
    spelling{"compare at price", column::compare_at_price},
    spelling{"variant requires shipping", column::requires_shipping},
    spelling{"requires shipping", column::requires_shipping},
    spelling{"variant taxable", column::taxable},
    spelling{"charge tax", column::taxable},
    spelling{"variant image", column::variant_image},
    spelling{"variant image url", column::variant_image},
    spelling{"image src", column::image},
    spelling{"product image url", column::image},
    spelling{"image position", column::image_position},
    spelling{"image alt text", column::image_alt},
};

std::optional<column> find_meaning(std::string_view header_cell) {
    auto const wanted = core::ascii_lower(core::trimmed(header_cell));
    auto const* const found = std::ranges::find(spellings, wanted, &spelling::name);
    if (found == spellings.end()) return std::nullopt;
    return found->meaning;
}

// A hint for the commonest reasons why a table has one column.
std::string_view separator_hint(std::vector<std::string> const& header) {
    if (header.size() != 1) return "";
    if (header[0].find(';') != std::string::npos)
        return "; its fields are separated by semicolons, so save it with commas";
    if (header[0].find('\t') != std::string::npos)
        return "; its fields are separated by tabs, so save it with commas";
    return "";
}

}  // namespace

std::vector<row_error> column_map::read(std::vector<std::string> const& header, std::size_t line) {
    std::vector<row_error> faults;
    for (std::size_t i = 0; i < header.size(); ++i) {
        auto const meaning = find_meaning(header[i]);
        if (!meaning) {
            ignored_.push_back({.name = header[i], .index = i + 1});
            continue;
        }
        auto const at = static_cast<std::size_t>(*meaning);
        if (index_[at] != 0) {
            faults.push_back({line, header[i], i + 1,
                              fmt::format("the column appears twice (column {} is '{}'); remove one of them",
                                          index_[at], name_[at])});
            continue;
        }
        index_[at] = i + 1;
        name_[at] = header[i];
    }
    std::vector<std::string_view> missing;
    if (!given(column::handle)) missing.push_back("Handle");
    if (!given(column::title)) missing.push_back("Title");
    if (!given(column::price)) missing.push_back("Variant Price");
    if (!missing.empty())
        faults.push_back({.line = line,
                          .reason = fmt::format("not a Shopify product CSV: the column{} {} {} missing{}",
                                                missing.size() > 1 ? "s" : "", fmt::join(missing, ", "),
                                                missing.size() > 1 ? "are" : "is", separator_hint(header))});
    return faults;
}

std::string_view column_map::name(column c) const {
    if (given(c)) return name_[static_cast<std::size_t>(c)];
    return std::ranges::find(spellings, c, &spelling::meaning)->name;
}

void column_map::count_ignored(std::vector<std::string> const& fields) {
    for (auto& column : ignored_)
        if (!core::trimmed(fields[column.index - 1]).empty()) ++column.values;
}

std::string_view row::raw(column c) const {
    auto const at = columns.index(c);
    return at == 0 ? std::string_view() : std::string_view(fields[at - 1]);
}

std::string_view row::text(column c) const { return core::trimmed(raw(c)); }

row_error row::fault(column c, std::string reason) const {
    return {line, std::string(columns.name(c)), columns.index(c), std::move(reason)};
}

}  // namespace importer
