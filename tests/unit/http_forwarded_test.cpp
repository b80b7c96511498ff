#include "http/forwarded.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace {

struct expectation {
    char const* what;
    char const* peer;
    char const* forwarded;
    char const* client;
};

TEST(HttpForwarded, BelievesOnlyOurOwnProxies) {
    std::vector<std::string> const ours{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"};
    http::proxies const p(ours);
    expectation const all[] = {
        {"no field", "10.0.0.1", "", "10.0.0.1"},
        {"one proxy", "10.0.0.1", "203.0.113.9", "203.0.113.9"},
        {"two proxies", "10.0.0.1", "203.0.113.9, 192.0.2.7", "203.0.113.9"},
        {"a stranger's word", "198.51.100.1", "203.0.113.9", "198.51.100.1"},
        {"what the client wrote itself", "10.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"},
        {"all ours", "10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"},
        {"nonsense", "10.0.0.1", "unknown", "10.0.0.1"},
        {"nonsense in the middle", "10.0.0.1", "203.0.113.9, _hidden, 10.0.0.2", "10.0.0.2"},
        {"IPv6", "2001:db8::1", "2001:db9::5", "2001:db9::5"},
        {"IPv4 in an IPv6 coat", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"},
        {"empty hops", "10.0.0.1", ", ,", "10.0.0.1"},
    };
    for (auto const& e : all) EXPECT_EQ(p.client(e.peer, e.forwarded), e.client) << e.what;
}

TEST(HttpForwarded, WithoutProxiesThePeerIsTheClient) {
    EXPECT_EQ(http::proxies().client("10.0.0.1", "203.0.113.9"), "10.0.0.1");
}

TEST(HttpForwarded, RefusesWhatIsNoRange) {
    for (std::string const bad : {"10.0.0.0/33", "example.com", "10.0.0"})
        EXPECT_THROW(http::proxies(std::vector<std::string>{bad}), std::invalid_argument) << bad;
}

TEST(HttpForwarded, OneClientHoldsAnAddressOrASlash64) {
    std::pair<char const*, char const*> const all[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:DB8:1:2::", "2001:db8:1:2::/64"},
        {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
        {"a socket", "a socket"},
        {"", ""},
    };
    for (auto const& [address, network] : all) EXPECT_EQ(http::network_of(address), network) << address;
}

}  // namespace
