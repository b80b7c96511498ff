// expect: no matching constructor for initialization of 'access'
// Who may call is never left out.
#include "http/endpoint.hpp"

inline constexpr http::spec wrong{
    .verb = http::method::get,
    .path = "/v1/things",
    .id = "listThings",
    .summary = "Things",
};
