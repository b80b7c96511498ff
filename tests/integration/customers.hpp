// Shoppers with an account, made as they make it themselves: registered, and verified by the mail.
#pragma once

#include "identity_shop.hpp"

namespace integration {

inline constexpr auto shopper_email = "ada@example.com";
inline constexpr auto shopper_password = "a shopper's own horse";

core::task<heard> ask_for_account(node& n, std::string email, std::string password = shopper_password,
                                  std::string remote = "192.0.2.1");
// Whole messages of all mails that wait, which are delivered by it.
core::task<std::vector<std::string>> mails_of(node& n);
std::string token_in(std::string const& message);
core::task<heard> verify(node& n, std::string token);

core::task<heard> shop_login(node& n, std::string email = shopper_email,
                             std::string password = shopper_password, std::string more = {});
// Registers, verifies, signs in; answers the access token.
core::task<std::string> new_shopper(node& n, std::string email = shopper_email);
std::string customer_id(node& n, std::string const& email = shopper_email);

}  // namespace integration
