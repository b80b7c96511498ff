// expect: path_parameter_is_not_a_member_of_the_request_type
// What the path names is in the request.
#include "core/uuid.hpp"
#include "http/endpoint.hpp"

struct thing_request {
    core::uuid thing_id;
};
BOOST_DESCRIBE_STRUCT(thing_request, (), (thing_id))

inline constexpr http::endpoint<thing_request, core::nothing> wrong{{
    .verb = http::method::get,
    .path = "/v1/things/{thnig_id}",
    .id = "getThing",
    .allow = http::access::everyone(),
    .summary = "A thing",
}};
