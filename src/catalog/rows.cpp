#include "catalog/rows.hpp"

#include "catalog/rules.hpp"

#include <algorithm>

namespace catalog {
namespace {

// An array that has to be read in no order.
template <class T>
std::vector<T> list_of(db::array_view<T> const& in) {
    std::vector<T> out;
    out.reserve(in.size());
    for (T item : in) out.push_back(item);
    return out;
}

std::vector<std::string> texts_of(db::array_view<std::string_view> const& in) {
    std::vector<std::string> out;
    out.reserve(in.size());
    for (std::string_view text : in) out.emplace_back(text);
    return out;
}

// The elements of an array that is aligned with another, one for each call.
template <class T>
class column {
public:
    explicit column(db::array_view<T> const& of) : left_(of.size()), at_(of.begin()) {}
    T next() {
        if (left_ == 0) throw std::logic_error("arrays of a product's row differ in length");
        --left_;
        T const out = *at_;
        ++at_;
        return out;
    }

private:
    std::size_t left_;
    typename db::array_view<T>::iterator at_;
};
template <class T>
column(db::array_view<T>) -> column<T>;

std::optional<std::string> owned(std::optional<std::string_view> const& text) {
    if (!text) return std::nullopt;
    return std::string(*text);
}

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

// The options of a product and their values, where the other arrays refer to them.
struct option_lists {
    std::vector<core::uuid> ids;
    std::vector<std::string_view> names;
    std::vector<core::uuid> value_ids;
    std::vector<std::size_t> value_options;  // positions in ids
    std::vector<std::string_view> value_texts;

