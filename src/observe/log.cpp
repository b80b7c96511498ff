#include "observe/log.hpp"

#include "observe/log_line.hpp"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>

namespace observe {
namespace {

constexpr std::size_t buffer_max = 64 * 1024;
constexpr std::chrono::milliseconds age_max{100};
constexpr int patience_ms = 100;  // for a reader that is behind; then the lines are dropped

std::atomic<log_format> format{log_format::text};
std::atomic<level> least{level::info};
std::atomic<int> target{2};
std::atomic<std::uint64_t> dropped{0};
std::mutex writing;  // lines of different threads never mix

bool behind = false;  // the reader did not keep up last time, so it gets no more patience until it does
bool cut = false;     // the last line ends in the middle

bool can_take_more(int fd) {
    pollfd ready{fd, POLLOUT, 0};
    return poll(&ready, 1, behind ? 0 : patience_ms) == 1 && (ready.revents & POLLOUT) != 0;
}

// The number of bytes that were written.
std::size_t write_some(int fd, std::string_view text) {
    std::size_t written = 0;
    while (written < text.size()) {
        ssize_t const put = write(fd, text.data() + written, text.size() - written);
        if (put > 0)
            written += static_cast<std::size_t>(put);
        else if (put == 0 || (errno != EINTR && !(errno == EAGAIN && can_take_more(fd))))
            break;
    }
    return written;
}

void write_out(std::string_view text) {
    std::lock_guard const lock(writing);
    int const fd = target.load(std::memory_order_relaxed);
    if (cut && write_some(fd, "\n") == 1) cut = false;
    std::size_t const written = cut ? 0 : write_some(fd, text);
    behind = written < text.size();
    if (!behind) return;
    cut = cut || (written > 0 && text[written - 1] != '\n');
    dropped.fetch_add(text.size() - written, std::memory_order_relaxed);
}

struct line_buffer {
    std::string text;
    core::deadline oldest{};

    void flush() {
        if (text.empty()) return;
        write_out(text);
        text.clear();
    }
    ~line_buffer() { flush(); }
};

thread_local line_buffer pending;

}  // namespace

void configure_log(log_options options) {
    flush();
    format.store(options.format, std::memory_order_relaxed);
    least.store(options.least, std::memory_order_relaxed);
    std::lock_guard const lock(writing);
    target.store(options.fd, std::memory_order_relaxed);
}

void log(level how, std::string_view message, std::initializer_list<field> fields) {
    if (how < least.load(std::memory_order_relaxed)) return;
    // Behind the requests that were answered before it, and out at once.
    append_record(pending.text, format.load(std::memory_order_relaxed), core::now(), how, message, fields);
    pending.flush();
}

void access(access_record const& r) {
    if (level::info < least.load(std::memory_order_relaxed)) return;
    auto const now = core::steady::now();
    if (pending.text.empty()) pending.oldest = now;
    append_access(pending.text, format.load(std::memory_order_relaxed), core::now(), r);
    if (pending.text.size() >= buffer_max || now - pending.oldest >= age_max) pending.flush();
}

void flush() { pending.flush(); }

std::uint64_t log_bytes_dropped() { return dropped.load(std::memory_order_relaxed); }

}  // namespace observe
