#include "catalog/rows.hpp"

#include "catalog/rules.hpp"

#include <algorithm>

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

template <class Row>
std::vector<option_view> options_of(Row const& row) {
    std::vector<option_view> out(row.option_ids.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].name = row.option_names.at(i);
    finder options(row.option_ids);
    for (std::size_t i = 0; i < row.value_ids.size(); ++i)
        out[options.at(row.value_options.at(i))].values.push_back(row.value_texts.at(i));
    return out;
}

// For each variant its choices, in the order of the product's options.
template <class Row>
std::vector<std::vector<chosen_option>> choices_of(Row const& row) {
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

template <class Row>
std::vector<media_view> media_of(Row& row) {
    std::vector<media_view> out;
    out.reserve(row.media_ids.size());
    for (std::size_t i = 0; i < row.media_ids.size(); ++i)
        out.push_back({row.media_ids[i], std::move(row.media_urls.at(i)), std::move(row.media_alts.at(i))});
    return out;
}

template <class Row>
std::vector<category_reference> categories_of(Row& row) {
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

// What every view of a product has.
template <class View, class Row>
View shared_of(Row& row) {
    View out{};
    out.id = row.id;
    out.handle = std::move(row.handle);
    out.title = std::move(row.title);
    out.vendor = std::move(row.vendor);
    out.product_type = std::move(row.product_type);
    out.options = options_of(row);
    out.media = media_of(row);
    out.categories = categories_of(row);
    out.tags = std::move(row.tags);
    return out;
}

// A shopper is offered no value that nothing on sale has.
void leave_out_unused(std::vector<option_view>& options, std::vector<variant_view> const& variants) {
    for (option_view& o : options)
        std::erase_if(o.values, [&](std::string const& value) {
            return std::ranges::none_of(variants, [&](variant_view const& v) {
                return std::ranges::any_of(v.options, [&](chosen_option const& chosen) {
                    return chosen.value == value && chosen.name == o.name;
                });
            });
        });
    std::erase_if(options, [](option_view const& o) { return o.values.empty(); });
}

template <class View>
View shop_view_of(shop_row& row, core::currency currency) {
    auto choices = choices_of(row);
    View out = shared_of<View>(row);
    out.published_at = row.published_at;
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
    leave_out_unused(out.options, out.variants);
    return out;
}

}  // namespace

product_view view_of(shop_row row, core::currency currency) {
    auto out = shop_view_of<product_view>(row, currency);
    out.description_html = std::move(row.description_html);
    return out;
}

product_card card_of(shop_row row, core::currency currency) {
    return shop_view_of<product_card>(row, currency);
}

product_detail detail_of(staff_row row) {
    auto choices = choices_of(row);
    auto out = shared_of<product_detail>(row);
    out.version = row.version;
    out.description_html = std::move(row.description_html);
    out.published = row.published_at.has_value();
    out.archived = row.archived_at.has_value();
    out.published_at = {row.published_at};
    out.archived_at = {row.archived_at};
    out.created_at = row.created_at;
    out.updated_at = row.updated_at;
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
