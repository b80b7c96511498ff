// A real PostgreSQL for the tests: one private cluster per test process, started on first use on a
// unix socket in a temporary folder, stopped at exit; databases cloned from templates.
#pragma once

#include "db/database.hpp"
#include "db/session.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace integration {

// A database of a test's own, dropped with it. Move only.
class test_database {
public:
    explicit test_database(std::string name);
    test_database(test_database&& other) noexcept;
    test_database& operator=(test_database&&) = delete;
    ~test_database();

    std::string const& name() const { return name_; }
    std::string owner_url() const;  // as carrack_owner, who owns the database
    std::string app_url() const;    // as carrack_app, with the grants of migrations/grants.sql
    std::string admin_url() const;  // as the superuser

private:
    std::string name_;
};

test_database fresh_database();  // with the real migrations
test_database empty_database();  // with nothing, owned by carrack_owner

inline constexpr auto owner_role = "carrack_owner";
inline constexpr auto app_role = "carrack_app";
std::string url_for(std::string const& database, std::string const& role);
std::string admin_url();      // of the database `postgres`, as the superuser
std::string socket_folder();  // where .s.PGSQL.5432 is
std::string binary_folder();  // of the server's programs
// Runs a program to its end, as the user who owns the cluster; returns its exit code.
int run_as_postgres(std::vector<std::string> const& command, std::string const& log);

// Options for one test: few connections, quick idle close.
db::options options_for(std::string url);

// Runs `body` on an event loop of its own with a database, which is closed behind it.
void with_database(db::options o, std::function<core::task<void>(db::database&)> body);

// Runs all the tasks at once on the current loop and waits for the last; rethrows the first error.
core::task<void> all_of(std::vector<core::task<void>> work);

// Starts a task by hand, so that it can be destroyed halfway.
struct halfway {
    core::task<void> work;
    explicit halfway(core::task<void> w) : work(std::move(w)) {
        work.await_suspend(std::noop_coroutine()).resume();
    }
};

core::deadline in(std::chrono::milliseconds wait);

// Waits until it holds, on the current loop; a test that waits in vain fails.
core::task<void> until(std::function<bool()> holds,
                       std::chrono::milliseconds most = std::chrono::seconds(20));

// Until what has been asked is under way.
core::task<void> until_silent();

// How many connections of the database PostgreSQL shows of which the condition on pg_stat_activity holds.
int backends(std::string const& database, std::string const& that = "true");

}  // namespace integration
