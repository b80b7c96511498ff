// What becomes of those who wait for locks, of those beside them, and of the server's backends.
#include "db/database.hpp"
#include "gate.hpp"
#include "loop/loop.hpp"
#include "postgres_fixture.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;

constexpr db::statement<std::int64_t()> count_locked{"blocked.count", "select count(*) from locked"};
constexpr db::statement<db::none(std::int32_t)> insert_locked{"blocked.insert",
                                                              "insert into locked values ($1)"};
constexpr db::statement<db::none(std::int32_t)> insert_free{"blocked.insert_free",
                                                            "insert into free values ($1)"};
constexpr db::statement<std::int32_t(std::int32_t)> add_one{"blocked.add_one", "select $1 + 1"};

constexpr auto on_a_lock = "wait_event_type = 'Lock'";
constexpr auto ours = "usename = 'carrack_owner' and application_name = 'carrack'";

struct world {
    test_database database = empty_database();
    db::session other{database.admin_url()};

    world() {
        db::session(database.owner_url()).run("create table locked (id int); create table free (id int)");
        other.run("begin; lock table locked in access exclusive mode");
    }
};

core::task<std::string> ending_of(core::task<void> work) {
    try {
        co_await std::move(work);
    } catch (db::deadline_passed const&) {
        co_return "deadline_passed";
    } catch (db::unavailable const& e) {
        co_return std::string("unavailable: ") + e.what();
    } catch (db::error const& e) {
        co_return std::string(e.sqlstate());
    }
    co_return "answered";
}

core::task<void> expect_ending(core::task<void> work, std::string expected) {
    std::string const got = co_await ending_of(std::move(work));
    EXPECT_EQ(got, expected);
}

core::task<void> read_locked(db::scope s) { (void)co_await s.first(count_locked); }
core::task<void> read_free(db::scope s) { EXPECT_EQ(co_await s.first(add_one, 1), 2); }

core::task<core::result<core::nothing>> insert_and_commit(db::transaction& t,
                                                          db::statement<db::none(std::int32_t)> s) {
    t.add(s, 1);
    co_await t.commit();
    co_return core::nothing{};
}
core::task<void> write(db::scope s, db::statement<db::none(std::int32_t)> what) {
    (void)co_await s.transact({}, [what](db::transaction& t) { return insert_and_commit(t, what); });
}

// --- cancelling

core::task<void> late_waves(db::database& d, std::string name, int at_once) {
    for (int wave = 0; wave < 3; ++wave) {
        std::vector<core::task<void>> work;
        for (int i = 0; i < at_once; ++i)
            work.push_back(expect_ending(write(d.use(in(600ms)), insert_locked), "deadline_passed"));
        co_await all_of(std::move(work));
        EXPECT_LE(backends(name, ours), at_once);
        co_await until([&] { return backends(name, on_a_lock) == 0; });
    }
}

TEST(db_blocked, statements_that_time_out_together_leave_no_backend_behind) {
    world w;
    auto o = options_for(w.database.owner_url());
    o.transaction_connections = 16;
    with_database(o, [&](db::database& d) { return late_waves(d, w.database.name(), 16); });
}

core::task<void> late_reads(db::database& d, std::string name) {
    for (int i = 1; i <= 8; ++i) {
        core::start(expect_ending(read_locked(d.use(in(3s))), "deadline_passed"), [](std::exception_ptr) {});
        co_await until([&] { return backends(name, on_a_lock) == i; });
        co_await until_silent();
    }
    co_await until([&] { return backends(name, on_a_lock) == 0; });
    co_await until([&] { return d.measure().cancels >= 8; });
}

TEST(db_blocked, reads_that_time_out_together_leave_no_backend_behind) {
    world w;
    with_database(options_for(w.database.owner_url()),
                  [&](db::database& d) { return late_reads(d, w.database.name()); });
}

TEST(db_blocked, a_database_destroyed_under_way_cancels_what_it_had_asked) {
    world w;
    loop::event_loop own;
    auto d = std::make_unique<db::database>(own, options_for(w.database.owner_url()));
    std::vector<std::unique_ptr<halfway>> work;
    own.post([&] {
        work.push_back(std::make_unique<halfway>(write(d->use(in(60s)), insert_locked)));
        work.push_back(std::make_unique<halfway>(read_locked(d->use(in(60s)))));
        core::start(until([&] { return backends(w.database.name(), on_a_lock) == 2; }),
                    [&](std::exception_ptr e) {
                        EXPECT_FALSE(e);
                        d.reset();
                        work.clear();
                        own.stop();
                    });
    });
    own.run();
    loop::run_blocking([&] { return until([&] { return backends(w.database.name(), on_a_lock) == 0; }); });
}

