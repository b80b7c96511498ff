#include "app/machine_guard.hpp"

#include <sodium.h>

namespace app {
namespace {

bool holds_token(http::call const& c, std::string const& wanted) {
    std::string const expected = "Bearer " + wanted;
    std::string_view const given = c.in.field("authorization");
    return given.size() == expected.size() &&
           sodium_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

constexpr core::failure token_required{"authentication_required", core::fault::unauthenticated,
                                       "Send the configured token as `Authorization: Bearer …`."};

// A proxy on this machine reaches a loopback address as well, for whomever it serves.
bool came_through_a_proxy(http::request const& in) {
    for (auto const& [name, value] : in.fields)
        if (name == "forwarded" || name == "via" || name.starts_with("x-forwarded-") || name == "x-real-ip")
            return true;
    return false;
}

}  // namespace

std::optional<http::reply> machine_guard::refusal(http::call const& c) const {
    if (nearby_only && (came_through_a_proxy(c.in) || c.cross_site))
        return http::problem_reply(core::not_found, c.request_id);
    if (!token.empty() && !holds_token(c, token)) return http::problem_reply(token_required, c.request_id);
    return std::nullopt;
}

}  // namespace app
