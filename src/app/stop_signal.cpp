#include "app/stop_signal.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace app {

namespace {

std::atomic<int> seen{0};
std::atomic<bool> by_manager{false};
std::atomic<int> event{-1};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void carrack_on_stop_signal(int number) {
    int const saved = errno;
    if (number == SIGTERM) by_manager.store(true);
    seen.fetch_add(1);
    std::uint64_t const one = 1;
    (void)!::write(event.load(), &one, sizeof one);
    errno = saved;
}

}  // namespace

void catch_stop_signals() {
    if (event.load() >= 0) return;
    int const fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    event.store(fd);
    struct sigaction action{};
    action.sa_handler = carrack_on_stop_signal;
    ::sigemptyset(&action.sa_mask);  // no SA_RESTART: whoever sleeps in a call wakes up
    for (int const s : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(s, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

int stop_signals_seen() { return seen.load(); }
bool stopped_by_manager() { return by_manager.load(); }
int stop_signal_descriptor() { return event.load(); }

}  // namespace app
