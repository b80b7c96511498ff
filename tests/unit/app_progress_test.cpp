// The progress of a long piece of work, where somebody watches and where a log does.
#include "app/progress.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What is written to standard error while it lives, with a terminal or a pipe at its end.
class standard_error {
public:
    enum class kind { terminal, pipe };
    explicit standard_error(kind k) : was_(::dup(STDERR_FILENO)) {
        int ends[2];
        int const made =
            k == kind::terminal ? ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) : ::pipe(ends);
        if (made != 0) throw std::runtime_error("no terminal, no pipe");
        std::fflush(stderr);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[1]);
        reads_ = ends[0];
    }
    ~standard_error() {
        std::fflush(stderr);
        ::dup2(was_, STDERR_FILENO);
        ::close(was_);
        ::close(reads_);
    }
    standard_error(standard_error const&) = delete;
    standard_error& operator=(standard_error const&) = delete;

    // All that has been written since the last call.
    std::string said() {
        std::string out;
        char bytes[4096];
        for (pollfd p{reads_, POLLIN, 0}; ::poll(&p, 1, 0) == 1;) {
            ssize_t const n = ::read(reads_, bytes, sizeof bytes);
            if (n <= 0) break;
            out.append(bytes, static_cast<std::size_t>(n));
        }
        return out;
    }

private:
    int was_, reads_;
};

std::string bar(std::size_t filled) {
    std::string out;
    for (std::size_t i = 0; i < 30; ++i) out += i < filled ? "█" : "░";
    return out;
}

constexpr char const* line_begins_anew = "\r\033[K";

TEST(app_progress, is_a_bar_on_a_terminal_drawn_over_itself_and_taken_away) {
    standard_error terminal(standard_error::kind::terminal);
    {
        app::progress shown("shop.csv", 4, "products");
        EXPECT_EQ(terminal.said(), line_begins_anew + ("shop.csv " + bar(0) + " 0 of 4 products"));
        shown.show(1);
        EXPECT_EQ(terminal.said(), line_begins_anew + ("shop.csv " + bar(7) + " 1 of 4 products"));
        shown.show(4);
        EXPECT_EQ(terminal.said(), line_begins_anew + ("shop.csv " + bar(30) + " 4 of 4 products"));
    }
    EXPECT_EQ(terminal.said(), line_begins_anew) << "what is said next stands on a clean line";
}

TEST(app_progress, of_nothing_is_whole_and_never_more_than_whole) {
    standard_error terminal(standard_error::kind::terminal);
    app::progress const nothing("empty.csv", 0, "products");
    EXPECT_THAT(terminal.said(), HasSubstr(bar(30) + " 0 of 0"));
    app::progress beyond("more.csv", 2, "products");
    beyond.show(3);
    EXPECT_THAT(terminal.said(), HasSubstr(bar(30) + " 3 of 2"));
}

TEST(app_progress, draws_nothing_where_a_log_reads) {
    standard_error log(standard_error::kind::pipe);
    {
        app::progress shown("shop.csv", 4, "products");
        for (std::size_t done = 1; done <= 4; ++done) shown.show(done);
    }
    std::string const said = log.said();  // a line or more where five seconds have passed
    EXPECT_THAT(said, Not(HasSubstr("\033")));
    EXPECT_THAT(said, Not(HasSubstr("\r")));
    EXPECT_THAT(said, Not(HasSubstr("█")));
}

}  // namespace
