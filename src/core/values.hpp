// Numbers that cannot hold nonsense, and the three-state field of a PATCH. The limits live in the
// type, so the decoder enforces them, the schema prints them, and nobody checks them again.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace core {

template <std::int64_t Min, std::int64_t Max>
struct integer {
    static_assert(Min <= Max, "an integer: its least value is at most its greatest");
    static constexpr std::int64_t value_min = Min;
    static constexpr std::int64_t value_max = Max;
    std::int64_t value = Min;

    auto operator<=>(integer const&) const = default;
};

using quantity = integer<1, 10'000>;
using minor_units = integer<0, 1'000'000'000'000>;

// At most `Max` elements; more is a fault of the request.
template <class T, std::size_t Max, std::size_t Min = 0>
struct list {
    static constexpr std::size_t size_min = Min;
    static constexpr std::size_t size_max = Max;
    std::vector<T> items;
};

// A field of a PATCH: absent (keep), null (clear), or a value. `T` may be cleared only where the
// declaration says patch<std::optional<T>>; patch<T> refuses null.
template <class T>
class patch {
public:
    patch() = default;
    explicit patch(T value) : value_(std::move(value)) {}

    bool given() const { return value_.has_value(); }
    T const& operator*() const { return *value_; }
    T const* operator->() const { return &*value_; }
    T value_or(T current) const { return value_ ? *value_ : std::move(current); }
    T& emplace() { return value_.emplace(); }

private:
    std::optional<T> value_;
};

// A text known while compiling, as a template argument.
template <std::size_t N>
struct literal {
    char characters[N]{};
    consteval literal(char const (&s)[N]) {
        for (std::size_t i = 0; i < N; ++i) characters[i] = s[i];
    }
    constexpr std::string_view view() const { return {characters, N - 1}; }
};

// One of a few fixed words that could not be a C++ enumerator: choice<"title", "-title">. The first
// is the default.
template <literal... Words>
struct choice {
    static constexpr std::array<std::string_view, sizeof...(Words)> words{Words.view()...};
    std::size_t index = 0;

    constexpr std::string_view word() const { return words[index]; }
    auto operator<=>(choice const&) const = default;
};

using bytes = std::vector<std::uint8_t>;  // a digest, a key, a cipher text

}  // namespace core
