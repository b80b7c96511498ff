// Shopify's conventions on many rows for one product, with every contradiction reported instead of
// the last one winning.
#include "importer/product_rows.hpp"

#include "core/text.hpp"
#include "markup/html.hpp"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace importer {
namespace {

constexpr std::array option_name_columns{column::option1_name, column::option2_name, column::option3_name};
constexpr std::array option_value_columns{column::option1_value, column::option2_value,
                                          column::option3_value};

constexpr std::size_t after_positions = 1'000'000;
constexpr std::size_t after_all = after_positions + 1;

// Of what a product's column says: spreadsheets write TRUE for true.
std::size_t hash_of(row const& r, column c) {
    bool const word = c == column::published || c == column::status || c == column::gift_card;
    return std::hash<std::string>{}(word ? core::ascii_lower(r.text(c)) : std::string(r.text(c)));
}

// Rows that carry only an image leave these empty; tools fill in zeros and defaults elsewhere.
bool has_variant(row const& r) {
    static constexpr std::array telling{
        column::option1_value, column::option2_value, column::option3_value,    column::sku,
        column::barcode,       column::price,         column::compare_at_price, column::variant_image};
    auto const says_something = [&](column c) { return !r.text(c).empty(); };
    auto const more_than_zero = [&](column c) { return !r.text(c).empty() && r.text(c) != "0"; };
    return std::ranges::any_of(telling, says_something) || more_than_zero(column::quantity) ||
           more_than_zero(column::grams);
}

}  // namespace

product_rows::product_rows(row const& first, file_state& file) {
    product_.line = first.line;
    product_.handle = first.text(column::handle);
    for (std::size_t i = 0; i < product_column_count; ++i)
        first_row_[i] = hash_of(first, static_cast<column>(i));
    read_product(first, file);
    read_option_names(first, file);
    add_image(first, column::image, file);
    add_variant(first, file);
}

void product_rows::add(row const& r, file_state& file) {
    compare_product(r, file);
    bool const variant = has_variant(r);
    bool const image = !r.text(column::image).empty();
    if (image) add_image(r, column::image, file);
    if (variant) add_variant(r, file);
    if (!variant && !image)
        file.warnings.add(
            {.line = r.line, .reason = "the row has neither a variant nor an image; nothing is read"});
}

void product_rows::read_product(row const& r, file_state& file) {
    auto& faults = file.faults;
    product_.title = read_name(r, column::title, title_length_max, faults);
    if (r.text(column::title).empty())
        faults.add(r.fault(column::title, "the title is missing; the first row of a product has it"));
    if (auto html = markup::sanitise_html(r.raw(column::body)))
        product_.description_html = *std::move(html);
    else
        faults.add(r.fault(
            column::body,
            fmt::format("the description is too long or too tangled; at most {} KiB, {} tags and "
                        "{} attributes are read",
                        markup::html_bytes_max >> 10, markup::html_tags_max, markup::html_attributes_max)));
    product_.vendor = read_name(r, column::vendor, name_length_max, faults);
    product_.product_type = read_name(r, column::type, name_length_max, faults);
    product_.product_category = read_name(r, column::category, title_length_max, faults);
    product_.tags = read_tags(r, faults);
    product_.seo_title = read_name(r, column::seo_title, title_length_max, faults);
    product_.seo_description = read_name(r, column::seo_description, 1000, faults);
    product_.published = read_flag(r, column::published, true, faults);
    read_status(r, file);
}

void product_rows::read_status(row const& r, file_state& file) {
    auto const text = core::ascii_lower(r.text(column::status));
    if (text == "draft")
        product_.status = product_status::draft;
    else if (text == "archived")
        product_.status = product_status::archived;
    else if (text == "unlisted") {
        product_.status = product_status::draft;
        file.warnings.add(r.fault(column::status, "there are no unlisted products here; it becomes a draft"));
    } else if (!text.empty() && text != "active") {
        file.faults.add(
            r.fault(column::status, fmt::format("'{}' is none of active, draft, archived", text)));
    }
    if (!read_flag(r, column::gift_card, false, file.faults)) return;
    product_.status = product_status::draft;
    file.warnings.add(r.fault(column::gift_card, "gift cards cannot be sold here; it becomes a draft"));
}

void product_rows::read_option_names(row const& r, file_state& file) {
    for (std::size_t i = 0; i < options_max; ++i) {
        auto const c = option_name_columns[i];
        option_names_[i] = read_name(r, c, option_name_length_max, file.faults);
        if (option_names_[i].empty()) continue;
        if (i > 0 && option_names_[i - 1].empty())
            file.faults.add(r.fault(c, fmt::format("there is no option {} before this one", i)));
        if (std::find(option_names_.begin(), option_names_.begin() + static_cast<long>(i),
                      option_names_[i]) != option_names_.begin() + static_cast<long>(i))
            file.faults.add(
                r.fault(c, fmt::format("the product has two options named '{}'", option_names_[i])));
    }
    bool const nameless_default =
        option_names_[0].empty() && r.text(column::option1_value) == "Default Title";
    if (nameless_default) option_names_[0] = "Title";
}

// Later rows leave the product's columns empty or repeat them.
void product_rows::compare_product(row const& r, file_state& file) const {
    for (std::size_t i = 0; i < product_column_count; ++i) {
        auto const c = static_cast<column>(i);
        if (r.text(c).empty() || hash_of(r, c) == first_row_[i]) continue;
        file.faults.add(r.fault(c, fmt::format("differs from the first row of the product '{}' on line {}",
                                               product_.handle, product_.line)));
    }
}

