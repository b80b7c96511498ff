#include "observe/log.hpp"

#include "observe/log_line.hpp"
#include "observe/log_output.hpp"

#include <atomic>
#include <mutex>

namespace observe {
namespace {

constexpr std::size_t buffer_max = 64 * 1024;
constexpr std::chrono::milliseconds age_max{100};

std::atomic<log_format> format{log_format::text};
std::atomic<level> least{level::info};
std::atomic<std::uint64_t> dropped{0};
std::mutex writing;  // lines of different threads never mix

log_output& output() {
    static log_output& one = *new log_output;  // outlives every thread that logs
    return one;
}

void write_out(std::string_view text) {
    std::lock_guard const lock(writing);
    if (std::size_t const lost = output().write(text); lost > 0)
        dropped.fetch_add(lost, std::memory_order_relaxed);
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
    output() = log_output(options.fd);
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
