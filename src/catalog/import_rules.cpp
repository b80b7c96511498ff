#include "catalog/api_categories.hpp"
#include "catalog/variant_rules.hpp"
#include "markup/html.hpp"

#include <algorithm>
#include <set>

namespace catalog {
namespace {

void check_text(fault_list& faults, std::string const& at, std::string_view text, std::size_t min,
                std::size_t max) {
    auto const length = core::count_code_points(text);
    if (!length || text.find('\0') != text.npos)
        return faults.add(at, "not_text", "must be UTF-8 without NUL");
    if (*length < min)
        faults.add(at, "too_short", "must have at least " + std::to_string(min) + " characters");
    if (*length > max) faults.add(at, "too_long", "must have at most " + std::to_string(max) + " characters");
}

void check_count(fault_list& faults, std::string const& at, std::size_t count, std::size_t max) {
    if (count > max) faults.add(at, "too_many", "must have at most " + std::to_string(max) + " elements");
}

void check_options(fault_list& faults, std::vector<option_draft> const& options) {
    check_count(faults, "/options", options.size(), options_max);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < options.size(); ++i) {
        std::string const at = "/options/" + std::to_string(i);
        check_text(faults, at + "/name", options[i].name, 1, 100);
        if (!names.insert(options[i].name).second)
            faults.add(at + "/name", "repeated", "another option has this name");
        std::set<std::string_view> values;
        for (std::size_t n = 0; n < options[i].values.size(); ++n) {
            std::string const value = at + "/values/" + std::to_string(n);
            check_text(faults, value, options[i].values[n], 1, 200);
            if (!values.insert(options[i].values[n]).second)
                faults.add(value, "repeated", "stands in the list already");
        }
    }
}

void check_prices(fault_list& faults, std::string const& at, std::vector<price_draft> const& prices) {
    check_count(faults, at, prices.size(), prices_max);
    std::set<core::currency> seen;
    for (std::size_t i = 0; i < prices.size(); ++i) {
        std::string const price = at + "/" + std::to_string(i);
        if (!seen.insert(prices[i].currency).second)
            faults.add(price + "/currency", "repeated", "has a price already");
        auto const in_range = [](std::int64_t amount) {
            return amount >= 0 && amount <= core::minor_units::value_max;
        };
        if (!in_range(prices[i].amount))
            faults.add(price + "/amount", "out_of_range", "is negative or too large");
        if (!in_range(prices[i].compare_at_amount.value_or(0)))
            faults.add(price + "/compare_at_amount", "out_of_range", "is negative or too large");
    }
}

void check_variant(fault_list& faults, std::string const& at, product_draft const& d,
                   variant_draft const& v) {
    if (v.option_values.size() != d.options.size())
        return faults.add(at + "/option_values", "wrong_count", "must have one value for each option");
    for (std::size_t i = 0; i < v.option_values.size(); ++i)
        if (std::ranges::find(d.options[i].values, v.option_values[i]) == d.options[i].values.end())
            faults.add(at + "/option_values/" + std::to_string(i), "unknown",
                       "is not one of the option's values");
    if (v.sku.given() && *v.sku) check_text(faults, at + "/sku", **v.sku, 1, 100);
    if (v.barcode.given() && *v.barcode) check_text(faults, at + "/barcode", **v.barcode, 1, 100);
    if (v.weight_grams.given() && (*v.weight_grams < 0 || *v.weight_grams > grams::value_max))
        faults.add(at + "/weight_grams", "out_of_range", "is negative or too large");
    check_prices(faults, at + "/prices", v.prices);
}

std::vector<chosen_option> choices_of(product_draft const& d, variant_draft const& v) {
    std::vector<chosen_option> out;
    for (std::size_t i = 0; i < d.options.size(); ++i) out.push_back({d.options[i].name, v.option_values[i]});
    return out;
}

void check_variants(fault_list& faults, product_draft const& d) {
    check_count(faults, "/variants", d.variants.size(), imported_variants_max);
    std::set<std::string> titles;
    std::set<std::string_view> skus;
    for (std::size_t i = 0; i < d.variants.size(); ++i) {
        std::string const at = "/variants/" + std::to_string(i);
        std::size_t const before = faults.size();
        check_variant(faults, at, d, d.variants[i]);
        if (faults.size() == before && !titles.insert(title_of(choices_of(d, d.variants[i]))).second)
            faults.add(at + "/option_values", "repeated", "another variant has the same options");
        auto const& sku = d.variants[i].sku;
        if (sku.given() && *sku && !skus.insert(**sku).second)
            faults.add(at + "/sku", "repeated", "another variant has the same SKU");
    }
}

void check_media(fault_list& faults, std::vector<media_draft> const& media) {
    check_count(faults, "/media", media.size(), media_max);
    std::set<std::string_view> urls;
    for (std::size_t i = 0; i < media.size(); ++i) {
        std::string const at = "/media/" + std::to_string(i);
        if (!core::is_http_url(media[i].url))
            faults.add(at + "/url", "not_a_url", "must be an absolute http or https URL");
        if (!urls.insert(media[i].url).second)
            faults.add(at + "/url", "repeated", "stands in the list already");
        check_text(faults, at + "/alt", media[i].alt, 0, 500);
    }
}

// FNV-1a: the same names give the same handle, also where no letter of theirs can stand in one.
std::string digest_handle(std::span<std::string const> names) {
    std::uint64_t h = 14695981039346656037ULL;
    for (std::string const& name : names)
        for (char const ch : name + "\n") h = (h ^ static_cast<unsigned char>(ch)) * 1099511628211ULL;
    std::string out = "category-";
    for (int shift = 60; shift >= 0; shift -= 4) out.push_back("0123456789abcdef"[(h >> shift) & 15]);
    return out;
}

variant_detail variant_of(product_draft const& d, variant_draft const& v, variant_detail base,
                          std::vector<media_view> const& media) {
    base.options = choices_of(d, v);
    if (v.sku.given()) base.sku.value = *v.sku;
    if (v.barcode.given()) base.barcode.value = *v.barcode;
    base.weight_grams = v.weight_grams.value_or(base.weight_grams);
    base.requires_shipping = v.requires_shipping.value_or(base.requires_shipping);
    base.taxable = v.taxable.value_or(base.taxable);
    for (price_draft const& price : v.prices) {
        std::erase_if(base.prices, [&](price_view const& p) { return p.currency == price.currency; });
        base.prices.push_back({price.currency, price.amount, {price.compare_at_amount}});
    }
    std::ranges::sort(base.prices, {}, &price_view::currency);
    if (v.media_url.given()) {
        auto const it = std::ranges::find(media, *v.media_url, &media_view::url);
        base.media_id.value = it == media.end() ? std::nullopt : std::optional(it->id);
    } else if (base.media_id.value &&
               std::ranges::find(media, *base.media_id.value, &media_view::id) == media.end())
        base.media_id.value.reset();
    return base;
}

void take_variants(product_detail& p, product_detail const* existing,
                   std::span<archived_variant const> archived, product_draft const& d) {
    p.variants.clear();
    for (variant_draft const& draft : d.variants) {
        variant_detail base{.id = {}, .title = title_of(choices_of(d, draft))};
        if (existing != nullptr)
            if (auto const it = std::ranges::find(existing->variants, base.title, &variant_detail::title);
                it != existing->variants.end())
                base = *it;
        if (base.id.is_nil())
            if (auto const it = std::ranges::find(archived, base.title, &archived_variant::title);
                it != archived.end())
                base.id = it->id;
        if (base.id.is_nil()) base.id = core::make_uuid7();
        p.variants.push_back(variant_of(d, draft, std::move(base), p.media));
    }
}

void take_media(product_detail& p, product_draft const& d) {
    if (!d.media.given()) return;
    std::vector<media_view> out;
    for (media_draft const& m : *d.media) {
        auto const it = std::ranges::find(p.media, m.url, &media_view::url);
        out.push_back({it == p.media.end() ? core::make_uuid7() : it->id, m.url, m.alt});
    }
    p.media = std::move(out);
}

}  // namespace

