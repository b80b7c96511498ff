// A strict reader of comma-separated values (RFC 4180) over bytes already in memory: record by
// record, nothing guessed, every fault with the line and column where it is.
#pragma once

#include "importer/encoding.hpp"
#include "importer/row_error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace importer {

struct csv_limits {
    std::size_t file_bytes_max = 256UL << 20;
    std::size_t field_bytes_max = 1UL << 20;
    std::size_t columns_max = 500;
    std::size_t encoding_faults_max = 100'000;  // at least 1; listed, all are counted
};

// Records end with LF, CRLF or a lone CR; a line break within quotes belongs to the field. A byte
// order mark at the start and lines without any character are skipped. The first record is the
// header; each later one must have as many fields. The bytes must outlive the reader.
class csv_reader {
public:
    enum class step {
        record,   // fields() and line() hold the next record
        fault,    // fault() says what is wrong with it; it is skipped
        finished  // the end, or a fault after which nothing can be read
    };

    explicit csv_reader(std::string_view bytes, csv_limits limits = {});

    // Encoding, size and the header; must succeed (no fault) before next() is called.
    [[nodiscard]] bool open();
    [[nodiscard]] step next();

    std::vector<std::string> const& header() const { return header_; }
    std::vector<std::string> const& fields() const { return fields_; }
    std::size_t line() const { return record_line_; }  // the physical line the record begins on, from 1
    row_error const& fault() const { return fault_; }
    encoding_faults const& encoding() const { return encoding_; }  // why open() failed, when there are any

private:
    enum class parsed { whole, broken, lost, nothing };

    parsed parse_record();
    parsed parse_field();
    parsed parse_quoted();
    parsed parse_plain();
    parsed close_field(std::string text);
    bool at_end() const { return at_ >= bytes_.size(); }
    bool at_line_end() const { return !at_end() && (bytes_[at_] == '\n' || bytes_[at_] == '\r'); }
    void skip_line_end();
    void skip_line();
    parsed fail(parsed how, std::size_t line, std::string reason);
    std::string column_name(std::size_t index) const;

    std::string_view bytes_;
    csv_limits limits_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t record_line_ = 1;
    std::vector<std::string> header_;
    std::vector<std::string> fields_;
    row_error fault_;
    encoding_faults encoding_;
    bool lost_ = false;
};

}  // namespace importer
