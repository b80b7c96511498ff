#include "app/process.hpp"

#include "app/command.hpp"
#include "app/descriptor.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace app {

namespace {

identity identity_of(passwd const& entry) {
    identity out{entry.pw_uid, entry.pw_gid, entry.pw_name, {}};
    int count = 64;
    out.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(entry.pw_name, entry.pw_gid, out.groups.data(), &count) < 0) {
        out.groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(entry.pw_name, entry.pw_gid, out.groups.data(), &count);
    }
    out.groups.resize(static_cast<std::size_t>(count));
    return out;
}

// What follows until the exec runs in the forked child of a program that may have threads: only
// calls that are safe after fork (signal-safety(7)), nothing that allocates.
struct child_plan {
    char const* const* words;
    identity const* as;
    int input, output;
    bool own_session, dies_with_us;
    pid_t parent;
};

bool become(identity const& as) {
    return ::setgroups(as.groups.size(), as.groups.data()) == 0 && ::setgid(as.group) == 0 &&
           ::setuid(as.user) == 0;
}

bool inherit_only_the_three() {
    if (::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0) return true;
    for (int fd = 3; fd < 4096; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return true;
}

void reset_signals() {
    for (int s = 1; s < NSIG; ++s) ::signal(s, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool prepare_child(child_plan const& plan) {
    reset_signals();
    ::umask(077);
    if (plan.own_session) ::setsid();
    if (plan.as != nullptr && !become(*plan.as)) return false;
    // After the change of user, which would clear it; and the parent may have gone meanwhile.
    if (plan.dies_with_us && (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != plan.parent))
        return false;
    return ::chdir("/") == 0 && ::dup2(plan.input, 0) >= 0 && ::dup2(plan.output, 1) >= 0 &&
           ::dup2(plan.output, 2) >= 0 && inherit_only_the_three();
}

[[noreturn]] void run_child(child_plan const& plan, int report) {
    static constexpr char const* environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC",
                                                  nullptr};
    if (prepare_child(plan))
        ::execve(plan.words[0], const_cast<char* const*>(plan.words), const_cast<char* const*>(environment));
    int const error = errno;
    (void)!::write(report, &error, sizeof error);
    ::_exit(127);
}

std::array<descriptor, 2> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    return {descriptor(ends[0]), descriptor(ends[1])};
}

pid_t spawn_with(program const& p, int input, int output) {
    std::vector<char const*> words;
    for (auto const& w : p.words) words.push_back(w.c_str());
    words.push_back(nullptr);
    auto report = make_pipe();
    child_plan const plan{words.data(),  p.as ? &*p.as : nullptr, input,     output,
                          p.own_session, p.dies_with_us,          ::getpid()};
    pid_t const child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) run_child(plan, report[1].get());
    report[1].close();
    int error = 0;
    ssize_t got;
    while ((got = ::read(report[0].get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (got != static_cast<ssize_t>(sizeof error)) return child;
    ::waitpid(child, nullptr, 0);
    throw setup_error(fmt::format("{} cannot be started{}: {}.", p.words[0],
                                  p.as ? " as the user " + p.as->name : "",
                                  std::generic_category().message(error)));
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

descriptor open_process(pid_t process) {
    return descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

// Reaps it when it is a child of ours; true when it is no more.
bool has_ended(pid_t process) {
    pid_t const reaped = ::waitpid(process, nullptr, WNOHANG);
    return reaped == process || (reaped < 0 && !is_alive(process));
}

}  // namespace

std::optional<identity> find_identity(std::string const& name) {
    passwd const* entry = ::getpwnam(name.c_str());
    if (entry == nullptr) return std::nullopt;
    return identity_of(*entry);
}

std::optional<identity> find_identity(uid_t user) {
    passwd const* entry = ::getpwuid(user);
    if (entry == nullptr) return std::nullopt;
    return identity_of(*entry);
}

pid_t spawn(program const& p) {
    descriptor const input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    descriptor const output(p.output.empty()
                                ? ::open("/dev/null", O_WRONLY | O_CLOEXEC)
                                : ::open(p.output.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (output.get() < 0)
        throw setup_error(fmt::format("{} cannot be written: {}.", p.output.string(),
                                      std::generic_category().message(errno)));
    return spawn_with(p, input.get(), output.get());
}

outcome run_to_end(program p) {
    auto input = make_pipe(), output = make_pipe();
    // It fits into the pipe, so this cannot wait for a reader.
    if (p.input.size() > 4096) throw std::logic_error("run_to_end: the input is too long");
    if (::write(input[1].get(), p.input.data(), p.input.size()) < 0)
        throw std::system_error(errno, std::generic_category(), "write");
    input[1].close();
    pid_t const child = spawn_with(p, input[0].get(), output[1].get());
    output[1].close();
    outcome out;
    std::array<char, 4096> chunk;
    for (ssize_t got; (got = ::read(output[0].get(), chunk.data(), chunk.size())) != 0;) {
        if (got < 0 && errno != EINTR) break;
        if (got > 0 && out.output.size() < 65536)
            out.output.append(chunk.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    out.exit_code = exit_code_of(status);
    return out;
}

bool can_enter(identity const& as, std::filesystem::path const& folder) {
    char const* const path = folder.c_str();
    pid_t const child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0)
        ::_exit(become(as) && ::chdir(path) == 0 && ::access(".", R_OK | W_OK | X_OK) == 0 ? 0 : 1);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0;
}

bool is_alive(pid_t process) { return process > 0 && (::kill(process, 0) == 0 || errno == EPERM); }

bool wait_for_end(pid_t process, std::chrono::milliseconds at_most) {
    auto const until = std::chrono::steady_clock::now() + at_most;
    descriptor const watched = open_process(process);
    while (!has_ended(process)) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd entry{watched.get(), POLLIN, 0};
        // Without pidfd_open (old kernels, some sandboxes) the descriptor is -1 and poll only sleeps.
        int const wait_ms =
            static_cast<int>(watched.get() < 0 ? std::min<std::int64_t>(left.count(), 20) : left.count());
        // A dead process that nobody reaps still has its number, but its descriptor tells.
        if (::poll(&entry, 1, wait_ms) == 1) return has_ended(process), true;
    }
    return true;
}

bool wait_for_end_or(pid_t process, int wake) {
    descriptor const watched = open_process(process);
    while (!has_ended(process)) {
        std::array<pollfd, 2> entries{{{wake, POLLIN, 0}, {watched.get(), POLLIN, 0}}};
        ::poll(entries.data(), entries.size(), watched.get() < 0 ? 500 : -1);
        if ((entries[0].revents & POLLIN) != 0) return false;
        if ((entries[1].revents & POLLIN) != 0) return has_ended(process), true;
    }
    return true;
}

}  // namespace app
