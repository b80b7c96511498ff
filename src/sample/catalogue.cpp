#include "sample/catalogue.hpp"

#include "sample/pictures.hpp"

#include <algorithm>
#include <array>

namespace sample {
namespace {

constexpr auto usd = core::currency::unchecked("USD");
constexpr auto eur = core::currency::unchecked("EUR");

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        auto const end = std::min(list.find(", "), list.size());
        out.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 2, list.size()));
    }
    return out;
}

std::optional<std::int64_t> unless_zero(std::int64_t amount) {
    return amount == 0 ? std::nullopt : std::optional(amount);
}

catalog::variant_draft draft_of(variant const& v, std::size_t options, std::size_t number,
                                core::currency shop) {
    catalog::variant_draft d{};
    for (std::size_t i = 0; i < options; ++i) d.option_values.emplace_back(v.values[i]);
    d.sku = core::patch(std::optional(std::string(v.sku)));
    d.barcode = core::patch(std::optional(barcode(number)));
    d.weight_grams = core::patch(v.grams);
    d.prices = {{usd, v.usd, unless_zero(v.usd_before)}, {eur, v.eur, unless_zero(v.eur_before)}};
    if (shop != usd && shop != eur)
        d.prices.push_back({shop, same_figure(v.usd, shop), unless_zero(same_figure(v.usd_before, shop))});
    return d;
}

std::vector<catalog::option_draft> options_of(product const& p) {
    std::vector<catalog::option_draft> out;
    for (auto& name : split(p.options)) {
        catalog::option_draft option{std::move(name), {}};
        for (variant const& v : p.variants) {
            std::string value(v.values[out.size()]);
            if (!v.sku.empty() && std::ranges::find(option.values, value) == option.values.end())
                option.values.push_back(std::move(value));
        }
        out.push_back(std::move(option));
    }
    return out;
}

template <class T>
std::optional<T> optional_text(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return T{std::string(text)};
}

}  // namespace

std::string barcode(std::size_t number) {
    std::string const digits = std::to_string(200'000'000'000 + number);
    std::size_t sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i)
        sum += static_cast<std::size_t>(digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
    return digits + std::to_string((10 - sum % 10) % 10);
}

std::int64_t same_figure(std::int64_t cents, core::currency to) {
    switch (to.exponent()) {
        case 0: return (cents + 99) / 100;
        case 3: return cents * 10;
        default: return cents;
    }
}

goods all_goods(core::currency shop_currency, std::string_view address) {
    goods out;
    std::array const departments{department{"On Deck", deck_products()},
                                 department{"To Wear", wear_products()},
                                 department{"Below & Home", home_products()}};
    std::size_t number = 0;
    for (department const& d : departments)
        for (product const& p : d.products) {
            catalog::product_draft draft{.handle = std::string(p.handle), .title = std::string(p.title)};
            draft.description_html = core::patch(std::string(p.html));
            draft.vendor = core::patch(std::string(p.vendor));
            draft.product_type = core::patch(std::string(p.branch));
            draft.tags = core::patch(split(p.tags));
            draft.categories = core::patch(
                std::vector<std::vector<std::string>>{{std::string(d.root), std::string(p.branch)}});
            draft.published = core::patch(p.now != state::draft);
            draft.archived = core::patch(p.now == state::archived);
            draft.media = core::patch(std::vector<catalog::media_draft>{
                {std::string(address) + std::string(pictures_path) + picture_name(p.branch, out.rows.size()),
                 std::string(p.title)}});
            draft.options = options_of(p);
            for (variant const& v : p.variants)
                if (!v.sku.empty())
                    draft.variants.push_back(draft_of(v, draft.options.size(), ++number, shop_currency));
            out.drafts.push_back(std::move(draft));
            out.rows.push_back(&p);
        }
    return out;
}

cart::address address_of(customer const& c) {
    return {.name = {std::string(c.name)},
            .company = {},
            .line1 = {std::string(c.line1)},
            .line2 = {},
            .city = {std::string(c.city)},
            .region = optional_text<core::text<1, 200>>(c.region),
            .postal_code = optional_text<core::text<1, 20>>(c.postal_code),
            .country = {std::string(c.country)},
            .phone = optional_text<core::text<1, 40>>(c.phone)};
}

}  // namespace sample
