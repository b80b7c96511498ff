#include "observe/metric_text.hpp"

#include "observe/metric_cells.hpp"

#include <charconv>
#include <span>

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

namespace {
// `spelled` is how a bound, or the sum, is written.
void append_buckets(std::string& out, std::string_view name, std::string_view labels,
                    std::uint32_t first_cell, std::span<std::uint64_t const> bounds,
                    std::string (*spelled)(std::uint64_t)) {
    std::uint64_t below = 0;
    for (std::uint32_t i = 0; i <= bounds.size(); ++i) {
        below += read_cell(first_cell + i);
        std::string const bound = i < bounds.size() ? spelled(bounds[i]) : "+Inf";
        append_sample(out, name, "_bucket", labels, "le=\"" + bound + '"', std::to_string(below));
    }
    auto const sum = read_cell(first_cell + static_cast<std::uint32_t>(bounds.size()) + 1);
    append_sample(out, name, "_sum", labels, "", spelled(sum));
    append_sample(out, name, "_count", labels, "", std::to_string(below));
}
}  // namespace

void append_histogram(std::string& out, std::string_view name, std::string_view labels,
                      std::uint32_t first_cell) {
    append_buckets(out, name, labels, first_cell, bucket_bounds_us, seconds);
}

void append_sizes(std::string& out, std::string_view name, std::string_view labels,
                  std::uint32_t first_cell) {
    append_buckets(out, name, labels, first_cell, bucket_bounds_sizes,
                   [](std::uint64_t n) { return std::to_string(n); });
}

}  // namespace observe
