// The cells behind counters and histograms: numbered once, then one copy for each thread that counts. Used
// within this layer only.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace observe {

inline constexpr std::uint32_t cells_per_chunk = 1024;
inline constexpr std::uint32_t cells_max = 256 * cells_per_chunk;

// Upper bounds of the buckets of every histogram; one more bucket takes the rest.
inline constexpr std::array<std::uint64_t, 16> bucket_bounds_us{
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
inline constexpr std::uint32_t histogram_cells = bucket_bounds_us.size() + 2;  // the rest, and the sum in µs

// The same for histograms of sizes.
inline constexpr std::array<std::uint64_t, 8> bucket_bounds_sizes{1, 2, 4, 8, 16, 32, 64, 128};
inline constexpr std::uint32_t sizes_cells = bucket_bounds_sizes.size() + 2;

void add_to_cell(std::uint32_t cell, std::uint64_t n);  // on this thread's copy
std::uint64_t read_cell(std::uint32_t cell);            // of all threads, those that are gone included
void add_to_histogram(std::uint32_t first_cell, std::uint64_t us);
void add_to_sizes(std::uint32_t first_cell, std::uint64_t n);
std::uint32_t take_cells(std::uint32_t count);  // throws std::length_error past cells_max

}  // namespace observe
