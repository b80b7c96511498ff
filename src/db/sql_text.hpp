// SQL put together from named pieces while compiling, so that a fragment which several statements
// share stands once and every statement is still one constant text.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace db {

namespace detail {
template <std::string_view const&... Parts>
struct joined_text {
    static constexpr auto characters = [] {
        std::array<char, (Parts.size() + ... + 1)> out{};
        std::size_t at = 0;
        auto const append = [&](std::string_view part) {
            for (char const ch : part) out[at++] = ch;
        };
        (append(Parts), ...);
        return out;
    }();
};
}  // namespace detail

// db::joined<select_rows, newest_first>: the parts are constexpr string_views at namespace scope.
template <std::string_view const&... Parts>
inline constexpr std::string_view joined{detail::joined_text<Parts...>::characters.data(),
                                         detail::joined_text<Parts...>::characters.size() - 1};

}  // namespace db
