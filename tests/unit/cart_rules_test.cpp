// What a cart may hold and what it comes to.
#include "cart/rules.hpp"

#include <gtest/gtest.h>

namespace {

using cart::open_cart;
using catalog::sellable;

core::currency const euro = core::currency::unchecked("EUR");
core::uuid const mug = core::make_uuid7();
core::uuid const cup = core::make_uuid7();

sellable offer(core::uuid variant, std::optional<std::int64_t> amount, bool for_sale = true) {
    sellable s{};
    s.variant_id = variant;
    s.product_title = "Mug";
    s.variant_title = "Blue";
    s.amount = amount;
    s.for_sale = for_sale;
    return s;
}

open_cart empty_cart() { return {.id = core::make_uuid7(), .version = 1, .currency = euro}; }

open_cart cart_with(std::int64_t mugs, std::int64_t cups = 0) {
    open_cart c = empty_cart();
    c.lines.push_back({core::make_uuid7(), mug, mugs});
    if (cups > 0) c.lines.push_back({core::make_uuid7(), cup, cups});
    return c;
}

TEST(cart_put_in, makes_a_line_at_the_end) {
    open_cart c = cart_with(1);
    core::uuid const fresh = core::make_uuid7();
    auto const line = cart::put_in(c, fresh, cup, 3);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->id, fresh);
    ASSERT_EQ(c.lines.size(), 2U);
    EXPECT_EQ(c.lines[1].variant_id, cup);
    EXPECT_EQ(c.lines[1].quantity, 3);
}

TEST(cart_put_in, adds_up_the_same_variant) {
    open_cart c = cart_with(2);
    auto const line = cart::put_in(c, core::make_uuid7(), mug, 5);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->id, c.lines[0].id);
    ASSERT_EQ(c.lines.size(), 1U);
    EXPECT_EQ(c.lines[0].quantity, 7);
}

TEST(cart_put_in, fills_a_line_to_its_limit_and_not_beyond) {
    open_cart c = cart_with(9'999);
    EXPECT_TRUE(cart::put_in(c, core::make_uuid7(), mug, 1));
    auto const more = cart::put_in(c, core::make_uuid7(), mug, 1);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().what, &cart::quantity_too_large);
    EXPECT_EQ(more.error().violations.at(0).pointer, "/quantity");
    EXPECT_EQ(c.lines[0].quantity, 10'000);
}

TEST(cart_put_in, holds_a_hundred_lines) {
    open_cart c = empty_cart();
    for (int i = 0; i < 99; ++i) ASSERT_TRUE(cart::put_in(c, core::make_uuid7(), core::make_uuid7(), 1));
    ASSERT_TRUE(cart::put_in(c, core::make_uuid7(), mug, 1));
    auto const more = cart::put_in(c, core::make_uuid7(), cup, 1);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().what, &cart::cart_full);
    EXPECT_EQ(c.lines.size(), 100U);
    EXPECT_TRUE(cart::put_in(c, core::make_uuid7(), mug, 1))
        << "a full cart still takes more of what it holds";
}

TEST(cart_set_quantity, changes_the_line_or_misses) {
    open_cart c = cart_with(1, 1);
    ASSERT_TRUE(cart::set_quantity(c, c.lines[1].id, 8));
    EXPECT_EQ(c.lines[1].quantity, 8);
    auto const none = cart::set_quantity(c, core::make_uuid7(), 8);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().what, &cart::line_not_found);
}

TEST(cart_take_out, removes_the_line_or_misses) {
    open_cart c = cart_with(1, 1);
    core::uuid const first = c.lines[0].id;
    ASSERT_TRUE(cart::take_out(c, first));
    ASSERT_EQ(c.lines.size(), 1U);
    EXPECT_EQ(c.lines[0].variant_id, cup);
    EXPECT_FALSE(cart::take_out(c, first));
}

TEST(cart_check_for_sale, gives_one_answer_to_all_that_cannot_be_bought) {
    sellable const offered[] = {offer(mug, 100)};
    EXPECT_TRUE(cart::check_for_sale(offered, mug, "/variant_id"));
    sellable const no_price[] = {offer(mug, std::nullopt)};
    sellable const hidden[] = {offer(mug, 100, false)};
    for (auto const& refused : {cart::check_for_sale(offered, cup, "/variant_id"),
                                cart::check_for_sale(no_price, mug, "/variant_id"),
                                cart::check_for_sale(hidden, mug, "/variant_id")}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().what, &cart::variant_not_for_sale);
        ASSERT_EQ(refused.error().violations.size(), 1U);
        EXPECT_EQ(refused.error().violations[0].pointer, "/variant_id");
    }
}

TEST(cart_totals, add_lines_and_shipping) {
    open_cart c = cart_with(3, 2);
    c.shipping_method = cart::shipping{core::make_uuid7(), "Post", 490};
    sellable const offered[] = {offer(cup, 250), offer(mug, 1999)};
    auto const t = cart::totals_of(c, offered);
    ASSERT_TRUE(t);
    EXPECT_EQ(t->subtotal, (core::money{3 * 1999 + 2 * 250, euro}));
    EXPECT_EQ(t->shipping, (core::money{490, euro}));
    EXPECT_EQ(t->discount.amount, 0);
    EXPECT_EQ(t->tax.amount, 0);
    EXPECT_EQ(t->total, (core::money{3 * 1999 + 2 * 250 + 490, euro}));
}

