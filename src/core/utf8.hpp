// UTF-8 one code point at a time, as RFC 3629 has it: no surrogates, no overlong forms, nothing above
// U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// Removes the first code point from `rest` and returns it; nothing, and `rest` unchanged, when it is empty
// or does not start with well-formed UTF-8.
inline std::optional<char32_t> take_code_point(std::string_view& rest) {
    if (rest.empty()) return std::nullopt;
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    unsigned const first = byte(0);
    if (first < 0x80) {
        rest.remove_prefix(1);
        return first;
    }
    std::size_t const size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (size == 0 || rest.size() < size) return std::nullopt;
    char32_t c = first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
        c = c << 6 | (byte(i) & 0x3F);
    }
    bool const overlong = (size == 3 && c < 0x800) || (size == 4 && c < 0x10000);
    if (overlong || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF) return std::nullopt;
    rest.remove_prefix(size);
    return c;
}

inline void append_code_point(std::string& out, char32_t c) {
    auto const put = [&](char32_t byte) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
    };
    if (c < 0x80) return put(c);
    if (c < 0x800) {
        put(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
    }
    put(0x80 | (c & 0x3F));
}

// The longest beginning of at most `bytes_max` bytes that ends between two code points of well-formed UTF-8.
inline std::string_view cut_at_code_point(std::string_view utf8, std::size_t bytes_max) {
    if (utf8.size() <= bytes_max) return utf8;
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80) --end;
    return utf8.substr(0, end);
}

}  // namespace core
