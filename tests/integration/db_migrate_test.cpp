// The migrator against a real server: forward only, atomic, under a lock, one clear sentence.
#include "db/error.hpp"
#include "db/migrate.hpp"
#include "db/session.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace {

using namespace integration;
using testing::AllOf;
using testing::HasSubstr;

constexpr db::migration one{1, "first", "create schema shop; create table shop.thing (id int primary key);"};
constexpr db::migration two{2, "second", "alter table shop.thing add column name text not null default 'x';"};
constexpr db::migration edited{1, "first",
                               "create schema shop; create table shop.thing (id bigint primary key);"};
constexpr db::migration broken{3, "third",
                               "create table shop.other (id int);\ncreate table shop.thing (id int);"};
constexpr db::migration escaping{2, "second", "create table shop.left_over (id int); commit;"};
constexpr db::migration just_one[] = {one};
constexpr db::migration both[] = {one, two};
constexpr auto grants =
    "grant usage on schema shop, ops to :app_role; grant select on ops.migrations to :app_role;"
    "grant select, insert on shop.thing to :app_role;";

db::migrate_options options_of(test_database const& d, std::span<db::migration const> migrations) {
    return {.owner_url = d.owner_url(), .app_role = app_role, .migrations = migrations, .grants = grants};
}

std::string refused(db::migrate_options const& o) {
    try {
        db::migrate(o);
    } catch (db::migration_refused const& e) {
        return e.what();
    }
    return "not refused";
}

std::string look(std::string const& url, std::string const& sql) {
    auto const rows = db::session(url).query(sql);
    return rows.empty() ? "nothing" : rows[0][0].value_or("null");
}

TEST(db_migrate, the_embedded_migrations_apply_and_are_current) {
    auto const database = fresh_database();
    auto const state = db::pending(database.app_url());
    EXPECT_TRUE(state.current());
    EXPECT_EQ(state.applied, static_cast<int>(db::embedded_migrations().size()));
    EXPECT_GE(state.applied, 1);
    EXPECT_NO_THROW(db::require_current_schema(database.app_url()));
    for (db::migration const& m : db::embedded_migrations())
        EXPECT_EQ(m.known_checksum, db::sha256_hex(m.sql)) << m.name;
}

TEST(db_migrate, goes_forward_and_is_idempotent) {
    auto const database = empty_database();
    std::vector<std::string> told;
    auto o = options_of(database, just_one);
    o.applied = [&](db::migration const& m) { told.emplace_back(m.name); };
    auto first = db::migrate(o);
    EXPECT_EQ(first.from, 0);
    EXPECT_EQ(first.to, 1);
    EXPECT_FALSE(first.single_role);
    o.migrations = both;
    auto second = db::migrate(o);
    EXPECT_EQ(second.from, 1);
    EXPECT_EQ(second.to, 2);
    auto third = db::migrate(o);
    EXPECT_EQ(third.from, 2);
    EXPECT_EQ(third.to, 2);
    EXPECT_THAT(told, testing::ElementsAre("first", "second"));
    EXPECT_EQ(look(database.app_url(), "select count(*) from ops.migrations"), "2");
    EXPECT_THROW(db::session(database.app_url()).run("delete from shop.thing"), db::error);
}

TEST(db_migrate, refuses_what_is_not_its_own_and_says_what_to_do) {
    auto const database = empty_database();
    db::migrate(options_of(database, both));

    constexpr db::migration changed[] = {edited, two};
    EXPECT_THAT(refused(options_of(database, changed)),
                AllOf(HasSubstr("0001_first"), HasSubstr("was changed"), HasSubstr("never edited")));
    EXPECT_THAT(refused(options_of(database, just_one)),
                AllOf(HasSubstr("newer Carrack"), HasSubstr("0002_second")));
    constexpr db::migration holed[] = {one, broken};
    EXPECT_THAT(refused(options_of(database, holed)), HasSubstr("where number 2 should be"));

    db::session(database.owner_url()).run("delete from ops.migrations where number = 1");
    EXPECT_THAT(refused(options_of(database, both)), HasSubstr("no row for number 1"));
    EXPECT_THROW(db::pending(database.app_url(), both), db::migration_refused);
}

