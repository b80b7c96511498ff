// The private PostgreSQL cluster against everything that happens to one: crashes of either side,
// stale files, folders out of reach, paths too long, two servers on one folder.
#include "app/cluster.hpp"

#include "app/command.hpp"
#include "app/database_at_hand.hpp"
#include "app/postmaster.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

bool eventually(std::function<bool()> const& holds, std::chrono::milliseconds at_most = 15s) {
    for (auto const until = std::chrono::steady_clock::now() + at_most;
         std::chrono::steady_clock::now() < until;) {
        if (holds()) return true;
        std::this_thread::sleep_for(2ms);
    }
    return holds();
}

std::string sql(std::string const& url, std::string const& text) {
    auto out = app::run_to_end(
                   {.words = {(app::choose_postgres(0).folder / "psql").string(), url, "-AtX", "-c", text}})
                   .output;
    out.erase(out.find_last_not_of('\n') + 1);
    return out;
}

app::configuration settings_for(fs::path const& data) {
    app::configuration c;
    c.data = data;
    return c;
}

// Another process that runs `work`, says that it is ready, and then waits to be killed.
class other_process {
public:
    explicit other_process(std::function<void(std::function<void()> ready)> const& work) {
        int ends[2];
        if (::pipe(ends) != 0) std::abort();
        process_ = ::fork();
        if (process_ == 0) {
            ::close(ends[0]);
            try {
                work([&] { (void)!::write(ends[1], "r", 1); });
                ::_exit(0);
            } catch (std::exception const& e) {
                std::fprintf(stderr, "%s\n", e.what());
                ::_exit(1);
            }
        }
        ::close(ends[1]);
        ready_ = ends[0];
    }
    ~other_process() {
        if (process_ > 0) kill(SIGKILL);
        ::close(ready_);
    }
    bool wait_until_ready() const {
        char c;
        return ::read(ready_, &c, 1) == 1;
    }
    int kill(int signal) {
        ::kill(process_, signal);
        return wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = 0;
        return status;
    }

private:
    pid_t process_ = 0;
    int ready_ = -1;
};

class app_cluster : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = "/tmp/carrack-cluster-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        ::chmod(root_.c_str(), 0755);
        data_ = root_ / ".carrack";
    }
    // Making a cluster takes seconds; where the making is not what is tested, a copy will do.
    void seed() {
        static struct made_once {
            fs::path root;
            made_once() {
                std::string name = "/tmp/carrack-seed-XXXXXX";
                if (::mkdtemp(name.data()) == nullptr) std::abort();
                root = name;
                ::chmod(root.c_str(), 0755);
                app::prepare_data_folder(root / "data");
                app::cluster(root / "data", [](auto) {});
            }
            ~made_once() { fs::remove_all(root); }
        } const original;
        app::prepare_data_folder(data_);
        auto const copied =
            app::run_to_end({.words = {"/bin/cp", "-a", (original.root / "data" / "postgres").string(),
                                       (data_ / "postgres").string()}});
        ASSERT_EQ(copied.exit_code, 0) << copied.output;
    }

    void TearDown() override {
        if (fs::exists(data_ / "postgres")) app::stop_postmaster(fs::canonical(data_ / "postgres") / "data");
        if (fs::is_symlink(data_ / "postgres")) fs::remove_all(fs::read_symlink(data_ / "postgres"));
        fs::remove_all(root_);
        for (auto const& sentence : said_) RecordProperty("said", sentence);
    }

    app::say_function say() {
        return [this](std::string_view s) { said_.emplace_back(s); };
    }
    std::unique_ptr<app::cluster> start() {
        app::prepare_data_folder(data_);
        return std::make_unique<app::cluster>(data_, say());
    }
    // A carrack that dies without a chance to clean up, its cluster left running.
    pid_t leave_running() {
        other_process crashed([this](auto ready) {
            auto const c = start();
            ready();
            ::pause();
        });
        EXPECT_TRUE(crashed.wait_until_ready());
        crashed.kill(SIGKILL);
        auto const left = app::find_postmaster(pgdata());
        EXPECT_TRUE(left.has_value());
        return left ? left->process : 0;
    }
    fs::path pgdata() const { return fs::canonical(data_ / "postgres") / "data"; }

    fs::path root_, data_;
    std::vector<std::string> said_;
};

