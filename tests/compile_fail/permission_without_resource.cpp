// expect: a_permission_needs_a_resource
// A permission that names nothing cannot be granted.
#include "http/endpoint.hpp"

inline constexpr http::endpoint<http::no_parameters, core::nothing> wrong{{
    .verb = http::method::get,
    .path = "/v1/admin/things",
    .id = "listThings",
    .allow = http::access::permission(""),
    .summary = "Things",
}};
