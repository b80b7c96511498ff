// Any bytes as a description: what comes out is harmless by an independent judge, and stays as it is.
#include "markup/html.hpp"

#include "html_oracle.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const once = markup::sanitise_html({reinterpret_cast<char const*>(data), size});
    if (!once) return 0;
    if (auto const harm = test::html_oracle::find_harm(*once); !harm.empty()) {
        std::fprintf(stderr, "%s\n%s\n", harm.c_str(), once->c_str());
        std::abort();
    }
    if (markup::sanitise_html(*once) != once) std::abort();
    return 0;
}
