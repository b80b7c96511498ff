#include "observe/metric_cells.hpp"
#include "observe/metric_text.hpp"
#include "observe/metrics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

namespace observe {
namespace {

// The statuses that are counted one by one; any other is "other".
constexpr std::array<int, 32> statuses{200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 400,
                                       401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413,
                                       414, 415, 417, 422, 428, 429, 431, 500, 503, 504};

std::uint32_t status_index(int status) {
    auto const at = std::lower_bound(statuses.begin(), statuses.end(), status);
    auto const index = at != statuses.end() && *at == status ? at - statuses.begin() : std::ssize(statuses);
    return static_cast<std::uint32_t>(index);
}

constexpr std::uint32_t status_cells = statuses.size() + 1;

// One block of cells for each route: its statuses, then its histogram. Lines are spelled while rendering, and
// only for what has happened: a hundred routes with thirty statuses each would be three thousand names.
struct route_blocks {
    std::mutex guard;
    std::map<std::pair<std::string, std::string>, std::uint32_t> first;  // by route and method
};

route_blocks& blocks() {
    static route_blocks& b = *new route_blocks;
    return b;
}

std::string labels_of(std::pair<std::string, std::string> const& route_and_method) {
    return "route=\"" + escaped_label(route_and_method.first) + "\",method=\"" +
           escaped_label(route_and_method.second) + '"';
}

bool has_happened(std::uint32_t first) {
    for (std::uint32_t i = 0; i < status_cells; ++i)
        if (read_cell(first + i) != 0) return true;
    return false;
}

}  // namespace

request_metrics::request_metrics(std::vector<route_name> const& routes) {
    std::lock_guard const lock(blocks().guard);
    auto const add = [this](std::string const& method, std::string const& route) {
        auto const [at, fresh] = blocks().first.try_emplace({route, method}, 0);
        if (fresh) at->second = take_cells(status_cells + histogram_cells);
        first_.push_back(at->second);
    };
    for (route_name const& r : routes) add(r.method, r.route);
    add("other", "unmatched");
}

void request_metrics::count(std::size_t route, int status, std::uint64_t us) const {
    std::uint32_t const first = first_[std::min(route, first_.size() - 1)];
    add_to_cell(first + status_index(status), 1);
    add_to_histogram(first + status_cells, us);
}

void append_request_metrics(std::string& out) {
    std::lock_guard const lock(blocks().guard);
    if (blocks().first.empty()) return;
    append_head(out, requests_name, "Answered requests.", "counter");
    for (auto const& [key, first] : blocks().first)
        for (std::uint32_t i = 0; i < status_cells; ++i) {
            std::uint64_t const n = read_cell(first + i);
            if (n == 0) continue;
            std::string const status = i < statuses.size() ? std::to_string(statuses[i]) : "other";
            append_sample(out, requests_name, "", labels_of(key), "status=\"" + status + '"',
                          std::to_string(n));
        }
    append_head(out, durations_name, "From a request's first byte to its answer.", "histogram");
    for (auto const& [key, first] : blocks().first)
        if (has_happened(first)) append_histogram(out, durations_name, labels_of(key), first + status_cells);
}

}  // namespace observe
