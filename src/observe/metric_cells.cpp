#include "observe/metric_cells.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <vector>

namespace observe {
namespace {

using chunk = std::array<std::atomic<std::uint64_t>, cells_per_chunk>;

// Written by one thread, read by any.
struct shard {
    std::array<std::atomic<chunk*>, cells_max / cells_per_chunk> chunks{};

    ~shard() {
        for (auto& c : chunks) delete c.load(std::memory_order_relaxed);
    }
    chunk& chunk_for_writing(std::uint32_t cell) {
        auto& place = chunks[cell / cells_per_chunk];
        chunk* c = place.load(std::memory_order_relaxed);
        if (c == nullptr) {
            c = new chunk{};
            place.store(c, std::memory_order_release);
        }
        return *c;
    }
    void add(std::uint32_t cell, std::uint64_t n) {
        auto& value = chunk_for_writing(cell)[cell % cells_per_chunk];
        // Nobody else writes here, so a locked instruction would buy nothing.
        value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t read(std::uint32_t cell) const {
        chunk const* const c = chunks[cell / cells_per_chunk].load(std::memory_order_acquire);
        return c == nullptr ? 0 : (*c)[cell % cells_per_chunk].load(std::memory_order_relaxed);
    }
};

struct shared_cells {
    std::mutex guard;
    std::vector<shard*> live;
    shard retired;  // what threads that ended had counted; written under the guard
    std::atomic<std::uint32_t> taken{0};
};

// Never destroyed: threads may end after main() has.
shared_cells& all() {
    static shared_cells& cells = *new shared_cells;
    return cells;
}

struct own_shard {
    shard mine;

    own_shard() {
        std::lock_guard const lock(all().guard);
        all().live.push_back(&mine);
    }
    ~own_shard() {
        shared_cells& cells = all();
        std::lock_guard const lock(cells.guard);
        for (std::uint32_t cell = 0; cell < cells.taken.load(std::memory_order_relaxed); ++cell)
            if (std::uint64_t const n = mine.read(cell); n != 0) cells.retired.add(cell, n);
        std::erase(cells.live, &mine);
    }
};

}  // namespace

void add_to_cell(std::uint32_t cell, std::uint64_t n) {
    thread_local own_shard own;
    own.mine.add(cell, n);
}

namespace {
void add_to_buckets(std::span<std::uint64_t const> bounds, std::uint32_t first_cell, std::uint64_t value) {
    auto const bucket = std::lower_bound(bounds.begin(), bounds.end(), value);
    add_to_cell(first_cell + static_cast<std::uint32_t>(bucket - bounds.begin()), 1);
    add_to_cell(first_cell + static_cast<std::uint32_t>(bounds.size()) + 1, value);
}
}  // namespace

void add_to_histogram(std::uint32_t first_cell, std::uint64_t us) {
    add_to_buckets(bucket_bounds_us, first_cell, us);
}

void add_to_sizes(std::uint32_t first_cell, std::uint64_t n) {
    add_to_buckets(bucket_bounds_sizes, first_cell, n);
}

std::uint64_t read_cell(std::uint32_t cell) {
    shared_cells& cells = all();
    std::lock_guard const lock(cells.guard);
    std::uint64_t sum = cells.retired.read(cell);
    for (shard const* s : cells.live) sum += s->read(cell);
    return sum;
}

std::uint32_t take_cells(std::uint32_t count) {
    shared_cells& cells = all();
    std::lock_guard const lock(cells.guard);
    std::uint32_t const first = cells.taken.load(std::memory_order_relaxed);
    if (count > cells_max - first) throw std::length_error("there are more metrics than cells for them");
    cells.taken.store(first + count, std::memory_order_relaxed);
    return first;
}

}  // namespace observe
