// A column that the file has speaks, also when it is empty; one that it lacks leaves what is stored.
#include "intake/drafts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace intake {
namespace {

using importer::column;

class mapping {
public:
    mapping(importer::imported_catalogue const& file, core::currency currency)
        : file_(file), currency_(currency) {}

    catalog::product_draft product(importer::imported_product const& p) const {
        catalog::product_draft d{.handle = p.handle, .title = p.title};
        give(d.description_html, column::body, p.description_html);
        give(d.vendor, column::vendor, p.vendor);
        give(d.product_type, column::type, p.product_type);
        give(d.tags, column::tags, p.tags);
        // A type that is left empty says nothing about the categories that staff have chosen.
        if (!p.product_type.empty())
            d.categories = core::patch(std::vector<std::vector<std::string>>{{p.product_type}});
        if (says_published())
            d.published = core::patch(p.published && p.status != importer::product_status::draft);
        give(d.archived, column::status, p.status == importer::product_status::archived);
        for (auto const& option : p.options) d.options.push_back({option.name, option.values});
        for (auto const& v : p.variants) d.variants.push_back(variant(v));
        if (given(column::image) || given(column::variant_image)) {
            std::vector<catalog::media_draft> media;
            for (auto const& m : p.media) media.push_back({m.url, m.alt});
            d.media = core::patch(std::move(media));
        }
        return d;
    }

private:
    bool given(column c) const { return file_.given(c); }
    bool says_published() const { return given(column::published) || given(column::status); }

    template <class T>
    void give(core::patch<T>& to, column c, T value) const {
        if (given(c)) to = core::patch<T>(std::move(value));
    }

    catalog::variant_draft variant(importer::imported_variant const& v) const {
        catalog::variant_draft d{.option_values = v.option_values};
        give(d.sku, column::sku, v.sku);
        give(d.barcode, column::barcode, v.barcode);
        // The importer's bound is far below what 32 bits hold.
        give(d.weight_grams, column::grams, static_cast<std::int32_t>(v.grams));
        give(d.requires_shipping, column::requires_shipping, v.requires_shipping);
        give(d.taxable, column::taxable, v.taxable);
        give(d.media_url, column::variant_image, v.image_url);
        if (given(column::price)) d.prices.push_back({currency_, v.price_minor, v.compare_at_minor});
        return d;
    }

    importer::imported_catalogue const& file_;
    core::currency currency_;
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> columns{{
    {"handle", "Handle"},
    {"title", "Title"},
    {"description_html", "Body (HTML)"},
    {"vendor", "Vendor"},
    {"product_type", "Type"},
    {"categories", "Type"},
    {"tags", "Tags"},
    {"options", "Option1 Name"},
    {"option_values", "Option1 Value"},
    {"sku", "Variant SKU"},
    {"barcode", "Variant Barcode"},
    {"weight_grams", "Variant Grams"},
    {"prices", "Variant Price"},
    {"media", "Image Src"},
}};

std::string_view first_part(std::string_view& pointer) {
    pointer.remove_prefix(pointer.starts_with('/') ? 1 : 0);
    auto const end = std::min(pointer.find('/'), pointer.size());
    auto const part = pointer.substr(0, end);
    pointer.remove_prefix(end);
    return part;
}

}  // namespace

std::vector<catalog::product_draft> drafts_of(importer::imported_catalogue const& file,
                                              core::currency currency) {
    mapping const to_draft(file, currency);
    std::vector<catalog::product_draft> out;
    out.reserve(file.products.size());
    for (auto const& p : file.products) out.push_back(to_draft.product(p));
    return out;
}

importer::row_error locate(importer::imported_product const& product, std::string_view pointer,
                           std::string reason) {
    importer::row_error out{.line = product.line, .reason = std::move(reason)};
    auto part = first_part(pointer);
    if (part == "variants") {
        std::size_t at = 0;
        auto const place = first_part(pointer);
        std::from_chars(place.data(), place.data() + place.size(), at);
        if (at < product.variants.size()) out.line = product.variants[at].line;
        part = first_part(pointer);
    }
    auto const* const found =
        std::ranges::find(columns, part, &std::pair<std::string_view, std::string_view>::first);
    if (found != columns.end()) out.column_name = found->second;
    return out;
}

importer::import_faults faults_of(importer::imported_catalogue const& file,
                                  std::vector<catalog::product_draft> const& drafts) {
    importer::import_faults out;
    for (std::size_t i = 0; i < drafts.size(); ++i)
        for (auto const& v : catalog::faults_of(drafts[i])) {
            ++out.total;
            if (out.listed.size() < importer::shopify_options{}.faults_max)
                out.listed.push_back(locate(file.products[i], v.pointer, v.message));
        }
    return out;
}

}  // namespace intake
