// Everything the outside world may say to carts and to the methods of shipping.
#pragma once

#include "cart/cart.hpp"
#include "http/endpoint.hpp"
#include "work/idempotency.hpp"
#include "work/page.hpp"

namespace cart {

// ---- requests ----

struct create_cart_request {
    std::optional<core::currency> currency;
};
BOOST_DESCRIBE_STRUCT(create_cart_request, (), (currency))

struct get_cart_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(get_cart_request, (), (id))

using discount_codes = core::list<core::text<1, 50>, 10>;

struct update_cart_request {
    core::uuid id;
    core::patch<std::optional<core::email>> email;
    core::patch<std::optional<address>> shipping_address;
    core::patch<std::optional<address>> billing_address;
    core::patch<std::optional<core::uuid>> shipping_method_id;
    core::patch<cart::discount_codes> discount_codes;
};
BOOST_DESCRIBE_STRUCT(update_cart_request, (),
                      (id, email, shipping_address, billing_address, shipping_method_id, discount_codes))

struct add_line_request {
    core::uuid id;
    core::uuid variant_id;
    core::quantity quantity;
};
BOOST_DESCRIBE_STRUCT(add_line_request, (), (id, variant_id, quantity))

struct update_line_request {
    core::uuid id;
    core::uuid line;
    core::quantity quantity;
};
BOOST_DESCRIBE_STRUCT(update_line_request, (), (id, line, quantity))

struct remove_line_request {
    core::uuid id;
    core::uuid line;
};
BOOST_DESCRIBE_STRUCT(remove_line_request, (), (id, line))

struct list_offers_request {
    std::optional<core::currency> currency;
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_offers_request, (), (currency, limit, after))

struct list_methods_request {
    std::optional<work::page_limit> limit;
    std::optional<work::page_cursor> after;
};
BOOST_DESCRIBE_STRUCT(list_methods_request, (), (limit, after))

struct shipping_rate {
    core::minor_units amount;
    core::currency currency;
};
BOOST_DESCRIBE_STRUCT(shipping_rate, (), (amount, currency))

using shipping_rates = core::list<shipping_rate, 50>;
using method_position = core::integer<0, 10'000>;

struct create_method_request {
    core::handle code;
    core::text<1, 200> name;
    std::optional<method_position> position;
    shipping_rates rates;
};
BOOST_DESCRIBE_STRUCT(create_method_request, (), (code, name, position, rates))

struct update_method_request {
    core::uuid id;
    core::patch<core::text<1, 200>> name;
    core::patch<method_position> position;
    core::patch<shipping_rates> rates;
    core::patch<bool> archived;
};
BOOST_DESCRIBE_STRUCT(update_method_request, (), (id, name, position, rates, archived))

// ---- views ----

struct cart_line_view {
    core::uuid id;
    core::uuid variant_id;
    // Null when the variant is not shown in the shop (any more): a cart is no window into drafts.
    http::nullable<std::string> product_handle;
    http::nullable<std::string> product_title;
    http::nullable<std::string> variant_title;
    http::nullable<std::string> sku;
    http::nullable<std::string> image_url;
    std::int64_t quantity;
    bool for_sale;                           // false: no longer offered; the cart can't be ordered with it
    http::nullable<core::money> unit_price;  // null: not for sale, or not in the cart's currency
    http::nullable<core::money> total;       // null, too, when it is larger than money can be
};
BOOST_DESCRIBE_STRUCT(cart_line_view, (),
                      (id, variant_id, product_handle, product_title, variant_title, sku, image_url, quantity,
                       for_sale, unit_price, total))

struct cart_totals {  // of the lines that are for sale
    core::money subtotal;
    core::money discount;
    core::money shipping;
    core::money tax;
    core::money total;
};
BOOST_DESCRIBE_STRUCT(cart_totals, (), (subtotal, discount, shipping, tax, total))

struct chosen_shipping_view {
    core::uuid id;
    std::string name;
    http::nullable<core::money> price;  // null: no longer offered; choose another
};
BOOST_DESCRIBE_STRUCT(chosen_shipping_view, (), (id, name, price))

struct cart_view {
    core::uuid id;
    std::int64_t version;
    core::currency currency;
    http::nullable<std::string> email;
    std::vector<cart_line_view> lines;
    http::nullable<cart_totals> totals;  // null: larger than money can be, since prices rose
    http::nullable<address> shipping_address;
    http::nullable<address> billing_address;
    http::nullable<chosen_shipping_view> shipping_method;
    bool ordered;  // true: it became an order and can no longer change
};
BOOST_DESCRIBE_STRUCT(cart_view, (),
                      (id, version, currency, email, lines, totals, shipping_address, billing_address,
                       shipping_method, ordered))

struct shipping_offer {
    core::uuid id;
    std::string code;
    std::string name;
    core::money price;
};
BOOST_DESCRIBE_STRUCT(shipping_offer, (), (id, code, name, price))

struct shipping_method_view {
    core::uuid id;
    std::string code;
    std::string name;
    std::int64_t position;
    std::vector<core::money> rates;
    bool archived;
    std::int64_t version;
};
BOOST_DESCRIBE_STRUCT(shipping_method_view, (), (id, code, name, position, rates, archived, version))

// ---- failures ----

inline constexpr core::failure line_not_found{"cart_line_not_found", core::fault::missing,
                                              "There is no such line in this cart."};
inline constexpr core::failure variant_not_for_sale{"variant_not_for_sale", core::fault::invalid,
                                                    "This variant is not for sale in the cart's currency."};
inline constexpr core::failure quantity_too_large{"quantity_too_large", core::fault::invalid,
                                                  "A line can hold at most 10,000."};
inline constexpr core::failure cart_full{"cart_full", core::fault::conflict,
                                         "A cart can hold at most 100 lines."};
inline constexpr core::failure total_too_large{"cart_total_too_large", core::fault::conflict,
                                               "The cart's total is larger than we can compute with."};
inline constexpr core::failure shipping_not_offered{
    "shipping_method_not_offered", core::fault::invalid,
    "This shipping method is not offered in the cart's currency."};
inline constexpr core::failure discount_code_unknown{"discount_code_unknown", core::fault::invalid,
                                                     "There is no discount with this code."};
inline constexpr core::failure method_not_found{"shipping_method_not_found", core::fault::missing,
                                                "There is no such shipping method."};
inline constexpr core::failure method_code_taken{"shipping_method_code_taken", core::fault::conflict,
                                                 "Another shipping method has this code."};

// ---- endpoints ----

inline constexpr http::endpoint<create_cart_request, cart_view> create_cart{{
    .verb = http::method::post,
    .path = "/v1/shop/carts",
    .id = "createCart",
    .allow = http::access::everyone(),
    .summary = "Begin a cart",
    .description =
        "The cart's id is what gives access to it: whoever knows it can read and change the cart. "
        "So the answer is not kept, and an Idempotency-Key has no effect: an empty cart more does no "
        "harm.",
    .success = 201,
    .retry = http::replay::none,
    .statements = 1,
}};

inline constexpr http::endpoint<get_cart_request, cart_view> get_cart{{
    .verb = http::method::get,
    .path = "/v1/shop/carts/{id}",
    .id = "getCart",
    .allow = http::access::everyone(),
    .summary = "Show a cart at today's prices",
    .description = "A line that is no longer for sale keeps its id, variant and quantity; what it was called "
                   "and what it "
                   "would cost are null. `totals` count what is for sale; they are null when prices rose "
                   "beyond what can be "
                   "computed with, until lines are taken out.",
    .statements = 2,
    .fails_with = {&cart_not_found},
}};

inline constexpr http::endpoint<update_cart_request, cart_view> update_cart{{
    .verb = http::method::patch,
    .path = "/v1/shop/carts/{id}",
    .id = "updateCart",
    .allow = http::access::everyone(),
    .summary = "Set or clear e-mail, addresses and shipping method",
    .description =
        "A field that is left out stays as it is; null clears it. `discount_codes` are the codes to use, "
        "an empty list for none; the shop has no discounts, so every code is refused by its place.",
    .statements = 6,
    .fails_with = {&cart_not_found, &already_ordered, &discount_code_unknown, &shipping_not_offered,
                   &total_too_large},
}};

inline constexpr http::endpoint<add_line_request, cart_view> add_line{{
    .verb = http::method::post,
    .path = "/v1/shop/carts/{id}/lines",
    .id = "addCartLine",
    .allow = http::access::everyone(),
    .summary = "Put a variant in the cart",
    .description =
        "A variant that is in the cart already gets the quantity added to its line. Repeated with its "
        "Idempotency-Key, nothing is added and the cart is answered as it is now.",
    .success = 201,
    .match = http::precondition::honoured,
    .statements = 7,
    .fails_with = {&cart_not_found, &already_ordered, &variant_not_for_sale, &quantity_too_large, &cart_full,
                   &total_too_large, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<update_line_request, cart_view> update_line{{
    .verb = http::method::patch,
    .path = "/v1/shop/carts/{id}/lines/{line}",
    .id = "updateCartLine",
    .allow = http::access::everyone(),
    .summary = "Change how many of a variant are in the cart",
    .statements = 5,
    .fails_with = {&cart_not_found, &line_not_found, &already_ordered, &total_too_large},
}};

inline constexpr http::endpoint<remove_line_request, cart_view> remove_line{{
    .verb = http::method::remove,
    .path = "/v1/shop/carts/{id}/lines/{line}",
    .id = "removeCartLine",
    .allow = http::access::everyone(),
    .summary = "Take a line out of the cart",
    .statements = 5,
    .fails_with = {&cart_not_found, &line_not_found, &already_ordered},
}};

inline constexpr http::endpoint<list_offers_request, http::page<shipping_offer>> list_offers{{
    .verb = http::method::get,
    .path = "/v1/shop/shipping-methods",
    .id = "listShippingOffers",
    .allow = http::access::everyone(),
    .summary = "How goods can be shipped and what it costs",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<list_methods_request, http::page<shipping_method_view>> list_methods{{
    .verb = http::method::get,
    .path = "/v1/admin/shipping-methods",
    .id = "listShippingMethods",
    .allow = http::access::permission("shipping"),
    .summary = "Every shipping method, archived ones too",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<create_method_request, shipping_method_view> create_method{{
    .verb = http::method::post,
    .path = "/v1/admin/shipping-methods",
    .id = "createShippingMethod",
    .allow = http::access::permission("shipping"),
    .summary = "Offer another way to ship",
    .success = 201,
    .statements = 5,
    .fails_with = {&method_code_taken, &work::key_reused, &work::key_in_use},
}};

inline constexpr http::endpoint<update_method_request, shipping_method_view> update_method{{
    .verb = http::method::patch,
    .path = "/v1/admin/shipping-methods/{id}",
    .id = "updateShippingMethod",
    .allow = http::access::permission("shipping"),
    .summary = "Rename, reorder, price anew or archive a shipping method",
    .description =
        "`rates` replaces all rates. An archived method is no longer offered; orders that used it keep it.",
    .match = http::precondition::required,
    .statements = 6,
    .fails_with = {&method_not_found},
}};

}  // namespace cart
