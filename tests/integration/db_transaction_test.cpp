// Transactions against a real server: what commits, what does not, and who hears what.
#include "db/database.hpp"
#include "loop/loop.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace integration;

constexpr db::statement<db::none(std::int32_t, std::int64_t)> insert{"test.insert",
                                                                     "insert into account values ($1, $2)"};
constexpr db::statement<std::int64_t(std::int32_t)> balance{"test.balance",
                                                            "select balance from account where id = $1"};
constexpr db::statement<db::none(std::int32_t, std::int64_t)> pay{
    "test.pay", "update account set balance = balance + $2 where id = $1"};
constexpr core::failure account_taken{"account_taken", core::fault::conflict, "There is such an account."};
constexpr core::failure refused_by_us{"refused_by_us", core::fault::conflict, "No."};
constexpr db::refusal refusals[] = {{"account_pkey", &account_taken}};

test_database accounts() {
    auto database = empty_database();
    db::session(database.owner_url())
        .run(
            "create table account (id int primary key, balance bigint not null check (balance >= 0));"
            "insert into account values (1, 100), (2, 100);");
    return database;
}

std::string look(test_database const& d, std::string const& sql) {
    auto const rows = db::session(d.owner_url()).query(sql);
    return rows.empty() ? "nothing" : rows[0][0].value_or("null");
}

core::task<core::result<core::nothing>> move_money(db::transaction& t) {
    t.add(pay, 1, -30);
    auto const paid = t.add(pay, 2, 30);
    co_await t.commit();
    EXPECT_EQ(paid.affected(), 1);
    co_return core::nothing{};
}

core::task<void> one_round_trip(db::database& d) {
    db::usage meter;
    auto const scope = d.use(in(5s), &meter);
    auto const done = co_await scope.transact({}, move_money);
    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(meter.round_trips, 1u);
    EXPECT_EQ(meter.statements, 2u);
}

TEST(db_transaction, begin_work_and_commit_are_one_round_trip) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), one_round_trip);
    EXPECT_EQ(look(database, "select string_agg(balance::text, ',' order by id) from account"), "70,130");
    auto o = options_for(database.owner_url());
    o.unnamed_statements = true;
    with_database(o, one_round_trip);
    EXPECT_EQ(look(database, "select string_agg(balance::text, ',' order by id) from account"), "40,160");
}

// The scope is gone before the transaction begins.
core::task<core::result<core::nothing>> handed_on(db::database& d) {
    return d.use(in(5s)).transact({}, move_money);
}

TEST(db_transaction, outlives_the_scope_that_it_was_made_from) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), [](db::database& d) -> core::task<void> {
        auto const done = co_await handed_on(d);
        EXPECT_TRUE(done.has_value());
    });
    EXPECT_EQ(look(database, "select string_agg(balance::text, ',' order by id) from account"), "70,130");
}

core::task<core::result<std::int64_t>> read_then_refuse(db::transaction& t) {
    EXPECT_EQ(co_await t.execute(insert, 3, 5), 1);
    auto const there = co_await t.first(balance, 3);
    EXPECT_EQ(there, 5);
    co_return refused_by_us;
}

core::task<core::result<std::int64_t>> take_the_first(db::transaction& t) {
    co_await t.execute(insert, 1, 5);
    co_return 0;
}

core::task<core::result<std::int64_t>> insert_only(db::transaction& t) {
    co_await t.execute(insert, 4, 5);
    t.add(insert, 5, 5);  // finish() sends it with the COMMIT
    co_return 4;
}

core::task<void> refusals_and_commits(db::database& d) {
    auto const scope = d.use(in(5s));
    auto const no = co_await scope.transact({}, read_then_refuse);
    EXPECT_FALSE(no.has_value());
    EXPECT_EQ(no.error().what, &refused_by_us);
    auto const taken = co_await scope.transact(refusals, take_the_first);
    EXPECT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().what, &account_taken);
    auto const yes = co_await scope.transact({}, insert_only);
    EXPECT_TRUE(yes.has_value());
    std::string constraint;
    try {
        (void)co_await scope.transact({}, take_the_first);
    } catch (db::error const& e) {
        constraint = e.constraint();
        EXPECT_EQ(e.sqlstate(), "23505");
        EXPECT_FALSE(e.retryable());
    }
    EXPECT_EQ(constraint, "account_pkey");
}

