// Decisions about single variants, shared by the rules for products, variants and imports.
#pragma once

#include "catalog/rules.hpp"

#include <algorithm>

namespace catalog {

// Every fault of a request that its shape alone doesn't show.
class fault_list {
public:
    void add(std::string pointer, std::string code, std::string message) {
        found_.push_back({std::move(pointer), std::move(code), std::move(message)});
    }
    bool empty() const { return found_.empty(); }
    std::size_t size() const { return found_.size(); }
    std::vector<core::violation> take() && { return std::move(found_); }
    core::problem problem() && { return {core::invalid_request, std::move(found_)}; }

private:
    std::vector<core::violation> found_;
};

// Moves what `from` points to so that it stands at `place`, or last.
template <class T>
void move_to(std::vector<T>& list, typename std::vector<T>::iterator from, list_place place) {
    auto const to = list.begin() + std::min<std::ptrdiff_t>(place.value, std::ssize(list) - 1);
    if (from < to)
        std::rotate(from, from + 1, to + 1);
    else
        std::rotate(to, from, from + 1);
}

using choice_list = std::optional<core::list<choice_input, options_max>>;

// One choice for each of the product's options, in their order. A value that the option lacks is a fault.
std::vector<chosen_option> choose(std::span<option_view const> options, choice_list const& given,
                                  std::string const& pointer, fault_list& faults);
std::vector<price_view> prices_from(std::vector<price_input> const& in, std::string const& pointer,
                                    fault_list& faults);

// `Input` is variant_input or add_variant_request: the same members. Options and title are not its doing.
template <class Input>
variant_detail variant_from(Input const& in, std::string const& pointer, fault_list& faults) {
    variant_detail v{.id = core::make_uuid7()};
    if (in.sku) v.sku = {in.sku->value};
    if (in.barcode) v.barcode = {in.barcode->value};
    if (in.weight_grams) v.weight_grams = static_cast<std::int32_t>(in.weight_grams->value);
    v.requires_shipping = in.requires_shipping.value_or(true);
    v.taxable = in.taxable.value_or(true);
    if (in.prices) v.prices = prices_from(in.prices->items, pointer + "/prices", faults);
    return v;
}

}  // namespace catalog
