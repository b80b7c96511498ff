// expect: takes http::reach as its last parameter
// A handler whose endpoint may be limited to locations cannot leave them out.
#include "http/bind.hpp"

inline constexpr http::endpoint<http::no_parameters, core::nothing> things{{
    .verb = http::method::get,
    .path = "/v1/admin/things",
    .id = "listThings",
    .allow = http::access::permission("things").by_location(),
    .summary = "Things",
    .success = 204,
}};

core::task<core::result<core::nothing>> show(http::call&, http::no_parameters) { co_return core::nothing{}; }

void wrong(http::registry& to) { to.add(http::serve<things, &show>()); }
