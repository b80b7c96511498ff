// Money: an integer in minor units beside its ISO 4217 currency. Never floating point; overflow is
// refused, never wrapped.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>

namespace core {

class currency {
public:
    constexpr currency() = default;
    // Nothing unless the code is one of the ISO 4217 list that we know an exponent for.
    static std::optional<currency> find(std::string_view code);
    static constexpr currency unchecked(std::string_view code) {
        currency c;
        for (std::size_t i = 0; i < 3 && i < code.size(); ++i) c.code_[i] = code[i];
        return c;
    }

    std::string_view code() const { return {code_.data(), 3}; }
    int exponent() const;  // 0, 2 or 3 decimal digits of the minor unit; throws for an unknown code

    auto operator<=>(currency const&) const = default;

private:
    std::array<char, 3> code_{'X', 'X', 'X'};
};

inline constexpr std::int64_t amount_max = 1'000'000'000'000'000;  // 10^15 minor units

struct money {
    std::int64_t amount = 0;  // minor units
    core::currency currency;

    auto operator<=>(money const&) const = default;
};
BOOST_DESCRIBE_STRUCT(money, (), (amount, currency))

// Nothing when the result is beyond amount_max on either side.
std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> checked_multiply(std::int64_t a, std::int64_t b);

// "12.50" in the currency's own digits; nothing when it isn't a plain decimal number, has more
// digits than the currency knows, or is out of range. "12" and "12.5" are fine for two digits.
std::optional<std::int64_t> parse_amount(std::string_view text, currency c);
std::string format_amount(std::int64_t amount, currency c);  // "12.50"

}  // namespace core
