#include "catalog/rules.hpp"

#include "catalog/option_rules.hpp"
#include "catalog/variant_rules.hpp"
#include "markup/html.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace catalog {
namespace {

void take_description(std::string& out, std::string const& html, fault_list& faults) {
    if (auto safe = markup::sanitise_html(html))
        out = *std::move(safe);
    else
        faults.add(
            "/description_html", "too_complex",
            fmt::format("is too long or too tangled; at most {} KiB, {} tags and {} attributes are read",
                        markup::html_bytes_max >> 10, markup::html_tags_max, markup::html_attributes_max));
}

// With room for "-10000" behind it, should another product have it.
std::string handle_from(std::string const& title) {
    std::string out = core::slug(title);
    out.resize(std::min<std::size_t>(out.size(), 194));
    while (out.ends_with('-')) out.pop_back();
    return out;
}

void take_handle(std::string& out, std::string const& handle, fault_list& faults) {
    if (usable_handle(handle))
        out = handle;
    else
        faults.add("/handle", "looks_like_an_id", "must not look like an id");
}

void take_categories(std::vector<category_reference>& out, std::vector<core::uuid> const& ids,
                     categories_found const& found, fault_list& faults) {
    out.clear();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto const it = std::ranges::find(found, ids[i], &category_reference::id);
        if (it == found.end())
            faults.add("/categories/" + std::to_string(i), "unknown", "there is no such category");
        else if (std::ranges::find(out, ids[i], &category_reference::id) == out.end())
            out.push_back(*it);
    }
    std::ranges::sort(
        out, [](auto const& a, auto const& b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
}

void take_tags(std::vector<std::string>& out, std::vector<tag_name> const& names) {
    out.clear();
    for (tag_name const& t : names) out.push_back(t.value);
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
}

void take_media(std::vector<media_view>& out, std::vector<media_input> const& in, fault_list& faults) {
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (std::ranges::find(out, in[i].url.value, &media_view::url) != out.end())
            faults.add("/media/" + std::to_string(i) + "/url", "repeated", "stands in the list already");
        out.push_back({core::make_uuid7(), in[i].url.value, in[i].alt ? in[i].alt->value : ""});
    }
}

void take_options(std::vector<option_view>& out, std::vector<option_input> const& in, fault_list& faults) {
    for (std::size_t i = 0; i < in.size(); ++i) {
        std::string const at = "/options/" + std::to_string(i);
        if (std::ranges::find(out, in[i].name.value, &option_view::name) != out.end())
            faults.add(at + "/name", "repeated", "another option has this name");
        option_view o{.name = in[i].name.value, .values = {}};
        for (std::size_t n = 0; n < in[i].values.items.size(); ++n) {
            std::string const& value = in[i].values.items[n].value;
            if (std::ranges::find(o.values, value) != o.values.end())
                faults.add(at + "/values/" + std::to_string(n), "repeated", "stands in the list already");
            o.values.push_back(value);
        }
        out.push_back(std::move(o));
    }
}

void take_variants(product_detail& p, std::vector<variant_input> const& in, fault_list& faults) {
    for (std::size_t i = 0; i < in.size(); ++i) {
        std::string const at = "/variants/" + std::to_string(i);
        variant_detail v = variant_from(in[i], at, faults);
        std::size_t const before = faults.size();
        v.options = choose(p.options, in[i].options, at + "/options", faults);
        v.title = title_of(v.options);
        if (faults.size() == before &&
            std::ranges::find(p.variants, v.title, &variant_detail::title) != p.variants.end())
            faults.add(at + "/options", "repeated", "another variant has the same options");
        if (v.sku.value && std::ranges::find(p.variants, v.sku, &variant_detail::sku) != p.variants.end())
            faults.add(at + "/sku", "repeated", "another variant has the same SKU");
        p.variants.push_back(std::move(v));
    }
}

}  // namespace

bool usable_handle(std::string_view handle) { return !core::parse_uuid(handle); }

std::int64_t shown_available(std::int64_t available) {
    return std::clamp<std::int64_t>(available, 0, available_shown_max);
}

core::result<product_detail> make_product(create_product_request const& in, categories_found const& found) {
    fault_list faults;
    product_detail p{.id = core::make_uuid7(), .title = in.title.value};
    p.published = in.published.value_or(false);
    if (in.handle)
        take_handle(p.handle, in.handle->value, faults);
    else if (p.handle = handle_from(p.title); p.handle.empty() || !usable_handle(p.handle))
        p.handle = "product-" + core::to_string(p.id);  // a title of which no letter can stand in a handle
    if (in.description_html) take_description(p.description_html, in.description_html->value, faults);
    if (in.vendor) p.vendor = in.vendor->value;
    if (in.product_type) p.product_type = in.product_type->value;
    if (in.options) take_options(p.options, in.options->items, faults);
    if (in.variants)
        take_variants(p, in.variants->items, faults);
    else if (p.options.empty())
        p.variants.push_back({.id = core::make_uuid7(), .title = title_of({})});
    if (in.media) take_media(p.media, in.media->items, faults);
    if (in.categories) take_categories(p.categories, in.categories->items, found, faults);
    if (in.tags) take_tags(p.tags, in.tags->items);
    if (!faults.empty()) return std::move(faults).problem();
    return p;
}

core::result<product_detail> changed_by(product_detail p, change_product_request const& in,
                                        categories_found const& found) {
    fault_list faults;
    if (in.title.given()) p.title = in.title->value;
    if (in.handle.given()) take_handle(p.handle, in.handle->value, faults);
    if (in.description_html.given()) take_description(p.description_html, in.description_html->value, faults);
    if (in.vendor.given()) p.vendor = in.vendor->value;
    if (in.product_type.given()) p.product_type = in.product_type->value;
    p.published = in.published.value_or(p.published);
    p.archived = in.archived.value_or(p.archived);
    if (in.options.given()) change_options(p, in.options->items, faults);
    if (in.categories.given()) take_categories(p.categories, in.categories->items, found, faults);
    if (in.tags.given()) take_tags(p.tags, in.tags->items);
    if (!faults.empty()) return std::move(faults).problem();
    return p;
}

core::result<product_detail> with_media(product_detail p, add_media_request const& in) {
    if (std::ranges::find(p.media, in.url.value, &media_view::url) != p.media.end()) return media_taken;
    if (p.media.size() >= media_max) return too_many_media;
    p.media.push_back({core::make_uuid7(), in.url.value, in.alt ? in.alt->value : ""});
    return p;
}

core::result<product_detail> with_changed_media(product_detail p, change_media_request const& in) {
    auto const found = std::ranges::find(p.media, in.media_id, &media_view::id);
    if (found == p.media.end()) return media_not_found;
    if (in.alt.given()) found->alt = in.alt->value;
    if (in.position.given()) move_to(p.media, found, *in.position);
    return p;
}

core::result<product_detail> without_media(product_detail p, core::uuid media_id) {
    if (std::erase_if(p.media, [&](media_view const& m) { return m.id == media_id; }) == 0)
        return media_not_found;
    for (variant_detail& v : p.variants)
        if (v.media_id.value == media_id) v.media_id.value.reset();
    return p;
}

}  // namespace catalog