    template <class Row>
    explicit option_lists(Row const& row)
        : ids(list_of(row.option_ids)),
          names(list_of(row.option_names)),
          value_ids(list_of(row.value_ids)),
          value_texts(list_of(row.value_texts)) {
        value_options.reserve(value_ids.size());
        finder options(ids);
        for (core::uuid const id : row.value_options) value_options.push_back(options.at(id));
    }
};

std::vector<option_view> options_of(option_lists const& in) {
    std::vector<option_view> out(in.ids.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].name = in.names.at(i);
    for (std::size_t i = 0; i < in.value_ids.size(); ++i)
        out[in.value_options.at(i)].values.emplace_back(in.value_texts.at(i));
    return out;
}

// For each variant its choices, in the order of the product's options.
template <class Row>
std::vector<std::vector<chosen_option>> choices_of(Row const& row, std::vector<core::uuid> const& variant_ids,
                                                   option_lists const& in) {
    std::vector<std::vector<chosen_option>> out(variant_ids.size());
    finder variants(variant_ids);
    finder values(in.value_ids);
    column chosen_values(row.chosen_values);
    for (core::uuid const variant : row.chosen_variants) {
        std::size_t const value = values.at(chosen_values.next());
        std::size_t const option = in.value_options.at(value);
        auto& chosen = out[variants.at(variant)];
        if (chosen.empty()) chosen.reserve(in.ids.size());
        if (chosen.size() <= option) chosen.resize(option + 1);
        chosen[option].name = in.names.at(option);
        chosen[option].value = in.value_texts.at(value);
    }
    return out;
}

template <class Row>
std::vector<media_view> media_of(Row const& row) {
    std::vector<media_view> out;
    out.reserve(row.media_ids.size());
    column urls(row.media_urls);
    column alts(row.media_alts);
    for (core::uuid const id : row.media_ids)
        out.push_back({id, std::string(urls.next()), std::string(alts.next())});
    return out;
}

template <class Row>
std::vector<category_reference> categories_of(Row const& row) {
    std::vector<category_reference> out;
    out.reserve(row.category_ids.size());
    column handles(row.category_handles);
    column names(row.category_names);
    for (core::uuid const id : row.category_ids)
        out.push_back({id, std::string(handles.next()), std::string(names.next())});
    return out;
}

http::nullable<core::money> money_of(std::optional<std::int64_t> amount, core::currency currency) {
    if (!amount) return {};
    return {core::money{*amount, currency}};
}

// What every view of a product has.
template <class View, class Row>
View shared_of(Row const& row, option_lists const& lists) {
    View out{};
    out.id = row.id;
    out.handle = row.handle;
    out.title = row.title;
    out.vendor = row.vendor;
    out.product_type = row.product_type;
    out.options = options_of(lists);
    out.media = media_of(row);
    out.categories = categories_of(row);
    out.tags = texts_of(row.tags);
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
View shop_view_of(shop_row const& row, core::currency currency) {
    option_lists const lists(row);
    std::vector<core::uuid> const ids = list_of(row.variant_ids);
    auto choices = choices_of(row, ids, lists);
    View out = shared_of<View>(row, lists);
    out.published_at = row.published_at;
    out.variants.reserve(ids.size());
    column titles(row.variant_titles);
    column skus(row.variant_skus);
    column media(row.variant_media);
    column available(row.variant_available);
    column amounts(row.amounts);
    column compare_at(row.compare_at_amounts);
    for (std::size_t i = 0; i < ids.size(); ++i)
        out.variants.push_back({.id = ids[i],
                                .sku = {owned(skus.next())},
                                .title = std::string(titles.next()),
                                .options = std::move(choices[i]),
                                .price = money_of(amounts.next(), currency),
                                .compare_at_price = money_of(compare_at.next(), currency),
                                .available = shown_available(available.next()),
                                .media_id = {media.next()}});
    leave_out_unused(out.options, out.variants);
    return out;
}

std::vector<std::vector<price_view>> prices_of(staff_row const& row,
                                               std::vector<core::uuid> const& variant_ids) {
    std::vector<std::vector<price_view>> out(variant_ids.size());
    finder variants(variant_ids);
    column currencies(row.price_currencies);
    column amounts(row.price_amounts);
    column compare_at(row.price_compare_at);
    for (core::uuid const variant : row.price_variants) {
        auto const currency = core::currency::unchecked(currencies.next());
        std::int64_t const amount = amounts.next();
        out[variants.at(variant)].push_back({currency, amount, {compare_at.next()}});
    }
    return out;
}

std::vector<variant_detail> variants_of(staff_row const& row, option_lists const& lists) {
    std::vector<core::uuid> const ids = list_of(row.variant_ids);
    auto choices = choices_of(row, ids, lists);
    auto prices = prices_of(row, ids);
    std::vector<variant_detail> out;
    out.reserve(ids.size());
    column titles(row.variant_titles);
    column skus(row.variant_skus);
    column media(row.variant_media);
    column available(row.variant_available);
    column barcodes(row.variant_barcodes);
    column weights(row.variant_weights);
    column shipped(row.variant_shipped);
    column taxable(row.variant_taxable);
    for (std::size_t i = 0; i < ids.size(); ++i)
        out.push_back({.id = ids[i],
                       .sku = {owned(skus.next())},
                       .barcode = {owned(barcodes.next())},
                       .title = std::string(titles.next()),
                       .options = std::move(choices[i]),
                       .prices = std::move(prices[i]),
                       .weight_grams = weights.next(),
                       .requires_shipping = shipped.next(),
                       .taxable = taxable.next(),
                       .media_id = {media.next()},
                       .available = available.next()});
    return out;
}

}  // namespace

product_view view_of(shop_row const& row, core::currency currency) {
    auto out = shop_view_of<product_view>(row, currency);
    out.description_html = row.description_html;
    return out;
}

product_card card_of(shop_row const& row, core::currency currency) {
    return shop_view_of<product_card>(row, currency);
}

product_detail detail_of(staff_row const& row) {
    option_lists const lists(row);
    auto out = shared_of<product_detail>(row, lists);
    out.version = row.version;
    out.description_html = row.description_html;
    out.published = row.published_at.has_value();
    out.archived = row.archived_at.has_value();
    out.published_at = {row.published_at};
    out.archived_at = {row.archived_at};
    out.created_at = row.created_at;
    out.updated_at = row.updated_at;
    out.variants = variants_of(row, lists);
    return out;
}

}  // namespace catalog