TEST(db_transaction, a_failure_rolls_back_and_a_constraint_becomes_its_failure) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), refusals_and_commits);
    EXPECT_EQ(look(database, "select string_agg(id::text, ',' order by id) from account"), "1,2,4,5");
}

// --- plans

constexpr db::statement<std::int64_t(std::vector<std::int32_t>)> total_of{"test.total_of", R"sql(
    select coalesce(sum(a.balance), 0)::bigint as value
      from account a join account b on b.id = a.id where a.id = any($1))sql"};
constexpr db::statement<std::int64_t()> planned_anew{
    "test.planned_anew",
    "select coalesce(sum(custom_plans), 0)::bigint as value from pg_prepared_statements where name = "
    "'test.total_of'"};
constexpr db::statement<std::string()> plan_mode{"test.plan_mode",
                                                 "select current_setting('plan_cache_mode') as value"};

core::task<core::result<std::int64_t>> ask_for_totals(db::transaction& t) {
    std::vector<std::int32_t> const wanted{1, 2};
    for (int n = 0; n < 8; ++n) EXPECT_EQ(co_await t.first(total_of, wanted), 200);
    EXPECT_EQ(co_await t.first(planned_anew), 0);
    co_return 0;
}

core::task<core::result<std::string>> ask_for_mode(db::transaction& t) {
    auto const mode = co_await t.first(plan_mode);
    co_return mode.value_or("");
}

core::task<void> totals(db::database& d) {
    auto const scope = d.use(in(5s));
    (void)co_await scope.transact({}, ask_for_totals);
}

core::task<void> pooled_mode(db::database& d) {
    auto const scope = d.use(in(5s));
    auto const mode = co_await scope.transact({}, ask_for_mode);
    EXPECT_TRUE(mode.has_value());
    EXPECT_EQ(*mode, "auto");
}

TEST(db_transaction, named_statements_are_planned_once_and_a_pooled_connection_is_left_as_it_is) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), totals);
    auto o = options_for(database.owner_url());
    o.unnamed_statements = true;
    with_database(o, pooled_mode);
}

// --- rivals

core::task<core::result<core::nothing>> pay_both(db::transaction& t, std::int32_t first,
                                                 std::int32_t second) {
    co_await t.execute(pay, first, -1);
    co_await loop::sleep(50ms);  // the rival takes its first lock meanwhile
    co_await t.execute(pay, second, 1);
    co_return core::nothing{};
}

core::task<void> transfer(db::scope scope, std::int32_t first, std::int32_t second) {
    auto body = [first, second](db::transaction& t) { return pay_both(t, first, second); };
    auto const done = co_await scope.transact({}, body);
    EXPECT_TRUE(done.has_value());
}

core::task<void> opposite_orders(db::database& d) {
    std::vector<core::task<void>> work;
    work.push_back(transfer(d.use(in(10s)), 1, 2));
    work.push_back(transfer(d.use(in(10s)), 2, 1));
    co_await all_of(std::move(work));
    EXPECT_GE(d.measure().errors, 1u);  // there was a deadlock, and nobody heard of it
}

TEST(db_transaction, a_deadlock_is_tried_again) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), opposite_orders);
    EXPECT_EQ(look(database, "select string_agg(balance::text, ',' order by id) from account"), "100,100");
}

constexpr db::statement<db::none(std::int32_t)> stumble{"test.stumble", "select stumble($1)"};

