// What a cart may hold and what it comes to: pure decisions, no SQL, no clock, no HTTP.
#pragma once

#include "cart/api.hpp"
#include "catalog/catalog.hpp"
#include "core/result.hpp"

#include <span>

namespace cart {

std::vector<core::uuid> variants_in(open_cart const& c);

// Puts so many of the variant in: into its line, or into a new one at the end, called `fresh`. The line as it
// is now.
core::result<cart_line> put_in(open_cart& c, core::uuid fresh, core::uuid variant_id, std::int64_t quantity);
std::int64_t quantity_of(open_cart const& c, core::uuid line_id);  // 0 without such a line
core::result<cart_line> set_quantity(open_cart& c, core::uuid line_id, std::int64_t quantity);
core::result<core::nothing> take_out(open_cart& c, core::uuid line_id);

// Nothing, or that the variant can't be bought: unknown, not published, archived or without a price are
// one answer, so that a shopper can't tell drafts from nothing.
core::result<core::nothing> check_for_sale(std::span<catalog::sellable const> offered, core::uuid variant_id,
                                           std::string_view pointer);

// Lines are summed when they are for sale; shipping is what the chosen method costs in the cart's currency.
core::result<cart_totals> totals_of(open_cart const& c, std::span<catalog::sellable const> offered);
// Its totals are null when they are total_too_large.
cart_view view_of(core::uuid capability, open_cart const& c, std::span<catalog::sellable const> offered);
// For changes that make a cart dearer.
core::result<cart_view> payable_view(core::uuid capability, open_cart const& c,
                                     std::span<catalog::sellable const> offered);

// Every fault at once: a shop without discounts knows none of the codes, and a method that was chosen is
// offered. Nothing, or a problem with the pointer of each.
core::result<core::nothing> check_choices(update_cart_request const& in, bool method_offered);

// A currency named twice has two prices.
core::result<core::nothing> check_rates(std::span<shipping_rate const> rates);

}  // namespace cart
