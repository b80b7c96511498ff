// expect: only_a_permission_can_be_limited_to_locations
// What everybody may call has nothing to limit.
#include "http/endpoint.hpp"

inline constexpr http::endpoint<http::no_parameters, core::nothing> wrong{{
    .verb = http::method::get,
    .path = "/v1/things",
    .id = "listThings",
    .allow = http::access::everyone().by_location(),
    .summary = "Things",
}};
