#include "app/postmaster.hpp"

#include "app/descriptor.hpp"
#include "app/parsing.hpp"
#include "app/process.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace app {

namespace fs = std::filesystem;

namespace {

// Lines of postmaster.pid: process, data directory, start time, port, socket directory, listen
// addresses, shared memory, status. It is written in steps, so any of them may be missing.
std::array<std::string, 8> read_lines(fs::path const& file) {
    std::array<std::string, 8> lines;
    std::ifstream in(file);
    for (auto& line : lines) {
        if (!std::getline(in, line)) break;
        line.erase(line.find_last_not_of(" \r") + 1);
    }
    return lines;
}

pid_t process_in(std::string const& line) {
    // A lone backend (single-user mode) writes its number negated.
    auto const n = parse_number(line, -4194304, 4194304);
    return n ? static_cast<pid_t>(*n < 0 ? -*n : *n) : 0;
}

// A postmaster's working directory is its data directory.
bool serves(pid_t process, fs::path const& pgdata) {
    std::error_code error;
    fs::path const proc = fmt::format("/proc/{}", process);
    fs::path const folder = fs::read_symlink(proc / "cwd", error);
    if (error) return false;
    std::ifstream comm(proc / "comm");
    std::string name;
    std::getline(comm, name);
    return name.starts_with("postgres") && folder == fs::weakly_canonical(pgdata, error);
}

// Whoever of PostgreSQL is still at work there: a postmaster, or what one that was killed has left.
bool is_in_use(fs::path const& pgdata) {
    std::error_code error;
    for (auto at = fs::directory_iterator("/proc", error); !error && at != fs::directory_iterator();
         at.increment(error))
        if (pid_t const process = process_in(at->path().filename()); process > 0 && serves(process, pgdata))
            return true;
    return false;
}

}  // namespace

std::optional<postmaster> find_postmaster(fs::path const& pgdata) {
    auto const lines = read_lines(pgdata / "postmaster.pid");
    pid_t const process = process_in(lines[0]);
    if (!is_alive(process) || !serves(process, pgdata)) return std::nullopt;
    return postmaster{process, lines[4], lines[7]};
}

bool accepts_connections(postmaster const& p) {
    if (p.status != "ready") return false;
    std::string const path = (p.sockets / fmt::format(".s.PGSQL.{}", cluster_port)).string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    descriptor const s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(s.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
}

void clear_stale_locks(fs::path const& pgdata, fs::path const& sockets) {
    fs::path const socket = sockets / fmt::format(".s.PGSQL.{}", cluster_port);
    std::error_code error;
    for (fs::path const& file : {pgdata / "postmaster.pid", fs::path(socket.string() + ".lock")}) {
        if (!fs::exists(file, error)) continue;
        pid_t const process = process_in(read_lines(file)[0]);
        // A dead process's file is left to PostgreSQL, which looks for its orphaned children first; from one
        // that names nobody it cannot, so that is ours to do.
        bool const stale = process != 0 ? is_alive(process) && !serves(process, pgdata) : !is_in_use(pgdata);
        if (stale) fs::remove(file, error);
    }
}

void stop_postmaster(pid_t process) {
    using namespace std::chrono_literals;
    ::kill(process, SIGINT);
    if (wait_for_end(process, 10s)) return;
    ::kill(process, SIGQUIT);
    wait_for_end(process, 10s);
}

void stop_postmaster(fs::path const& pgdata) {
    if (auto const running = find_postmaster(pgdata)) stop_postmaster(running->process);
}

}  // namespace app