void product_rows::add_variant(row const& r, file_state& file) {
    auto& faults = file.faults;
    if (product_.variants.size() == variants_max)
        return faults.add(
            {.line = r.line, .reason = fmt::format("more than {} variants in one product", variants_max)});
    imported_variant variant{.line = r.line};
    read_option_values(r, file, variant);
    claim_combination(r, file, variant);
    variant.sku = read_code(r, column::sku, faults);
    if (variant.sku) claim_sku(r, file, *variant.sku);
    variant.barcode = read_code(r, column::barcode, faults);
    variant.grams = read_grams(r, faults);
    if (r.text(column::price).empty()) faults.add(r.fault(column::price, "the price is missing"));
    variant.price_minor = read_price(r, column::price, file.currency, faults).value_or(0);
    variant.compare_at_minor = read_price(r, column::compare_at_price, file.currency, faults);
    if (variant.compare_at_minor == 0) variant.compare_at_minor.reset();  // some exports write 0 for none
    variant.tracked = !r.text(column::tracker).empty();
    variant.quantity = read_quantity(r, faults);
    if (variant.quantity.value_or(0) < 0) {
        file.warnings.add(r.fault(column::quantity,
                                  fmt::format("{} means oversold; stock begins at 0", *variant.quantity)));
        variant.quantity = 0;
    }
    variant.backorders = read_backorders(r, faults);
    variant.requires_shipping = read_flag(r, column::requires_shipping, true, faults);
    variant.taxable = read_flag(r, column::taxable, true, faults);
    add_image(r, column::variant_image, file);
    variant.image_url = r.text(column::variant_image);
    product_.variants.push_back(std::move(variant));
}

void product_rows::read_option_values(row const& r, file_state& file, imported_variant& variant) {
    for (std::size_t i = 0; i < options_max; ++i) {
        auto const c = option_value_columns[i];
        auto value = read_name(r, c, name_length_max, file.faults);
        bool const given = !r.text(c).empty();
        if (given && option_names_[i].empty())
            file.faults.add(
                r.fault(c, fmt::format("a value, but the product's first row (line {}) has no Option{} Name",
                                       product_.line, i + 1)));
        if (option_names_[i].empty()) continue;
        if (!given)
            file.faults.add(
                r.fault(c, fmt::format("the variant has no value for the option '{}'", option_names_[i])));
        variant.option_values.push_back(std::move(value));
    }
}

// By the title that the values make, as "A / B" and "C" would look like "A" and "B / C".
void product_rows::claim_combination(row const& r, file_state& file, imported_variant const& variant) {
    std::string title;
    for (auto const& value : variant.option_values) title += (title.empty() ? "" : " / ") + value;
    auto const [at, fresh] = combination_lines_.try_emplace(title, r.line);
    if (fresh) return;
    auto const reason =
        title.empty()
            ? fmt::format("a second variant (the first is on line {}), but no option tells them apart",
                          at->second)
            : fmt::format("the variant '{}' is already on line {}", title, at->second);
    file.faults.add(r.fault(column::option1_value, reason));
}

void product_rows::claim_sku(row const& r, file_state& file, std::string const& sku) const {
    auto const [at, fresh] = file.sku_lines.try_emplace(sku, r.line);
    if (!fresh)
        file.faults.add(
            r.fault(column::sku, fmt::format("the SKU '{}' is already on line {}", sku, at->second)));
}

// An image that comes again, on another row or as a variant's own, is the same image. Those with a
// position come first, then those without, then those that only a variant names.
void product_rows::add_image(row const& r, column c, file_state& file) {
    auto url = read_url(r, c, file.faults);
    if (url.empty()) return;
    imported_media media{.url = url};
    std::size_t order = after_all;
    if (c == column::image) {
        media.alt = read_name(r, column::image_alt, alt_length_max, file.faults);
        order = read_position(r, file.faults).value_or(after_positions);
    }
    auto const [at, fresh] = media_at_.try_emplace(std::move(url), media_.size());
    if (!fresh) {
        auto& known = media_[at->second];
        if (known.media.alt.empty()) known.media.alt = std::move(media.alt);
        known.order = std::min(known.order, order);
        return;
    }
    if (media_.size() == media_max)
        return file.faults.add(r.fault(c, fmt::format("more than {} images in one product", media_max)));
    media_.push_back({.media = std::move(media), .order = order});
}

imported_product product_rows::finish() && {
    drop_default_option();
    collect_option_values();
    std::ranges::sort(
        media_, {}, [this](pending_media const& m) { return std::pair(m.order, media_at_.at(m.media.url)); });
    for (auto& pending : media_) {
        pending.media.position = product_.media.size() + 1;
        product_.media.push_back(std::move(pending.media));
    }
    return std::move(product_);
}

// "Title" with the value "Default Title" is how Shopify writes a product without options.
void product_rows::drop_default_option() {
    if (product_.variants.size() != 1 || option_names_[0] != "Title" || !option_names_[1].empty()) return;
    auto& values = product_.variants[0].option_values;
    if (values.size() != 1 || values[0] != "Default Title") return;
    option_names_[0].clear();
    values.clear();
}

void product_rows::collect_option_values() {
    for (std::size_t i = 0; i < options_max && !option_names_[i].empty(); ++i) {
        imported_option option{.name = option_names_[i]};
        std::unordered_set<std::string> seen;
        for (auto const& variant : product_.variants)
            if (i < variant.option_values.size() && seen.insert(variant.option_values[i]).second)
                option.values.push_back(variant.option_values[i]);
        product_.options.push_back(std::move(option));
    }
}

}  // namespace importer