std::vector<core::violation> faults_of(product_draft const& d) {
    fault_list faults;
    if (!core::is_handle(d.handle))
        faults.add("/handle", "not_a_handle", "must be a handle");
    else if (!usable_handle(d.handle))
        faults.add("/handle", "looks_like_an_id", "must not look like an id");
    check_text(faults, "/title", d.title, 1, 300);
    if (d.description_html.given() && d.description_html->size() > markup::html_bytes_max * 2)
        faults.add("/description_html", "too_long", "is too long");
    if (d.vendor.given()) check_text(faults, "/vendor", *d.vendor, 0, 200);
    if (d.product_type.given()) check_text(faults, "/product_type", *d.product_type, 0, 200);
    if (d.tags.given()) {
        check_count(faults, "/tags", d.tags->size(), tags_max);
        for (std::size_t i = 0; i < d.tags->size(); ++i)
            check_text(faults, "/tags/" + std::to_string(i), (*d.tags)[i], 1, 100);
    }
    if (d.categories.given()) {
        check_count(faults, "/categories", d.categories->size(), product_categories_max);
        for (std::size_t i = 0; i < d.categories->size(); ++i) {
            std::string const at = "/categories/" + std::to_string(i);
            auto const& names = (*d.categories)[i];
            if (names.empty() || names.size() > static_cast<std::size_t>(category_depth_max))
                faults.add(at, "wrong_depth", "must name 1 to 10 levels");
            for (std::size_t n = 0; n < names.size(); ++n)
                check_text(faults, at + "/" + std::to_string(n), names[n], 1, 200);
        }
    }
    check_options(faults, d.options);
    check_variants(faults, d);
    if (d.media.given()) check_media(faults, *d.media);
    return std::move(faults).take();
}

