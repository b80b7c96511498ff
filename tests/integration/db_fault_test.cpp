// What becomes of reads and transactions when the way to PostgreSQL breaks.
#include "db/database.hpp"
#include "gate.hpp"
#include "loop/loop.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;
using testing::HasSubstr;

constexpr db::statement<std::int32_t(std::string)> nap{"fault.nap",
                                                       "select 1 from pg_sleep($1::text::float8)"};
constexpr db::statement<std::int32_t(std::int32_t)> add_one{"fault.add_one", "select $1 + 1"};
constexpr db::statement<db::none(std::int32_t)> insert{"fault.insert", "insert into thing values ($1)"};

test_database things() {
    auto database = empty_database();
    db::session(database.owner_url()).run("create table thing (id int primary key)");
    return database;
}

std::string look(test_database const& d, std::string const& sql) {
    auto const rows = db::session(d.owner_url()).query(sql);
    return rows.empty() ? "nothing" : rows[0][0].value_or("null");
}

void terminate_all(std::string const& database) {
    db::session(admin_url())
        .query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", {database});
}

// Of pg_stat_activity: the nap is under way.
constexpr auto napping = "state = 'active' and query like '%pg_sleep%'";

// Which of db's exceptions a read ends with, and how long it took.
struct ending {
    std::string kind = "answered";
    std::string what = {};
    core::steady::duration took = {};
};

template <class Work>
core::task<ending> ending_of(Work work) {
    ending out;
    auto const since = core::steady::now();
    try {
        co_await work();
    } catch (db::unavailable const& e) {
        out = {"unavailable", e.what()};
    } catch (db::deadline_passed const& e) {
        out = {"deadline_passed", e.what()};
    } catch (db::commit_unknown const& e) {
        out = {"commit_unknown", e.what()};
    } catch (db::error const& e) {
        out = {"error " + std::string(e.sqlstate()), e.what()};
    }
    out.took = core::steady::now() - since;
    co_return out;
}

core::task<ending> read_ends(db::scope scope) {
    return ending_of([scope]() -> core::task<void> {
        return [](db::scope s) -> core::task<void> { EXPECT_EQ(co_await s.first(add_one, 1), 2); }(scope);
    });
}

core::task<ending> nap_ends(db::scope scope, std::string seconds) {
    return ending_of([scope, seconds] {
        return [](db::scope s, std::string t) -> core::task<void> { (void)co_await s.first(nap, t); }(
                                                  scope, seconds);
    });
}

using body = std::function<core::task<core::result<core::nothing>>(db::transaction&)>;

core::task<ending> transaction_ends(db::scope scope, body b) {
    return ending_of([scope, b] {
        return [](db::scope s, body inner) -> core::task<void> { (void)co_await s.transact({}, inner); }(
                                               scope, b);
    });
}

// --- reads

core::task<void> broken_once(db::database& d, std::string name) {
    auto const scope = d.use(in(10s));
    EXPECT_EQ((co_await read_ends(scope)).kind, "answered");
    terminate_all(name);  // the connection was idle
    co_await until([&d] { return d.measure().read_connections == 0; });
    EXPECT_EQ((co_await read_ends(scope)).kind, "answered");
    terminate_all(name);  // and without giving the loop time to notice
    EXPECT_EQ((co_await read_ends(scope)).kind, "answered");
    EXPECT_GE(d.measure().reconnects, 1u);
}

TEST(db_fault, a_read_survives_a_lost_connection) {
    auto const database = things();
    with_database(options_for(database.owner_url()),
                  [&](db::database& d) { return broken_once(d, database.name()); });
}

core::task<void> broken_under_a_read(db::database& d, std::string name, int times, std::string expected) {
    ending result;
    bool over = false;
    auto watch = [](db::scope s, ending* r) -> core::task<void> { *r = co_await nap_ends(s, "1"); };
    core::start(watch(d.use(in(60s)), &result), [&over](std::exception_ptr) { over = true; });
    for (int i = 0; i < times; ++i) {
        // Each time a new connection, which has got as far as the nap.
        co_await until([&] {
            return d.measure().reconnects == static_cast<unsigned>(i) && backends(name, napping) == 1;
        });
        terminate_all(name);
    }
    while (!over) co_await loop::sleep(10ms);
    EXPECT_EQ(result.kind, expected) << result.what;
}

