// The seed of a random test: printed always, and taken from CARRACK_SEED to play a failure again.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace test {

inline std::mt19937_64 seeded() {
    char const* const given = std::getenv("CARRACK_SEED");
    std::uint64_t const seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("seed: CARRACK_SEED=%llu\n", static_cast<unsigned long long>(seed));
    return std::mt19937_64(seed);
}

}  // namespace test
