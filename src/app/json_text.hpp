// A JSON string literal (RFC 8259) for the few lines of JSON that commands print.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace app {

inline std::string json_text(std::string_view s) {
    std::string out = "\"";
    for (char const c : s) {
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out += '"';
}

}  // namespace app
