#include "observe/log_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

namespace observe {
namespace {

constexpr std::chrono::milliseconds patience{100};
constexpr std::chrono::seconds impatience{5};  // so that a slow reader costs the server a fiftieth at most

// Standard error is shared with whoever started us, and so are its flags. A pipe or a terminal can be
// opened once more, with flags of our own. -1 where that is not allowed.
int open_again(int fd) {
    char path[32];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return ::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

log_output::log_output(int fd) : fd_(fd) {
    struct stat what{};
    if (::fstat(fd, &what) != 0) return;
    if (S_ISSOCK(what.st_mode))
        how_ = manner::send;
    else if (S_ISREG(what.st_mode))
        how_ = manner::plain;  // never blocks, and its position is shared
    else if (int const again = open_again(fd); again >= 0) {
        fd_ = again;
        own_ = true;
        how_ = manner::plain;
    }
}

log_output::~log_output() {
    if (own_) ::close(fd_);
}

log_output::log_output(log_output&& other) noexcept
    : fd_(other.fd_),
      own_(std::exchange(other.own_, false)),
      how_(other.how_),
      cut_(other.cut_),
      impatient_until_(other.impatient_until_) {}

log_output& log_output::operator=(log_output&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(own_, other.own_);
    how_ = other.how_;
    cut_ = other.cut_;
    impatient_until_ = other.impatient_until_;
    return *this;
}

bool log_output::wait_writable(core::deadline until) const {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - core::steady::now());
    pollfd ready{fd_, POLLOUT, 0};
    return ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 1 &&
           (ready.revents & POLLOUT) != 0;
}

// The number of bytes that were written.
std::size_t log_output::write_some(std::string_view text, core::deadline until) {
    std::size_t written = 0;
    while (written < text.size()) {
        std::string_view rest = text.substr(written);
        if (how_ == manner::poll_first) {
            // Writable means that so much is taken without waiting.
            if (!wait_writable(until)) break;
            rest = rest.substr(0, PIPE_BUF);
        }
        ssize_t const put = how_ == manner::send
                                ? ::send(fd_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                : ::write(fd_, rest.data(), rest.size());
        if (put > 0)
            written += static_cast<std::size_t>(put);
        else if (put == 0 || (errno != EINTR && !(errno == EAGAIN && wait_writable(until))))
            break;
    }
    return written;
}

std::size_t log_output::write(std::string_view lines) {
    auto const now = core::steady::now();
    core::deadline const until = now < impatient_until_ ? now : now + patience;
    if (cut_ && write_some("\n", until) == 1) cut_ = false;
    std::size_t const written = cut_ ? 0 : write_some(lines, until);
    if (written == lines.size()) return 0;
    impatient_until_ = until + impatience;
    cut_ = cut_ || (written > 0 && lines[written - 1] != '\n');
    return lines.size() - written;
}

}  // namespace observe
