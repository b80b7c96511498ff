// What the fuzz targets share: bytes as text, and giving up with a word of why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace test::fuzz {

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
    return {reinterpret_cast<char const*>(data), size};
}

// What holds for every input; the fuzzer keeps the input for which it did not.
inline void expect(bool holds, char const* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::abort();
}

// Cuts the front off `rest`, up to the first `mark`, which goes too.
inline std::string_view take_until(std::string_view& rest, char mark) {
    std::size_t const at = rest.find(mark);
    std::string_view const front = rest.substr(0, at);
    rest.remove_prefix(at == rest.npos ? rest.size() : at + 1);
    return front;
}

}  // namespace test::fuzz
