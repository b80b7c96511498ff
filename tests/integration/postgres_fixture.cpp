// Finds the server's programs, keeps one initialised cluster to copy from, starts and stops.
#include "postgres_fixture.hpp"

#include "db/migrate.hpp"
#include "loop/loop.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

namespace integration {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct user {
    uid_t uid;
    gid_t gid;
};

// PostgreSQL refuses to run as root.
user cluster_user() {
    if (::geteuid() != 0) return {::geteuid(), ::getegid()};
    passwd const* const entry = ::getpwnam("postgres");
    if (entry == nullptr)
        throw std::runtime_error("there is no user `postgres`; install PostgreSQL's server");
    return {entry->pw_uid, entry->pw_gid};
}

pid_t spawn(std::vector<std::string> const& command, std::string const& log, bool dies_with_us) {
    user const as = cluster_user();
    std::vector<char*> argv;
    for (std::string const& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t const child = ::fork();
    if (child != 0) return child;
    // The child: only plain system calls until exec.
    if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(as.gid) != 0 || ::setuid(as.uid) != 0))
        ::_exit(126);
    if (dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGINT);
    int const out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out >= 0) {
        ::dup2(out, 1);
        ::dup2(out, 2);
    }
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

std::string text_of(fs::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

void run_or_throw(std::vector<std::string> const& command, std::string const& log) {
    if (run_as_postgres(command, log) != 0)
        throw std::runtime_error(command[0] + " failed:\n" + text_of(log));
}

class cluster {
public:
    cluster();
    ~cluster();
    cluster(cluster const&) = delete;
    cluster& operator=(cluster const&) = delete;

    std::string const& folder() const { return folder_; }

private:
    void start();
    void copy_initialised();
    std::string folder_;
    pid_t server_ = -1;
};

cluster::cluster() {
    std::string pattern = (fs::temp_directory_path() / "carrack-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder could be made");
    folder_ = pattern;
    user const as = cluster_user();
    if (::chown(folder_.c_str(), as.uid, as.gid) != 0) throw std::runtime_error("chown failed");
    copy_initialised();
    start();
}

// initdb takes a second or two; its result, for each version, is kept and copied.
void cluster::copy_initialised() {
    std::string const log = folder_ + "/setup.log";
    std::string const version = fs::path(binary_folder()).parent_path().filename();
    fs::path const kept =
        fs::temp_directory_path() / ("carrack-initdb-" + version + "-" + std::to_string(cluster_user().uid));
    if (!fs::exists(kept)) {
        std::string const fresh = folder_ + "/initdb";
        run_or_throw({binary_folder() + "/initdb", "-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "-N"},
                     log);
        // One role of the tests has to show a password.
        std::string const rules = text_of(fresh + "/pg_hba.conf");
        std::ofstream(fresh + "/pg_hba.conf") << "local all needs_password scram-sha-256\n" << rules;
        if (::rename(fresh.c_str(), kept.c_str()) != 0 && !fs::exists(kept))
            throw std::runtime_error("the initialised cluster could not be kept");
    }
    run_or_throw({"/bin/cp", "-a", kept.string(), folder_ + "/data"}, log);
}

void cluster::start() {
    server_ = spawn({binary_folder() + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c",
                     "listen_addresses=", "-c", "fsync=on", "-c", "max_connections=200", "-c",
                     "shared_buffers=64MB", "-c", "deadlock_timeout=100ms", "-c", "timezone=UTC"},
                    folder_ + "/server.log", true);
    std::string const url = "host=" + folder_ + " dbname=postgres user=postgres";
    for (int attempt = 0;; ++attempt) {
        int status = 0;
        if (::waitpid(server_, &status, WNOHANG) == server_) {
            server_ = -1;
            throw std::runtime_error("PostgreSQL did not start:\n" + text_of(folder_ + "/server.log"));
        }
        try {
            db::session admin(url);
            admin.run(
                "create role carrack_owner login; create role carrack_app login;"
                "create role needs_password login password 'right'");
            return;
        } catch (db::unavailable const&) {
            if (attempt == 1500) throw;
            std::this_thread::sleep_for(20ms);
        }
    }
}

cluster::~cluster() {
    if (server_ > 0) {
        ::kill(server_, SIGINT);
        int status = 0;
        ::waitpid(server_, &status, 0);
    }
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

cluster& running() {
    static cluster one;
    return one;
}

std::string unused_name() {
    static std::atomic<int> number{0};
    return "test_" + std::to_string(++number);
}

// Built on first use; cloned for every test.
std::string const& migrated_template() {
    static std::string const name = [] {
        db::session(admin_url()).run("create database carrack_template owner carrack_owner");
        db::migrate({.owner_url = url_for("carrack_template", owner_role), .app_role = app_role});
        return std::string("carrack_template");
    }();
    return name;
}

core::task<void> run_with(db::options o, std::function<core::task<void>(db::database&)> body) {
    db::database d(loop::event_loop::current(), std::move(o));
    co_await body(d);
    co_await d.close();
}

struct gathering {
    std::size_t left = 0;
    std::exception_ptr first;
    std::coroutine_handle<> who;
    bool await_ready() const noexcept { return left == 0; }
    void await_suspend(std::coroutine_handle<> h) noexcept { who = h; }
    void await_resume() const {
        if (first) std::rethrow_exception(first);
    }
};

}  // namespace

int run_as_postgres(std::vector<std::string> const& command, std::string const& log) {
    pid_t const child = spawn(command, log, false);
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string binary_folder() {
    static std::string const found = [] {
        std::string best;
        int newest = 0;
        for (auto const& entry : fs::directory_iterator("/usr/lib/postgresql")) {
            int const version = std::atoi(entry.path().filename().c_str());
            if (version > newest && fs::exists(entry.path() / "bin/postgres")) {
                newest = version;
                best = (entry.path() / "bin").string();
            }
        }
        if (best.empty()) throw std::runtime_error("no PostgreSQL under /usr/lib/postgresql");
        return best;
    }();
    return found;
}

std::string socket_folder() { return running().folder(); }
std::string url_for(std::string const& database, std::string const& role) {
    return "host=" + socket_folder() + " dbname=" + database + " user=" + role;
}
std::string admin_url() { return url_for("postgres", "postgres"); }

test_database::test_database(std::string name) : name_(std::move(name)) {}
test_database::test_database(test_database&& other) noexcept : name_(std::exchange(other.name_, {})) {}
test_database::~test_database() {
    if (name_.empty()) return;
    try {
        db::session(::integration::admin_url()).run("drop database if exists " + name_ + " with (force)");
    } catch (std::exception const&) {  // a test may have stopped the server
    }
}
std::string test_database::owner_url() const { return url_for(name_, owner_role); }
std::string test_database::app_url() const { return url_for(name_, app_role); }
std::string test_database::admin_url() const { return url_for(name_, "postgres"); }

test_database fresh_database() {
    std::string const name = unused_name();
    db::session(admin_url())
        .run("create database " + name + " template " + migrated_template() + " owner carrack_owner");
    return test_database(name);
}

test_database empty_database() {
    std::string const name = unused_name();
    db::session(admin_url()).run("create database " + name + " owner carrack_owner");
    return test_database(name);
}

db::options options_for(std::string url) {
    db::options o;
    o.url = std::move(url);
    o.transaction_connections = 4;
    return o;
}

void with_database(db::options o, std::function<core::task<void>(db::database&)> body) {
    loop::run_blocking([&o, &body] { return run_with(o, body); });
}

core::task<void> all_of(std::vector<core::task<void>> work) {
    gathering all;
    all.left = work.size();
    for (auto& one : work)
        core::start(std::move(one), [&all](std::exception_ptr e) {
            if (e && !all.first) all.first = e;
            if (--all.left == 0 && all.who) all.who.resume();
        });
    co_await all;
}

core::task<void> until(std::function<bool()> holds, std::chrono::milliseconds most) {
    auto const by = in(most);
    while (!holds()) {
        if (core::steady::now() > by) throw std::runtime_error("what a test waited for did not come");
        co_await loop::sleep(5ms);
    }
}

core::task<void> until_silent() { co_await loop::sleep(30ms); }

int backends(std::string const& database, std::string const& that) {
    auto const rows =
        db::session(admin_url())
            .query("select count(*) from pg_stat_activity where datname = $1 and (" + that + ")", {database});
    return std::stoi(*rows.at(0)[0]);
}

core::deadline in(std::chrono::milliseconds wait) { return core::steady::now() + wait; }

}  // namespace integration
