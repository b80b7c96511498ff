#include "http/origin.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

http::request with(fields f) {
    http::request in;
    in.fields = std::move(f);
    return in;
}

struct expectation {
    char const* what;
    fields sent;
    bool proxied;
    bool cross_site;
};

TEST(HttpOrigin, TellsOtherSitesPagesFromOurs) {
    std::vector<std::string> const allowed{"https://admin.example.com"};
    std::pair<std::string, std::string> const host{"host", "shop.example.com"};
    std::pair<std::string, std::string> const https{"x-forwarded-proto", "https"};
    expectation const all[] = {
        {"no browser", {host}, false, false},
        {"our page", {host, {"origin", "http://shop.example.com"}}, false, false},
        {"our page, by its browser's word", {host, {"sec-fetch-site", "same-origin"}}, false, false},
        {"the address bar", {host, {"sec-fetch-site", "none"}}, false, false},
        {"a stranger's page", {host, {"origin", "https://evil.example"}}, false, true},
        {"a stranger's, both fields",
         {host, {"origin", "https://evil.example"}, {"sec-fetch-site", "cross-site"}},
         false,
         true},
        {"without Origin", {host, {"sec-fetch-site", "cross-site"}}, false, true},
        {"a neighbour", {host, {"sec-fetch-site", "same-site"}}, false, true},
        {"a word to come", {host, {"sec-fetch-site", "somewhere"}}, false, true},
        {"a sandbox", {host, {"origin", "null"}}, false, true},
        {"an allowed page",
         {host, {"origin", "https://admin.example.com"}, {"sec-fetch-site", "same-site"}},
         false,
         false},
        {"an allowed host by another scheme", {host, {"origin", "http://admin.example.com"}}, false, true},
        {"our host by another scheme", {host, {"origin", "https://shop.example.com"}}, false, true},
        {"our host at another port", {host, {"origin", "http://shop.example.com:8080"}}, false, true},
        {"an address that begins as ours",
         {host, {"origin", "http://shop.example.com.evil.example"}},
         false,
         true},
        {"the usual port",
         {{"host", "Shop.Example.com:80"}, {"origin", "http://shop.example.com"}},
         false,
         false},
        {"behind TLS", {host, https, {"origin", "https://shop.example.com"}}, true, false},
        {"behind TLS, its port",
         {{"host", "shop.example.com:443"}, https, {"origin", "https://shop.example.com"}},
         true,
         false},
        {"behind TLS, unencrypted page", {host, https, {"origin", "http://shop.example.com"}}, true, true},
        {"no proxy of ours says so", {host, https, {"origin", "https://shop.example.com"}}, false, true},
        {"behind another name",
         {{"host", "10.0.0.3:8080"},
          https,
          {"x-forwarded-host", "shop.example.com"},
          {"origin", "https://shop.example.com"}},
         true,
         false},
        {"what the client wrote stands to the left",
         {host,
          https,
          {"x-forwarded-host", "evil.example, shop.example.com"},
          {"origin", "https://evil.example"}},
         true,
         true},
    };
    for (expectation const& e : all)
        EXPECT_EQ(http::is_cross_site(with(e.sent), e.proxied, allowed), e.cross_site) << e.what;
}

}  // namespace