core::task<core::result<core::nothing>> pay_and_stumble(db::transaction& t, std::int32_t times, int* runs) {
    ++*runs;
    t.add(pay, 1, 1);
    t.add(stumble, times);
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> serialization_failures(db::database& d) {
    int runs = 0;
    auto twice = [&runs](db::transaction& t) { return pay_and_stumble(t, 2, &runs); };
    auto const done = co_await d.use(in(10s)).transact({}, twice);
    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(runs, 3);
    runs = 0;
    auto always = [&runs](db::transaction& t) { return pay_and_stumble(t, 1000, &runs); };
    std::string state;
    try {
        (void)co_await d.use(in(10s)).transact({}, always);
    } catch (db::error const& e) {
        state = e.sqlstate();
        EXPECT_TRUE(e.retryable());
    }
    EXPECT_EQ(state, "40001");
    EXPECT_EQ(runs, 5);
}

TEST(db_transaction, a_serialization_failure_repeats_the_whole_body_at_most_five_times) {
    auto const database = accounts();
    db::session(database.owner_url())
        .run(
            "create sequence stumbles; create function stumble(times int) returns void language plpgsql as $$"
            "begin if nextval('stumbles') <= times then raise exception 'again' using errcode = '40001'; end "
            "if; end$$");
    with_database(options_for(database.owner_url()), serialization_failures);
    EXPECT_EQ(look(database, "select balance from account where id = 1"), "101");
}

// --- errors inside

core::task<core::result<core::nothing>> goes_on_regardless(db::transaction& t) {
    t.add(pay, 1, 1);
    t.add(insert, 1, 1);  // there is one
    t.add(pay, 2, 1);
    bool failed = false;
    try {
        co_await t.run();
    } catch (db::error const&) {
        failed = true;
    }
    EXPECT_TRUE(failed);
    t.add(pay, 2, 5);
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> error_swallowed(db::database& d) {
    std::string state;
    try {
        (void)co_await d.use(in(5s)).transact({}, goes_on_regardless);
    } catch (db::error const& e) {
        state = e.sqlstate();
    }
    EXPECT_EQ(state, "25P02");
}

TEST(db_transaction, a_swallowed_error_does_not_commit) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), error_swallowed);
    EXPECT_EQ(look(database, "select string_agg(balance::text, ',' order by id) from account"), "100,100");
}

constexpr db::statement<db::none(std::int32_t)> leave_open{"test.leave_open", "insert into debt values ($1)"};
constexpr core::failure no_such_account{"no_such_account", core::fault::missing, "No."};
constexpr db::refusal debts[] = {{"debt_account_fkey", &no_such_account}};

core::task<core::result<core::nothing>> owe(db::transaction& t) {
    t.add(leave_open, 99);
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> deferred_constraint(db::database& d) {
    auto const refused = co_await d.use(in(5s)).transact(debts, owe);
    EXPECT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, &no_such_account);
}

TEST(db_transaction, a_constraint_that_speaks_at_commit_is_heard) {
    auto const database = accounts();
    db::session(database.owner_url())
        .run(
            "create table debt (account int, constraint debt_account_fkey foreign key (account) references "
            "account "
            "deferrable initially deferred)");
    with_database(options_for(database.owner_url()), deferred_constraint);
    EXPECT_EQ(look(database, "select count(*) from debt"), "0");
}

core::task<core::result<core::nothing>> fails_once(db::transaction& t, int* attempts) {
    (void)co_await t.first(balance, 1);
    (void)co_await t.first(balance, 2);
    if (++*attempts == 1) throw db::error("40P01", {}, "test", "as if there had been a deadlock");
    co_return core::nothing{};
}

core::task<void> metered_retry(db::database& d) {
    int attempts = 0;
    db::usage meter;
    auto const done = co_await d.use(in(5s), &meter).transact({}, [&](db::transaction& t) {
        return fails_once(t, &attempts);
    });
    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(attempts, 2);
    EXPECT_EQ(meter.statements, 2u);
    EXPECT_EQ(meter.repeated, 2u);
    EXPECT_EQ(meter.retries, 1u);
    EXPECT_EQ(d.measure().retries, 1u);
}

TEST(db_transaction, a_repeated_attempt_counts_apart) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), metered_retry);
}

// --- left behind

core::task<core::result<core::nothing>> insert_and_throw(db::transaction& t) {
    co_await t.execute(insert, 7, 7);
    throw std::runtime_error("a bug of ours");
}

core::task<void> throw_and_go_on(db::database& d) {
    bool thrown = false;
    try {
        (void)co_await d.use(in(5s)).transact({}, insert_and_throw);
    } catch (std::runtime_error const&) {
        thrown = true;
    }
    EXPECT_TRUE(thrown);
    auto const yes = co_await d.use(in(5s)).transact({}, insert_only);
    EXPECT_TRUE(yes.has_value());
    EXPECT_EQ(d.measure().transaction_connections, 1u);  // the same one, rolled back
}

TEST(db_transaction, an_exception_rolls_back_and_the_connection_is_good) {
    auto const database = accounts();
    with_database(options_for(database.owner_url()), throw_and_go_on);
    EXPECT_EQ(look(database, "select string_agg(id::text, ',' order by id) from account"), "1,2,4,5");
}

constexpr db::statement<std::int32_t(std::string)> nap{"test.nap",
                                                       "select 1 from pg_sleep($1::text::float8)"};