TEST(db_migrate, a_broken_migration_leaves_nothing_and_names_its_line) {
    auto const database = empty_database();
    constexpr db::migration three[] = {one, two, broken};
    std::string said, statement;
    try {
        db::migrate(options_of(database, three));
    } catch (db::error const& e) {
        said = e.what();
        statement = e.statement();
    }
    EXPECT_EQ(statement, "0003_third");
    EXPECT_THAT(said, AllOf(HasSubstr("already exists"), HasSubstr("42P07")));
    EXPECT_EQ(look(database.owner_url(), "select max(number) from ops.migrations"), "2");
    EXPECT_EQ(look(database.owner_url(), "select count(*) from pg_class where relname = 'other'"), "0");
    constexpr db::migration misspelt[] = {one, {2, "second", "select 1;\nselect nothing_there;"}};
    auto const another = empty_database();
    try {
        db::migrate(options_of(another, misspelt));
        ADD_FAILURE() << "a misspelt migration was applied";
    } catch (db::error const& e) {
        EXPECT_THAT(e.what(), HasSubstr("at line 2"));
    }
}

TEST(db_migrate, refuses_a_migration_that_commits_by_itself) {
    auto const database = empty_database();
    constexpr db::migration all[] = {one, escaping};
    EXPECT_THAT(refused(options_of(database, all)), HasSubstr("ends its own transaction"));
    EXPECT_EQ(look(database.owner_url(), "select max(number) from ops.migrations"), "1");
}

TEST(db_migrate, many_at_once_apply_each_once) {
    auto const database = empty_database();
    std::atomic<int> applied{0};
    std::vector<std::thread> racers;
    for (int i = 0; i < 6; ++i)
        racers.emplace_back([&] {
            auto o = options_of(database, both);
            o.applied = [&](db::migration const&) { ++applied; };
            EXPECT_NO_THROW(db::migrate(o));
        });
    for (auto& r : racers) r.join();
    EXPECT_EQ(applied.load(), 2);
}

TEST(db_migrate, waits_for_a_lock_only_so_long) {
    auto const database = empty_database();
    db::migrate(options_of(database, just_one));
    db::session other(database.owner_url());
    other.run("begin; select * from shop.thing;");
    auto o = options_of(database, both);
    o.lock_timeout_ms = 100;
    EXPECT_THAT(refused(o), AllOf(HasSubstr("100 ms"), HasSubstr("try again")));
    EXPECT_EQ(look(database.owner_url(), "select max(number) from ops.migrations"), "1");
}

TEST(db_migrate, pending_says_what_is_lacking) {
    auto const database = empty_database();
    auto const before = db::pending(database.app_url(), both);
    EXPECT_EQ(before.applied, 0);
    EXPECT_EQ(before.pending.size(), 2u);
    db::migrate(options_of(database, just_one));
    EXPECT_EQ(db::pending(database.app_url(), both).pending.at(0).name, "second");
    try {
        db::require_current_schema(database.app_url(), both);
        ADD_FAILURE() << "an old schema was accepted";
    } catch (db::migration_refused const& e) {
        EXPECT_THAT(e.what(), AllOf(HasSubstr("1 of 2"), HasSubstr("carrack migrate")));
    }
    db::session(database.owner_url()).run("revoke all on ops.migrations from carrack_app");
    EXPECT_THROW(db::pending(database.app_url(), both), db::migration_refused);
}

std::string refused_to_serve(test_database const& d, std::string_view with_grants) {
    try {
        db::require_current_schema(d.app_url(), both, with_grants);
    } catch (db::migration_refused const& e) {
        return e.what();
    }
    return "served";
}

TEST(db_migrate, the_grants_are_part_of_the_schema) {
    auto const database = empty_database();
    db::migrate(options_of(database, both));
    EXPECT_EQ(refused_to_serve(database, grants), "served");
    std::string const others = std::string(grants) + " grant update on shop.thing to :app_role;";
    EXPECT_THAT(refused_to_serve(database, others),
                AllOf(HasSubstr("\"carrack_app\" has not been given"), HasSubstr("carrack migrate")));
    auto o = options_of(database, both);
    o.grants = others;
    db::migrate(o);
    EXPECT_EQ(refused_to_serve(database, others), "served");
    EXPECT_NO_THROW(db::require_current_schema(database.owner_url(), both, grants)) << "it needs no grants";
}

// A migrate that was killed between its last migration and the grants.
TEST(db_migrate, grants_older_than_the_last_migration_are_not_enough) {
    auto const database = empty_database();
    db::migrate(options_of(database, just_one));
    auto o = options_of(database, both);
    o.grants = "this is no SQL";
    EXPECT_THROW(db::migrate(o), db::error);
    EXPECT_EQ(db::pending(database.app_url(), both, grants).applied, 2);
    EXPECT_THAT(refused_to_serve(database, grants), HasSubstr("that go with migration 2"));
    db::migrate(options_of(database, both));
    EXPECT_EQ(refused_to_serve(database, grants), "served");
}