TEST(db_fault, a_read_under_way_is_asked_again_but_not_for_ever) {
    auto const database = things();
    with_database(options_for(database.owner_url()),
                  [&](db::database& d) { return broken_under_a_read(d, database.name(), 2, "answered"); });
    with_database(options_for(database.owner_url()),
                  [&](db::database& d) { return broken_under_a_read(d, database.name(), 3, "unavailable"); });
}

// All connections die at once, each noticed a little later than the other, and none is to be had for a while.
core::task<void> all_lost_at_once(db::database& d, gate* between, std::string name) {
    std::vector<core::task<void>> work;
    std::vector<std::string> kinds;
    auto watch = [](db::scope s, std::string seconds, std::vector<std::string>* k) -> core::task<void> {
        auto const e = co_await nap_ends(s, seconds);
        k->push_back(e.kind + e.what);
    };
    for (int i = 1; i <= 2; ++i) {
        core::start(watch(d.use(in(60s)), "1", &kinds), [](std::exception_ptr) {});
        co_await until([&] { return backends(name, napping) == i; });
        co_await until_silent();
    }
    for (int i = 0; i < 20; ++i)
        core::start(watch(d.use(in(60s)), "0.01", &kinds), [](std::exception_ptr) {});
    between->refuse(true);
    between->cut_all();
    co_await until([&] { return d.measure().read_connections == 0; });
    between->refuse(false);
    co_await until([&] { return kinds.size() == 22; }, 60s);
    for (std::string const& k : kinds) EXPECT_EQ(k, "answered");
}

TEST(db_fault, reads_that_have_time_survive_the_loss_of_every_connection) {
    auto const database = things();
    gate between(socket_folder());
    with_database(options_for(between.url(database.name(), owner_role)),
                  [&](db::database& d) { return all_lost_at_once(d, &between, database.name()); });
}

// --- a pooler in between

constexpr db::statement<db::none()> steal{"fault.steal", "prepare \"fault.stolen\" as select 5"};
constexpr db::statement<std::int32_t()> stolen{"fault.stolen", "select 4"};

core::task<core::result<core::nothing>> steal_in(db::transaction& t) {
    t.add(steal);
    co_await t.commit();
    co_return core::nothing{};
}
core::task<core::result<std::int32_t>> read_in(db::transaction& t) { co_return *co_await t.first(stolen); }

core::task<void> names_taken(db::database& d, bool in_transaction) {
    auto const scope = d.use(in(10s));
    if (in_transaction) {
        (void)co_await scope.transact({}, steal_in);
        auto const got = co_await scope.transact({}, read_in);
        EXPECT_EQ(*got, 4);
    } else {
        db::batch b = scope.read();
        (void)b.add(steal);
        co_await b.run();
        EXPECT_EQ(co_await scope.first(stolen), 4);
    }
}

// As behind PgBouncer: the name was given on this connection of the server's, by a client who had it before.
TEST(db_fault, a_name_that_another_has_taken_makes_statements_go_unnamed) {
    auto const database = things();
    for (bool const in_transaction : {false, true}) {
        std::vector<db::news> told;
        auto o = options_for(database.owner_url());
        o.read_connections = o.transaction_connections = 1;
        o.told = [&told](db::news const& n) { told.push_back(n); };
        with_database(o, [&](db::database& d) { return names_taken(d, in_transaction); });
        ASSERT_EQ(told.size(), 1u);
        EXPECT_EQ(told[0].what, db::news::kind::pooled);
    }
}

// --- what is told

