// The audit trail's seals: every entry stands in exactly one, whatever commits in whatever order and whoever
// seals.
#include "audit/seals.hpp"

#include "app/sealer.hpp"
#include "audit/audit.hpp"
#include "loop/loop.hpp"
#include "seed.hpp"
#include "shop_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace {

using namespace integration;
using namespace std::chrono_literals;

constexpr auto insert_one =
    "insert into audit.entries (id, actor_kind, action, resource, resource_id) values (gen_random_uuid(), "
    "'system', 'test', "
    "'things', 'x')";

audit::sealing seal(test_database const& at) {
    audit::sealing out;
    with_database(options_for(at.app_url()), [&](db::database& d) -> core::task<void> {
        out = co_await audit::seal_entries(d.use(in(60s)));
    });
    return out;
}

std::string ask(test_database const& at, std::string const& sql) {
    auto const rows = db::session(at.admin_url()).query(sql);
    return rows.empty() ? "nothing" : rows[0][0].value_or("null");
}

// To the end: a transaction of anybody in the cluster, its own housekeeping's too, may hold the newest back
// for a moment.
std::int64_t seal_all(test_database const& at) {
    std::int64_t entries = 0;
    for (int attempt = 0; attempt < 1000; ++attempt) {
        auto const done = seal(at);
        entries += done.entries;
        if (!done.left) return entries;
        std::this_thread::sleep_for(20ms);
    }
    ADD_FAILURE() << "some entries could not be sealed";
    return entries;
}

// "entries sealed distinct": the three are one number when each stands in exactly one seal.
std::string counts(test_database const& at) {
    return ask(at,
               "select (select count(*) from audit.entries) || ' ' || count(*) || ' ' || count(distinct id) "
               "from audit.seals, unnest(ids) as i (id)");
}

// What the checks of the chain find, altogether.
std::int64_t wrong(test_database const& at) {
    std::int64_t out = 0;
    with_database(options_for(at.app_url()), [&](db::database& d) -> core::task<void> {
        for (audit::seal_check const& c : audit::seal_checks())
            for (auto const& r : co_await d.use(in(60s)).all(*c.finds, 0, 1'000'000)) {
                ADD_FAILURE() << c.name << ": " << r.subject << " " << r.says;
                ++out;
            }
    });
    return out;
}

