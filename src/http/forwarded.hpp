// Behind proxies the peer's address is the proxy's: X-Forwarded-For then tells the client's, as far as
// the chain of proxies is one of our own.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace http {

// What one client can be taken to hold: the address, of IPv6 the /64 around it. Another text stays as it is.
std::string network_of(std::string const& address);

// Whose word is believed.
class proxies {
public:
    proxies() = default;
    // Addresses or CIDR ranges, IPv4 and IPv6; throws std::invalid_argument on another text.
    explicit proxies(std::span<std::string const> ranges);

    bool hold(std::string const& peer) const;  // whether it is one of them

    // Who sent the request: the peer, or, while the hop before is one of ours, the address to its left in
    // the list. What a stranger wrote is never believed.
    std::string client(std::string const& peer, std::string_view forwarded_for) const;

private:
    struct ranges;
    std::shared_ptr<ranges const> trusted_;
};

}  // namespace http
