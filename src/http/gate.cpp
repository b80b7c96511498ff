#include "http/gate.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace http {
namespace {

constexpr std::array<bool, 256> table(std::string_view extra) {
    std::array<bool, 256> t{};
    for (unsigned char c = '0'; c <= '9'; ++c) t[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c) t[c] = t[c - 32u] = true;
    for (char const c : extra) t[static_cast<unsigned char>(c)] = true;
    return t;
}
constexpr auto token_chars = table("!#$%&'*+-.^_`|~");
constexpr auto path_chars = table("-._~!$&'()*+,;=:@/");
constexpr auto query_chars = table("-._~!$&'()*+,;=:@/?");
// Without the comma that RFC 3986 allows: it is how two Host fields look that somebody on the way has joined.
constexpr auto host_chars = table("-._~!$&'()*+;=");
constexpr auto hex_chars = [] {
    std::array<bool, 256> t{};
    for (char const c : std::string_view("0123456789abcdefABCDEF")) t[static_cast<unsigned char>(c)] = true;
    return t;
}();

bool all_in(std::string_view s, std::array<bool, 256> const& t) {
    return std::ranges::all_of(s, [&](char c) { return t[static_cast<unsigned char>(c)]; });
}

// Characters of `t`, or '%' with two hexadecimal digits.
bool all_in_or_escaped(std::string_view s, std::array<bool, 256> const& t) {
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (t[static_cast<unsigned char>(s[i])]) continue;
        if (s[i] != '%' || i + 2 >= s.size() || !all_in(s.substr(i + 1, 2), hex_chars)) return false;
        i += 2;
    }
    return true;
}

bool is_port(std::string_view s) {
    std::uint16_t port = 0;
    auto const [end, ec] = std::from_chars(s.data(), s.data() + s.size(), port);
    return s.empty() || (s.size() <= 5 && ec == std::errc{} && end == s.data() + s.size());
}

// Without a zone: that means something on the client's machine only.
bool is_ipv6(std::string_view s) {
    boost::system::error_code ec;
    boost::asio::ip::make_address_v6(s, ec);
    return !ec && s.find('%') == s.npos;
}

std::string_view fault_in_request_line(std::string_view line) {
    std::size_t const first = line.find(' ');
    std::size_t const last = line.rfind(' ');
    if (first == line.npos || first == last) return "the request line is not METHOD TARGET HTTP/1.1";
    if (!is_token(line.substr(0, first))) return "the method is not a token";
    std::string_view const target = line.substr(first + 1, last - first - 1);
    if (target.empty() || target.find(' ') != target.npos) return "the request target holds a space";
    std::string_view const version = line.substr(last + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return "the version is neither HTTP/1.1 nor HTTP/1.0";
    return {};
}

std::string_view fault_in_field(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return "a header field is folded over lines";
    std::size_t const colon = line.find(':');
    if (colon == line.npos) return "a header field has no colon";
    if (!is_token(line.substr(0, colon))) return "a header field's name is not a token";
    bool const clean = std::ranges::all_of(line.substr(colon + 1), [](char c) {
        auto const u = static_cast<unsigned char>(c);
        return u == '\t' || (u >= 0x20 && u != 0x7f);
    });
    return clean ? std::string_view{} : "a header field holds a control character";
}

}  // namespace

bool asks_for_head(std::string_view head) { return head.starts_with("HEAD "); }

bool is_token(std::string_view s) { return !s.empty() && all_in(s, token_chars); }

bool is_host(std::string_view s) {
    if (s.starts_with('[')) {
        std::size_t const close = s.find(']');
        if (close == s.npos || !is_ipv6(s.substr(1, close - 1))) return false;
        std::string_view const rest = s.substr(close + 1);
        return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    }
    std::size_t const colon = std::min(s.find(':'), s.size());
    if (colon == 0 || !all_in_or_escaped(s.substr(0, colon), host_chars)) return false;
    return colon == s.size() || is_port(s.substr(colon + 1));
}

bool is_origin_form(std::string_view target) {
    if (!target.starts_with('/')) return false;
    std::size_t const mark = std::min(target.find('?'), target.size());
    if (!all_in_or_escaped(target.substr(0, mark), path_chars)) return false;
    return mark == target.size() || all_in_or_escaped(target.substr(mark + 1), query_chars);
}

std::string_view fault_in_head(std::string_view head) {
    bool first = true;
    while (true) {
        std::size_t const end = head.find_first_of("\r\n");
        if (end == head.npos || head[end] == '\n' || end + 1 >= head.size() || head[end + 1] != '\n')
            return "a line ends without CRLF";
        std::string_view const line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (line.empty()) return first ? "the request line is missing" : std::string_view{};
        std::string_view const fault = first ? fault_in_request_line(line) : fault_in_field(line);
        if (!fault.empty()) return fault;
        first = false;
    }
}

}  // namespace http
