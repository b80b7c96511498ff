// What baskets cost, against an oracle that shares nothing with the program: sums written out by hand, digit
// by digit, in the currency's own decimals. Nothing there can overflow or round.
#include "cart/rules.hpp"
#include "orders/rules.hpp"

#include "seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

// A natural number in decimal, the ones first.
using digits = std::vector<int>;

void carry(digits& n) {
    for (std::size_t i = 0; i < n.size(); ++i)
        if (n[i] > 9) {
            if (i + 1 == n.size()) n.push_back(0);
            n[i + 1] += n[i] / 10;
            n[i] %= 10;
        }
    while (n.size() > 1 && n.back() == 0) n.pop_back();
}

digits written(std::string const& text) {  // "12.50" and "1250" are the same here
    digits out;
    for (char const ch : text)
        if (ch != '.') out.insert(out.begin(), ch - '0');
    carry(out);
    return out;
}

digits sum(digits a, digits const& b) {
    a.resize(std::max(a.size(), b.size()));
    for (std::size_t i = 0; i < b.size(); ++i) a[i] += b[i];
    carry(a);
    return a;
}

digits product(digits const& a, digits const& b) {
    digits out(a.size() + b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
    carry(out);
    return out;
}

bool is_larger(digits const& a, digits const& b) {
    if (a.size() != b.size()) return a.size() > b.size();
    return std::lexicographical_compare(b.rbegin(), b.rend(), a.rbegin(), a.rend());
}

// With so many decimals, as people write money.
std::string in_decimals(digits n, std::size_t decimals) {
    n.resize(std::max(n.size(), decimals + 1));
    std::string out;
    for (std::size_t i = n.size(); i-- > 0;) {
        out.push_back(static_cast<char>('0' + n[i]));
        if (i == decimals && decimals > 0) out.push_back('.');
    }
    return out;
}

struct random_basket {
    cart::open_cart cart;
    std::vector<catalog::sellable> sellables;
    std::vector<inventory::stock_row> stock;
    std::vector<std::string> prices;  // as the oracle reads them
    std::string shipping = "0";
};

// Now small amounts, now such that a sum is just within or just beyond what money can be.
std::int64_t random_amount(std::mt19937_64& random) {
    static constexpr std::int64_t scales[] = {
        10, 2'000, 1'000'000, 1'000'000'000, core::amount_max / 1'000, core::amount_max};
    return static_cast<std::int64_t>(random() % (static_cast<std::uint64_t>(scales[random() % 6]) + 1));
}

random_basket random_one(std::mt19937_64& random, core::currency currency) {
    random_basket b;
    b.cart = {.id = core::make_uuid7(), .version = 1, .currency = currency, .email = "ada@example.com"};
    b.cart.shipping_address =
        cart::address{.name = {"Ada"}, .line1 = {"1 Way"}, .city = {"Town"}, .country = {"GB"}};
    std::size_t const lines = 1 + random() % 6;
    for (std::size_t i = 0; i < lines; ++i) {
        catalog::sellable item{};
        item.variant_id = core::make_uuid7();
        item.amount = random_amount(random);
        item.for_sale = true;
        item.requires_shipping = random() % 2 == 0;
        std::uint64_t const most = random() % 3 == 0 ? 10'000 : 9;
        auto const quantity = static_cast<std::int64_t>(1 + random() % most);
        b.cart.lines.push_back({core::make_uuid7(), item.variant_id, quantity});
        b.stock.push_back({item.variant_id, core::make_uuid7(), 0, quantity, 0, 0});
        b.prices.push_back(core::format_amount(*item.amount, currency));
        b.sellables.push_back(std::move(item));
    }
    std::int64_t const shipping = random_amount(random) / 7;
    b.cart.shipping_method = cart::shipping{core::make_uuid7(), "Post", shipping};
    b.shipping = core::format_amount(shipping, currency);
    return b;
}

void expect_as_written(random_basket const& b, std::size_t decimals) {
    digits const most = written(std::to_string(core::amount_max));
    digits subtotal{0};
    for (std::size_t i = 0; i < b.prices.size(); ++i)
        subtotal =
            sum(subtotal, product(written(b.prices[i]), written(std::to_string(b.cart.lines[i].quantity))));
    digits const total = sum(subtotal, written(b.shipping));

    auto const order = orders::price({core::make_uuid7(), std::vector<core::uuid>(b.cart.lines.size()), {}},
                                     b.cart, b.sellables, b.stock);
    auto const shown = cart::totals_of(b.cart, b.sellables);
    ASSERT_EQ(order.has_value(), !is_larger(total, most));
    ASSERT_EQ(shown.has_value(), order.has_value()) << "what the cart shows is what the order is";
    if (!order) {
        EXPECT_EQ(order.error().what, &orders::amount_too_large);
        return;
    }
    auto const money = [&](std::int64_t amount) { return core::format_amount(amount, b.cart.currency); };
    ASSERT_EQ(money(order->sums.subtotal), in_decimals(subtotal, decimals));
    ASSERT_EQ(money(order->sums.total), in_decimals(total, decimals));
    ASSERT_EQ(shown->total.amount, order->sums.total);
    ASSERT_EQ(order->sums.discount + order->sums.tax, 0);
    digits of_lines{0};
    for (orders::line_record const& l : order->lines)
        of_lines = sum(of_lines, written(money(l.total_amount)));
    ASSERT_EQ(of_lines, subtotal) << "the lines add up to the minor unit";
}

TEST(order_money, is_what_one_gets_by_hand_in_thousands_of_random_baskets) {
    auto random = test::seeded();
    struct {
        std::string_view code;
        std::size_t decimals;
    } const currencies[] = {{"JPY", 0}, {"EUR", 2}, {"BHD", 3}};
    int refused = 0;
    for (auto const& [code, decimals] : currencies) {
        auto const currency = core::currency::unchecked(code);
        ASSERT_EQ(static_cast<std::size_t>(currency.exponent()), decimals);
        for (int round = 0; round < 3'000; ++round) {
            auto const b = random_one(random, currency);
            expect_as_written(b, decimals);
            if (testing::Test::HasFatalFailure()) return;
            refused += !cart::totals_of(b.cart, b.sellables);
        }
    }
    EXPECT_GT(refused, 100) << "sums that do not fit are among them";
    EXPECT_LT(refused, 8'900);
}

// Sums of both signs in twice the width, as one would say them: lines, less discounts, with shipping and, or
// not, with tax.
struct wide_sums {
    __int128 subtotal = 0, discount = 0, shipping = 0, tax = 0;

    __int128& of(orders::adjustment_kind kind) {
        if (kind == orders::adjustment_kind::discount) return discount;
        return kind == orders::adjustment_kind::shipping ? shipping : tax;
    }
    __int128 total() const { return subtotal + discount + shipping + tax; }
    bool fits() const {
        for (__int128 const part : {subtotal, discount, shipping, tax, total()})
            if (part > core::amount_max || part < -core::amount_max) return false;
        return true;
    }
};

TEST(order_money, discounts_shipping_and_tax_add_up_to_the_minor_unit_or_are_refused) {
    auto random = test::seeded();
    static constexpr orders::adjustment_kind kinds[] = {
        orders::adjustment_kind::shipping, orders::adjustment_kind::discount, orders::adjustment_kind::tax};
    int refused = 0, negative = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<orders::line_record> lines(random() % 5);
        std::vector<orders::adjustment_record> beside;
        wide_sums truth;
        for (auto& l : lines) truth.subtotal += l.total_amount = random_amount(random);
        std::size_t const with = random() % 2 == 0 ? 3 : 2;  // with tax, or without
        for (std::size_t n = random() % 6; n > 0; --n) {
            auto const kind = kinds[random() % with];
            std::int64_t const sign = kind == orders::adjustment_kind::discount ? -1 : 1;
            beside.push_back({core::make_uuid7(), kind, "", sign * random_amount(random)});
            truth.of(kind) += beside.back().amount;
        }
        auto const got = orders::total_of(lines, beside);
        ASSERT_EQ(got.has_value(), truth.fits());
        refused += !got;
        if (!got) {
            ASSERT_EQ(got.error().what, &orders::amount_too_large);
            continue;
        }
        orders::totals const expected{
            static_cast<std::int64_t>(truth.subtotal), static_cast<std::int64_t>(truth.discount),
            static_cast<std::int64_t>(truth.shipping), static_cast<std::int64_t>(truth.tax),
            static_cast<std::int64_t>(truth.total())};
        ASSERT_EQ(*got, expected);
        ASSERT_EQ(got->subtotal + got->discount + got->shipping + got->tax, got->total);
        negative += got->total < 0;
    }
    EXPECT_GT(refused, 500);
    EXPECT_LT(refused, 19'500);
    EXPECT_GT(negative, 100);
}

}  // namespace
