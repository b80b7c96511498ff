#include "http/forwarded.hpp"

#include "core/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

namespace http {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

// An IPv4 address in an IPv6 coat is the IPv4 address.
std::optional<ip::address> read_address(std::string_view text) {
    error_code ec;
    ip::address const a = ip::make_address(std::string(text), ec);
    if (ec) return std::nullopt;
    if (a.is_v6() && a.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, a.to_v6());
    return a;
}

}  // namespace

std::string network_of(std::string const& address) {
    auto const a = read_address(address);
    if (!a) return address;
    if (a->is_v4()) return a->to_string();
    return ip::network_v6(a->to_v6(), 64).canonical().address().to_string() + "/64";
}

struct proxies::ranges {
    std::vector<ip::network_v4> v4;
    std::vector<ip::network_v6> v6;

    bool hold(ip::address const& a) const {
        if (a.is_v4())
            return std::ranges::any_of(v4, [&](ip::network_v4 const& n) {
                return n.canonical().address() ==
                       ip::network_v4(a.to_v4(), n.prefix_length()).canonical().address();
            });
        return std::ranges::any_of(v6, [&](ip::network_v6 const& n) {
            return n.canonical().address() ==
                   ip::network_v6(a.to_v6(), n.prefix_length()).canonical().address();
        });
    }
};

proxies::proxies(std::span<std::string const> texts) {
    if (texts.empty()) return;
    auto all = std::make_shared<ranges>();
    for (std::string const& text : texts) {
        error_code ec;
        if (auto const one = read_address(text)) {
            if (one->is_v4())
                all->v4.emplace_back(one->to_v4(), 32);
            else
                all->v6.emplace_back(one->to_v6(), 128);
            continue;
        }
        if (auto const n = ip::make_network_v4(text, ec); !ec)
            all->v4.push_back(n);
        else if (auto const wide = ip::make_network_v6(text, ec); !ec)
            all->v6.push_back(wide);
        else
            throw std::invalid_argument("not an address or CIDR range: " + text);
    }
    trusted_ = std::move(all);
}

bool proxies::hold(std::string const& peer) const {
    auto const a = trusted_ ? read_address(peer) : std::nullopt;
    return a && trusted_->hold(*a);
}

std::string proxies::client(std::string const& peer, std::string_view forwarded_for) const {
    if (!trusted_ || forwarded_for.empty()) return peer;
    auto current = read_address(peer);
    std::string_view rest = forwarded_for;
    while (current && trusted_->hold(*current) && !rest.empty()) {
        std::size_t const comma = rest.rfind(',');
        std::string_view const hop = core::trimmed(comma == rest.npos ? rest : rest.substr(comma + 1));
        rest = comma == rest.npos ? std::string_view{} : rest.substr(0, comma);
        auto const before = read_address(hop);
        if (!before) break;  // a port, a name, nonsense: nothing we can vouch for
        current = before;
    }
    return current ? current->to_string() : peer;
}

}  // namespace http