TEST_F(app_cluster, is_made_with_two_roles_and_safe_settings) {
    auto c = start();
    EXPECT_EQ(sql(c->urls().app, "select current_user || ' ' || current_database()"), "carrack_app carrack");
    EXPECT_EQ(sql(c->urls().owner,
                  "select current_user || ' ' || datdba::regrole from pg_database where datname = 'carrack'"),
              "carrack_owner carrack_owner");
    EXPECT_EQ(
        sql(c->urls().app,
            "select count(*) from pg_roles where rolname like 'carrack%' and (rolsuper or rolcreaterole)"),
        "0");
    EXPECT_THAT(sql(c->urls().app, "create table t ()"), HasSubstr("permission denied"));
    EXPECT_THAT(sql(c->urls().app, "create schema s"), HasSubstr("permission denied"));
    for (auto const& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"listen_addresses", ""},
                                                          {"fsync", "on"},
                                                          {"full_page_writes", "on"},
                                                          {"synchronous_commit", "on"},
                                                          {"server_encoding", "UTF8"},
                                                          {"jit", "off"},
                                                          {"data_checksums", "on"},
                                                          {"timezone", "UTC"}})
        EXPECT_EQ(sql(c->urls().app, "show " + name), value) << name;
    EXPECT_NE(::getsid(c->process()), ::getsid(0)) << "the terminal's Ctrl-C must not reach it";
    c->stop();
    EXPECT_FALSE(app::find_running_cluster(data_));
    EXPECT_FALSE(fs::exists(pgdata() / "postmaster.pid")) << "an orderly end";

    auto const begun = std::chrono::steady_clock::now();
    c = start();
    auto const took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    RecordProperty("warm_start_ms", static_cast<int>(took.count()));
    EXPECT_LT(took, 2s);
    EXPECT_FALSE(c->taken_over());
}

TEST_F(app_cluster, left_running_by_a_crash_is_taken_over) {
    seed();
    pid_t const left = leave_running();
    ASSERT_GT(left, 0);
    auto c = start();
    EXPECT_TRUE(c->taken_over());
    EXPECT_EQ(c->process(), left);
    EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
    c->stop();
    EXPECT_FALSE(app::find_postmaster(pgdata()));
    EXPECT_FALSE(fs::exists(pgdata() / "postmaster.pid"));
}

TEST_F(app_cluster, both_sides_killed_starts_again_at_once) {
    seed();
    pid_t const left = leave_running();
    ASSERT_GT(left, 0);
    ::kill(left, SIGKILL);  // its children live on for a moment and hold the shared memory
    ASSERT_TRUE(app::wait_for_end(left, 5s));
    auto const c = start();
    EXPECT_FALSE(c->taken_over());
    EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
}

TEST_F(app_cluster, a_pid_file_whose_number_now_is_another_program_is_stale) {
    seed();
    start()->stop();
    // The stranger runs as PostgreSQL's user: only then does PostgreSQL mistake it for a server.
    app::program sleep{.words = {"/bin/sleep", "60"}, .dies_with_us = true};
    struct stat about{};
    ASSERT_EQ(::stat(pgdata().c_str(), &about), 0);
    if (::geteuid() == 0) sleep.as = app::find_identity(about.st_uid);
    pid_t const stranger = app::spawn(sleep);
    auto const sockets = fs::canonical(data_ / "postgres") / "run";
    std::ofstream(pgdata() / "postmaster.pid") << stranger << "\n"
                                               << pgdata().string() << "\n1\n5432\n"
                                               << sockets.string() << "\n\n0 0\nready   \n";
    std::ofstream(sockets / ".s.PGSQL.5432.lock") << stranger << "\n";
    auto const c = start();
    EXPECT_FALSE(c->taken_over());
    EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
    EXPECT_TRUE(app::is_alive(stranger)) << "a stranger is never killed";
    ::kill(stranger, SIGKILL);
    ::waitpid(stranger, nullptr, 0);
}