core::task<void> away_and_back(db::database& d, gate* between, std::vector<db::news>* told) {
    EXPECT_EQ((co_await read_ends(d.use(in(5s)))).kind, "answered");
    between->refuse(true);
    between->cut_all();
    EXPECT_EQ((co_await read_ends(d.use(in(400ms)))).kind, "unavailable");
    between->refuse(false);
    EXPECT_EQ((co_await read_ends(d.use(in(10s)))).kind, "answered");
    std::vector<db::news::kind> kinds;
    for (db::news const& n : *told) kinds.push_back(n.what);
    using enum db::news::kind;
    EXPECT_THAT(kinds, testing::ElementsAre(lost, away, back));
    for (db::news const& n : *told) EXPECT_FALSE(n.words.empty());
}

TEST(db_fault, what_happens_to_the_database_is_told_once) {
    auto const database = things();
    gate between(socket_folder());
    std::vector<db::news> told;
    auto o = options_for(between.url(database.name(), owner_role));
    o.told = [&told](db::news const& n) { told.push_back(n); };
    with_database(o, [&](db::database& d) { return away_and_back(d, &between, &told); });
}

// --- no connection to be had

core::task<void> nobody_there(db::database& d, gate* between) {
    between->refuse(true);
    auto const failed = co_await read_ends(d.use(in(400ms)));
    EXPECT_EQ(failed.kind, "unavailable") << failed.what;
    EXPECT_GE(failed.took, 350ms);
    auto const no = co_await transaction_ends(
        d.use(in(300ms)), [](db::transaction& t) -> core::task<core::result<core::nothing>> {
            t.add(insert, 1);
            co_await t.commit();
            co_return core::nothing{};
        });
    EXPECT_EQ(no.kind, "unavailable") << no.what;
    // Whoever still has time is answered as soon as the server is back.
    ending later;
    bool over = false;
    auto watch = [](db::scope s, ending* r) -> core::task<void> { *r = co_await read_ends(s); };
    core::start(watch(d.use(in(10s)), &later), [&over](std::exception_ptr) { over = true; });
    co_await loop::sleep(300ms);
    EXPECT_FALSE(over);
    between->refuse(false);
    while (!over) co_await loop::sleep(10ms);
    EXPECT_EQ(later.kind, "answered") << later.what;
}

TEST(db_fault, requests_wait_for_the_server_until_their_deadline) {
    auto const database = things();
    gate between(socket_folder());
    with_database(options_for(between.url(database.name(), owner_role)),
                  [&](db::database& d) { return nobody_there(d, &between); });
}

core::task<void> hopeless(db::database& d, std::string expected) {
    auto const read = co_await read_ends(d.use(in(10s)));
    EXPECT_EQ(read.kind, "unavailable");
    EXPECT_THAT(read.what, HasSubstr(expected));
    EXPECT_EQ(read.what.find('\n'), std::string::npos);
    EXPECT_LT(read.took, 2s);
    auto const again = co_await transaction_ends(
        d.use(in(10s)), [](db::transaction& t) -> core::task<core::result<core::nothing>> {
            t.add(insert, 1);
            co_await t.commit();
            co_return core::nothing{};
        });
    EXPECT_EQ(again.kind, "unavailable");
    EXPECT_LT(again.took, 2s);
}

TEST(db_fault, what_cannot_work_is_said_at_once_in_the_servers_words) {
    auto const database = things();
    auto expect = [](std::string url, std::string words) {
        with_database(options_for(std::move(url)), [words](db::database& d) { return hopeless(d, words); });
    };
    expect(url_for(database.name(), "needs_password") + " password=wrong",
           "password authentication failed for user \"needs_password\"");
    expect(url_for(database.name(), "needs_password"), "no password supplied");
    expect(url_for("no_such_database", owner_role), "database \"no_such_database\" does not exist");
    expect(url_for(database.name(), "nobody_at_all"), "role \"nobody_at_all\" does not exist");
    expect("postgresql://[broken", "the database URL cannot be read");
    with_database(options_for(url_for(database.name(), "needs_password") + " password=right"),
                  [](db::database& d) -> core::task<void> {
                      return [](db::database* q) -> core::task<void> {
                          EXPECT_EQ((co_await read_ends(q->use(in(5s)))).kind, "answered");
                      }(&d);
                  });
}

