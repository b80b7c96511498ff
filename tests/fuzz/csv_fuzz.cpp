// Any bytes as a CSV file: read to the end, every record as wide as the header, lines never going back.
#include "fuzz.hpp"
#include "importer/csv.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    importer::csv_reader reader({reinterpret_cast<char const*>(data), size},
                                {.field_bytes_max = 64, .columns_max = 8});
    if (!reader.open()) return reader.fault().reason.empty() ? std::abort(), 0 : 0;
    std::size_t line = 0;
    for (auto step = reader.next(); step != importer::csv_reader::step::finished; step = reader.next()) {
        if (step == importer::csv_reader::step::fault) {
            if (reader.fault().line == 0 || reader.fault().reason.empty()) std::abort();
            continue;
        }
        if (reader.fields().size() != reader.header().size() || reader.line() <= line) std::abort();
        line = reader.line();
    }
    return 0;
}