// --- beside the blocked

core::task<void> blocked_and_free(db::database& d, std::string name, int blocked, bool free_goes_on) {
    int over = 0;
    for (int i = 0; i < blocked; ++i) {
        core::start(read_locked(d.use(in(60s))), [&over](std::exception_ptr) { ++over; });
        if (i >= 8) continue;
        co_await until([&] { return backends(name, on_a_lock) == i + 1; });
        co_await until_silent();
    }
    EXPECT_TRUE(co_await d.answers(in(10s)));
    if (free_goes_on) {
        for (int i = 0; i < 5; ++i) co_await expect_ending(read_free(d.use(in(10s))), "answered");
    }
    EXPECT_LE(backends(name, ours), 9);
    EXPECT_EQ(over, 0);
    db::session(admin_url())
        .query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and "
            "state = 'idle in transaction'",
            {name});
    co_await until([&] { return over == blocked; });
    co_await expect_ending(read_free(d.use(in(10s))), "answered");
    co_await until([&] { return d.measure().read_connections <= 2; });  // those set aside are closed
}

TEST(db_blocked, reads_go_on_beside_blocked_ones) {
    for (int const blocked : {2, 5, 7}) {
        world w;
        with_database(options_for(w.database.owner_url()),
                      [&](db::database& d) { return blocked_and_free(d, w.database.name(), blocked, true); });
    }
}

TEST(db_blocked, the_connections_for_reads_beside_blocked_ones_are_bounded) {
    world w;
    with_database(options_for(w.database.owner_url()),
                  [&](db::database& d) { return blocked_and_free(d, w.database.name(), 30, false); });
}

core::task<void> impatient(db::database& d, int locked) {
    std::vector<core::task<void>> work;
    for (int i = 0; i < locked; ++i)
        work.push_back(expect_ending(write(d.use(in(60s)), insert_locked), "55P03"));
    work.push_back(expect_ending(write(d.use(in(60s)), insert_free), "answered"));
    co_await all_of(std::move(work));
    EXPECT_EQ(d.measure().lock_timeouts, static_cast<unsigned>(locked));
}

TEST(db_blocked, a_transaction_waits_for_a_lock_no_longer_than_it_may) {
    for (bool const unnamed : {false, true}) {
        world w;
        auto o = options_for(w.database.owner_url());
        o.lock_timeout = 200ms;
        o.unnamed_statements = unnamed;
        with_database(o, [](db::database& d) { return impatient(d, 9); });
    }
}

// --- whether the server answers

core::task<void> knocks(db::database& d, gate* between) {
    EXPECT_TRUE(co_await d.answers(in(10s)));
    between->refuse(true);
    EXPECT_FALSE(co_await d.answers(in(10s)));
    between->refuse(false);
    between->silence(true);
    EXPECT_FALSE(co_await d.answers(in(200ms)));
    between->silence(false);
    EXPECT_TRUE(co_await d.answers(in(10s)));
}

TEST(db_blocked, a_knock_tells_whether_the_server_lets_anybody_in) {
    auto const database = empty_database();
    gate between(socket_folder());
    with_database(options_for(between.url(database.name(), owner_role)),
                  [&](db::database& d) { return knocks(d, &between); });
}

// --- the meter

core::task<void> metered(db::database& d) {
    db::usage meter;
    co_await expect_ending(read_locked(d.use(in(300ms), &meter)), "deadline_passed");
    EXPECT_GE(meter.waited, 250ms);
    meter = {};
    co_await expect_ending(write(d.use(in(300ms), &meter), insert_locked), "deadline_passed");
    EXPECT_GE(meter.waited, 250ms);
    EXPECT_EQ(meter.commits, 0u);
    EXPECT_EQ(d.measure().deadlines, 2u);
    meter = {};
    co_await expect_ending(write(d.use(in(10s), &meter), insert_free), "answered");
    EXPECT_EQ(meter.commits, 1u);
}

TEST(db_blocked, time_spent_in_vain_is_counted_too) {
    world w;
    with_database(options_for(w.database.owner_url()), metered);
}

}  // namespace
