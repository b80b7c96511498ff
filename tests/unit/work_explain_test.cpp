// What a caller is told when the database is in trouble: which failure, 503, and when to come again.
#include "work/explain.hpp"

#include "core/result.hpp"
#include "db/error.hpp"
#include "http/bind.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace {

// "503 overloaded after 1", as an answer says it; "a bug of ours" for what is not explained.
std::string told(std::exception_ptr why) {
    auto const known = work::explain(why);
    if (!known) return "a bug of ours";
    http::reply const r = http::problem_reply(*known, "id");
    auto const wait = std::ranges::find(r.fields, "retry-after", &std::pair<std::string, std::string>::first);
    return fmt::format("{} {} after {}", r.status, r.code, wait == r.fields.end() ? "-" : wait->second);
}
template <class Exception>
std::string told(Exception const& e) {
    return told(std::make_exception_ptr(e));
}
std::string told_of(std::string_view sqlstate) {
    return told(db::error(sqlstate, "", "test.statement", "secret"));
}

TEST(explain, whatIsTheMatterWithTheDatabaseIs503WithATimeToComeAgain) {
    EXPECT_EQ(told(db::overloaded("full")), "503 overloaded after 1");
    EXPECT_EQ(told(db::deadline_passed("late")), "503 overloaded after 2");
    EXPECT_EQ(told(db::unavailable("away")), "503 database_unavailable after 2");
    EXPECT_EQ(told(db::refused("no entry", "28P01")), "503 database_unavailable after 2");
    EXPECT_EQ(told(db::commit_unknown("lost")), "503 outcome_unknown after 1");
}

TEST(explain, whatARivalOrARestartCausesIs503AsWell) {
    // Serialisation, deadlock, a standby, three ways to stop a server, four to lose a connection.
    for (char const* again :
         {"40001", "40P01", "25006", "57P01", "57P02", "57P03", "08000", "08003", "08006", "08P01"})
        EXPECT_EQ(told_of(again), "503 overloaded after 1") << again;
    EXPECT_EQ(told_of("55P03"), "503 overloaded after 2") << "somebody held a lock for too long";
    db::error outdated("0A000", "", "test.statement", "cached plan must not change result type");
    EXPECT_EQ(told(outdated), "a bug of ours");
    EXPECT_EQ(told(outdated.mark_plan_outdated()), "503 overloaded after 1");
}

TEST(explain, everythingElseIsABugOfOurs) {
    for (char const* ours : {"23505", "23503", "23514", "22012", "22P02", "42601", "42P01", "42501", "57014",
                             "0A000", "40002", "25P02", "P0001", "XX000"})
        EXPECT_EQ(told_of(ours), "a bug of ours") << ours;
    EXPECT_EQ(told(std::runtime_error("x")), "a bug of ours");
    EXPECT_EQ(told(std::make_exception_ptr(7)), "a bug of ours");
}

TEST(explain, nothingOfWhatWentWrongIsSaid) {
    for (auto const& why : {std::make_exception_ptr(db::unavailable("secret")),
                            std::make_exception_ptr(db::error("40001", "secret", "test.statement", "secret")),
                            std::make_exception_ptr(db::commit_unknown("secret"))})
        EXPECT_EQ(http::problem_reply(*work::explain(why), "id").body.find("secret"), std::string::npos);
}

}  // namespace
