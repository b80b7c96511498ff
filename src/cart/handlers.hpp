// The coroutines behind cart/api.hpp.
#pragma once

#include "cart/api.hpp"
#include "http/call.hpp"

namespace cart {

using core::result;
using core::task;

task<result<cart_view>> begin_cart(http::call& c, create_cart_request in);
task<result<cart_view>> show_cart(http::call& c, get_cart_request in);
task<result<cart_view>> change_cart(http::call& c, update_cart_request in);
task<result<cart_view>> put_line(http::call& c, add_line_request in);
task<result<cart_view>> change_line(http::call& c, update_line_request in);
task<result<cart_view>> drop_line(http::call& c, remove_line_request in);

task<result<http::page<shipping_offer>>> page_offers(http::call& c, list_offers_request in);
task<result<http::page<shipping_method_view>>> page_methods(http::call& c, list_methods_request in);
task<result<shipping_method_view>> offer_method(http::call& c, create_method_request in);
task<result<shipping_method_view>> change_method(http::call& c, update_method_request in);

}  // namespace cart
