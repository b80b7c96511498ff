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

}  // namespace
