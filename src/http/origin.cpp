#include "http/origin.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace http {
namespace {

// Of a list that each proxy adds to, what the nearest one says.
std::string last_of(std::string const& list) {
    auto const comma = list.rfind(',');
    return core::ascii_lower(
        core::trimmed(std::string_view(list).substr(comma == list.npos ? 0 : comma + 1)));
}

}  // namespace

std::string addressed_origin(request const& in, bool proxied) {
    std::string scheme, host;
    if (proxied) {
        scheme = last_of(in.list_field("x-forwarded-proto"));
        host = last_of(in.list_field("x-forwarded-host"));
    }
    if (scheme.empty()) scheme = "http";
    if (host.empty()) host = core::ascii_lower(in.field("host"));
    std::string_view const usual_port = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(usual_port)) host.resize(host.size() - usual_port.size());
    return scheme + "://" + host;
}

bool is_cross_site(request const& in, bool proxied, std::span<std::string const> allowed) {
    std::string_view const site = in.field("sec-fetch-site");
    if (site == "same-origin" || site == "none") return false;
    std::string_view const origin = in.field("origin");
    if (origin.empty()) return !site.empty();
    return origin != addressed_origin(in, proxied) && std::ranges::find(allowed, origin) == allowed.end();
}

}  // namespace http
