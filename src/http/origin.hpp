// Whose page a request comes from, as browsers tell it (RFC 6454, Fetch Metadata): for routes that obey a
// cookie, which a browser brings along whoever asks.
#pragma once

#include "http/call.hpp"

#include <span>

namespace http {

// "https://shop.example.com": how this request was addressed. `proxied`: a proxy of ours sent it, and says by
// X-Forwarded-Proto and X-Forwarded-Host what it was asked for.
std::string addressed_origin(request const& in, bool proxied);

// False for what no page has caused: only browsers send these fields, and pages cannot forge them.
bool is_cross_site(request const& in, bool proxied, std::span<std::string const> allowed);

}  // namespace http