TEST(db_migrate, privileges_that_were_lost_are_named) {
    auto const database = fresh_database();
    EXPECT_THAT(db::privileges_changed(database.app_url()).lost, testing::IsEmpty());
    EXPECT_THAT(db::privileges_changed(database.app_url()).gained, testing::IsEmpty());
    db::session(database.owner_url())
        .run(
            "revoke insert on audit.entries from carrack_app; revoke usage on schema sales from carrack_app;"
            "revoke usage on sequence ops.outbox_seq_seq from carrack_app");
    EXPECT_THAT(
        db::privileges_changed(database.app_url()).lost,
        testing::ElementsAre("INSERT on audit.entries", "USAGE on ops.outbox_seq_seq", "USAGE on sales"));
    db::session(database.owner_url())
        .run(
            "grant truncate on sales.carts to carrack_app; grant update (number) on sales.orders to "
            "carrack_app");
    EXPECT_THAT(db::privileges_changed(database.app_url()).gained,
                testing::ElementsAre("TRUNCATE on sales.carts", "UPDATE of number on sales.orders"));
    EXPECT_THAT(db::privileges_changed(database.owner_url()).lost, testing::IsEmpty());
}

// What everybody may read of it is no right to the shop; and many servers have this one.
TEST(db_migrate, an_extension_that_comes_later_gives_no_privileges) {
    auto const database = fresh_database();
    db::session(database.admin_url()).run("create extension pg_stat_statements");
    EXPECT_THAT(db::privileges_changed(database.app_url()).gained, testing::IsEmpty());
}

TEST(db_migrate, makes_the_role_when_it_may_and_says_so_when_not) {
    auto const database = empty_database();
    std::string const role = "it's \"new\"";
    auto o = options_of(database, both);
    o.app_role = role;
    EXPECT_THAT(refused(o), AllOf(HasSubstr("does not exist"), HasSubstr("create role")));
    o.owner_url = database.admin_url();
    EXPECT_TRUE(db::migrate(o).role_created);
    EXPECT_FALSE(db::migrate(o).role_created);
    EXPECT_EQ(look(database.admin_url(), "select rolcanlogin from pg_roles where rolname = 'it''s \"new\"'"),
              "t");
    db::session(database.admin_url())
        .run("drop owned by \"it's \"\"new\"\"\"; drop role \"it's \"\"new\"\"\"");
    o = options_of(database, both);
    o.owner_url = database.admin_url();
    o.app_role = "postgres";
    EXPECT_TRUE(db::migrate(o).single_role);
}

TEST(db_migrate, knows_one_role_from_two_by_who_owns_the_tables) {
    auto const database = empty_database();
    auto o = options_of(database, both);
    EXPECT_FALSE(db::migrate(o).single_role);
    o.app_role.clear();
    EXPECT_TRUE(db::migrate(o).single_role);
    o.owner_url = database.app_url();
    EXPECT_FALSE(db::migrate(o).single_role) << "the server's role alone, which owns nothing";
}

TEST(db_migrate, refuses_a_database_that_cannot_hold_every_text) {
    db::session(admin_url())
        .run("create database latin owner carrack_owner encoding 'LATIN1' locale 'C' template template0");
    test_database const database("latin");
    auto const said = AllOf(HasSubstr("stores texts as LATIN1"), HasSubstr("ENCODING 'UTF8'"));
    EXPECT_THAT(refused(options_of(database, both)), said);
    EXPECT_EQ(look(database.owner_url(), "select count(*) from pg_namespace where nspname = 'ops'"), "0");
    try {
        db::require_current_schema(database.app_url(), both);
        ADD_FAILURE() << "it would be served";
    } catch (db::migration_refused const& e) {
        EXPECT_THAT(e.what(), said);
    }
}

TEST(db_migrate, knows_which_servers_are_too_old) {
    EXPECT_THAT(db::fault_of_version(140'011)->says, HasSubstr("PostgreSQL 14.11"));
    EXPECT_FALSE(db::fault_of_version(150'000));
}

TEST(db_migrate, knows_sha256) {
    EXPECT_EQ(db::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(db_migrate, a_server_that_is_not_there_is_one_sentence) {
    try {
        db::migrate({.owner_url = "host=/nowhere dbname=x user=y", .app_role = app_role});
        ADD_FAILURE() << "connected to nowhere";
    } catch (db::unavailable const& e) {
        EXPECT_THAT(e.what(), HasSubstr("/nowhere"));
        EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
    }
}

}  // namespace
