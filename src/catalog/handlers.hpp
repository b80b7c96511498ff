// The coroutines behind catalog/api.hpp.
#pragma once

#include "catalog/api.hpp"
#include "http/call.hpp"

namespace catalog {

using core::result;
using core::task;

task<result<http::page<product_card>>> serve_browse(http::call& c, browse_products_request in);
task<result<product_view>> serve_view(http::call& c, view_product_request in);
task<result<http::page<shop_category>>> serve_browse_categories(http::call& c, list_categories_request in);

task<result<http::page<product_summary>>> serve_list(http::call& c, list_products_request in);
task<result<product_detail>> serve_load(http::call& c, product_by_id in, http::reach where);
task<result<product_detail>> serve_create(http::call& c, create_product_request in);
task<result<product_detail>> serve_change(http::call& c, change_product_request in);
task<result<core::nothing>> serve_remove(http::call& c, product_by_id in);
task<result<product_detail>> serve_add_variant(http::call& c, add_variant_request in);
task<result<product_detail>> serve_change_variant(http::call& c, change_variant_request in);
task<result<product_detail>> serve_remove_variant(http::call& c, variant_by_id in);
task<result<product_detail>> serve_set_prices(http::call& c, set_prices_request in);
task<result<product_detail>> serve_add_media(http::call& c, add_media_request in);
task<result<product_detail>> serve_change_media(http::call& c, change_media_request in);
task<result<product_detail>> serve_remove_media(http::call& c, media_by_id in);

task<result<http::page<category_view>>> serve_list_categories(http::call& c, list_categories_request in);
task<result<category_view>> serve_create_category(http::call& c, create_category_request in);
task<result<category_view>> serve_change_category(http::call& c, change_category_request in);
task<result<core::nothing>> serve_remove_category(http::call& c, category_by_id in);

}  // namespace catalog
