#include "allocations.hpp"

#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CARRACK_SANITIZED 1
#endif
#endif

namespace {
thread_local std::uint64_t count = 0;
}

namespace test {
std::uint64_t allocations() { return count; }
}  // namespace test

#ifdef CARRACK_SANITIZED
bool test::allocations_are_counted() { return false; }
#else
bool test::allocations_are_counted() { return true; }

void* operator new(std::size_t size) {
    ++count;
    if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif
