// The read lane against a real server.
#include "db/database.hpp"
#include "gate.hpp"
#include "loop/loop.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using testing::HasSubstr;

struct pair_row {
    std::int32_t number;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(pair_row, (), (number, text))

constexpr db::statement<std::int32_t(std::int32_t)> add_one{"test.add_one", "select $1 + 1"};
constexpr db::statement<pair_row(std::int32_t)> numbers{
    "test.numbers", "select n, 'no. ' || n from generate_series(1, $1) n order by n"};
constexpr db::statement<std::int32_t(std::int32_t)> divide{"test.divide", "select 100 / $1"};
constexpr db::statement<std::string(std::int32_t)> misspelt{"test.misspelt", "select nothing_here($1)"};

core::task<void> reads(db::database& d) {
    db::usage meter;
    auto const scope = d.use(in(5s), &meter);
    EXPECT_EQ(co_await scope.first(add_one, 41), 42);
    auto const rows = co_await scope.all(numbers, 3);
    EXPECT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows.at(2).text, "no. 3");
    EXPECT_EQ(meter.statements, 2u);
    EXPECT_EQ(meter.round_trips, 2u);
    db::batch b = scope.read();
    auto const one = b.add(add_one, 1);
    auto const many = b.add(numbers, 100);
    co_await b.run();
    EXPECT_EQ(one.one(), 2);
    EXPECT_EQ(many.all().size(), 100u);
    EXPECT_EQ(meter.round_trips, 3u);
}

TEST(db_read, answers_statements_and_batches) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), reads);
}

TEST(db_read, answers_without_named_statements) {
    auto const database = empty_database();
    auto o = options_for(database.app_url());
    o.unnamed_statements = true;
    with_database(o, reads);
}

template <class Row, class... Args>
core::task<void> expect_error(db::scope scope, db::statement<Row(Args...)> s, std::string_view sqlstate,
                              std::type_identity_t<Args>... args) {
    std::string got = "none";
    try {
        co_await scope.first(s, args...);
    } catch (db::error const& e) {
        got = e.sqlstate();
        EXPECT_EQ(e.statement(), s.name);
    }
    EXPECT_EQ(got, sqlstate);
}

core::task<void> expect_answer(db::scope scope, int in) {
    EXPECT_EQ(co_await scope.first(add_one, in), in + 1);
}

core::task<void> innocent_and_guilty(db::database& d) {
    std::vector<core::task<void>> work;
    auto const scope = d.use(in(5s));
    for (int i = 0; i < 60; ++i) {
        work.push_back(expect_answer(scope, i));
        if (i % 10 == 3) work.push_back(expect_error(scope, divide, "22012", 0));
        if (i % 10 == 7) work.push_back(expect_error(scope, misspelt, "42883", i));
    }
    co_await all_of(std::move(work));
    co_await expect_answer(scope, 1);  // and the connection is as good as before
}

TEST(db_read, an_error_harms_no_neighbour) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), innocent_and_guilty);
    auto o = options_for(database.app_url());
    o.unnamed_statements = true;
    with_database(o, innocent_and_guilty);
}

core::task<void> one_sync_for_all(db::database& d) {
    auto const scope = d.use(in(5s));
    co_await expect_answer(scope, 0);  // the connection is there, the statement prepared
    auto const before = d.measure();
    std::vector<core::task<void>> work;
    for (int i = 0; i < 20; ++i) work.push_back(expect_answer(scope, i));
    co_await all_of(std::move(work));
    EXPECT_EQ(d.measure().statements - before.statements, 20u);
    EXPECT_EQ(d.measure().syncs - before.syncs, 1u);
}

TEST(db_read, what_is_asked_in_one_turn_leaves_with_one_sync) {
    auto const database = empty_database();
    auto o = options_for(database.app_url());
    o.read_connections = 1;
    with_database(o, one_sync_for_all);
}

constexpr db::statement<std::int32_t(std::string)> nap{"test.nap",
                                                       "select 1 from pg_sleep($1::text::float8)"};

core::task<void> sleep_and_answer(db::scope scope, std::string seconds) {
    EXPECT_EQ(co_await scope.first(nap, seconds), 1);
}

// What is asked meanwhile leaves together. And a pooler that sees an answer end while half of the next group
// has come sends the other half elsewhere.
core::task<void> ask_behind_a_nap(db::database& d) {
    auto const scope = d.use(in(5s));
    co_await expect_answer(scope, 0);  // the connection is there
    auto const before = d.measure().syncs;
    std::size_t over = 0;
    auto const count = [&over](std::exception_ptr e) {
        ++over;
        EXPECT_FALSE(e);
    };
    core::start(sleep_and_answer(scope, "0.08"), count);
    co_await loop::sleep(1ms);
    for (int i = 0; i < 3; ++i) core::start(expect_answer(scope, i), count);
    co_await loop::sleep(1ms);
    EXPECT_EQ(d.measure().syncs - before, 1u);
    while (over < 4) co_await loop::sleep(5ms);
    EXPECT_EQ(d.measure().syncs - before, 2u) << "the three left together";
    EXPECT_EQ(d.measure().read_connections, 1u);
}

TEST(db_read, a_group_that_waits_for_its_answer_is_alone_on_its_connection) {
    auto const database = empty_database();
    auto o = options_for(database.app_url());
    o.read_connections = 1;
    with_database(o, ask_behind_a_nap);
    o.unnamed_statements = true;
    with_database(o, ask_behind_a_nap);
}

core::task<void> a_crowd(db::database& d) {
    auto const scope = d.use(in(5s));
    co_await expect_answer(scope, 0);  // the connection is there
    auto const before = d.measure().syncs;
    std::vector<core::task<void>> work;
    for (int i = 0; i < 100; ++i) work.push_back(expect_answer(scope, i));
    co_await all_of(std::move(work));
    EXPECT_EQ(d.measure().syncs - before, 4u) << "32 at the most leave together";
}

TEST(db_read, a_crowd_leaves_in_groups_that_several_connections_can_share) {
    auto const database = empty_database();
    auto o = options_for(database.app_url());
    o.read_connections = 1;
    with_database(o, a_crowd);
}

// Answers once nobody holds that advisory lock.
constexpr db::statement<std::int32_t(std::int64_t)> wait_for{
    "test.wait_for", "select 1 from pg_advisory_xact_lock_shared($1)"};

core::task<void> wait_and_answer(db::scope scope, std::int64_t lock) {
    EXPECT_EQ(co_await scope.first(wait_for, lock), 1);
}

core::task<void> second_connection(db::database& d, db::session& other) {
    auto const scope = d.use(in(60s));
    for (int i = 0; i < 20; ++i) co_await expect_answer(scope, i);
    EXPECT_EQ(d.measure().read_connections, 1u);  // one at a time needs no second
    other.run("select pg_advisory_lock(5)");
    auto slow = wait_and_answer(scope, 5);
    bool over = false;
    core::start(std::move(slow), [&over](std::exception_ptr e) {
        over = true;
        EXPECT_FALSE(e);
    });
    co_await until_silent();
    co_await expect_answer(scope, 1);
    co_await expect_answer(scope, 2);
    EXPECT_FALSE(over);
    EXPECT_EQ(d.measure().read_connections, 2u);
    other.run("select pg_advisory_unlock(5)");
    while (!over) co_await loop::sleep(10ms);
}

TEST(db_read, a_second_connection_opens_when_the_first_is_busy) {
    auto const database = empty_database();
    db::session other(database.app_url());
    with_database(options_for(database.app_url()),
                  [&](db::database& d) { return second_connection(d, other); });
}

core::task<void> behind_nobody(db::database& d, std::string database, db::session& other) {
    auto const scope = d.use(in(60s));
    auto const ask = [](core::task<void> work, bool* over) {
        core::start(std::move(work), [over](std::exception_ptr e) {
            *over = true;
            EXPECT_FALSE(e);
        });
    };
    auto const wait_for_locks = [database](int n) {
        return [database, n] { return backends(database, "wait_event_type = 'Lock'") == n; };
    };
    other.run("select pg_advisory_lock(6), pg_advisory_lock(7)");
    bool six = false, seven = false, quick = false;
    ask(wait_and_answer(scope, 6), &six);
    co_await until(wait_for_locks(1));
    ask(wait_and_answer(scope, 7), &seven);
    co_await until(wait_for_locks(2));
    ask(expect_answer(scope, 1), &quick);
    co_await loop::sleep(1ms);
    other.run("select pg_advisory_unlock(7)");
    co_await until([&] { return quick; });
    EXPECT_FALSE(six);
    other.run("select pg_advisory_unlock(6)");
    co_await until([&] { return six && seven; });
}

TEST(db_read, who_waits_leaves_with_the_connection_that_answers_first) {
    auto const database = empty_database();
    db::session other(database.app_url());
    with_database(options_for(database.app_url()),
                  [&](db::database& d) { return behind_nobody(d, database.name(), other); });
}

core::task<void> expect_late(db::scope scope, std::string seconds) {
    bool late = false;
    try {
        co_await scope.first(nap, seconds);
    } catch (db::deadline_passed const&) {
        late = true;
    }
    EXPECT_TRUE(late);
}

core::task<void> late_reads(db::database& d) {
    auto const patient = d.use(in(10s));
    co_await expect_answer(patient, 1);
    std::vector<core::task<void>> work;
    work.push_back(expect_late(d.use(in(200ms)), "30"));
    for (int i = 0; i < 5; ++i)
        work.push_back(expect_answer(patient, i));  // behind it on the same connection
    work.push_back(sleep_and_answer(patient, "0.3"));
    co_await all_of(std::move(work));  // within their ten seconds, though it would have slept for thirty
}

TEST(db_read, a_late_statement_is_cancelled_and_those_behind_it_are_answered) {
    auto const database = empty_database();
    auto o = options_for(database.app_url());
    o.read_connections = 1;
    with_database(o, late_reads);
    EXPECT_TRUE(db::session(admin_url())
                    .query("select 1 from pg_stat_activity where query like '%pg_sleep%' and "
                           "state = 'active' and pid <> pg_backend_pid()")
                    .empty());
}

core::task<void> too_many_reads(db::database& d) {
    auto const scope = d.use(in(5s));
    std::vector<core::task<void>> work;
    int shed = 0;
    auto ask = [](db::scope s, int* refused) -> core::task<void> {
        try {
            co_await s.first(add_one, 1);
        } catch (db::overloaded const&) {
            ++*refused;
        }
    };
    for (int i = 0; i < 10; ++i) work.push_back(ask(scope, &shed));
    co_await all_of(std::move(work));
    EXPECT_EQ(shed, 6);
    EXPECT_EQ(d.measure().shed, 6u);
    co_await expect_answer(scope, 1);
}

TEST(db_read, what_does_not_fit_the_queue_is_refused_at_once) {
    auto const database = empty_database();
    auto o = options_for(database.app_url());
    o.queue_limit = 4;
    with_database(o, too_many_reads);
}

core::task<void> ask_and_wait_until_idle(db::database& d) {
    co_await expect_answer(d.use(in(5s)), 1);
    EXPECT_EQ(d.measure().idle_connections, 1u);
    auto const until = in(3s);
    while (d.measure().read_connections > 0 && core::steady::now() < until) co_await loop::sleep(20ms);
}

TEST(db_read, idle_connections_close_and_leave_nothing_that_wakes_up) {
    auto const database = empty_database();
    gate between(socket_folder());
    auto o = options_for(between.url(database.name(), app_role));
    o.idle_close = 300ms;
    loop::event_loop own;
    db::database d(own, o);
    for (int round = 0; round < 2; ++round) {
        own.post([&] {
            core::start(ask_and_wait_until_idle(d), [&](std::exception_ptr e) {
                EXPECT_FALSE(e);
                own.stop();
            });
        });
        own.run();
        EXPECT_EQ(d.measure().read_connections, 0u);
        own.io().restart();
        own.io().run_for(100ms);  // what the closing itself left to be told
        own.io().restart();
        EXPECT_EQ(own.io().run_for(400ms), 0u) << "something was still waiting to be run";
        own.io().restart();
    }
    EXPECT_EQ(between.accepted(), 2);
}

core::task<void> ask_once(db::database& d) { co_await expect_answer(d.use(in(5s)), 1); }

TEST(db_read, an_idle_connection_asks_nothing) {
    auto const database = empty_database();
    gate between(socket_folder());
    loop::event_loop own;
    db::database d(own, options_for(between.url(database.name(), app_role)));
    own.post([&] { core::start(ask_once(d), [&](std::exception_ptr) { own.stop(); }); });
    own.run();
    own.io().restart();
    own.io().run_for(120ms);  // the last look of the sweep
    own.io().restart();
    auto const passed = between.passed();
    EXPECT_EQ(own.io().run_for(1s), 0u);
    EXPECT_EQ(between.passed(), passed);
    EXPECT_EQ(d.measure().read_connections, 1u);
}

// A statement whose result changes its type under a prepared plan: a migration has passed.
constexpr db::statement<std::string()> label{"test.label", "select label from thing"};

core::task<void> across_a_migration(db::database& d, std::string url) {
    auto const scope = d.use(in(5s));
    EXPECT_EQ(co_await scope.first(label), "x");
    db::session(url).run("alter table thing alter label type varchar(7)");
    EXPECT_EQ(co_await scope.first(label), "x");
    EXPECT_EQ(co_await scope.first(label), "x");
}

TEST(db_read, a_migration_under_a_prepared_statement_is_not_noticed) {
    auto const database = empty_database();
    db::session(database.owner_url()).run("create table thing (label text); insert into thing values ('x');");
    with_database(options_for(database.owner_url()),
                  [&](db::database& d) { return across_a_migration(d, database.owner_url()); });
}

constexpr db::statement<std::int32_t()> one_name{"test.one_name", "select 1"};
constexpr db::statement<std::int32_t()> same_name{"test.one_name", "select 2"};

core::task<void> two_of_one_name(db::database& d) {
    auto const scope = d.use(in(5s));
    EXPECT_EQ(co_await scope.first(one_name), 1);
    EXPECT_THROW((void)scope.first(same_name), std::logic_error);
}

TEST(db_read, two_statements_cannot_share_a_name) {
    auto const database = empty_database();
    with_database(options_for(database.owner_url()), two_of_one_name);
}

}  // namespace
