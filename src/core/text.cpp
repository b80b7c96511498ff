#include "core/text.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <utility>

namespace core {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_one_of(char c, std::string_view set) { return set.find(c) != set.npos; }

// Host names of RFC 1123; letters of other scripts are let through where `international` says so.
bool is_domain(std::string_view s, bool international) {
    if (s.empty() || s.size() > 253) return false;
    while (true) {
        auto const dot = s.find('.');
        std::string_view const label = s.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (char c : label)
            if (!is_letter(c) && !is_digit(c) && c != '-' && !(international && beyond_ascii(c)))
                return false;
        if (dot == s.npos) return true;
        s.remove_prefix(dot + 1);
    }
}

// White space and invisible characters that a mailbox never has, and that make two addresses look alike.
bool is_blank(char32_t c) {
    return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F) ||
           c == 0x3000 || c == 0xFEFF;
}

bool is_local_part(std::string_view s) {
    if (s.empty() || s.size() > 64 || s.front() == '.' || s.back() == '.') return false;
    if (s.find("..") != s.npos) return false;
    return std::all_of(s.begin(), s.end(), [](char c) {
        return is_letter(c) || is_digit(c) || beyond_ascii(c) || is_one_of(c, ".!#$%&'*+/=?^_`{|}~-");
    });
}

bool is_port(std::string_view s) {
    if (s.empty() || s.size() > 5 || !std::all_of(s.begin(), s.end(), is_digit)) return false;
    int value = 0;
    for (char c : s) value = value * 10 + (c - '0');
    return value > 0 && value < 65536;
}

// The number of 16-bit groups written in one side of an IPv6 address, or nothing.
std::optional<int> count_groups(std::string_view s) {
    if (s.empty()) return 0;
    int groups = 0;
    while (true) {
        auto const colon = s.find(':');
        std::string_view const group = s.substr(0, colon);
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex))
            return std::nullopt;
        ++groups;
        if (colon == s.npos) return groups;
        s.remove_prefix(colon + 1);
    }
}

bool is_ipv6(std::string_view s) {
    auto const gap = s.find("::");
    if (gap == s.npos) return count_groups(s) == 8;
    auto const left = count_groups(s.substr(0, gap));
    auto const right = count_groups(s.substr(gap + 2));
    return left && right && *left + *right < 8;
}

// Without user names: what looks like one host and is another has no place in stored links.
bool is_authority(std::string_view s) {
    if (s.starts_with('[')) {
        auto const end = s.find(']');
        if (end == s.npos || !is_ipv6(s.substr(1, end - 1))) return false;
        std::string_view const rest = s.substr(end + 1);
        return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    }
    auto const colon = s.find(':');
    if (!is_domain(s.substr(0, colon), false)) return false;
    return colon == s.npos || is_port(s.substr(colon + 1));
}

// The characters of RFC 3986 after the authority, with every % followed by two hexadecimal digits.
bool is_path_query_fragment(std::string_view s) {
    bool fragment = false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        char const c = s[i];
        if (c == '%') {
            if (i + 2 >= s.size() || !is_hex(s[i + 1]) || !is_hex(s[i + 2])) return false;
            i += 2;
        } else if (c == '#') {
            if (std::exchange(fragment, true)) return false;
        } else if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-._~:/?@!$&'()*+,;=")) {
            return false;
        }
    }
    return true;
}

// ISO 3166-1 alpha-2, officially assigned.
constexpr std::string_view countries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS "
    "BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE "
    "EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC "
    "LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA "
    "NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
    "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ";
static_assert(countries.size() == 249 * 3);

constexpr std::size_t country_index(char a, char b) {
    return static_cast<std::size_t>((a - 'A') * 26 + (b - 'A'));
}

}  // namespace

std::optional<std::size_t> count_code_points(std::string_view bytes) {
    std::size_t count = 0;
    while (!bytes.empty()) {
        std::uint64_t eight;
        if (bytes.size() >= 8 && (std::memcpy(&eight, bytes.data(), 8), (eight & 0x8080808080808080U) == 0)) {
            bytes.remove_prefix(8);
            count += 8;
            continue;
        }
        if (!take_code_point(bytes)) return std::nullopt;
        ++count;
    }
    return count;
}

bool has_control_characters(std::string_view utf8, bool multiline) {
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        auto const c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x20 && !(multiline && (c == '\t' || c == '\n' || c == '\r'))) return true;
        if (c == 0x7F) return true;
        // C1 is U+0080 to U+009F: C2 80 to C2 9F.
        if (c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
    }
    return false;
}

std::string ascii_lower(std::string_view s) {
    std::string out(s);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string_view trimmed(std::string_view s) {
    constexpr std::string_view blank = " \t\n\r\f\v";
    auto const first = s.find_first_not_of(blank);
    if (first == s.npos) return {};
    return s.substr(first, s.find_last_not_of(blank) - first + 1);
}

bool is_email(std::string_view s) {
    auto const at = s.find('@');
    if (s.size() < 3 || s.size() > 254 || at == s.npos || s.find('@', at + 1) != s.npos) return false;
    for (std::string_view rest = s; !rest.empty();) {
        auto const c = take_code_point(rest);
        if (!c || is_blank(*c)) return false;
    }
    std::string_view const domain = s.substr(at + 1);
    auto const last_dot = domain.rfind('.');
    if (!is_local_part(s.substr(0, at)) || last_dot == domain.npos || !is_domain(domain, true)) return false;
    std::string_view const top = domain.substr(last_dot + 1);
    return !std::all_of(top.begin(), top.end(), is_digit);  // an IP address is not a mail domain
}

bool is_handle(std::string_view s) {
    if (s.empty() || s.size() > 200 || s.front() == '-' || s.back() == '-') return false;
    if (s.find("--") != s.npos) return false;
    return std::all_of(s.begin(), s.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

bool is_http_url(std::string_view s) {
    if (s.size() > 2048) return false;
    auto const colon = s.find("://");
    if (colon == s.npos) return false;
    std::string const scheme = ascii_lower(s.substr(0, colon));
    if (scheme != "http" && scheme != "https") return false;
    s.remove_prefix(colon + 3);
    auto const end = s.find_first_of("/?#");
    return is_authority(s.substr(0, end)) && (end == s.npos || is_path_query_fragment(s.substr(end)));
}

bool is_country(std::string_view s) {
    static std::bitset<676> const assigned = [] {
        std::bitset<676> out;
        for (std::size_t i = 0; i < countries.size(); i += 3)
            out.set(country_index(countries[i], countries[i + 1]));
        return out;
    }();
    auto const upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    return s.size() == 2 && upper(s[0]) && upper(s[1]) && assigned.test(country_index(s[0], s[1]));
}

}  // namespace core
