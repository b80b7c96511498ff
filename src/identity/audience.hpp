// Accounts are of two kinds, each with an audience of its own for tokens and a cookie of its own, so that one
// browser can be signed in as both and neither is anything to the other.
#pragma once

#include "http/call.hpp"

#include <boost/describe/enum.hpp>

#include <array>
#include <string_view>

namespace identity {

BOOST_DEFINE_ENUM_CLASS(account_kind, staff, customer)
BOOST_DEFINE_ENUM_CLASS(audience, admin, shop)  // as clients name the two

inline constexpr std::string_view staff_audience = "carrack-admin";  // in tokens
inline constexpr std::string_view shop_audience = "carrack-shop";

// The cookies that hold refresh tokens. `__Host-` binds them to this host over a secure connection
// (RFC 6265bis).
inline constexpr std::array<http::request_cookie, 2> refresh_cookies{{
    {"__Host-carrack_refresh", "refresh_cookie", "The refresh token of a member of staff"},
    {"__Host-carrack_shop_refresh", "shop_refresh_cookie", "The refresh token of a shopper"},
}};

constexpr account_kind kind_of(audience a) {
    return a == audience::shop ? account_kind::customer : account_kind::staff;
}
constexpr audience audience_of(account_kind k) {
    return k == account_kind::customer ? audience::shop : audience::admin;
}
constexpr std::string_view token_audience(account_kind k) {
    return k == account_kind::customer ? shop_audience : staff_audience;
}
constexpr std::string_view refresh_cookie_name(account_kind k) {
    return refresh_cookies[k == account_kind::customer ? 1 : 0].name;
}
constexpr http::principal_kind principal_of(account_kind k) {
    return k == account_kind::customer ? http::principal_kind::customer : http::principal_kind::staff;
}
// Of whoever is signed in as themselves.
constexpr account_kind kind_of(http::principal const& who) {
    return who.kind == http::principal_kind::customer ? account_kind::customer : account_kind::staff;
}
// What the trail calls an account.
constexpr std::string_view resource_of(account_kind k) {
    return k == account_kind::customer ? "customers" : "users";
}

}  // namespace identity
