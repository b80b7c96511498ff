// Tells UTF-8 from what spreadsheets and people save by mistake. Positions count physical lines, and fields
// between commas, from 1.
#include "importer/encoding.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace importer {
namespace {

using namespace std::string_view_literals;

struct signature {
    std::string_view bytes;
    std::string_view reason;
};

// Longer marks first: UTF-32's begins with UTF-16's.
constexpr std::array signatures{
    signature{"\xFF\xFE\0\0"sv, "The file is UTF-32 (little-endian); save it as UTF-8."},
    signature{"\0\0\xFE\xFF"sv, "The file is UTF-32 (big-endian); save it as UTF-8."},
    signature{"\xFF\xFE"sv, "The file is UTF-16 (little-endian); save it as UTF-8."},
    signature{"\xFE\xFF"sv, "The file is UTF-16 (big-endian); save it as UTF-8."},
    signature{"PK\x03\x04"sv,
              "The file is a ZIP archive or an Excel workbook, not a CSV; export it as CSV (UTF-8)."},
    signature{"\xD0\xCF\x11\xE0"sv,
              "The file is an old Excel workbook, not a CSV; export it as CSV (UTF-8)."},
    signature{"\x1F\x8B"sv, "The file is compressed with gzip; unpack it first."},
    signature{"%PDF-"sv, "The file is a PDF, not a CSV; export the products as CSV (UTF-8)."},
};

// Without a mark, Western text in UTF-16 still shows as NUL in every second byte.
std::string_view unmarked_utf16(std::string_view bytes) {
    auto const head = bytes.substr(0, 4096);
    std::size_t even = 0;
    std::size_t odd = 0;
    for (std::size_t i = 0; i < head.size(); ++i)
        if (head[i] == '\0') ++(i % 2 == 0 ? even : odd);
    auto const most = head.size() / 2 - head.size() / 20;  // nine in ten of one parity
    if (head.size() < 8) return {};
    if (odd >= most && even == 0) return "The file is UTF-16 (little-endian); save it as UTF-8.";
    if (even >= most && odd == 0) return "The file is UTF-16 (big-endian); save it as UTF-8.";
    return {};
}

// Whether the bytes are the beginning of one character and nothing else.
bool is_cut_off(std::string_view rest) {
    auto const lead = static_cast<std::uint8_t>(rest.front());
    std::size_t const length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return lead >= 0xC2 && lead <= 0xF4 && rest.size() < length &&
           std::ranges::all_of(
               rest.substr(1), [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) == 0x80; });
}

row_error whole_file(std::string reason) { return {.line = 0, .reason = std::move(reason)}; }

struct position {
    std::size_t line = 1;
    std::size_t field = 1;
    bool quoted = false;
};

row_error bad_byte(std::string_view rest, position p) {
    row_error out{.line = p.line, .column_index = p.field};
    if (rest.front() == '\0')
        out.reason = "a NUL byte: the file is damaged or is not a text file; export it again as CSV (UTF-8)";
    else if (is_cut_off(rest))
        out.reason = "the file ends in the middle of a character: it was cut off; export or copy it again";
    else
        out.reason = fmt::format("the byte 0x{:02X} is not UTF-8; save the file as UTF-8",
                                 static_cast<std::uint8_t>(rest.front()));
    return out;
}

// Before `bytes` loses its first character. A comma or line end within quotes belongs to the field.
void step_over(std::string_view bytes, position& p) {
    if (bytes.front() == '"') p.quoted = !p.quoted;
    if (bytes.front() == ',' && !p.quoted) ++p.field;
    if (bytes.front() != '\n' && (bytes.front() != '\r' || bytes.substr(1).starts_with('\n'))) return;
    ++p.line;
    if (!p.quoted) p.field = 1;
}

}  // namespace

encoding_faults find_encoding_faults(std::string_view bytes, std::size_t listed_max) {
    auto const only = [](row_error fault) { return encoding_faults{{std::move(fault)}, 1}; };
    if (bytes.empty()) return only(whole_file("The file is empty."));
    for (auto const& known : signatures)
        if (bytes.starts_with(known.bytes)) return only(whole_file(std::string(known.reason)));
    if (auto const reason = unmarked_utf16(bytes); !reason.empty())
        return only(whole_file(std::string(reason)));

    if (bytes.starts_with(utf8_mark)) bytes.remove_prefix(utf8_mark.size());
    if (bytes.empty()) return only(whole_file("The file is empty."));
    encoding_faults out;
    std::size_t told = 0;  // the line whose fault was the last
    for (position p; !bytes.empty();) {
        auto rest = bytes;
        bool const good = bytes.front() != '\0' && core::take_code_point(rest);
        if (!good) rest = bytes.substr(1);
        if (!good && std::exchange(told, p.line) != p.line && ++out.total <= listed_max)
            out.listed.push_back(bad_byte(bytes, p));
        if (bytes.front() == '\0') break;  // no text at all: what follows would be no better
        step_over(bytes, p);
        bytes = rest;
    }
    return out;
}

}  // namespace importer
