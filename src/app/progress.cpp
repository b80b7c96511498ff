#include "app/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace app {
namespace {

constexpr std::size_t bar_width = 30;
constexpr std::chrono::seconds between_lines{5};  // what is done sooner needs no line of its own

}  // namespace

progress::progress(std::string what, std::size_t total, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      last_line_(std::chrono::steady_clock::now()) {
    if (terminal_) draw_bar(0);
}

progress::~progress() {
    if (!drawn_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
}

void progress::show(std::size_t done) {
    if (terminal_) return draw_bar(done);
    auto const now = std::chrono::steady_clock::now();
    if (now - last_line_ < between_lines) return;
    last_line_ = now;
    fmt::print(stderr, "{}: {} of {} {}\n", what_, done, total_, unit_);
    std::fflush(stderr);
}

void progress::draw_bar(std::size_t done) {
    std::size_t const filled = total_ == 0 ? bar_width : bar_width * std::min(done, total_) / total_;
    std::string bar;
    for (std::size_t i = 0; i < bar_width; ++i) bar += i < filled ? "█" : "░";
    fmt::print(stderr, "\r\033[K{} {} {} of {} {}", what_, bar, done, total_, unit_);
    std::fflush(stderr);
    drawn_ = true;
}

}  // namespace app
