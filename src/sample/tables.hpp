// The sample shop as tables: what Halyard & Hearth, ship chandlers, sells and what has been ordered from it.
// The texts are the project's own.
#pragma once

#include "orders/machine.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace sample {

enum class state : std::uint8_t { on_sale, draft, archived };

struct variant {
    std::string_view values[2];  // of the product's options, in their order
    std::string_view sku;        // empty: the row is not used
    std::int32_t grams = 0;
    std::int64_t usd = 0;  // cents
    std::int64_t eur = 0;
    std::int64_t at_harbour = 0;
    std::int64_t at_loft = 0;
    std::int64_t backorders = 0;  // how many may be sold beyond that
    std::int64_t usd_before = 0;  // the price that was, struck through; 0: none
    std::int64_t eur_before = 0;
};
inline constexpr std::size_t variants_max = 8;

struct product {
    std::string_view handle;
    std::string_view title;
    std::string_view vendor;
    std::string_view branch;   // the category's name, below its root
    std::string_view tags;     // separated by ", "
    std::string_view options;  // names, separated by ", "
    std::string_view html;
    variant variants[variants_max];
    state now = state::on_sale;
};

struct department {
    std::string_view root;
    std::span<product const> products;
};
std::span<product const> deck_products();
std::span<product const> wear_products();
std::span<product const> home_products();

struct place {
    std::string_view code;
    std::string_view name;
    std::int32_t priority;
};
inline constexpr place harbour{"harbour", "Harbour warehouse", 0};
inline constexpr place loft{"loft", "Sail loft shop", 10};

struct way {  // to ship
    std::string_view code;
    std::string_view name;
    std::int64_t usd;
    std::int64_t eur;
};
inline constexpr way ways[] = {
    {"standard", "Standard parcel", 690, 590},
    {"express", "Express, next working day", 1890, 1690},
    {"collect", "Collect at the sail loft", 0, 0},
};

struct customer {
    std::string_view name;
    std::string_view email;
    std::string_view line1;
    std::string_view city;
    std::string_view region;  // empty: none
    std::string_view postal_code;
    std::string_view country;
    std::string_view phone;  // empty: none
};
std::span<customer const> customers();

struct order_line {
    std::string_view sku;  // empty: the row is not used
    std::int64_t quantity = 0;
};

struct order {
    std::int64_t hours_ago;  // it was placed, or up to an hour less
    std::size_t customer;    // by its place in the list
    bool in_eur;
    std::size_t way;
    order_line lines[4];
    orders::order_status ends_as;
    orders::order_status cancelled_from = orders::order_status::pending;  // for those that end so
    bool by_customer = false;                                             // who cancelled
    bool paid = false;
    std::string_view reason = {};  // for the last step
    bool refunded = false;
};
std::span<order const> placed_orders();

}  // namespace sample
