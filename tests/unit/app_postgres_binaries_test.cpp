// Which of PostgreSQL's programs run a private database, where there are too old ones, others, or none.
#include "app/postgres_binaries.hpp"

#include "app/command.hpp"
#include "scratch.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string complaint(int version, std::vector<app::postgres_binaries> const& found) {
    try {
        return "it takes " + app::choose_postgres(version, found).folder.string();
    } catch (app::setup_error const& e) {
        EXPECT_EQ(e.exit_code(), app::exit_failed);
        return e.what();
    }
}

std::vector<app::postgres_binaries> const old_ones{{"/opt/pg14", 14}, {"/opt/pg9", 9}};

TEST(app_postgres_binaries, too_old_ones_are_named_and_not_taken) {
    EXPECT_EQ(complaint(0, old_ones),
              "PostgreSQL 15 or newer is needed to run a private database (PostgreSQL 14 in /opt/pg14, "
              "PostgreSQL 9 in /opt/pg9); install the package postgresql, or set CARRACK_DATABASE_URL to a "
              "server you have.");
    EXPECT_THAT(complaint(0, {}), HasSubstr("(none was found); install the package postgresql"));
}

TEST(app_postgres_binaries, a_database_wants_those_of_its_own_version) {
    std::vector<app::postgres_binaries> const found{{"/opt/pg17", 17}, {"/opt/pg15", 15}};
    EXPECT_EQ(complaint(0, found), "it takes /opt/pg17");
    EXPECT_EQ(complaint(15, found), "it takes /opt/pg15");
    EXPECT_EQ(complaint(16, found),
              "The database in the data folder was made by PostgreSQL 16 and needs that version's programs "
              "(PostgreSQL 17 in /opt/pg17, PostgreSQL 15 in /opt/pg15); install the package postgresql-16.");
}

TEST(app_postgres_binaries, programs_on_the_path_are_asked_for_their_version) {
    test::scratch const here;
    fs::path const folder = fs::canonical(here.path);
    for (std::string const program : {"postgres", "initdb"}) {
        std::ofstream(folder / program) << "#!/bin/sh\necho '" << program << " (PostgreSQL) 14.11 (ours)'\n";
        ::chmod((folder / program).c_str(), 0755);
    }
    std::string const path = std::getenv("PATH");
    ::setenv("PATH", (folder.string() + ":" + path).c_str(), 1);
    auto const found = app::find_postgres();
    ::setenv("PATH", path.c_str(), 1);
    auto const ours = std::ranges::find(found, folder, &app::postgres_binaries::folder);
    ASSERT_NE(ours, found.end());
    EXPECT_EQ(ours->version, 14);
    EXPECT_TRUE(std::ranges::is_sorted(found, std::greater{}, &app::postgres_binaries::version));
}

}  // namespace