TEST(db_fault, a_session_tells_who_is_refused_from_who_finds_nobody) {
    auto const database = things();
    auto const sqlstate = [](std::string const& url) -> std::string {
        try {
            db::session const on(url);
        } catch (db::refused const& e) {
            return e.sqlstate().empty() ? "refused" : e.sqlstate();
        } catch (db::unavailable const&) {
            return "unavailable";
        }
        return "connected";
    };
    EXPECT_EQ(sqlstate(url_for("no_such_database", owner_role)), "3D000");
    EXPECT_EQ(sqlstate(url_for(database.name(), "nobody_at_all")), "28000");
    EXPECT_EQ(sqlstate(url_for(database.name(), "needs_password") + " password=wrong"), "28P01");
    EXPECT_EQ(sqlstate(url_for(database.name(), "needs_password")), "refused");
    EXPECT_EQ(sqlstate("host=/nowhere dbname=x user=y"), "unavailable");
    db::session(database.admin_url()).run("revoke connect on database " + database.name() + " from public");
    EXPECT_EQ(sqlstate(database.app_url()), "42501");
}

core::task<void> silent_server(db::database& d, gate* between) {
    EXPECT_EQ((co_await read_ends(d.use(in(5s)))).kind, "answered");
    between->silence(true);
    auto const read = co_await read_ends(d.use(in(300ms)));
    EXPECT_EQ(read.kind, "deadline_passed") << read.what;
    co_await until([&d] { return d.measure().read_connections == 0; });  // the grace passes
    between->silence(false);
    auto const later = co_await read_ends(d.use(in(5s)));
    EXPECT_EQ(later.kind, "answered") << later.what;
    EXPECT_GE(between->accepted(), 2);
}

TEST(db_fault, a_silent_server_costs_the_deadline_and_the_connection) {
    auto const database = things();
    gate between(socket_folder());
    auto o = options_for(between.url(database.name(), owner_role));
    o.connect_timeout = 500ms;
    with_database(o, [&](db::database& d) { return silent_server(d, &between); });
}

core::task<void> silent_at_connect(db::database& d, gate* between) {
    between->silence(true);
    auto const read = co_await read_ends(d.use(in(800ms)));
    EXPECT_EQ(read.kind, "unavailable");
    EXPECT_THAT(read.what, HasSubstr("did not answer in time"));
    between->silence(false);
    EXPECT_EQ((co_await read_ends(d.use(in(5s)))).kind, "answered");
}

TEST(db_fault, a_connection_that_does_not_come_about_times_out) {
    auto const database = things();
    gate between(socket_folder());
    auto o = options_for(between.url(database.name(), owner_role));
    o.connect_timeout = 300ms;
    with_database(o, [&](db::database& d) { return silent_at_connect(d, &between); });
}

// --- transactions

core::task<core::result<core::nothing>> insert_and_lose(db::transaction& t, std::string name, int* runs) {
    int const run = ++*runs;
    EXPECT_EQ(co_await t.execute(insert, run), 1);
    if (run == 1) terminate_all(name);
    co_await t.execute(insert, run + 100);
    co_return core::nothing{};
}

TEST(db_fault, a_transaction_that_loses_its_connection_runs_again) {
    auto const database = things();
    int runs = 0;
    ending end;
    with_database(options_for(database.owner_url()), [&](db::database& d) {
        auto b = [&](db::transaction& t) { return insert_and_lose(t, database.name(), &runs); };
        return [](db::scope s, body inner, ending* out) -> core::task<void> {
            *out = co_await transaction_ends(s, inner);
        }(d.use(in(10s)), b, &end);
    });
    EXPECT_EQ(end.kind, "answered") << end.what;
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(look(database, "select string_agg(id::text, ',' order by id) from thing"), "2,102");
}

