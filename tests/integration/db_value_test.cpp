// Every wire type, there and back through a real server, and as the server itself reads it.
#include "db/database.hpp"
#include "loop/loop.hpp"
#include "postgres_fixture.hpp"
#include "seed.hpp"

#include <gmock/gmock.h>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <limits>

namespace {

using namespace std::chrono_literals;
using namespace integration;

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)
struct tag;

// A round trip of each value.
template <class T>
core::task<void> there_and_back(db::scope scope, db::statement<T(T)> s, std::vector<T> values) {
    for (T const& v : values) {
        auto const back = co_await scope.all(s, v);
        EXPECT_EQ(back.size(), 1u);
        EXPECT_TRUE(back.at(0) == v) << s.name;
    }
}

template <class T>
core::task<void> reads_as(db::scope scope, db::statement<std::string(T)> s, T value, std::string expected) {
    EXPECT_EQ(co_await scope.first(s, value), expected) << s.name;
}

#define ECHO(T, id) constexpr db::statement<T(T)> echo_##id{"test.echo_" #id, "select $1"}
#define SHOW(T, id) constexpr db::statement<std::string(T)> show_##id{"test.show_" #id, "select $1::text"}
using optional_int = std::optional<std::int32_t>;
using optional_text = std::optional<std::string>;
using ints = std::vector<std::int32_t>;
using longs = std::vector<std::int64_t>;
using texts = std::vector<std::string>;
using holed_texts = std::vector<std::optional<std::string>>;
using holed_uuids = std::vector<std::optional<core::uuid>>;
using uuids = std::vector<core::uuid>;
using moments = std::vector<core::timestamp>;
using blobs = std::vector<core::bytes>;
using colours = std::vector<colour>;
using a_text = core::text<1, 200>;
using an_id = core::id<tag>;
using a_quantity = core::quantity;
ECHO(bool, bool);
ECHO(std::int32_t, int4);
ECHO(std::int64_t, int8);
ECHO(std::string, text);
ECHO(core::uuid, uuid);
ECHO(an_id, id);
ECHO(core::timestamp, timestamptz);
ECHO(core::currency, currency);
ECHO(core::bytes, bytea);
ECHO(a_text, limited);
ECHO(a_quantity, quantity);
ECHO(colour, colour);
ECHO(optional_int, optional_int);
ECHO(optional_text, optional_text);
ECHO(ints, ints);
ECHO(longs, longs);
ECHO(texts, texts);
ECHO(holed_texts, holed);
ECHO(holed_uuids, holed_uuids);
ECHO(uuids, uuids);
ECHO(moments, moments);
ECHO(blobs, blobs);
ECHO(colours, colours);
SHOW(std::int32_t, int4);
SHOW(std::int64_t, int8);
SHOW(bool, bool);
SHOW(core::uuid, uuid);
SHOW(core::timestamp, moment);
SHOW(core::bytes, bytea);
SHOW(ints, ints);
SHOW(texts, texts);
SHOW(holed_texts, holed);
SHOW(db::json, json);
SHOW(colour, colour);
SHOW(a_quantity, quantity);
constexpr db::statement<db::json(db::json)> echo_json{"test.echo_json", "select $1"};
constexpr db::statement<db::json()> plain_json{"test.plain_json", "select json '[1, 2]'"};

core::uuid uuid_of(std::uint8_t fill) {
    core::uuid u;
    u.bytes.fill(fill);
    return u;
}

