#include "app/cluster.hpp"

#include "app/cluster_files.hpp"
#include "app/command.hpp"
#include "app/postmaster.hpp"
#include "app/stop_signal.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

namespace app {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::uintmax_t log_bytes_max = 16 * 1024 * 1024;  // at a start; then the log begins anew

std::string percent_encoded(std::string const& path) {
    std::string out;
    for (char const c : path) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

cluster_urls urls_of(fs::path const& sockets) {
    auto const url = [&](std::string_view role) {
        return fmt::format("postgresql://{}@/carrack?host={}&port={}", role,
                           percent_encoded(sockets.string()), cluster_port);
    };
    return {url("carrack_app"), url("carrack_owner")};
}

void refuse_when_stopped() {
    if (stop_signals_seen() > 0) throw setup_error("Stopped before everything was started.");
}

std::uintmax_t size_of(fs::path const& file) {
    std::error_code error;
    auto const size = fs::file_size(file, error);
    return error ? 0 : size;
}

int version_of(fs::path const& pgdata) {
    std::ifstream in(pgdata / "PG_VERSION");
    int version = 0;
    in >> version;
    return version;
}

// Waits, unless `wake` becomes readable meanwhile: then true.
bool woken_within(std::chrono::milliseconds pause, int wake) {
    pollfd entry{wake, POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(pause.count())) == 1;
}

// What a crash left half made. Its programs may be at work there for a moment longer.
void remove_leftover(fs::path const& folder) {
    std::error_code error;
    for (int attempt = 0; attempt < 100; ++attempt) {
        fs::remove_all(folder, error);
        if (!error) return;
        std::this_thread::sleep_for(50ms);
    }
    throw setup_error(fmt::format("{} is left of an earlier start and cannot be removed: {}.",
                                  folder.string(), error.message()));
}

// The last line of a log that says why; the lines around it only say that.
std::string reason_in(std::string const& log) {
    std::string reason = "it says nothing";
    std::istringstream in(log);
    for (std::string line; std::getline(in, line);)
        for (std::string_view const mark : {"FATAL:  ", "PANIC:  ", "error: ", "ERROR:  "})
            if (auto const at = line.find(mark); at != std::string::npos)
                reason = line.substr(at + mark.size());
    return reason;
}

}  // namespace

cluster::cluster(fs::path data, say_function say) : data_(std::move(data)), say_(std::move(say)) {
    place_ = settle_cluster(data_, say_);
    bool const there = fs::exists(place_.pgdata() / "PG_VERSION");
    binaries_ = choose_postgres(there ? version_of(place_.pgdata()) : 0);
    sockets_ = settle_sockets(place_);
    if (!there) create();
    start();
}

cluster::~cluster() { stop(); }

// In a folder beside, renamed when it is whole: a crash leaves no half-made cluster.
void cluster::create() {
    say_(fmt::format("Making a private database (PostgreSQL {}) in {}.", binaries_.version,
                     place_.home.string()));
    fs::path const fresh = place_.home / "data.new";
    remove_leftover(fresh);
    program initdb{
        .words = {(binaries_.folder / "initdb").string(), "--pgdata=" + fresh.string(), "--username=postgres",
                  "--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C", "--auth-local=peer",
                  "--auth-host=reject", "--data-checksums", "--no-instructions"},
        .as = place_.as,
        .dies_with_us = true};
    auto made = run_to_end(initdb);
    refuse_when_stopped();
    if (made.exit_code != 0)
        throw setup_error(fmt::format("A private database could not be made in {}: {}.", place_.home.string(),
                                      reason_in(made.output)));
    write_settings(fresh);
    include_settings(fresh);
    made = run_to_end({.words = {(binaries_.folder / "postgres").string(), "--single", "-j", "-c",
                                 "exit_on_error=on", "-D", fresh.string(), "postgres"},
                       .as = place_.as,
                       .input = std::string(setup_sql()),
                       .dies_with_us = true});
    refuse_when_stopped();
    if (made.exit_code != 0)
        throw setup_error(
            fmt::format("The roles of the private database could not be made: {}.", reason_in(made.output)));
    fs::rename(fresh, place_.pgdata());
}

void cluster::write_settings(fs::path const& into) const {
    write_cluster_files(
        into,
        {.pgdata = place_.pgdata(), .sockets = sockets_, .cluster_user = place_.owner, .as = place_.as});
}

bool cluster::take_over() {
    auto const running = find_postmaster(place_.pgdata());
    if (!running) return false;
    if (running->status == "stopping") {
        wait_for_end(running->process, 60s);
        return false;
    }
    sockets_ = running->sockets;  // a restart keeps the address that everybody knows
    process_ = running->process;
    try {
        wait_until_ready();
    } catch (setup_error const&) {
        refuse_when_stopped();
        return false;  // it died just now
    }
    say_(
        fmt::format("Took over the private database that was still running (process {}).", running->process));
    return true;
}

void cluster::start() {
    if ((taken_over_ = take_over())) return;
    write_settings(place_.pgdata());
    if (size_of(data_ / "postgres.log") > log_bytes_max) {
        std::error_code ignored;
        fs::rename(data_ / "postgres.log", data_ / "postgres.log.1", ignored);
    }
    auto const until = std::chrono::steady_clock::now() + 15s;
    while (!try_start()) {
        refuse_when_stopped();
        if (std::chrono::steady_clock::now() > until)
            throw setup_error(
                fmt::format("What a crash left of the private database does not go away; see {}.",
                            (data_ / "postgres.log").string()));
        std::this_thread::sleep_for(50ms);
    }
}

bool cluster::try_start() {
    clear_stale_locks(place_.pgdata(), sockets_);
    auto const offset = size_of(data_ / "postgres.log");
    process_ = spawn({.words = {(binaries_.folder / "postgres").string(), "-D", place_.pgdata().string()},
                      .as = place_.as,
                      .output = data_ / "postgres.log",
                      .own_session = true});
    try {
        wait_until_ready();
        return true;
    } catch (setup_error const&) {
        // Children of a postmaster that was killed take a moment to notice; PostgreSQL waits for them by
        // refusing.
        std::string const log = log_since(offset);
        bool const passing = log.find("pre-existing shared memory block") != std::string::npos ||
                             log.find("lock file \"") != std::string::npos;
        if (process_ != 0 || !passing) throw;
        return false;
    }
}

void cluster::wait_until_ready() {
    auto const offset = size_of(data_ / "postgres.log");
    auto const begun = std::chrono::steady_clock::now();
    bool told = false;
    for (;;) {
        auto const running = find_postmaster(place_.pgdata());
        if (running && running->process == process_ && accepts_connections(*running)) {
            if (urls_.app.empty()) urls_ = urls_of(running->sockets);
            return;
        }
        if (stop_signals_seen() > 0) {
            if (pid_t const process = process_.exchange(0); process != 0) stop_postmaster(process);
            refuse_when_stopped();
        }
        auto const waited = std::chrono::steady_clock::now() - begun;
        if (!told && waited > 5s) {
            told = true;
            say_("The private database is recovering from a crash; this can take a while.");
        }
        if (wait_for_end(process_, waited < 2s ? 2ms : 50ms)) break;
    }
    process_ = 0;
    throw setup_error(fmt::format("The private database did not start: {}. {} has the rest.",
                                  reason_in(log_since(offset)), (data_ / "postgres.log").string()));
}

void cluster::supervise() {
    if (watcher_.joinable()) return;
    wake_ = descriptor(::eventfd(0, EFD_CLOEXEC));
    // Signals are for the threads of the server; this one only waits.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    watcher_ = std::thread([this] { watch(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void cluster::watch() {
    constexpr auto pause_first = 100ms;
    constexpr auto lived_well = 500ms;  // it served meanwhile: no loop of vain starts
    auto pause = pause_first;
    for (;;) {
        auto const begun = std::chrono::steady_clock::now();
        if (process_ != 0 && !wait_for_end_or(process_, wake_.get())) return;
        if (stop_signals_seen() > 0) return;
        // Only what dies at once, again and again, is started ever more slowly.
        if (std::chrono::steady_clock::now() - begun > lived_well) pause = pause_first;
        say_(fmt::format("The private database has died; starting it again in {} ms. {} says why.",
                         pause.count(), (data_ / "postgres.log").string()));
        if (woken_within(pause, wake_.get())) return;
        pause = std::min(pause * 2, std::chrono::milliseconds{10s});
        try {
            process_ = 0;
            start();
            say_("The private database runs again.");
        } catch (std::exception const& e) {
            say_(e.what());
        }
    }
}

void cluster::stop() {
    if (watcher_.joinable()) {
        std::uint64_t const one = 1;
        (void)!::write(wake_.get(), &one, sizeof one);
        watcher_.join();
    }
    pid_t const process = process_.exchange(0);
    if (process == 0) return;
    stop_postmaster(process);
    std::error_code ignored;  // a folder of sockets outside the data folder goes when it is empty
    if (sockets_.parent_path() != place_.home) fs::remove(sockets_, ignored);
}

std::string cluster::log_since(std::uintmax_t offset) const {
    std::ifstream in(data_ / "postgres.log");
    in.seekg(static_cast<std::streamoff>(offset));
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

std::optional<cluster_urls> find_running_cluster(fs::path const& data) {
    std::error_code error;
    fs::path const home = fs::canonical(data / "postgres", error);
    if (error) return std::nullopt;
    auto const running = find_postmaster(home / "data");
    if (!running || !accepts_connections(*running)) return std::nullopt;
    return urls_of(running->sockets);
}

}  // namespace app