TEST_F(app_cluster, a_lock_file_that_names_nobody_does_not_stop_the_next_start) {
    seed();
    auto const sockets = fs::canonical(data_ / "postgres") / "run";
    for (std::string const& left : {std::string(), std::string("\n"), std::string("not a number\n"),
                                    std::string(512, '\0'), std::string("99999999999\n")}) {
        pid_t const running = leave_running();
        ASSERT_GT(running, 0);
        ::kill(running, SIGKILL);  // its children live on for a moment
        ASSERT_TRUE(app::wait_for_end(running, 5s));
        std::ofstream(pgdata() / "postmaster.pid", std::ios::trunc) << left;
        std::ofstream(sockets / ".s.PGSQL.5432.lock", std::ios::trunc) << left;
        auto const c = start();
        EXPECT_FALSE(c->taken_over());
        EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
    }
}

TEST_F(app_cluster, a_crash_while_it_is_made_leaves_nothing_half_made) {
    other_process crashed([this](auto) { start(); });
    ASSERT_TRUE(eventually([this] { return fs::exists(data_ / "postgres" / "data.new" / "base"); }));
    crashed.kill(SIGKILL);
    EXPECT_FALSE(fs::exists(data_ / "postgres" / "data"));
    auto const c = start();
    EXPECT_EQ(sql(c->urls().owner, "select count(*) from pg_roles where rolname like 'carrack%'"), "2");
}

TEST_F(app_cluster, comes_back_when_it_dies_under_a_running_server) {
    seed();
    auto const c = start();
    c->supervise();
    pid_t const before = c->process();
    ::kill(before, SIGKILL);
    EXPECT_TRUE(eventually([&] { return c->process() != before && sql(c->urls().app, "select 1") == "1"; }));
    c->stop();
    EXPECT_FALSE(app::find_postmaster(pgdata()));
}

TEST_F(app_cluster, a_second_server_on_the_folder_is_told_who_has_it) {
    seed();
    using app::database_at_hand;
    database_at_hand const first(settings_for(data_), database_at_hand::purpose::serve, "up", say());
    try {
        database_at_hand const second(settings_for(data_), database_at_hand::purpose::serve, "up", say());
        FAIL() << "two servers on one folder";
    } catch (app::setup_error const& e) {
        EXPECT_THAT(e.what(), HasSubstr("is in use by carrack up, process " + std::to_string(::getpid())));
    }
    EXPECT_EQ(sql(first.app_url(), "select 1"), "1") << "the first is not harmed";
}

TEST_F(app_cluster, commands_share_it_with_a_server_and_run_it_themselves_without_one) {
    seed();
    using app::database_at_hand;
    constexpr auto command = database_at_hand::purpose::command;
    {
        database_at_hand const alone(settings_for(data_), command, "import", say());
        EXPECT_EQ(sql(alone.owner_url(), "select 1"), "1");
    }
    EXPECT_FALSE(app::find_running_cluster(data_)) << "stopped with the command";
    database_at_hand server(settings_for(data_), database_at_hand::purpose::serve, "up", say());
    {
        database_at_hand const beside(settings_for(data_), command, "import", say());
        EXPECT_EQ(beside.app_url(), server.app_url());
    }
    EXPECT_EQ(sql(server.app_url(), "select 1"), "1") << "a guest does not turn off the light";
}

TEST_F(app_cluster, a_command_waits_for_the_one_that_shares_its_cluster) {
    seed();
    using app::database_at_hand;
    constexpr auto command = database_at_hand::purpose::command;
    auto first = std::make_unique<database_at_hand>(settings_for(data_), command, "import", say());
    other_process guest([this](auto ready) {
        database_at_hand const second(settings_for(data_), command, "doctor", [](auto) {});
        ready();
        std::this_thread::sleep_for(500ms);
        if (sql(second.app_url(), "select 1") != "1") throw std::runtime_error("the cluster went away");
    });
    ASSERT_TRUE(guest.wait_until_ready());
    first.reset();
    EXPECT_EQ(guest.wait(), 0);
}

TEST_F(app_cluster, works_where_the_path_is_too_long_for_a_socket) {
    data_ = root_ / std::string(60, 'a') / std::string(60, 'b');
    seed();
    auto const c = start();
    EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
    auto const sockets = app::find_postmaster(pgdata())->sockets;
    EXPECT_LT(sockets.string().size(), 90U);
    c->stop();
    EXPECT_FALSE(fs::exists(sockets)) << "nothing is left lying about";
}