core::task<void> scalars(db::database& d) {
    auto const s = d.use(in(20s));
    using i32 = std::numeric_limits<std::int32_t>;
    using i64 = std::numeric_limits<std::int64_t>;
    co_await there_and_back(s, echo_bool, {true, false});
    co_await there_and_back(s, echo_int4, {0, 1, -1, 255, 256, i32::max(), i32::min()});
    co_await there_and_back(s, echo_int8, {0, 1, -1, 1LL << 32, i64::max(), i64::min()});
    co_await there_and_back<std::string>(s, echo_text,
                                         {"", "a", "żółć 🛒 \"'\\ \x01", std::string(1 << 20, 'x')});
    co_await there_and_back(s, echo_uuid, {uuid_of(0), uuid_of(255), core::make_uuid7()});
    co_await there_and_back(s, echo_id, {an_id::make()});
    // The Unix epoch, PostgreSQL's epoch and its neighbours, 4713 BC, the year 9999, the infinities.
    co_await there_and_back<core::timestamp>(s, echo_timestamptz,
                                             {{0},
                                              {-1},
                                              {946'684'800'000'000},
                                              {946'684'799'999'999},
                                              {-210'866'803'200'000'000},
                                              {253'402'300'799'999'999},
                                              {i64::max()},
                                              {i64::min()}});
    co_await there_and_back(s, echo_currency, {core::currency::unchecked("EUR")});
    co_await there_and_back<core::bytes>(s, echo_bytea, {{}, {0, 1, 255, 0}, core::bytes(100'000, 7)});
    co_await there_and_back<a_text>(s, echo_limited, {{"Ocean Blue Shirt"}});
    co_await there_and_back<a_quantity>(s, echo_quantity, {{1}, {10'000}});
    co_await there_and_back(s, echo_colour, {colour::red, colour::green});
    co_await there_and_back<optional_int>(s, echo_optional_int, {std::nullopt, 0, 7});
    co_await there_and_back<optional_text>(s, echo_optional_text, {std::nullopt, "", "x"});
    EXPECT_EQ((co_await s.first(echo_json, db::json{R"({"a": [1, null]})"}))->text, R"({"a": [1, null]})");
    EXPECT_EQ((co_await s.first(plain_json))->text, "[1, 2]");
}

core::task<void> arrays(db::database& d) {
    auto const s = d.use(in(20s));
    co_await there_and_back<ints>(s, echo_ints, {{}, {1}, {1, -2, 3}, ints(10'000, 5)});
    co_await there_and_back<longs>(s, echo_longs, {{}, {std::numeric_limits<std::int64_t>::min()}});
    co_await there_and_back<texts>(s, echo_texts, {{}, {""}, {"a,b", "{}", "\"", "NULL"}});
    co_await there_and_back<holed_texts>(s, echo_holed, {{}, {std::nullopt}, {"a", std::nullopt, ""}});
    co_await there_and_back<holed_uuids>(s, echo_holed_uuids, {{std::nullopt, uuid_of(3)}});
    co_await there_and_back<uuids>(s, echo_uuids, {{uuid_of(1), uuid_of(2)}});
    co_await there_and_back<moments>(s, echo_moments, {{{0}, {1}}});
    co_await there_and_back<blobs>(s, echo_blobs, {{{}, {1, 2}}});
    co_await there_and_back<colours>(s, echo_colours, {{colour::green, colour::red}});
}

core::task<void> as_the_server_reads_them(db::database& d) {
    auto const s = d.use(in(20s));
    co_await reads_as(s, show_int4, -7, "-7");
    co_await reads_as<std::int64_t>(s, show_int8, std::numeric_limits<std::int64_t>::min(),
                                    "-9223372036854775808");
    co_await reads_as(s, show_bool, true, "true");
    co_await reads_as(s, show_uuid, uuid_of(0xab), "abababab-abab-abab-abab-abababababab");
    co_await reads_as<core::timestamp>(s, show_moment, {0}, "1970-01-01 00:00:00+00");
    co_await reads_as<core::timestamp>(s, show_moment, {1'700'000'000'123'456},
                                       "2023-11-14 22:13:20.123456+00");
    co_await reads_as<core::timestamp>(s, show_moment, {std::numeric_limits<std::int64_t>::max()},
                                       "infinity");
    co_await reads_as<core::timestamp>(s, show_moment, {std::numeric_limits<std::int64_t>::min()},
                                       "-infinity");
    co_await reads_as<core::bytes>(s, show_bytea, {0xde, 0xad}, "\\xdead");
    co_await reads_as<ints>(s, show_ints, {}, "{}");
    co_await reads_as<ints>(s, show_ints, {1, 2}, "{1,2}");
    co_await reads_as<texts>(s, show_texts, {"a b", "NULL"}, "{\"a b\",\"NULL\"}");
    co_await reads_as<holed_texts>(s, show_holed, {"x", std::nullopt}, "{x,NULL}");
    co_await reads_as<db::json>(s, show_json, {"{\"b\":1,  \"a\":2}"}, "{\"a\": 2, \"b\": 1}");
    co_await reads_as(s, show_colour, colour::green, "green");
    co_await reads_as<a_quantity>(s, show_quantity, {12}, "12");
}

core::task<void> random_values(db::database& d) {
    auto random = test::seeded();
    auto const s = d.use(in(20s));
    for (int i = 0; i < 200; ++i) {
        auto const n = static_cast<std::int64_t>(random());
        co_await reads_as(s, show_int8, n, std::to_string(n));
        holed_texts list;
        for (auto left = random() % 20; left > 0; --left) {
            if (random() % 4 == 0)
                list.emplace_back();
            else
                list.emplace_back(std::string(random() % 40, static_cast<char>('a' + random() % 26)));
        }
        co_await there_and_back<holed_texts>(s, echo_holed, {list});
    }
}

TEST(db_value, scalars_go_there_and_back) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), scalars);
}
TEST(db_value, arrays_go_there_and_back) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), arrays);
}
TEST(db_value, the_server_reads_what_was_meant) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), as_the_server_reads_them);
}
TEST(db_value, random_values) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), random_values);
}

