#include "catalog/variant_rules.hpp"

#include <algorithm>

namespace catalog {
namespace {

variant_detail* find_variant(product_detail& p, core::uuid id) {
    auto const it = std::ranges::find(p.variants, id, &variant_detail::id);
    return it == p.variants.end() ? nullptr : &*it;
}

// Values that the options lack are added to them: a variant may bring its own.
bool widen(std::vector<option_view>& options, choice_list const& given) {
    if (!given) return true;
    for (choice_input const& choice : given->items) {
        auto const it = std::ranges::find(options, choice.name.value, &option_view::name);
        if (it == options.end() || std::ranges::find(it->values, choice.value.value) != it->values.end())
            continue;
        if (it->values.size() >= option_values_max) return false;
        it->values.push_back(choice.value.value);
    }
    return true;
}

bool title_taken(product_detail const& p, variant_detail const& by) {
    return std::ranges::any_of(p.variants,
                               [&](variant_detail const& v) { return v.id != by.id && v.title == by.title; });
}
bool sku_taken_by_sibling(product_detail const& p, variant_detail const& by) {
    return by.sku.value && std::ranges::any_of(p.variants, [&](variant_detail const& v) {
               return v.id != by.id && v.sku == by.sku;
           });
}

}  // namespace

std::string title_of(std::span<chosen_option const> choices) {
    if (choices.empty()) return "Default";
    std::string out;
    for (chosen_option const& c : choices) out.append(out.empty() ? "" : " / ").append(c.value);
    return out;
}

std::vector<chosen_option> choose(std::span<option_view const> options, choice_list const& given,
                                  std::string const& pointer, fault_list& faults) {
    static std::vector<choice_input> const none;
    auto const& choices = given ? given->items : none;
    std::vector<chosen_option> out(options.size());
    std::vector<bool> made(options.size());
    for (std::size_t i = 0; i < choices.size(); ++i) {
        std::string const at = pointer + "/" + std::to_string(i);
        auto const option = std::ranges::find(options, choices[i].name.value, &option_view::name);
        if (option == options.end()) {
            faults.add(at + "/name", "unknown", "the product has no such option");
            continue;
        }
        auto const place = static_cast<std::size_t>(option - options.begin());
        if (made[place]) faults.add(at + "/name", "repeated", "this option has a value already");
        if (std::ranges::find(option->values, choices[i].value.value) == option->values.end())
            faults.add(at + "/value", "unknown", "is not one of the option's values");
        made[place] = true;
        out[place] = {option->name, choices[i].value.value};
    }
    for (std::size_t i = 0; i < options.size(); ++i)
        if (!made[i])
            faults.add(pointer, "missing", "must name a value of the option \"" + options[i].name + "\"");
    return out;
}

std::vector<price_view> prices_from(std::vector<price_input> const& in, std::string const& pointer,
                                    fault_list& faults) {
    std::vector<price_view> out;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (std::ranges::find(out, in[i].currency, &price_view::currency) != out.end())
            faults.add(pointer + "/" + std::to_string(i) + "/currency", "repeated", "has a price already");
        price_view price{in[i].currency, in[i].amount.value, {}};
        if (in[i].compare_at_amount) price.compare_at_amount = {in[i].compare_at_amount->value};
        out.push_back(price);
    }
    std::ranges::sort(out, {}, &price_view::currency);
    return out;
}

core::result<product_detail> with_variant(product_detail p, add_variant_request const& in) {
    fault_list faults;
    bool const room = widen(p.options, in.options);
    variant_detail v = variant_from(in, "", faults);
    if (room) v.options = choose(p.options, in.options, "/options", faults);
    if (!faults.empty()) return std::move(faults).problem();
    v.title = title_of(v.options);
    if (title_taken(p, v)) return variant_taken;
    if (sku_taken_by_sibling(p, v)) return sku_taken;
    if (p.variants.size() >= variants_max) return too_many_variants;
    if (!room) return too_many_values;
    p.variants.push_back(std::move(v));
    return p;
}

core::result<product_detail> with_changed_variant(product_detail p, change_variant_request const& in) {
    variant_detail* const v = find_variant(p, in.variant_id);
    if (v == nullptr) return variant_not_found;
    fault_list faults;
    bool room = true;
    if (in.options.given()) {
        choice_list const choices = *in.options;
        room = widen(p.options, choices);
        if (room) v->options = choose(p.options, choices, "/options", faults);
        v->title = title_of(v->options);
    }
    if (in.sku.given()) v->sku.value = *in.sku ? std::optional((*in.sku)->value) : std::nullopt;
    if (in.barcode.given())
        v->barcode.value = *in.barcode ? std::optional((*in.barcode)->value) : std::nullopt;
    if (in.weight_grams.given()) v->weight_grams = static_cast<std::int32_t>(in.weight_grams->value);
    v->requires_shipping = in.requires_shipping.value_or(v->requires_shipping);
    v->taxable = in.taxable.value_or(v->taxable);
    if (in.media_id.given()) {
        v->media_id.value = *in.media_id;
        if (*in.media_id && std::ranges::find(p.media, **in.media_id, &media_view::id) == p.media.end())
            faults.add("/media_id", "unknown", "is not one of the product's pictures");
    }
    if (!faults.empty()) return std::move(faults).problem();
    if (title_taken(p, *v)) return variant_taken;
    if (sku_taken_by_sibling(p, *v)) return sku_taken;
    if (!room) return too_many_values;
    if (in.position.given()) move_to(p.variants, p.variants.begin() + (v - p.variants.data()), *in.position);
    return p;
}

core::result<product_detail> without_variant(product_detail p, core::uuid variant_id) {
    if (std::erase_if(p.variants, [&](variant_detail const& v) { return v.id == variant_id; }) == 0)
        return variant_not_found;
    return p;
}

core::result<product_detail> with_prices(product_detail p, set_prices_request const& in) {
    variant_detail* const v = find_variant(p, in.variant_id);
    if (v == nullptr) return variant_not_found;
    fault_list faults;
    v->prices = prices_from(in.prices.items, "/prices", faults);
    if (!faults.empty()) return std::move(faults).problem();
    return p;
}

}  // namespace catalog
