// expect: no matching constructor for initialization of 'access'
// or: could not convert '<brace-enclosed initializer list>()'
// Who may call is never left out.
#include "http/endpoint.hpp"

inline constexpr http::spec wrong{
    .verb = http::method::get,
    .path = "/v1/things",
    .id = "listThings",
    .summary = "Things",
};
