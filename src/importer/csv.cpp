// The grammar of RFC 4180 by hand. A broken record is reported and the reader goes on behind its
// physical line; only a quotation mark that never closes leaves nothing to go on with.
#include "importer/csv.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace importer {

csv_reader::csv_reader(std::string_view bytes, csv_limits limits) : bytes_(bytes), limits_(limits) {}

bool csv_reader::open() {
    if (bytes_.size() > limits_.file_bytes_max) {
        fault_ = {
            .line = 0,
            .reason = fmt::format("The file has {} bytes; at most {} MiB are read. Split it, keeping the "
                                  "rows of a product together.",
                                  bytes_.size(), limits_.file_bytes_max >> 20)};
        return false;
    }
    encoding_ = find_encoding_faults(bytes_, limits_.encoding_faults_max);
    if (encoding_.total > 0) {
        fault_ = encoding_.listed.front();
        return false;
    }
    if (bytes_.starts_with(utf8_mark)) at_ = utf8_mark.size();
    auto const what = parse_record();
    if (what == parsed::nothing) fault_ = {.line = 0, .reason = "The file is empty."};
    if (what != parsed::whole) return false;
    header_ = fields_;
    return true;
}

csv_reader::step csv_reader::next() {
    if (lost_) return step::finished;
    switch (parse_record()) {
        case parsed::nothing: return step::finished;
        case parsed::lost: lost_ = true; return step::fault;
        case parsed::broken: return step::fault;
        case parsed::whole: break;
    }
    if (fields_.size() == header_.size()) return step::record;
    bool const cut = at_end() && fields_.size() < header_.size();
    fault_ = {.line = record_line_,
              .reason = fmt::format("{} field{} where the header has {}{}", fields_.size(),
                                    fields_.size() == 1 ? "" : "s", header_.size(),
                                    cut ? "; the file ends within this row, so it seems to be cut off" : "")};
    return step::fault;
}

csv_reader::parsed csv_reader::parse_record() {
    while (at_line_end()) skip_line_end();
    fields_.clear();
    record_line_ = line_;
    if (at_end()) return parsed::nothing;
    while (true) {
        auto const what = parse_field();
        if (what != parsed::whole) {
            if (what == parsed::broken) skip_line();
            return what;
        }
        if (at_end()) return parsed::whole;
        if (at_line_end()) {
            skip_line_end();
            return parsed::whole;
        }
        ++at_;  // the comma
    }
}

csv_reader::parsed csv_reader::parse_field() {
    if (fields_.size() >= limits_.columns_max)
        return fail(parsed::broken, line_, fmt::format("more than {} columns", limits_.columns_max));
    return !at_end() && bytes_[at_] == '"' ? parse_quoted() : parse_plain();
}

csv_reader::parsed csv_reader::parse_plain() {
    auto const end = std::min(bytes_.find_first_of(",\r\n", at_), bytes_.size());
    auto const text = bytes_.substr(at_, end - at_);
    if (text.find('"') != std::string_view::npos)
        return fail(parsed::broken, line_,
                    "a quotation mark within a field that is not in quotes; put the field in quotes and "
                    "double the mark");
    at_ = end;
    return close_field(std::string(text));
}

csv_reader::parsed csv_reader::parse_quoted() {
    auto const opened_on = line_;
    std::string text;
    ++at_;
    while (true) {
        auto const mark = bytes_.find('"', at_);
        auto const part = bytes_.substr(at_, std::min(mark, bytes_.size()) - at_);
        text += part.substr(0, limits_.field_bytes_max + 1);
        if (text.size() > limits_.field_bytes_max) break;
        for (std::size_t i = 0; i < part.size(); ++i)
            if (part[i] == '\n' || (part[i] == '\r' && part.substr(i, 2) != "\r\n")) ++line_;
        if (mark == std::string_view::npos) {
            at_ = bytes_.size();
            return fail(parsed::lost, opened_on,
                        "the quotation mark that opens this field is never closed; the file is cut off, or a "
                        "mark within the text is not doubled");
        }
        at_ = mark + 1;
        if (at_end() || bytes_[at_] != '"') break;
        text += '"';
        ++at_;
    }
    if (text.size() <= limits_.field_bytes_max && !at_end() && bytes_[at_] != ',' && !at_line_end())
        return fail(parsed::broken, opened_on,
                    "text follows the closing quotation mark; double the marks within the field");
    auto const what = close_field(std::move(text));
    if (what != parsed::whole) fault_.line = opened_on;
    return what;
}

csv_reader::parsed csv_reader::close_field(std::string text) {
    // A field this long is almost always a quotation mark that is missing, so what follows it
    // cannot be trusted either.
    if (text.size() > limits_.field_bytes_max)
        return fail(parsed::lost, line_,
                    fmt::format("the field is longer than {} KiB; is a closing quotation mark missing?",
                                limits_.field_bytes_max >> 10));
    fields_.push_back(std::move(text));
    return parsed::whole;
}

void csv_reader::skip_line_end() {
    at_ += bytes_.substr(at_, 2) == "\r\n" ? 2 : 1;
    ++line_;
}

void csv_reader::skip_line() {
    at_ = std::min(bytes_.find_first_of("\r\n", at_), bytes_.size());
    if (at_line_end()) skip_line_end();
}

csv_reader::parsed csv_reader::fail(parsed how, std::size_t line, std::string reason) {
    auto const index = fields_.size() + 1;
    fault_ = {
        .line = line, .column_name = column_name(index), .column_index = index, .reason = std::move(reason)};
    return how;
}

std::string csv_reader::column_name(std::size_t index) const {
    return index <= header_.size() ? header_[index - 1] : std::string();
}

}  // namespace importer
