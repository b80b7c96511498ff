// The read lane against a real server.
#include "db/database.hpp"
#include "loop/loop.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>
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

}  // namespace
