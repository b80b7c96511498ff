#include "catalog/rows.hpp"

#include "catalog/rules.hpp"

namespace catalog {
namespace {

// Finds positions of ids that mostly come in the order of the list: each search begins where the last
// one ended, so that a whole pass costs no more than the list is long.
class finder {
public:
    explicit finder(std::vector<core::uuid> const& in) : in_(in) {}

    std::size_t at(core::uuid const& id) {
        for (std::size_t n = 0; n < in_.size(); ++n) {
            if (in_[last_] == id) return last_;
            last_ = last_ + 1 == in_.size() ? 0 : last_ + 1;
        }
        throw std::logic_error("a product's rows refer to each other, and one is missing");
    }

private:
    std::vector<core::uuid> const& in_;
    std::size_t last_ = 0;
};

std::vector<option_view> options_of(product_row const& row) {
    std::vector<option_view> out(row.option_ids.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].name = row.option_names.at(i);
    finder options(row.option_ids);
    for (std::size_t i = 0; i < row.value_ids.size(); ++i)
        out[options.at(row.value_options.at(i))].values.push_back(row.value_texts.at(i));
    return out;
}

// For each variant its choices, in the order of the product's options.
std::vector<std::vector<chosen_option>> choices_of(product_row const& row) {
    std::vector<std::vector<chosen_option>> out(row.variant_ids.size());
    finder variants(row.variant_ids);
    finder values(row.value_ids);
    finder options(row.option_ids);
    for (std::size_t i = 0; i < row.chosen_variants.size(); ++i) {
        std::size_t const value = values.at(row.chosen_values.at(i));
        std::size_t const option = options.at(row.value_options.at(value));
        auto& chosen = out[variants.at(row.chosen_variants[i])];
        if (chosen.size() <= option) chosen.resize(option + 1);
        chosen[option] = {row.option_names.at(option), row.value_texts.at(value)};
    }
    return out;
}

std::vector<media_view> media_of(product_row& row) {
    std::vector<media_view> out;
    out.reserve(row.media_ids.size());
    for (std::size_t i = 0; i < row.media_ids.size(); ++i)
        out.push_back({row.media_ids[i], std::move(row.media_urls.at(i)), std::move(row.media_alts.at(i))});
    return out;
}

std::vector<category_reference> categories_of(product_row& row) {
    std::vector<category_reference> out;
    out.reserve(row.category_ids.size());
    for (std::size_t i = 0; i < row.category_ids.size(); ++i)
        out.push_back({row.category_ids[i], std::move(row.category_handles.at(i)),
                       std::move(row.category_names.at(i))});
    return out;
}

http::nullable<core::money> money_of(std::optional<std::int64_t> amount, core::currency currency) {
    if (!amount) return {};
    return {core::money{*amount, currency}};
}

}  // namespace

product_view view_of(product_row row, core::currency currency) {
    product_view out{.id = row.id,
                     .handle = std::move(row.handle),
                     .title = std::move(row.title),
                     .description_html = std::move(row.description_html),
                     .vendor = std::move(row.vendor),
                     .product_type = std::move(row.product_type),
                     .published_at = row.published_at.value(),
                     .options = options_of(row),
                     .variants = {},
                     .media = media_of(row),
                     .categories = categories_of(row),
                     .tags = std::move(row.tags)};
    auto choices = choices_of(row);
    out.variants.reserve(row.variant_ids.size());
    for (std::size_t i = 0; i < row.variant_ids.size(); ++i)
        out.variants.push_back({.id = row.variant_ids[i],
                                .sku = {std::move(row.variant_skus.at(i))},
                                .title = std::move(row.variant_titles.at(i)),
                                .options = std::move(choices[i]),
                                .price = money_of(row.amounts.at(i), currency),
                                .compare_at_price = money_of(row.compare_at_amounts.at(i), currency),
                                .available = shown_available(row.variant_available.at(i)),
                                .media_id = {row.variant_media.at(i)}});
    return out;
}

product_detail detail_of(product_row row) {
    product_detail out{.id = row.id,
                       .version = row.version,
                       .handle = std::move(row.handle),
                       .title = std::move(row.title),
                       .description_html = std::move(row.description_html),
                       .vendor = std::move(row.vendor),
                       .product_type = std::move(row.product_type),
                       .published = row.published_at.has_value(),
                       .archived = row.archived_at.has_value(),
                       .published_at = {row.published_at},
                       .archived_at = {row.archived_at},
                       .created_at = row.created_at,
                       .updated_at = row.updated_at,
                       .options = options_of(row),
                       .variants = {},
                       .media = media_of(row),
                       .categories = categories_of(row),
                       .tags = std::move(row.tags)};
    auto choices = choices_of(row);
    out.variants.reserve(row.variant_ids.size());
    for (std::size_t i = 0; i < row.variant_ids.size(); ++i)
        out.variants.push_back({.id = row.variant_ids[i],
                                .sku = {std::move(row.variant_skus.at(i))},
                                .barcode = {std::move(row.variant_barcodes.at(i))},
                                .title = std::move(row.variant_titles.at(i)),
                                .options = std::move(choices[i]),
                                .prices = {},
                                .weight_grams = row.variant_weights.at(i),
                                .requires_shipping = row.variant_shipped.at(i),
                                .taxable = row.variant_taxable.at(i),
                                .media_id = {row.variant_media.at(i)},
                                .available = row.variant_available.at(i)});
    finder variants(row.variant_ids);
    for (std::size_t i = 0; i < row.price_variants.size(); ++i)
        out.variants[variants.at(row.price_variants[i])].prices.push_back(
            {core::currency::unchecked(row.price_currencies.at(i)),
             row.price_amounts.at(i),
             {row.price_compare_at.at(i)}});
    return out;
}

}  // namespace catalog
