#include "core/money.hpp"

#include <algorithm>
#include <stdexcept>

namespace core {
namespace {

// ISO 4217 as of 2026, by decimal digits. Left out: codes of four digits (CLF, UYW), metals, testing and
// units without a minor unit (XAU, XTS, XDR…). ANG and BGN were withdrawn but stand on orders of the
// last years.
constexpr std::string_view digits_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view digits_3 = "BHD IQD JOD KWD LYD OMR TND ";
constexpr std::string_view digits_2 =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK "
    "PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ";

struct entry {
    std::array<char, 3> code{};
    int exponent = 0;
};

constexpr std::size_t entry_count = (digits_0.size() + digits_2.size() + digits_3.size()) / 4;

constexpr auto table = [] {
    std::array<entry, entry_count> out;
    std::size_t n = 0;
    auto const take = [&](std::string_view codes, int exponent) {
        for (std::size_t i = 0; i + 3 < codes.size(); i += 4)
            out[n++] = {{codes[i], codes[i + 1], codes[i + 2]}, exponent};
    };
    take(digits_0, 0);
    take(digits_2, 2);
    take(digits_3, 3);
    std::sort(out.begin(), out.end(), [](entry const& a, entry const& b) { return a.code < b.code; });
    return out;
}();
static_assert(std::adjacent_find(table.begin(), table.end(), [](entry const& a, entry const& b) {
                  return a.code == b.code;
              }) == table.end());

entry const* find_entry(std::string_view code) {
    if (code.size() != 3) return nullptr;
    std::array<char, 3> const key{code[0], code[1], code[2]};
    auto const at = std::lower_bound(table.begin(), table.end(), key,
                                     [](entry const& e, std::array<char, 3> const& k) { return e.code < k; });
    return at != table.end() && at->code == key ? &*at : nullptr;
}

std::optional<std::int64_t> in_range(std::int64_t amount) {
    if (amount > amount_max || amount < -amount_max) return std::nullopt;
    return amount;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<currency> currency::find(std::string_view code) {
    if (find_entry(code) == nullptr) return std::nullopt;
    return unchecked(code);
}

int currency::exponent() const {
    entry const* const e = find_entry(code());
    if (e == nullptr) throw std::logic_error("no such currency: " + std::string(code()));
    return e->exponent;
}

std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return in_range(sum);
}

std::optional<std::int64_t> checked_multiply(std::int64_t a, std::int64_t b) {
    std::int64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return in_range(product);
}

std::optional<std::int64_t> parse_amount(std::string_view text, currency c) {
    bool const negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    auto const point = text.find('.');
    std::string_view const whole = text.substr(0, point);
    std::string_view const part = point == text.npos ? std::string_view{} : text.substr(point + 1);
    auto const exponent = static_cast<std::size_t>(c.exponent());
    if (whole.empty() || (point != text.npos && part.empty()) || part.size() > exponent) return std::nullopt;

    std::int64_t amount = 0;
    auto const push = [&amount](char digit) {
        if (!is_digit(digit)) return false;
        amount = amount * 10 + (digit - '0');
        return amount <= amount_max;
    };
    for (char digit : whole)
        if (!push(digit)) return std::nullopt;
    for (std::size_t i = 0; i < exponent; ++i)
        if (!push(i < part.size() ? part[i] : '0')) return std::nullopt;
    return negative ? -amount : amount;
}

std::string format_amount(std::int64_t amount, currency c) {
    auto const exponent = static_cast<std::size_t>(c.exponent());
    // Negated without sign: the smallest integer has no positive twin.
    std::uint64_t const size =
        amount < 0 ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
    std::string text = std::to_string(size);
    if (exponent > 0) {
        if (text.size() <= exponent) text.insert(0, exponent + 1 - text.size(), '0');
        text.insert(text.size() - exponent, 1, '.');
    }
    if (amount < 0) text.insert(0, 1, '-');
    return text;
}

}  // namespace core
