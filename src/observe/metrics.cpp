#include "observe/metrics.hpp"

#include "observe/metric_cells.hpp"
#include "observe/metric_text.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>

namespace observe {
namespace {

enum class kind : std::uint8_t { counter, gauge, histogram, sizes };

struct series {
    std::string label_text;  // `a="b",c="d"`
    std::uint32_t cell = 0;
    std::atomic<std::int64_t>* value = nullptr;
    std::uint64_t watch = 0;  // not 0: `ask` gives the value
    std::function<double()> ask;
};

struct family {
    kind what;
    std::string help;
    std::deque<series> all;  // in the order of their making
};

struct metrics_state {
    std::mutex guard;
    std::map<std::string, family, std::less<>> families;
    std::deque<std::atomic<std::int64_t>> gauges;
    std::uint64_t last_watch = 0;
};

metrics_state& state() {
    static metrics_state& s = *new metrics_state;  // outlives every thread that counts
    return s;
}

bool is_name(std::string_view s, bool label) {
    auto const good = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c == ':' && !label);
    };
    return !s.empty() && good(s.front()) &&
           std::all_of(s.begin(), s.end(), [&](char c) { return good(c) || (c >= '0' && c <= '9'); });
}

std::string label_text(labels const& with) {
    std::string out;
    for (auto const& [name, value] : with) {
        if (!is_name(name, true)) throw std::logic_error("not a label's name: " + name);
        if (!out.empty()) out += ',';
        out += name + "=\"" + escaped_label(value) + '"';
    }
    return out;
}

// Under the lock.
family& family_for(kind what, std::string_view name, std::string_view help) {
    if (!is_name(name, false)) throw std::logic_error("not a metric's name: " + std::string(name));
    if (name == requests_name || name == durations_name)
        throw std::logic_error("request_metrics has this name: " + std::string(name));
    auto at = state().families.find(name);
    if (at == state().families.end())
        at = state().families.emplace(name, family{.what = what, .help = std::string(help), .all = {}}).first;
    if (at->second.what != what)
        throw std::logic_error("a metric of another kind has this name: " + std::string(name));
    return at->second;
}

series* find_series(family& in, std::string_view text) {
    auto const at =
        std::find_if(in.all.begin(), in.all.end(), [&](series const& s) { return s.label_text == text; });
    return at == in.all.end() ? nullptr : &*at;
}

std::uint32_t cells_for(kind what, std::string_view name, std::string_view help, labels const& with) {
    std::string text = label_text(with);
    std::lock_guard const lock(state().guard);
    family& in = family_for(what, name, help);
    if (series const* const known = find_series(in, text)) return known->cell;
    std::uint32_t const cell = take_cells(what == kind::histogram ? histogram_cells
                                          : what == kind::sizes   ? sizes_cells
                                                                  : 1);
    in.all.push_back({.label_text = std::move(text), .cell = cell, .ask = {}});
    return cell;
}

void render_series(std::string& out, std::string_view name, family const& f, series const& s) {
    if (f.what == kind::histogram) return append_histogram(out, name, s.label_text, s.cell);
    if (f.what == kind::sizes) return append_sizes(out, name, s.label_text, s.cell);
    if (f.what == kind::gauge) {
        std::string const value =
            s.watch != 0 ? number(s.ask()) : std::to_string(s.value->load(std::memory_order_relaxed));
        return append_sample(out, name, "", s.label_text, "", value);
    }
    append_sample(out, name, "", s.label_text, "", std::to_string(read_cell(s.cell)));
}

// What is asked for may well be a counter that is kept elsewhere; its name says so.
std::string_view type_of(std::string_view name, kind k) {
    if (k == kind::histogram || k == kind::sizes) return "histogram";
    return k == kind::counter || name.ends_with("_total") ? "counter" : "gauge";
}

}  // namespace

void counter::add(std::uint64_t n) const { add_to_cell(cell_, n); }

counter make_counter(std::string_view name, std::string_view help, labels with) {
    return counter(cells_for(kind::counter, name, help, with));
}

gauge make_gauge(std::string_view name, std::string_view help, labels with) {
    std::string text = label_text(with);
    std::lock_guard const lock(state().guard);
    family& in = family_for(kind::gauge, name, help);
    if (series const* const known = find_series(in, text)) {
        if (known->watch != 0) throw std::logic_error("a watched value has this name: " + std::string(name));
        return gauge(*known->value);
    }
    auto& value = state().gauges.emplace_back(0);
    in.all.push_back({.label_text = std::move(text), .value = &value, .ask = {}});
    return gauge(value);
}

void histogram::observe(std::uint64_t us) const { add_to_histogram(first_, us); }

histogram make_histogram(std::string_view name, std::string_view help, labels with) {
    return histogram(cells_for(kind::histogram, name, help, with));
}

void sizes::observe(std::uint64_t n) const { add_to_sizes(first_, n); }

sizes make_sizes(std::string_view name, std::string_view help, labels with) {
    return sizes(cells_for(kind::sizes, name, help, with));
}

watched_value::watched_value(std::string_view name, std::string_view help, labels with,
                             std::function<double()> ask) {
    std::string text = label_text(with);
    std::lock_guard const lock(state().guard);
    family& in = family_for(kind::gauge, name, help);
    if (find_series(in, text) != nullptr)
        throw std::logic_error("this value is watched already: " + std::string(name));
    id_ = ++state().last_watch;
    in.all.push_back({.label_text = std::move(text), .watch = id_, .ask = std::move(ask)});
}

watched_value::~watched_value() {
    if (id_ == 0) return;
    std::lock_guard const lock(state().guard);
    for (auto& [name, f] : state().families)
        std::erase_if(f.all, [&](series const& s) { return s.watch == id_; });
}

std::string render_metrics() {
    std::string out;
    append_request_metrics(out);
    std::lock_guard const lock(state().guard);
    for (auto const& [name, f] : state().families) {
        if (f.all.empty()) continue;
        append_head(out, name, f.help, type_of(name, f.what));
        for (series const& one : f.all) render_series(out, name, f, one);
    }
    return out;
}

}  // namespace observe
