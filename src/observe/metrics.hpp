// Counters, gauges and histograms, shown in Prometheus' text format 0.0.4. Every thread counts in cells of
// its own, so that counting costs an addition and no cache line travels; reading adds them up.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace observe {

using labels = std::vector<std::pair<std::string, std::string>>;

// All of these throw std::logic_error for a name that is none, or that is taken by another kind. Asking
// again for the same name and labels gives the same metric. Metrics live as long as the process.

class counter {
public:
    void add(std::uint64_t n = 1) const;

private:
    friend counter make_counter(std::string_view, std::string_view, labels);
    explicit counter(std::uint32_t cell) : cell_(cell) {}
    std::uint32_t cell_;
};
counter make_counter(std::string_view name, std::string_view help, labels with = {});

class gauge {
public:
    void set(std::int64_t v) const { value_->store(v, std::memory_order_relaxed); }
    void add(std::int64_t v) const { value_->fetch_add(v, std::memory_order_relaxed); }

private:
    friend gauge make_gauge(std::string_view, std::string_view, labels);
    explicit gauge(std::atomic<std::int64_t>& v) : value_(&v) {}
    std::atomic<std::int64_t>* value_;
};
gauge make_gauge(std::string_view name, std::string_view help, labels with = {});

// Durations in microseconds, shown in seconds.
class histogram {
public:
    void observe(std::uint64_t us) const;

private:
    friend histogram make_histogram(std::string_view, std::string_view, labels);
    explicit histogram(std::uint32_t first) : first_(first) {}
    std::uint32_t first_;
};
histogram make_histogram(std::string_view name, std::string_view help, labels with = {});

// How many there were of something: a histogram over 1, 2, 4 … 128 and more.
class sizes {
public:
    void observe(std::uint64_t n) const;

private:
    friend sizes make_sizes(std::string_view, std::string_view, labels);
    explicit sizes(std::uint32_t first) : first_(first) {}
    std::uint32_t first_;
};
sizes make_sizes(std::string_view name, std::string_view help, labels with = {});

// A value that is asked for while rendering, on the rendering thread, as long as this object lives. `ask`
// must not touch metrics. A name that ends in "_total" is shown as a counter.
class [[nodiscard]] watched_value {
public:
    watched_value() = default;
    watched_value(std::string_view name, std::string_view help, labels with, std::function<double()> ask);
    watched_value(watched_value&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    watched_value& operator=(watched_value&& other) noexcept {
        std::swap(id_, other.id_);
        return *this;
    }
    ~watched_value();

private:
    std::uint64_t id_ = 0;
};

// What HTTP counts: requests by route, method and status, and how long they took. Routes are numbered
// by the registry; whatever matched none is counted at the number after the last.
class request_metrics {
public:
    struct route_name {
        std::string method;
        std::string route;
    };
    explicit request_metrics(std::vector<route_name> const& routes);

    void count(std::size_t route, int status, std::uint64_t us) const;

private:
    std::vector<std::uint32_t> first_;  // of each route's cells
};

void watch_process(std::string_view version);  // memory, descriptors, CPU, start time; once

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";
std::string render_metrics();

}  // namespace observe
