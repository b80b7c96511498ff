#include "observe/metric_text.hpp"

#include "observe/metric_cells.hpp"

#include <array>
#include <charconv>

namespace observe {
namespace {

std::string escaped(std::string_view s, bool quotes) {
    std::string out;
    for (char c : s) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
    return out;
}

std::string seconds(std::uint64_t us) {
    std::string fraction = std::to_string(us % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return std::to_string(us / 1'000'000) + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace

std::string escaped_label(std::string_view value) { return escaped(value, true); }

void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
    out += "# HELP ";
    out += name;
    out += ' ' + escaped(help, false) + "\n# TYPE ";
    out += name;
    out += ' ';
    out += type;
    out += '\n';
}

std::string number(double v) {
    if (v != v) return "NaN";
    if (v > 1.7976931348623157e308) return "+Inf";
    if (v < -1.7976931348623157e308) return "-Inf";
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   std::string_view more, std::string_view value) {
    out += name;
    out += suffix;
    if (!labels.empty() || !more.empty()) {
        out += '{';
        out += labels;
        if (!labels.empty() && !more.empty()) out += ',';
        out += more;
        out += '}';
    }
    out += ' ';
    out += value;
    out += '\n';
}

void append_histogram(std::string& out, std::string_view name, std::string_view labels,
                      std::uint32_t first_cell) {
    std::array<std::uint64_t, histogram_cells - 1> buckets{};
    std::uint64_t count = 0;
    for (std::uint32_t i = 0; i < buckets.size(); ++i) count += buckets[i] = read_cell(first_cell + i);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        below += buckets[i];
        std::string const bound = i < bucket_bounds_us.size() ? seconds(bucket_bounds_us[i]) : "+Inf";
        append_sample(out, name, "_bucket", labels, "le=\"" + bound + '"', std::to_string(below));
    }
    append_sample(out, name, "_sum", labels, "", seconds(read_cell(first_cell + histogram_cells - 1)));
    append_sample(out, name, "_count", labels, "", std::to_string(count));
}

}  // namespace observe
