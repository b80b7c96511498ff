#include "catalog/option_rules.hpp"

#include <set>

namespace catalog {
namespace {

std::string at(std::size_t i, std::string_view member = {}) {
    return "/options/" + std::to_string(i) + std::string(member);
}

// For each option as it is to be, the place among those there are; nothing: it is new.
using origins = std::vector<std::optional<std::size_t>>;

origins origins_of(product_detail const& p, std::vector<option_change> const& in, fault_list& faults) {
    origins out;
    std::set<std::string_view> names;
    std::set<std::size_t> taken;
    for (std::size_t i = 0; i < in.size(); ++i) {
        auto const& known_as = in[i].was ? *in[i].was : in[i].name;
        auto const found = std::ranges::find(p.options, known_as.value, &option_view::name);
        std::optional<std::size_t> from;
        if (found != p.options.end()) from = static_cast<std::size_t>(found - p.options.begin());
        if (!from && in[i].was) faults.add(at(i, "/was"), "unknown", "the product has no such option");
        if (from && !taken.insert(*from).second)
            faults.add(at(i, in[i].was ? "/was" : "/name"), "repeated", "stands in the list already");
        if (!names.insert(in[i].name.value).second)
            faults.add(at(i, "/name"), "repeated", "another option has this name");
        out.push_back(from);
    }
    return out;
}

std::vector<std::string> values_of(option_change const& in, std::size_t i, fault_list& faults) {
    std::vector<std::string> out;
    for (std::size_t n = 0; n < in.values.items.size(); ++n) {
        std::string const& value = in.values.items[n].value;
        if (std::ranges::find(out, value) != out.end())
            faults.add(at(i, "/values/" + std::to_string(n)), "repeated", "stands in the list already");
        out.push_back(value);
    }
    return out;
}

// The value of a variant, which it has or gets.
std::string chosen_value(variant_detail const& v, option_change const& in, std::optional<std::size_t> from) {
    if (from) return v.options.at(*from).value;
    return in.existing ? in.existing->value : std::string();
}

void check_choices(product_detail const& p, option_change const& in, std::size_t i,
                   std::optional<std::size_t> from, fault_list& faults) {
    if (from && in.existing)
        return faults.add(at(i, "/existing"), "not_new", "the variants have a value of this option");
    if (!from && !in.existing && !p.variants.empty())
        return faults.add(at(i), "missing", "a new option says by `existing` which value the variants have");
    std::set<std::string> lacking;
    for (variant_detail const& v : p.variants)
        if (std::string value = chosen_value(v, in, from);
            std::ranges::find(in.values.items, value, &core::text<1, 200>::value) == in.values.items.end())
            lacking.insert(std::move(value));
    for (std::string const& value : lacking)
        faults.add(at(i, "/values"), "in_use", "must have \"" + value + "\": a variant has it");
}

bool are_told_apart(std::vector<variant_detail> const& variants) {
    std::set<std::string_view> titles;
    return std::ranges::all_of(variants, [&](auto const& v) { return titles.insert(v.title).second; });
}

}  // namespace

void change_options(product_detail& p, std::vector<option_change> const& in, fault_list& faults) {
    std::size_t const found = faults.size();
    origins const from = origins_of(p, in, faults);
    std::vector<option_view> options;
    for (std::size_t i = 0; i < in.size(); ++i) {
        options.push_back({.name = in[i].name.value, .values = values_of(in[i], i, faults)});
        check_choices(p, in[i], i, from[i], faults);
    }
    if (faults.size() != found) return;
    for (variant_detail& v : p.variants) {
        std::vector<chosen_option> choices;
        for (std::size_t i = 0; i < in.size(); ++i)
            choices.push_back({in[i].name.value, chosen_value(v, in[i], from[i])});
        v.title = title_of(choices);
        v.options = std::move(choices);
    }
    p.options = std::move(options);
    if (!are_told_apart(p.variants))
        faults.add("/options", "in_use",
                   "without the option that is left out two variants would be the same");
}

}  // namespace catalog
