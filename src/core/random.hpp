// Random bytes from the kernel, taken in blocks for each thread so that an identifier costs no system
// call. What has been handed out is wiped, and a forked child starts a block of its own.
#pragma once

#include <cstdint>
#include <span>

namespace core {

void fill_random(std::span<std::uint8_t> out);
std::uint64_t random_u64();

}  // namespace core