TEST_F(app_cluster, works_where_the_path_needs_quoting) {
    data_ = root_ / "it's a shop% \"ü\"";
    seed();
    auto const c = start();
    EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
}

TEST_F(app_cluster, goes_elsewhere_when_postgresqls_user_cannot_reach_the_folder) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root runs PostgreSQL as somebody else";
    ::chmod(root_.c_str(), 0700);
    auto c = start();
    EXPECT_EQ(sql(c->urls().app, "select 1"), "1");
    fs::path const elsewhere = fs::read_symlink(data_ / "postgres");
    EXPECT_THAT(elsewhere.string(), ::testing::StartsWith("/var/lib/carrack/carrack-"));
    c.reset();
    c = start();
    EXPECT_EQ(fs::read_symlink(data_ / "postgres"), elsewhere) << "found again";
    // Whoever deletes the data folder wants an empty shop, and gets one; the old one is kept aside.
    fs::remove_all(data_);
    said_.clear();
    auto fresh = start();
    EXPECT_EQ(sql(fresh->urls().app, "select 1"), "1");
    EXPECT_THAT(said_, ::testing::Contains(HasSubstr("was kept as " + elsewhere.string() + ".old-")));
    fresh.reset();
    for (auto const& entry : fs::directory_iterator(elsewhere.parent_path()))
        if (entry.path().string().starts_with(elsewhere.string() + ".old-")) fs::remove_all(entry.path());
    fs::remove_all(elsewhere);
    EXPECT_THROW(start(), app::setup_error) << "a link to nothing is told, not filled anew";
    fs::remove(data_ / "postgres");
}

TEST_F(app_cluster, an_ordinary_user_runs_it_as_oneself) {
    auto const nobody = app::find_identity("postgres");
    if (::geteuid() != 0 || !nobody) GTEST_SKIP() << "already covered when the tests run as an ordinary user";
    fs::create_directories(data_);
    ASSERT_EQ(::chown(data_.c_str(), nobody->user, nobody->group), 0);
    other_process ordinary([&](auto) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(nobody->group) != 0 || ::setuid(nobody->user) != 0)
            std::abort();
        auto const c = start();
        if (sql(c->urls().app, "select current_user") != "carrack_app") throw std::runtime_error("no answer");
    });
    EXPECT_EQ(ordinary.wait(), 0);
}

TEST_F(app_cluster, a_folder_that_cannot_be_used_is_told_in_one_sentence) {
    std::ofstream(root_ / "file") << "x";
    auto const complaint = [&](fs::path const& data) -> std::string {
        try {
            app::database_at_hand const d(settings_for(data), app::database_at_hand::purpose::serve, "up",
                                          say());
        } catch (app::setup_error const& e) {
            EXPECT_EQ(e.exit_code(), app::exit_usage);
            return e.what();
        }
        return "no complaint";
    };
    EXPECT_THAT(complaint(root_ / "file"), HasSubstr("choose another with --data"));
    EXPECT_THAT(complaint(root_ / "file" / "below"),
                HasSubstr("Not a directory; choose another with --data"));
    EXPECT_THAT(complaint("/proc/carrack"), HasSubstr("cannot be made"));
    fs::create_directories(data_);
    if (::geteuid() != 0) {  // one's own folder, out of one's own reach
        ::chmod(data_.c_str(), 0);
        EXPECT_THAT(complaint(data_), HasSubstr("cannot be read and written by this user"));
        ::chmod(data_.c_str(), 0700);
        return;
    }
    auto const nobody = app::find_identity("nobody");
    ASSERT_TRUE(nobody) << "the system has no user of that name to try it as";
    other_process stranger([&](auto) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(nobody->group) != 0 || ::setuid(nobody->user) != 0)
            std::abort();
        if (complaint(data_).find("cannot be read and written by this user") == std::string::npos)
            throw std::runtime_error(complaint(data_));
    });
    EXPECT_EQ(stranger.wait(), 0);
}

}  // namespace
