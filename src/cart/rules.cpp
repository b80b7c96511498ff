#include "cart/rules.hpp"

#include <algorithm>

namespace cart {
namespace {

using offers = std::span<catalog::sellable const>;

catalog::sellable const* find_offer(offers offered, core::uuid variant_id) {
    auto const at = std::ranges::find(offered, variant_id, &catalog::sellable::variant_id);
    return at == offered.end() ? nullptr : &*at;
}

bool can_be_sold(catalog::sellable const* s) { return s != nullptr && s->for_sale && s->amount.has_value(); }

core::problem at(core::failure const& f, std::string_view pointer, std::string_view message) {
    return {f, {{std::string(pointer), std::string(f.code), std::string(message)}}};
}

cart_line_view line_view(cart_line const& line, catalog::sellable const* s, core::currency currency) {
    cart_line_view v{.id = line.id,
                     .variant_id = line.variant_id,
                     .product_handle = {},
                     .product_title = {},
                     .variant_title = {},
                     .sku = {},
                     .image_url = {},
                     .quantity = line.quantity,
                     .for_sale = can_be_sold(s),
                     .unit_price = {},
                     .total = {}};
    if (s == nullptr || !s->for_sale)
        return v;  // perhaps a draft by now: nothing of it is the shopper's to see
    v.product_handle.value = s->product_handle;
    v.product_title.value = s->product_title;
    v.variant_title.value = s->variant_title;
    v.sku.value = s->sku;
    v.image_url.value = s->image_url;
    if (!s->amount) return v;
    v.unit_price.value = core::money{*s->amount, currency};
    if (auto const total = core::checked_multiply(*s->amount, line.quantity))
        v.total.value = core::money{*total, currency};
    return v;
}

}  // namespace

std::vector<core::uuid> variants_in(open_cart const& c) {
    std::vector<core::uuid> out;
    out.reserve(c.lines.size());
    for (cart_line const& line : c.lines) out.push_back(line.variant_id);
    return out;
}

core::result<cart_line> put_in(open_cart& c, core::uuid fresh, core::uuid variant_id, std::int64_t quantity) {
    auto const same = std::ranges::find(c.lines, variant_id, &cart_line::variant_id);
    if (same == c.lines.end()) {
        if (c.lines.size() >= lines_max) return cart_full;
        return c.lines.emplace_back(fresh, variant_id, quantity);
    }
    if (quantity > quantity_max - same->quantity)
        return at(quantity_too_large, "/quantity",
                  "there are some in the cart already: together at most 10,000");
    same->quantity += quantity;
    return *same;
}

std::int64_t quantity_of(open_cart const& c, core::uuid line_id) {
    auto const line = std::ranges::find(c.lines, line_id, &cart_line::id);
    return line == c.lines.end() ? 0 : line->quantity;
}

core::result<cart_line> set_quantity(open_cart& c, core::uuid line_id, std::int64_t quantity) {
    auto const line = std::ranges::find(c.lines, line_id, &cart_line::id);
    if (line == c.lines.end()) return line_not_found;
    line->quantity = quantity;
    return *line;
}

core::result<core::nothing> take_out(open_cart& c, core::uuid line_id) {
    if (std::erase_if(c.lines, [&](cart_line const& line) { return line.id == line_id; }) == 0)
        return line_not_found;
    return core::nothing{};
}

core::result<core::nothing> check_for_sale(offers offered, core::uuid variant_id, std::string_view pointer) {
    if (can_be_sold(find_offer(offered, variant_id))) return core::nothing{};
    return at(variant_not_for_sale, pointer, variant_not_for_sale.message);
}

core::result<cart_totals> totals_of(open_cart const& c, offers offered) {
    std::int64_t subtotal = 0;
    for (cart_line const& line : c.lines) {
        catalog::sellable const* s = find_offer(offered, line.variant_id);
        if (!can_be_sold(s)) continue;
        auto const total = core::checked_multiply(*s->amount, line.quantity);
        auto const sum = total ? core::checked_add(subtotal, *total) : std::nullopt;
        if (!sum) return total_too_large;
        subtotal = *sum;
    }
    std::int64_t const shipping = c.shipping_method ? c.shipping_method->amount.value_or(0) : 0;
    auto const total = core::checked_add(subtotal, shipping);
    if (!total) return total_too_large;
    auto const money = [&](std::int64_t amount) { return core::money{amount, c.currency}; };
    return cart_totals{.subtotal = money(subtotal),
                       .discount = money(0),
                       .shipping = money(shipping),
                       .tax = money(0),
                       .total = money(*total)};
}

cart_view view_of(core::uuid capability, open_cart const& c, offers offered) {
    auto const totals = totals_of(c, offered);
    cart_view v{.id = capability,
                .version = c.version,
                .currency = c.currency,
                .email = {c.email},
                .lines = {},
                .totals = {},
                .shipping_address = {c.shipping_address},
                .billing_address = {c.billing_address},
                .shipping_method = {},
                .ordered = c.order_id.has_value()};
    if (totals) v.totals.value = *totals;
    v.lines.reserve(c.lines.size());
    for (cart_line const& line : c.lines)
        v.lines.push_back(line_view(line, find_offer(offered, line.variant_id), c.currency));
    if (auto const& m = c.shipping_method) {
        chosen_shipping_view chosen{.id = m->method_id, .name = m->name, .price = {}};
        if (m->amount) chosen.price.value = core::money{*m->amount, c.currency};
        v.shipping_method.value = std::move(chosen);
    }
    return v;
}

core::result<cart_view> payable_view(core::uuid capability, open_cart const& c, offers offered) {
    cart_view v = view_of(capability, c, offered);
    if (!v.totals.value) return total_too_large;
    return v;
}

core::result<core::nothing> check_choices(update_cart_request const& in, bool method_offered) {
    core::failure const* what = nullptr;  // the first one names the whole
    std::vector<core::violation> found;
    auto const add = [&](core::failure const& f, std::string pointer) {
        if (what == nullptr) what = &f;
        found.push_back({std::move(pointer), std::string(f.code), std::string(f.message)});
    };
    std::size_t const codes = in.discount_codes.given() ? in.discount_codes->items.size() : 0;
    for (std::size_t i = 0; i < codes; ++i)
        add(discount_code_unknown, "/discount_codes/" + std::to_string(i));
    if (!method_offered) add(shipping_not_offered, "/shipping_method_id");
    if (what == nullptr) return core::nothing{};
    return core::problem{*what, std::move(found)};
}

core::result<core::nothing> check_rates(std::span<shipping_rate const> rates) {
    std::vector<core::violation> found;
    for (auto rate = rates.begin(); rate != rates.end(); ++rate)
        if (std::ranges::count(rates.begin(), rate, rate->currency, &shipping_rate::currency) > 0)
            found.push_back({"/rates/" + std::to_string(rate - rates.begin()) + "/currency", "repeated",
                             "must not be named twice"});
    if (found.empty()) return core::nothing{};
    return core::problem{core::invalid_request, std::move(found)};
}

}  // namespace cart