core::task<core::result<core::nothing>> insert_and_sleep(db::transaction& t) {
    t.add(insert, 8, 8);
    t.add(nap, "0.3");
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> sleeping_transaction(db::scope scope) {
    (void)co_await scope.transact({}, insert_and_sleep);
}

core::task<void> destroyed_at_every_stage(db::database& d) {
    // Waiting for a connection that is being made; waiting behind others; and under way.
    {
        halfway const first(sleeping_transaction(d.use(in(5s))));
    }
    co_await until([&d] { return d.measure().waiting == 0; });
    {
        halfway const running(sleeping_transaction(d.use(in(5s))));
        halfway const waiting(sleeping_transaction(d.use(in(5s))));
        co_await loop::sleep(100ms);
    }
    // The COMMIT was on its way already, so the row may stand; the connection must come back.
    auto const yes = co_await d.use(in(5s)).transact({}, insert_only);
    EXPECT_TRUE(yes.has_value());
    EXPECT_EQ(d.measure().transaction_connections, 1u);
    auto const idle_by = in(2s);
    while (d.measure().idle_connections < 1 && core::steady::now() < idle_by) co_await loop::sleep(10ms);
    EXPECT_EQ(d.measure().idle_connections, 1u);
}

TEST(db_transaction, a_destroyed_one_neither_leaks_nor_blocks) {
    auto const database = accounts();
    auto o = options_for(database.owner_url());
    o.transaction_connections = 1;
    with_database(o, destroyed_at_every_stage);
}

TEST(db_transaction, a_database_destroyed_under_way_leaves_nothing_behind) {
    auto const database = accounts();
    auto o = options_for(database.owner_url());
    o.transaction_connections = 1;
    for (auto const wait : {0ms, 20ms, 150ms}) {
        loop::event_loop own;
        auto d = std::make_unique<db::database>(own, o);
        std::vector<std::unique_ptr<halfway>> work;
        own.post([&] {
            for (int i = 0; i < 3; ++i)
                work.push_back(std::make_unique<halfway>(sleeping_transaction(d->use(in(5s)))));
            own.after(wait, [&] {
                d.reset();  // before those who wait
                work.clear();
                own.stop();
            });
        });
        own.run();
    }
}

// --- too much, too late

core::task<void> count_overloaded(db::scope scope, int* refused) {
    try {
        (void)co_await scope.transact({}, insert_and_sleep);
    } catch (db::overloaded const&) {
        ++*refused;
    } catch (db::error const&) {  // the second to insert the same row
    }
}

core::task<void> too_many(db::database& d) {
    std::vector<core::task<void>> work;
    int refused = 0;
    for (int i = 0; i < 7; ++i) work.push_back(count_overloaded(d.use(in(5s)), &refused));
    co_await all_of(std::move(work));
    EXPECT_EQ(refused, 4);  // none was connected yet: three could wait
    EXPECT_EQ(d.measure().shed, 4u);
}

TEST(db_transaction, what_does_not_fit_the_queue_is_refused_at_once) {
    auto const database = accounts();
    auto o = options_for(database.owner_url());
    o.transaction_connections = 1;
    o.queue_limit = 3;
    with_database(o, too_many);
}

core::task<core::result<core::nothing>> insert_and_sleep_long(db::transaction& t) {
    t.add(insert, 9, 9);
    t.add(nap, "30");
    co_await t.commit();
    co_return core::nothing{};
}

core::task<void> expect_late(db::database& d, std::chrono::milliseconds by) {
    bool late = false;
    try {
        (void)co_await d.use(in(by)).transact({}, insert_and_sleep_long);
    } catch (db::deadline_passed const&) {
        late = true;
    }
    EXPECT_TRUE(late);
}

core::task<void> late_ones(db::database& d) {
    std::vector<core::task<void>> work;
    work.push_back(expect_late(d, 400ms));  // under way
    work.push_back(expect_late(d, 200ms));  // waiting behind it
    co_await all_of(std::move(work));
    auto const yes = co_await d.use(in(5s)).transact({}, insert_only);
    EXPECT_TRUE(yes.has_value());
}

TEST(db_transaction, a_late_one_is_cancelled_and_a_late_waiter_leaves) {
    auto const database = accounts();
    auto o = options_for(database.owner_url());
    o.transaction_connections = 1;
    with_database(o, late_ones);
    EXPECT_EQ(look(database, "select string_agg(id::text, ',' order by id) from account"), "1,2,4,5");
}

}  // namespace