// However many entries there are, each is read a few times, when its turn has come.
TEST(audit_seals, read_what_they_seal_and_no_more) {
    auto const database = fresh_database();
    ask(database,
        "insert into audit.entries (id, actor_kind, action, resource, resource_id, tx) "
        "select gen_random_uuid(), 'system', 'test', 'things', 'x', (3 + n / 100)::text::xid8 "
        "from generate_series(1, 20000) n");
    ask(database, "vacuum analyze audit.entries");
    auto const read = [&] {
        return std::stoll(ask(database,
                              "select seq_tup_read + idx_tup_fetch from "
                              " pg_stat_user_tables where relid = 'audit.entries'::regclass"));
    };
    auto const before = read();
    EXPECT_EQ(seal_all(database), 20'000);
    EXPECT_LE(read() - before, 4 * 20'000);
}

TEST(audit_seals, an_entry_waits_for_older_transactions_and_is_not_left_out) {
    auto const database = fresh_database();
    db::session old(database.app_url()), young(database.app_url());
    old.run("begin");
    old.run(insert_one);
    young.run(insert_one);  // begins later, commits sooner
    auto const first = seal(database);
    EXPECT_EQ(first.entries, 0);
    EXPECT_TRUE(first.left);
    EXPECT_TRUE(first.writing);
    old.run("commit");
    EXPECT_EQ(seal_all(database), 2);
    EXPECT_EQ(seal_all(database), 0) << "sealed once";
    EXPECT_EQ(counts(database), "2 2 2");
    EXPECT_EQ(ask(database, "select count(*) from audit.seals"), "1") << "nothing to seal makes no seal";
    EXPECT_EQ(wrong(database), 0);
}

TEST(audit_seals, what_was_rolled_back_is_not_missed) {
    auto const database = fresh_database();
    db::session one(database.app_url());
    one.run(std::string("begin; ") + insert_one + "; rollback; " + insert_one);
    EXPECT_EQ(seal_all(database), 1);
    EXPECT_EQ(counts(database), "1 1 1");
    EXPECT_EQ(wrong(database), 0);
}

TEST(audit_seals, a_transaction_with_very_many_entries_is_sealed_whole) {
    auto const database = fresh_database();
    db::session one(database.app_url());
    one.run(
        "insert into audit.entries (id, actor_kind, action, resource, resource_id) select gen_random_uuid(), "
        "'system', "
        "'test', 'things', n::text from generate_series(1, 2500) n");
    for (int i = 0; i < 1200; ++i) one.run(insert_one);
    EXPECT_EQ(seal_all(database), 3700);
    EXPECT_EQ(counts(database), "3700 3700 3700");
    EXPECT_EQ(ask(database, "select string_agg(cardinality(ids)::text, ' ' order by seq) from audit.seals"),
              "2500 1000 200");
    EXPECT_EQ(wrong(database), 0);
}

// Writers whose transactions begin, insert and end in any order, some of them undone; sealers on connections
// of their own, as in processes that know nothing of each other.
void write_on(test_database const& at, std::uint64_t seed, std::atomic<int>& committed) {
    std::mt19937_64 random(seed);
    std::vector<std::unique_ptr<db::session>> sessions;
    for (int i = 0; i < 5; ++i) sessions.push_back(std::make_unique<db::session>(at.app_url()));
    std::vector<int> inserted(sessions.size());
    for (int step = 0; step < 600; ++step) {
        std::size_t const i = random() % sessions.size();
        if (!sessions[i]->in_transaction()) sessions[i]->run("begin");
        switch (random() % 5) {
            case 0:
                sessions[i]->run("rollback");
                inserted[i] = 0;
                break;
            case 1:
                sessions[i]->run("commit");
                committed += std::exchange(inserted[i], 0);
                break;
            case 2: sessions[i]->run(std::string("savepoint s; ") + insert_one + "; rollback to s"); break;
            default: sessions[i]->run(insert_one); ++inserted[i];
        }
    }
    for (std::size_t i = 0; i < sessions.size(); ++i)
        if (sessions[i]->in_transaction()) {
            sessions[i]->run("commit");
            committed += inserted[i];
        }
}

TEST(audit_seals, none_is_left_out_or_sealed_twice_under_writers_and_sealers_at_once) {
    auto const database = fresh_database();
    auto random = test::seeded();
    std::atomic<int> committed{0}, writing{4};
    std::vector<std::thread> all;
    for (int i = 0; i < 4; ++i)
        all.emplace_back([&, seed = random()] {
            write_on(database, seed, committed);
            --writing;
        });
    std::atomic<int> seals{0};
    for (int i = 0; i < 2; ++i)
        all.emplace_back([&] {
            while (writing > 0) seals += seal(database).entries > 0 ? 1 : 0;
        });
    for (auto& t : all) t.join();
    (void)seal_all(database);
    std::string const n = std::to_string(committed);
    EXPECT_EQ(counts(database), n + " " + n + " " + n);
    EXPECT_GT(seals, 3);
    EXPECT_EQ(wrong(database), 0);
}

// A dump restored into another cluster: its transactions are counted anew, from below what was sealed, and
// what had not been sealed yet bears numbers of the old one.
TEST(audit_seals, go_on_where_transactions_are_counted_by_another_cluster) {
    auto const database = fresh_database();
    db::session one(database.app_url());
    for (int i = 0; i < 5; ++i) one.run(insert_one);
    EXPECT_EQ(seal_all(database), 5);
    db::session owner(database.owner_url());
    owner.run(
        "update audit.entries set tx = '3000000001'; update audit.seals set cluster = 1, from_tx = "
        "'3000000000', "
        "to_tx = '3000000005'");
    owner.run(
        "update audit.seals set digest = sha256(previous || int8send(seq) || xid8send(from_tx) || "
        "xid8send(to_tx) || "
        "int8send(5) || (select string_agg(uuid_send(i.id) || i.leaf, ''::bytea order by i.id) from "
        "unnest(ids, leaves) as i (id, leaf)))");
    owner.run(
        "insert into audit.entries (id, actor_kind, action, resource, resource_id, tx) values "
        "(gen_random_uuid(), 'system', 'old', 'things', 'x', '3000000007')");
    for (int i = 0; i < 3; ++i) one.run(insert_one);
    EXPECT_EQ(seal_all(database), 4) << "one of the old cluster, three of the new";
    one.run(insert_one);
    EXPECT_EQ(seal_all(database), 1);
    EXPECT_EQ(counts(database), "10 10 10");
    EXPECT_EQ(wrong(database), 0);
}

TEST(audit_seals, what_is_personal_can_be_erased_from_what_is_sealed) {
    auto const database = fresh_database();
    db::session(database.app_url())
        .run(
            "insert into audit.entries (id, actor_kind, action, resource, resource_id, address) values "
            "(gen_random_uuid(), "
            "'guest', 'test', 'things', 'x', '198.51.100.7')");
    EXPECT_EQ(seal_all(database), 1);
    db::session(database.admin_url()).run("update audit.entries set address = ''");
    EXPECT_EQ(wrong(database), 0);
}

// By what docs and header say, with another hand: the leaf's text is put together here, and so is the seal's.
TEST(audit_seals, are_what_their_description_says) {
    auto const database = fresh_database();
    db::session(database.app_url())
        .run(
            "insert into audit.entries (id, at, actor_kind, action, resource, resource_id, request_id, "
            "changes) values "
            "('00000000-0000-7000-8000-00000000000a', '2026-01-02 03:04:05.678901+00', 'system', 'PATCH /x', "
            "'things', 'ü\"', 'r', "
            "'[{\"field\":\"a\",\"before\":null,\"after\":1.50}]')");
    EXPECT_EQ(seal_all(database), 1);
    EXPECT_EQ(
        ask(database,
            R"(select leaves[1] = sha256(convert_to('["00000000-0000-7000-8000-00000000000a", 1767323045678901, "system", null, "PATCH /x", "things", "ü\"", "r", [{"after": 1.50, "field": "a", "before": null}]]', 'UTF8')) from audit.seals)"),
        "t");
    EXPECT_EQ(
        ask(database,
            "select digest = sha256(decode(repeat('00', 32), 'hex') || decode('0000000000000001', 'hex') || "
            "decode(lpad(to_hex(from_tx::text::bigint), 16, '0'), 'hex') || "
            "decode(lpad(to_hex(to_tx::text::bigint), 16, '0'), 'hex') "
            "|| decode('0000000000000001', 'hex') || decode('0000000000007000800000000000000a', 'hex') || "
            "leaves[1]) from audit.seals"),
        "t");
}

TEST(audit_seals, the_servers_role_can_add_seals_and_not_rewrite_them) {
    auto const database = fresh_database();
    db::session one(database.app_url());
    one.run(insert_one);
    (void)seal_all(database);
    for (std::string const sql :
         {"update audit.seals set at = now()", "delete from audit.seals", "truncate audit.seals",
          "delete from audit.integrity_runs", "update audit.entries set action = ''"})
        try {
            one.run(sql);
            ADD_FAILURE() << sql;
        } catch (db::error const& e) {
            EXPECT_EQ(e.sqlstate(), "42501") << sql;
        }
}

// Until the run that made the seal is over: how many statements have been asked then.
core::task<std::uint64_t> at_rest(db::database& d) {
    std::uint64_t asked = 0;
    do {
        asked = d.measure().statements;
        co_await loop::sleep(200ms);
    } while (asked != d.measure().statements);
    co_return asked;
}

core::task<void> wake(db::database& d, test_database const& at) {
    app::sealer sealer(50ms);
    auto const seat = std::make_shared<app::sealer::seat>(sealer, d);
    auto const sealed = [&] { return ask(at, "select count(*) from audit.seals"); };
    (void)audit::take_written();
    app::sealer::seat::woken(seat);  // nothing was written by this process
    auto const before = d.measure().statements;
    co_await loop::sleep(200ms);
    EXPECT_EQ(d.measure().statements, before);
    db::session(at.app_url()).run(insert_one);
    audit::note_written();
    app::sealer::seat::woken(seat);
    app::sealer::seat::woken(seat);
    co_await until([&] { return sealed() == "1"; });
    auto const after = co_await at_rest(d);
    app::sealer::seat::woken(seat);
    co_await loop::sleep(200ms);
    EXPECT_EQ(d.measure().statements, after) << "nothing is asked while nothing is written";
    // Behind an older transaction it comes again by itself.
    db::session old(at.app_url());
    old.run("begin; select pg_current_xact_id()");
    db::session(at.app_url()).run(insert_one);
    audit::note_written();
    app::sealer::seat::woken(seat);
    co_await loop::sleep(100ms);
    EXPECT_EQ(sealed(), "1");
    old.run("commit");
    co_await until([&] { return sealed() == "2"; });
    (void)co_await at_rest(d);
}

TEST(audit_seals, are_made_soon_after_a_commit_and_never_while_idle) {
    auto const database = fresh_database();
    with_database(options_for(database.app_url()), [&](db::database& d) { return wake(d, database); });
}

}  // namespace
