// Everything the outside world may say about accounts of shoppers: having one, and what the staff sees of
// them.
#pragma once

#include "identity/api.hpp"

namespace identity {

inline constexpr core::failure customer_not_found{"customer_not_found", core::fault::missing,
                                                  "There is no such customer."};

// --- one's own -------------------------------------------------------------------------------------

struct register_request {
    core::email email;
    identity::password password;
    std::optional<person_name> name;
};
BOOST_DESCRIBE_STRUCT(register_request, (), (email, password, name))

struct account_view {
    core::uuid id;
    std::string email;
    http::nullable<std::string> name;
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(account_view, (), (id, email, name, version, created_at, updated_at))

struct update_account_request {
    core::patch<std::optional<person_name>> name;
};
BOOST_DESCRIBE_STRUCT(update_account_request, (), (name))

inline constexpr http::endpoint<register_request, core::nothing> register_customer{{
    .verb = http::method::post,
    .path = "/v1/auth/register",
    .id = "register",
    .allow = http::access::everyone(),
    .summary = "Ask for an account in the shop",
    .description =
        "The answer is the same whether the address has an account already or not: what comes next stands in "
        "a "
        "mail to it. A new address gets a token, and sending that to `POST /v1/auth/email/verify` makes the "
        "account, which can then be signed in to. An address that has an account is told so, with a token "
        "that sets "
        "another password. An address gets three mails an hour at most. Passwords are not kept, so an "
        "Idempotency-Key has no effect.",
    .success = 202,
    .retry = http::replay::none,
    .statements = 8,
    .body_limit = 4 * 1024,
    .fails_with = {&password_too_common, &too_many_attempts},
}};

inline constexpr http::endpoint<http::no_parameters, account_view> get_account{{
    .verb = http::method::get,
    .path = "/v1/shop/account",
    .id = "getAccount",
    .allow = http::access::customer(),
    .summary = "One's own account",
    .statements = 1,
    .fails_with = {&access_token_invalid},
}};

inline constexpr http::endpoint<update_account_request, account_view> update_account{{
    .verb = http::method::patch,
    .path = "/v1/shop/account",
    .id = "updateAccount",
    .allow = http::access::customer(),
    .summary = "Change the name in one's own account, or take it out with null",
    .statements = 5,
    .body_limit = 4 * 1024,
    .fails_with = {&access_token_invalid},
}};

// --- as the staff sees them ------------------------------------------------------------------------

struct customer_view {
    core::uuid id;
    std::string email;
    http::nullable<std::string> name;
    user_status status;
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(customer_view, (), (id, email, name, status, version, created_at, updated_at))

struct list_customers_request {
    std::optional<core::email> email;  // the whole of it, in capitals or not
    std::optional<user_status> status;
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_customers_request, (), (email, status, after, limit))

struct customer_request {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(customer_request, (), (id))

struct update_customer_request {
    core::uuid id;
    core::patch<user_status> status;
};
BOOST_DESCRIBE_STRUCT(update_customer_request, (), (id, status))

inline constexpr http::endpoint<list_customers_request, http::page<customer_view>> list_customers{{
    .verb = http::method::get,
    .path = "/v1/admin/customers",
    .id = "listCustomers",
    .allow = http::access::permission("customers"),
    .summary = "Shoppers with an account, newest first",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<customer_request, customer_view> get_customer{{
    .verb = http::method::get,
    .path = "/v1/admin/customers/{id}",
    .id = "getCustomer",
    .allow = http::access::permission("customers"),
    .summary = "One shopper with an account",
    .statements = 1,
    .fails_with = {&customer_not_found},
}};

inline constexpr http::endpoint<update_customer_request, customer_view> update_customer{{
    .verb = http::method::patch,
    .path = "/v1/admin/customers/{id}",
    .id = "updateCustomer",
    .allow = http::access::permission("customers"),
    .summary = "Block a shopper's account, or unblock it",
    .description =
        "Blocking ends every sign-in of the account, on every node within two seconds. Orders stay as they "
        "are, and whoever it is may order as a guest.",
    .statements = 7,
    .body_limit = 4 * 1024,
    .fails_with = {&customer_not_found},
}};

}  // namespace identity
