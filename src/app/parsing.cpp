#include "app/parsing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace app {

namespace {

bool is_address(int family, std::string const& text) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return ::inet_pton(family, text.c_str(), ignored.data()) == 1;
}

bool starts_with_scheme(std::string_view url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

// Replaces what stands between `begin` and the next of `ends`.
void hide(std::string& in, std::size_t begin, std::string_view ends) {
    auto const end = std::min(in.find_first_of(ends, begin), in.size());
    in.replace(begin, end - begin, "***");
}

}  // namespace

bool is_loopback(endpoint const& e) { return e.address == "::1" || e.address.starts_with("127."); }

std::string to_string(endpoint const& e) {
    bool const v6 = e.address.find(':') != std::string::npos;
    return (v6 ? "[" + e.address + "]" : e.address) + ":" + std::to_string(e.port);
}

std::string parse_endpoint(std::string_view text, endpoint& into) {
    static constexpr char const* what_to_write =
        "is not an address and a port; write 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080.";
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos) return what_to_write;
    std::string address(text.substr(0, colon));
    bool const bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    if (bracketed) address = address.substr(1, address.size() - 2);
    if (address == "localhost") address = "127.0.0.1";
    if (!is_address(bracketed ? AF_INET6 : AF_INET, address)) return what_to_write;
    auto const port = parse_number(text.substr(colon + 1), 0, 65535);
    if (!port) return "has no port from 0 to 65535 behind its last colon; write 127.0.0.1:8080.";
    into = {std::move(address), static_cast<std::uint16_t>(*port)};
    return {};
}

std::string check_database_url(std::string_view text) {
    if (text.empty() || starts_with_scheme(text)) return {};
    bool const keywords =
        text.find('=') != std::string_view::npos && text.find("://") == std::string_view::npos;
    return keywords ? "" : "is no PostgreSQL address; write postgresql://user:password@host:5432/database.";
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t min, std::int64_t max) {
    std::int64_t n = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size() || n < min || n > max) return std::nullopt;
    return n;
}

std::optional<std::chrono::seconds> parse_period(std::string_view text) {
    using namespace std::chrono;
    static constexpr std::pair<char, seconds> units[] = {
        {'s', seconds(1)}, {'m', minutes(1)}, {'h', hours(1)}, {'d', days(1)}};
    if (text.empty()) return std::nullopt;
    for (auto const& [letter, unit] : units) {
        if (text.back() != letter) continue;
        auto const n = parse_number(text.substr(0, text.size() - 1), 1, seconds(days(3653)) / unit);
        if (n) return *n * unit;
    }
    return std::nullopt;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        auto const comma = std::min(text.find(','), text.size());
        std::string_view item = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (item.starts_with(' ')) item.remove_prefix(1);
        while (item.ends_with(' ')) item.remove_suffix(1);
        if (!item.empty()) out.emplace_back(item);
    }
    return out;
}

bool is_origin(std::string_view text) {
    if (text.starts_with("https://"))
        text.remove_prefix(8);
    else if (text.starts_with("http://"))
        text.remove_prefix(7);
    else
        return false;
    if (text.empty() || text.front() == ':') return false;
    auto const allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::strchr(".-:[]", c) != nullptr;
    };
    return std::all_of(text.begin(), text.end(), allowed);
}

bool is_address_range(std::string_view text) {
    auto const slash = text.find('/');
    std::string const address(text.substr(0, slash));
    bool const v4 = is_address(AF_INET, address);
    if (!v4 && !is_address(AF_INET6, address)) return false;
    return slash == std::string_view::npos ||
           parse_number(text.substr(slash + 1), 0, v4 ? 32 : 128).has_value();
}

std::string without_password(std::string_view database_url) {
    std::string out(database_url);
    if (starts_with_scheme(out)) {
        auto const start = out.find("://") + 3;
        // The last @ of all ends the password: better too much hidden than an unencoded @ or / shown.
        auto const at = out.rfind('@');
        auto const colon = out.find(':', start);
        if (at != std::string::npos && at > start && colon < at)
            out.replace(colon + 1, at - colon - 1, "***");
    }
    for (std::size_t from = 0; (from = out.find("password", from)) != std::string::npos;) {
        auto const equals = out.find_first_not_of(' ', from + 8);
        from += 8;
        if (equals == std::string::npos || out[equals] != '=') continue;
        auto const value = out.find_first_not_of(' ', equals + 1);
        if (value == std::string::npos) break;
        hide(out, value, out[value] == '\'' ? "" : (starts_with_scheme(out) ? "&" : " "));
        from = value;
    }
    return out;
}

}  // namespace app
