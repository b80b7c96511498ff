// The CSV reader against RFC 4180, and every way in which a file can be no CSV at all.
#include "importer/csv.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

namespace {

using namespace std::string_literals;
using importer::csv_reader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using row = std::vector<std::string>;

struct outcome {
    row header;
    std::vector<row> rows;
    std::vector<std::size_t> lines;
    std::vector<importer::row_error> faults;
};

outcome read(std::string_view bytes, importer::csv_limits limits = {}) {
    outcome out;
    csv_reader reader(bytes, limits);
    if (!reader.open()) {
        out.faults.push_back(reader.fault());
        return out;
    }
    out.header = reader.header();
    for (auto step = reader.next(); step != csv_reader::step::finished; step = reader.next()) {
        if (step == csv_reader::step::fault) {
            out.faults.push_back(reader.fault());
        } else {
            out.rows.push_back(reader.fields());
            out.lines.push_back(reader.line());
        }
    }
    return out;
}

std::string only_fault(std::string_view bytes, importer::csv_limits limits = {}) {
    auto const out = read(bytes, limits);
    return out.faults.size() == 1 ? describe(out.faults[0]) : std::to_string(out.faults.size()) + " faults";
}

TEST(importer_csv, reads_quotes_line_breaks_and_empty_fields) {
    auto const out = read("a,b,c\n1,\"x, \"\"y\"\"\",\n\"line\nbreak\",,\"\"\n");
    EXPECT_THAT(out.faults, IsEmpty());
    EXPECT_THAT(out.header, ElementsAre("a", "b", "c"));
    EXPECT_THAT(out.rows, ElementsAre(row{"1", "x, \"y\"", ""}, row{"line\nbreak", "", ""}));
    EXPECT_THAT(out.lines, ElementsAre(2U, 3U));
}

TEST(importer_csv, every_line_ending_gives_the_same_rows_and_lines) {
    for (auto const& end : {"\n"s, "\r\n"s, "\r"s}) {
        std::string const text = "a,b" + end + "1,\"two" + end + "lines\"" + end + end + "3,4";
        auto const out = read(text);
        EXPECT_THAT(out.faults, IsEmpty());
        EXPECT_THAT(out.rows, ElementsAre(row{"1", "two" + end + "lines"}, row{"3", "4"}));
        EXPECT_THAT(out.lines, ElementsAre(2U, 5U));
    }
}

TEST(importer_csv, skips_a_byte_order_mark) {
    EXPECT_THAT(read("\xEF\xBB\xBF\"a\",b\n1,2\n").header, ElementsAre("a", "b"));
}

TEST(importer_csv, a_wrong_number_of_fields_is_reported_and_the_rest_still_read) {
    auto const out = read("a,b\n1\n2,3\n4,5,6\n7,8\n");
    ASSERT_EQ(out.faults.size(), 2U);
    EXPECT_EQ(describe(out.faults[0]), "line 2: 1 field where the header has 2");
    EXPECT_EQ(describe(out.faults[1]), "line 4: 3 fields where the header has 2");
    EXPECT_THAT(out.rows, ElementsAre(row{"2", "3"}, row{"7", "8"}));
}

TEST(importer_csv, says_that_the_last_row_is_cut_off) {
    EXPECT_EQ(
        only_fault("a,b,c\n1,2,3\n4,5"),
        "line 3: 2 fields where the header has 3; the file ends within this row, so it seems to be cut off");
}

TEST(importer_csv, an_unclosed_quotation_mark_is_reported_where_it_opens) {
    EXPECT_THAT(only_fault("a,b\n1,2\n3,\"four\n5,6\n7,8\n"),
                HasSubstr("line 3, column 2 (b): the quotation mark"));
}

TEST(importer_csv, a_stray_quotation_mark_spoils_its_line_only) {
    auto const out = read("a,b\n1,5\" wide\n2,\"x\"y\n3,4\n");
    ASSERT_EQ(out.faults.size(), 2U);
    EXPECT_THAT(describe(out.faults[0]), HasSubstr("line 2, column 2 (b): a quotation mark within"));
    EXPECT_THAT(describe(out.faults[1]), HasSubstr("line 3, column 2 (b): text follows the closing"));
    EXPECT_THAT(out.rows, ElementsAre(row{"3", "4"}));
}

TEST(importer_csv, names_the_encoding_it_is_not_given) {
    struct {
        std::string bytes;
        char const* reason;
    } const cases[] = {
        {"", "The file is empty."},
        {"\xEF\xBB\xBF", "The file is empty."},
        {"\n\r\n\n", "The file is empty."},
        {"\xFF\xFEH\0a\0"s, "The file is UTF-16 (little-endian); save it as UTF-8."},
        {"\xFE\xFF\0H\0a"s, "The file is UTF-16 (big-endian); save it as UTF-8."},
        {"\xFF\xFE\0\0H\0\0\0"s, "The file is UTF-32 (little-endian); save it as UTF-8."},
        {"H\0a\0n\0d\0l\0e\0,\0T\0"s, "The file is UTF-16 (little-endian); save it as UTF-8."},
        {"\0H\0a\0n\0d\0l\0e\0,\0T"s, "The file is UTF-16 (big-endian); save it as UTF-8."},
        {"PK\x03\x04\x14"s,
         "The file is a ZIP archive or an Excel workbook, not a CSV; export it as CSV (UTF-8)."},
        {"\xD0\xCF\x11\xE0\xA1\xB1",
         "The file is an old Excel workbook, not a CSV; export it as CSV (UTF-8)."},
        {"\x1F\x8B\x08", "The file is compressed with gzip; unpack it first."},
        {"%PDF-1.7", "The file is a PDF, not a CSV; export the products as CSV (UTF-8)."},
    };
    for (auto const& c : cases) {
        auto const out = read(c.bytes);
        ASSERT_EQ(out.faults.size(), 1U) << c.reason;
        EXPECT_EQ(out.faults[0].reason, c.reason);
        EXPECT_THAT(out.rows, IsEmpty());
    }
}

TEST(importer_csv, names_the_first_bad_byte_of_each_line_and_its_field) {
    auto const faults = [](std::string_view bytes) {
        std::vector<std::string> out;
        for (auto const& f : importer::find_encoding_faults(bytes, 2).listed) out.push_back(describe(f));
        return out;
    };
    EXPECT_THAT(faults("a,b\n1,x\ncaf\xE9,\xE9\n"),
                ElementsAre("line 3, column 1: the byte 0xE9 is not UTF-8; save the file as UTF-8"));
    EXPECT_THAT(faults("a\r\nb\r\xED\xA0\x80\n"), ElementsAre(HasSubstr("line 3, column 1: the byte 0xED")));
    EXPECT_THAT(faults("\"a,\n\",\xC0\n,\xC0"),
                ElementsAre(HasSubstr("line 2, column 2"), HasSubstr("line 3, column 2")));
    EXPECT_THAT(faults("a,b\n1,caf\xC3"),
                ElementsAre(HasSubstr("line 2, column 2: the file ends in the middle")));
    EXPECT_THAT(faults("a,b\n1,\0\n\xC0"s), ElementsAre(HasSubstr("line 2, column 2: a NUL byte")));
    auto const many = importer::find_encoding_faults("\xC0\n\xC0\n\xC0\n", 2);
    EXPECT_EQ(many.listed.size(), 2U);
    EXPECT_EQ(many.total, 3U);
}

TEST(importer_csv, limits_hold) {
    importer::csv_limits const small{.file_bytes_max = 40, .field_bytes_max = 8, .columns_max = 3};
    EXPECT_THAT(only_fault("a,b\n" + std::string(40, 'x'), small), HasSubstr("The file has 44 bytes"));
    EXPECT_THAT(only_fault("a,b,c,d\n", small), HasSubstr("more than 3 columns"));
    EXPECT_THAT(only_fault("a,b\n123456789,1\n", small),
                HasSubstr("line 2, column 1 (a): the field is longer"));
    EXPECT_THAT(only_fault("a,b\n\"1234\n56789\",1\n", small),
                HasSubstr("line 2, column 1 (a): the field is longer"));
    EXPECT_THAT(read("a,b\n12345678,\"1234\"\"67\"\n", small).faults, IsEmpty());
}

// Whatever the cut, the rows before it are those of the whole file, or a fault says so.
TEST(importer_csv, a_cut_at_every_byte_is_a_fault_or_a_prefix) {
    std::string const whole =
        "\xEF\xBB\xBF"
        "h\xC3\xA9,b,c\r\n1,\"x \"\"y\"\"\r\nz\",3\r\n\r\n\"4\",,\"6\"\r\n7,8,9";
    auto const full = read(whole);
    ASSERT_THAT(full.faults, IsEmpty());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        auto const part = read(std::string_view(whole).substr(0, length));
        ASSERT_LE(part.rows.size(), full.rows.size());
        if (part.header != full.header) continue;  // cut in the header: nothing else was read
        for (std::size_t i = 0; i < part.rows.size(); ++i) {
            bool const last = i + 1 == part.rows.size();
            if (last && part.rows[i] != full.rows[i])  // only the very last field may be short
                EXPECT_EQ(row(part.rows[i].begin(), part.rows[i].end() - 1),
                          row(full.rows[i].begin(), full.rows[i].end() - 1));
            else
                EXPECT_EQ(part.rows[i], full.rows[i]) << length;
        }
    }
}

}  // namespace
