// Nothing is guessed and no number is floating point: a cell either says exactly one thing or is
// reported with what it holds.
#include "importer/cells.hpp"

#include "core/text.hpp"
#include "core/values.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

namespace importer {
namespace {

// A cell in a message: short, and on one line.
std::string shown(std::string_view text) {
    std::string out;
    for (char const c : text.substr(0, 40)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    while (!out.empty() && !core::count_code_points(out)) out.pop_back();  // cut within a character
    return text.size() > 40 ? out + "…" : out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text == "-0") return std::nullopt;
    return value;
}

bool is_digits(std::string_view s) {
    return std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

// "50.00" is 50 yen exactly: zeros beyond the currency's digits say nothing.
std::string_view without_needless_zeros(std::string_view text, core::currency currency) {
    auto const point = text.find('.');
    if (point == std::string_view::npos || !is_digits(text.substr(point + 1))) return text;
    if (point + 1 == text.size()) return text;  // a point must be followed by something
    auto const keep = point + 1 + static_cast<std::size_t>(currency.exponent());
    while (text.size() > keep && text.back() == '0') text.remove_suffix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
    return text;
}

std::optional<std::string> find_fault(std::string_view text, std::size_t length_max) {
    if (core::has_control_characters(text)) return "line breaks and control characters are not allowed here";
    if (core::count_code_points(text).value_or(0) > length_max)
        return fmt::format("longer than {} characters", length_max);
    return std::nullopt;
}

}  // namespace

std::vector<row_error> fault_list::take() {
    std::ranges::sort(listed_, {},
                      [](row_error const& f) { return std::tie(f.line, f.column_index, f.reason); });
    return std::move(listed_);
}

std::string read_name(row const& r, column c, std::size_t length_max, fault_list& faults) {
    auto const text = r.text(c);
    if (auto reason = find_fault(text, length_max)) {
        faults.add(r.fault(c, *std::move(reason)));
        return {};
    }
    return std::string(text);
}

// Exports guard long numbers against spreadsheets with an apostrophe in front; it isn't part of them.
std::optional<std::string> read_code(row const& r, column c, fault_list& faults) {
    auto text = read_name(r, c, code_length_max, faults);
    if (text.size() > 1 && text[0] == '\'' && text[1] >= '0' && text[1] <= '9') text.erase(0, 1);
    if (text.empty()) return std::nullopt;
    return text;
}

std::optional<std::int64_t> read_price(row const& r, column c, core::currency currency, fault_list& faults) {
    auto const text = r.text(c);
    if (text.empty()) return std::nullopt;
    auto const amount = core::parse_amount(without_needless_zeros(text, currency), currency);
    if (amount && *amount >= 0 && *amount <= core::minor_units::value_max && !text.starts_with('-'))
        return amount;
    faults.add(
        r.fault(c, fmt::format("'{}' is not an amount in {}; write digits with a point and at most {} "
                               "decimals, like {}",
                               shown(text), currency.code(), currency.exponent(),
                               core::format_amount(currency.exponent() == 0 ? 1250 : 125'000, currency))));
    return std::nullopt;
}

// Weights converted from ounces have fractions; they are rounded to the gram, half up.
std::int64_t read_grams(row const& r, fault_list& faults) {
    auto const text = r.text(column::grams);
    if (text.empty()) return 0;
    auto const point = std::min(text.find('.'), text.size());
    auto const part = text.substr(std::min(point + 1, text.size()));
    auto const whole = parse_integer(text.substr(0, point));
    if (whole && *whole >= 0 && *whole < grams_max && is_digits(part) &&
        (point == text.size() || !part.empty()))
        return *whole + (!part.empty() && part[0] >= '5' ? 1 : 0);
    faults.add(r.fault(column::grams, fmt::format("'{}' is not a weight in grams from 0 to {}", shown(text),
                                                  grams_max - 1)));
    return 0;
}

std::optional<std::int64_t> read_quantity(row const& r, fault_list& faults) {
    auto const text = r.text(column::quantity);
    if (text.empty()) return std::nullopt;
    auto const value = parse_integer(text);
    if (value && *value >= -quantity_max && *value <= quantity_max) return value;
    faults.add(r.fault(column::quantity, fmt::format("'{}' is not a whole number of units", shown(text))));
    return std::nullopt;
}

std::optional<std::size_t> read_position(row const& r, fault_list& faults) {
    auto const text = r.text(column::image_position);
    if (text.empty()) return std::nullopt;
    auto const value = parse_integer(text);
    if (value && *value >= 1 && *value <= 100'000) return static_cast<std::size_t>(*value);
    faults.add(
        r.fault(column::image_position, fmt::format("'{}' is not a position, 1 or more", shown(text))));
    return std::nullopt;
}

bool read_flag(row const& r, column c, bool when_blank, fault_list& faults) {
    auto const text = core::ascii_lower(r.text(c));
    if (text.empty()) return when_blank;
    if (text == "true") return true;
    if (text != "false")
        faults.add(r.fault(c, fmt::format("'{}' is neither true nor false", shown(r.text(c)))));
    return false;
}

bool read_backorders(row const& r, fault_list& faults) {
    auto const text = core::ascii_lower(r.text(column::policy));
    if (text.empty() || text == "deny" || text == "false") return false;
    if (text == "continue" || text == "true") return true;
    faults.add(r.fault(column::policy, fmt::format("'{}' is neither deny nor continue", shown(text))));
    return false;
}

std::string read_url(row const& r, column c, fault_list& faults) {
    auto const text = r.text(c);
    if (text.empty() || core::is_http_url(text)) return std::string(text);
    faults.add(
        r.fault(c, fmt::format("'{}' is not an address that begins with http:// or https://", shown(text))));
    return {};
}

std::vector<std::string> read_tags(row const& r, fault_list& faults) {
    std::vector<std::string> tags;
    auto rest = r.text(column::tags);
    while (!rest.empty()) {
        auto const comma = std::min(rest.find(','), rest.size());
        auto const tag = core::trimmed(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        auto const same = [&](auto const& t) { return core::ascii_lower(t) == core::ascii_lower(tag); };
        if (tag.empty() || std::ranges::any_of(tags, same)) continue;
        if (tags.size() == tags_max) {
            faults.add(r.fault(column::tags, fmt::format("more than {} tags", tags_max)));
            break;
        }
        if (auto const reason = find_fault(tag, tag_length_max))
            faults.add(r.fault(column::tags, fmt::format("the tag '{}': {}", shown(tag), *reason)));
        else
            tags.emplace_back(tag);
    }
    return tags;
}

}  // namespace importer
