// How often this thread has allocated: for code that promises not to. Counts nothing under a sanitizer,
// which brings allocation functions of its own.
#pragma once

#include <cstdint>

namespace test {

std::uint64_t allocations();
bool allocations_are_counted();

}  // namespace test