core::task<core::result<core::nothing>> insert_and_commit(db::transaction& t, int* runs) {
    ++*runs;
    t.add(insert, *runs);
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> run_and_keep(db::scope s, body b, ending* out) { *out = co_await transaction_ends(s, b); }

void cut_at_commit(gate::when when, std::string const& rows, bool unnamed) {
    auto const database = things();
    gate between(socket_folder());
    between.cut_at(unnamed ? "commit" : "db.commit", when);
    int runs = 0;
    ending end;
    auto o = options_for(between.url(database.name(), owner_role));
    o.unnamed_statements = unnamed;
    with_database(o, [&](db::database& d) {
        body const b = [&](db::transaction& t) { return insert_and_commit(t, &runs); };
        return run_and_keep(d.use(in(10s)), b, &end);
    });
    EXPECT_EQ(end.kind, "commit_unknown") << end.what;
    EXPECT_EQ(runs, 1) << "what may have been done was done again";
    EXPECT_EQ(between.cuts(), 1);
    EXPECT_EQ(look(database, "select count(*) from thing"), rows);
}

TEST(db_fault, a_connection_lost_at_commit_leaves_the_outcome_unknown) {
    for (bool const unnamed : {false, true}) {
        cut_at_commit(gate::when::before_it_arrives, "0", unnamed);
        cut_at_commit(gate::when::after_its_answer, "1", unnamed);
    }
}

core::task<core::result<core::nothing>> insert_twice(db::transaction& t, int* runs) {
    ++*runs;
    t.add(insert, 1);
    t.add(insert, 1);
    co_await t.commit();
    co_return core::nothing{};
}

// The second insert is refused, so COMMIT cannot have happened, whatever becomes of the connection.
TEST(db_fault, an_error_before_commit_is_known_even_if_the_connection_breaks) {
    auto const database = things();
    int runs = 0;
    ending end;
    with_database(options_for(database.owner_url()), [&](db::database& d) {
        body const b = [&](db::transaction& t) { return insert_twice(t, &runs); };
        return run_and_keep(d.use(in(10s)), b, &end);
    });
    EXPECT_EQ(end.kind, "error 23505");
    EXPECT_EQ(runs, 1);
}

core::task<core::result<core::nothing>> sleep_and_commit(db::transaction& t, int* runs) {
    ++*runs;
    t.add(insert, *runs);
    t.add(nap, *runs == 1 ? "5" : "0");
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> terminated_before_commit(db::database& d, std::string name, ending* end, int* runs) {
    bool over = false;
    body const b = [runs](db::transaction& t) { return sleep_and_commit(t, runs); };
    core::start(run_and_keep(d.use(in(10s)), b, end), [&over](std::exception_ptr) { over = true; });
    co_await until([&name] { return backends(name, napping) == 1; });
    terminate_all(name);
    while (!over) co_await loop::sleep(10ms);
}

// FATAL came as the nap's answer: COMMIT stood behind it and was never looked at.
TEST(db_fault, a_backend_terminated_before_it_reached_commit_is_tried_again) {
    auto const database = things();
    int runs = 0;
    ending end;
    with_database(options_for(database.owner_url()),
                  [&](db::database& d) { return terminated_before_commit(d, database.name(), &end, &runs); });
    EXPECT_EQ(end.kind, "answered") << end.what;
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(look(database, "select string_agg(id::text, ',') from thing"), "2");
}

core::task<void> close_while_busy(db::database& d, std::string name, ending* end) {
    bool over = false;
    auto watch = [](db::scope s, ending* r) -> core::task<void> { *r = co_await nap_ends(s, "1"); };
    core::start(watch(d.use(in(30s)), end), [&over](std::exception_ptr) { over = true; });
    co_await until([&name] { return backends(name, napping) == 1; });
    co_await d.close();
    EXPECT_TRUE(over);
    EXPECT_EQ(d.measure().read_connections, 0u);
    EXPECT_EQ((co_await read_ends(d.use(in(1s)))).kind, "unavailable");
}

TEST(db_fault, closing_lets_running_work_finish) {
    auto const database = things();
    ending end;
    with_database(options_for(database.owner_url()),
                  [&](db::database& d) { return close_while_busy(d, database.name(), &end); });
    EXPECT_EQ(end.kind, "answered") << end.what;
}

}  // namespace