TEST(cart_totals, leave_out_what_is_not_for_sale) {
    open_cart const c = cart_with(3, 2);
    sellable const offered[] = {offer(cup, 250, false), offer(mug, 100)};
    EXPECT_EQ(cart::totals_of(c, offered)->total.amount, 300);
    EXPECT_EQ(cart::totals_of(c, {})->total.amount, 0);
    EXPECT_EQ(cart::totals_of(empty_cart(), {})->total, (core::money{0, euro}));
}

TEST(cart_totals, refuse_to_overflow) {
    std::int64_t const most = core::minor_units::value_max;
    struct {
        char const* what;
        std::int64_t mugs, cups, mug_price, cup_price;
        std::optional<std::int64_t> shipping;
        bool fits;
    } const cases[] = {
        {"one line just fits", 1'000, 0, most, 0, {}, true},
        {"one line does not", 1'001, 0, most, 0, {}, false},
        {"two lines just fit", 500, 500, most, most, {}, true},
        {"their sum does not", 500, 501, most, most, {}, false},
        {"shipping is one too many", 1'000, 0, most, 0, 1, false},
        {"a price no endpoint would take", 10'000, 0, INT64_MAX, 0, {}, false},
    };
    for (auto const& e : cases) {
        open_cart c = cart_with(e.mugs, e.cups);
        if (e.shipping) c.shipping_method = cart::shipping{core::make_uuid7(), "Post", e.shipping};
        sellable const offered[] = {offer(mug, e.mug_price), offer(cup, e.cup_price)};
        auto const t = cart::totals_of(c, offered);
        EXPECT_EQ(t.has_value(), e.fits) << e.what;
        if (!t) EXPECT_EQ(t.error().what, &cart::total_too_large) << e.what;
    }
}

TEST(cart_view, shows_the_capability_and_not_the_row) {
    open_cart c = cart_with(2, 1);
    c.email = "ada@example.com";
    core::uuid const capability = core::make_random_uuid();
    sellable const offered[] = {offer(mug, 100)};
    auto const v = cart::view_of(capability, c, offered);
    EXPECT_EQ(v.id, capability);
    EXPECT_EQ(v.email.value, "ada@example.com");
    EXPECT_FALSE(v.ordered);
    ASSERT_EQ(v.lines.size(), 2U);
    EXPECT_EQ(v.lines[0].total.value, (core::money{200, euro}));
    EXPECT_TRUE(v.lines[0].for_sale);
    EXPECT_FALSE(v.lines[1].for_sale);
    EXPECT_FALSE(v.lines[1].unit_price.value.has_value());
}

TEST(cart_view, says_nothing_of_what_is_not_shown_in_the_shop) {
    open_cart const c = cart_with(2, 1);
    sellable hidden = offer(mug, 4242, false);
    hidden.sku = "NEXT-1";
    hidden.image_url = "https://example.com/next.png";
    sellable const offered[] = {hidden, offer(cup, std::nullopt)};
    auto const v = cart::view_of(core::make_random_uuid(), c, offered);
    auto const& draft = v.lines.at(0);
    EXPECT_EQ(draft.variant_id, mug);
    EXPECT_EQ(draft.quantity, 2);
    EXPECT_FALSE(draft.for_sale);
    for (auto const& text :
         {draft.product_handle, draft.product_title, draft.variant_title, draft.sku, draft.image_url})
        EXPECT_FALSE(text.value.has_value());
    EXPECT_FALSE(draft.unit_price.value || draft.total.value);
    auto const& priceless = v.lines.at(1);
    EXPECT_FALSE(priceless.for_sale);
    EXPECT_EQ(priceless.product_title.value, "Mug") << "it is shown in the shop, in other currencies";
    EXPECT_EQ(v.totals.value->total.amount, 0);
}

TEST(cart_view, has_no_totals_when_they_are_too_large) {
    open_cart const c = cart_with(1, 1);
    sellable const offered[] = {offer(mug, core::amount_max), offer(cup, 1)};
    auto const v = cart::view_of(core::make_random_uuid(), c, offered);
    EXPECT_FALSE(v.totals.value.has_value());
    EXPECT_EQ(v.lines.at(0).total.value->amount, core::amount_max);
    EXPECT_EQ(cart::payable_view(core::make_random_uuid(), c, offered).error().what, &cart::total_too_large);
    sellable const larger[] = {offer(mug, core::amount_max), offer(cup, core::amount_max)};
    EXPECT_FALSE(cart::view_of(core::make_random_uuid(), cart_with(2), larger).lines.at(0).total.value);
}

TEST(cart_view, shows_a_shipping_method_that_is_gone_without_a_price) {
    open_cart c = empty_cart();
    c.shipping_method = cart::shipping{core::make_uuid7(), "Post", std::nullopt};
    auto const v = cart::view_of(core::make_random_uuid(), c, {});
    EXPECT_EQ(v.shipping_method.value->name, "Post");
    EXPECT_FALSE(v.shipping_method.value->price.value.has_value());
    EXPECT_EQ(v.totals.value->shipping.amount, 0);
}

TEST(cart_check_rates, refuse_a_currency_twice) {
    core::currency const dollar = core::currency::unchecked("USD");
    cart::shipping_rate const good[] = {{{1}, euro}, {{2}, dollar}};
    EXPECT_TRUE(cart::check_rates(good));
    EXPECT_TRUE(cart::check_rates({}));
    cart::shipping_rate const twice[] = {{{1}, euro}, {{2}, dollar}, {{3}, euro}, {{4}, euro}};
    auto const refused = cart::check_rates(twice);
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().violations.size(), 2U);
    EXPECT_EQ(refused.error().violations[0].pointer, "/rates/2/currency");
    EXPECT_EQ(refused.error().violations[1].pointer, "/rates/3/currency");
}

}  // namespace