// --- what stays in the result

struct lying_there {
    std::string_view word;
    std::optional<std::string_view> none;
    db::array_view<std::int64_t> numbers;
    db::array_view<std::optional<std::string_view>> holed;
    db::array_view<core::uuid> empty;
};
BOOST_DESCRIBE_STRUCT(lying_there, (), (word, none, numbers, holed, empty))
static_assert(db::detail::borrows<lying_there>);
constexpr db::statement<lying_there(std::int32_t)> lying{"test.lying", R"sql(
select repeat('w', n) as word, null::text as none, array[n, 2]::bigint[] as numbers,
       array['a', null, 'c'] as holed, '{}'::uuid[] as empty
  from generate_series(1, $1) n)sql"};

core::task<void> rows_in_the_result(db::database& d) {
    db::rows<lying_there> found = co_await d.use(in(5s)).lend(lying, 3);
    EXPECT_EQ(found.size(), 3u);
    lying_there const last = found.back();
    EXPECT_EQ(last.word, "www");
    EXPECT_FALSE(last.none);
    EXPECT_EQ(longs(last.numbers.begin(), last.numbers.end()), (longs{3, 2}));
    std::vector<std::optional<std::string_view>> const holed(last.holed.begin(), last.holed.end());
    EXPECT_THAT(holed, testing::ElementsAre("a", std::nullopt, "c"));
    EXPECT_EQ(last.empty.size(), 0u);
    EXPECT_TRUE(last.empty.begin() == last.empty.end());
    found.resize(1);
    EXPECT_EQ(found.back().word, "w");
}

TEST(db_value, rows_can_be_read_where_they_lie) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), rows_in_the_result);
}

TEST(db_value, an_array_that_ends_too_early_is_noticed_while_it_is_walked_over) {
    std::string text;
    db::wire<ints>::put(text, {1, 2});
    text[23] = 9;  // the first element's length
    EXPECT_THROW(
        {
            db::array_view<std::int32_t> const lying_array({text.data(), text.size()});
            for (std::int32_t const n : lying_array) EXPECT_NE(n, 0);
        },
        std::runtime_error);
}

// --- what does not fit

struct narrow {
    std::int32_t n;
};
BOOST_DESCRIBE_STRUCT(narrow, (), (n))
constexpr db::statement<narrow()> too_wide{"test.too_wide", "select 1::bigint as n"};
constexpr db::statement<narrow()> too_many{"test.too_many", "select 1 as n, 2 as m"};
constexpr db::statement<narrow()> null_there{"test.null_there", "select null::int as n"};
constexpr db::statement<colour()> no_colour{"test.no_colour", "select 'blue'"};

template <class Row>
core::task<std::string> complaint(db::scope scope, db::statement<Row()> s) {
    try {
        co_await scope.first(s);
    } catch (std::exception const& e) {
        co_return e.what();
    }
    co_return "none";
}

core::task<void> misfits(db::database& d) {
    using testing::HasSubstr;
    auto const s = d.use(in(5s));
    EXPECT_THAT(co_await complaint(s, too_wide),
                HasSubstr("test.too_wide: column n has the type with oid 20"));
    EXPECT_THAT(co_await complaint(s, too_many), HasSubstr("returns 2 columns, its row has 1"));
    EXPECT_THAT(co_await complaint(s, null_there), HasSubstr("was null"));
    EXPECT_THAT(co_await complaint(s, no_colour), HasSubstr("blue"));
}

TEST(db_value, a_row_that_does_not_fit_is_said_so) {
    auto const database = empty_database();
    with_database(options_for(database.app_url()), misfits);
}

TEST(db_value, arrays_that_lie_are_refused) {
    using reader = db::detail::array_reader;
    std::string good;
    db::wire<ints>::put(good, {1, 2});
    EXPECT_EQ(db::wire<ints>::get({good.data(), good.size()}), (ints{1, 2}));
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_THROW(db::wire<ints>::get({good.data(), cut}), std::runtime_error) << cut;
    std::string many = good;
    many[12] = '\x7f';  // two thousand million elements
    EXPECT_THROW(reader({many.data(), many.size()}), std::runtime_error);
    std::string plane = good;
    plane[3] = 2;  // dimensions
    EXPECT_THROW(reader({plane.data(), plane.size()}), std::runtime_error);
}

}  // namespace
