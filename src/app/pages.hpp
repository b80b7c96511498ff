// The pages inside the binary: what /docs is made of.
#pragma once

#include <span>
#include <string_view>

namespace app {

struct page {
    std::string_view name;  // "docs.html"
    std::string_view type;
    std::string_view bytes;
};

std::span<page const> embedded_pages();

}  // namespace app