std::string category_handle(std::span<std::string const> names) {
    std::string joined;
    for (std::string const& name : names) {
        std::string const part = core::slug(name);
        if (part.empty()) return digest_handle(names);
        joined.append(joined.empty() ? "" : "-").append(part);
    }
    return joined.size() > 200 ? digest_handle(names) : joined;
}

product_detail imported(product_detail const* existing, std::span<archived_variant const> archived,
                        product_draft const& d, categories_found const& categories) {
    product_detail p = existing ? *existing : product_detail{.id = core::make_uuid7(), .handle = d.handle};
    p.title = d.title;
    p.description_html = d.description_html.value_or(std::move(p.description_html));
    p.vendor = d.vendor.value_or(std::move(p.vendor));
    p.product_type = d.product_type.value_or(std::move(p.product_type));
    p.published = d.published.value_or(p.published);
    p.archived = d.archived.value_or(p.archived);
    if (d.tags.given()) {
        p.tags = *d.tags;
        std::ranges::sort(p.tags);
        p.tags.erase(std::ranges::unique(p.tags).begin(), p.tags.end());
    }
    if (d.categories.given()) {
        p.categories.clear();
        for (auto const& names : *d.categories) {
            auto const it =
                std::ranges::find(categories, category_handle(names), &category_reference::handle);
            if (it == categories.end()) throw std::logic_error("an import's category was not prepared");
            if (std::ranges::find(p.categories, it->id, &category_reference::id) == p.categories.end())
                p.categories.push_back(*it);
        }
        std::ranges::sort(p.categories, [](auto const& a, auto const& b) {
            return std::tie(a.name, a.id) < std::tie(b.name, b.id);
        });
    }
    take_media(p, d);
    p.options.clear();
    for (option_draft const& o : d.options) p.options.push_back({o.name, o.values});
    take_variants(p, existing, archived, d);
    return p;
}

}  // namespace catalog
