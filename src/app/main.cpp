// The program's entry. Everything it does is in the commands.
#include "app/command.hpp"

#include <unistd.h>

// Read by jemalloc before main(), where it is linked. An arena for each core's event loop is plenty: fewer
// keep memory together. Whole answers fit a thread's cache (64 KiB), and what nobody uses goes back after a
// second.
extern "C" char const* const malloc_conf = "narenas:2,lg_tcache_max:16,dirty_decay_ms:1000,muzzy_decay_ms:0";

int main(int count, char** words) {
    std::span<char const* const> const all(words, static_cast<std::size_t>(count));
    return app::run_program(all.subspan(all.empty() ? 0 : 1), ::environ);
}
