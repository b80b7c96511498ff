// expect: an_admin_route_needs_a_permission
// Below /v1/admin/ there is nothing that everybody may call.
#include "http/endpoint.hpp"

inline constexpr http::endpoint<http::no_parameters, core::nothing> wrong{{
    .verb = http::method::get,
    .path = "/v1/admin/things",
    .id = "listThings",
    .allow = http::access::signed_in(),
    .summary = "Things",
}};
