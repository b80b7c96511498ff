#include "core/random.hpp"

#include <pthread.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace core {
namespace {

std::atomic<unsigned> forks{0};
[[maybe_unused]] int const fork_watch = pthread_atfork(nullptr, nullptr, [] { ++forks; });

void from_kernel(std::uint8_t* out, std::size_t size) {
    while (size > 0) {
        ssize_t const got = getrandom(out, size, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        out += got;
        size -= static_cast<std::size_t>(got);
    }
}

struct block {
    std::array<std::uint8_t, 2048> bytes;
    std::size_t used = bytes.size();
    unsigned generation = 0;

    void refill() {
        generation = forks.load(std::memory_order_relaxed);
        from_kernel(bytes.data(), bytes.size());
        used = 0;
    }

    void take(std::uint8_t* out, std::size_t size) {
        if (bytes.size() - used < size || generation != forks.load(std::memory_order_relaxed)) refill();
        std::memcpy(out, bytes.data() + used, size);
        explicit_bzero(bytes.data() + used, size);
        used += size;
    }
};

thread_local block mine;

}  // namespace

void fill_random(std::span<std::uint8_t> out) {
    if (out.empty()) return;
    if (out.size() > 256) return from_kernel(out.data(), out.size());
    mine.take(out.data(), out.size());
}

std::uint64_t random_u64() {
    std::uint64_t v;
    mine.take(reinterpret_cast<std::uint8_t*>(&v), sizeof v);
    return v;
}

}  // namespace core
