#include "app/verification.hpp"

#include "app/command.hpp"
#include "app/on_database.hpp"
#include "audit/runs.hpp"
#include "catalog/checks.hpp"
#include "inventory/checks.hpp"
#include "orders/checks.hpp"

#include <algorithm>

namespace app {
namespace {

constexpr std::chrono::hours patience{24};  // for the whole of a large shop

constexpr db::statement<db::none()> look_only{"app.look_only",
                                              "set transaction isolation level repeatable read, read only"};
// The shop's own statements need the processors more.
constexpr db::statement<db::none()> alone{"app.alone", "set local max_parallel_workers_per_gather = 0"};

using found_rows = std::vector<work::broken_row>;

template <class... Args>
core::task<core::result<found_rows>> ask(db::transaction& t,
                                         db::statement<work::broken_row(Args...)> const& what, Args... args) {
    t.add(look_only);
    t.add(alone);
    co_return co_await t.all(what, args...);
}

template <class... Args>
core::task<found_rows> look(db::scope db, db::statement<work::broken_row(Args...)> const& what,
                            Args... args) {
    auto const body = [&](db::transaction& t) { return ask(t, what, args...); };
    auto found = co_await db.transact({}, body);
    co_return found ? std::move(*found) : found_rows();
}

void note(verified& of, found_rows rows) {
    if (rows.empty()) return;
    of.verdict = audit::integrity_verdict::wrong;
    of.count += rows.front().total;
    std::ranges::move(rows, std::back_inserter(of.rows));
    if (of.rows.size() > 20) of.rows.resize(20);
}

void note(verified& of, work::mended done, std::int64_t& repaired) {
    repaired += done.rows;
    if (done.refusals == 0) return;
    of.verdict = audit::integrity_verdict::wrong;
    of.count += done.refusals;
    std::ranges::move(done.refused, std::back_inserter(of.rows));
    if (of.rows.size() > 20) of.rows.resize(20);
}

core::task<void> mend(db::scope db, verification& out) {
    work::actor const by = work::command(std::string(work::mending_note));
    verified refused{.name = "repairs", .title = "The database takes every repair.", .rows = {}};
    // What is held first, then stock, which follows from it, then where the orders lie.
    note(refused, co_await orders::mend_holdings(db, by), out.repaired);
    for (work::mending_list const list : {inventory::mendings(), orders::mendings()})
        for (work::mending const& m : list) note(refused, co_await m.run(db, by), out.repaired);
    out.checks.push_back(std::move(refused));
}

core::task<void> check_all(db::scope db, verifying const& how, verification& out) {
    audit::sealing const sealed = co_await audit::seal_entries(db);
    out.sealed = sealed.entries;
    out.unsealed_left = sealed.left;
    out.head = co_await audit::last_seal(db);
    std::int64_t const seals = out.head ? out.head->seq : 0;
    auto const all = every_check();
    std::size_t const total = all.size() + static_cast<std::size_t>((seals + audit::seals_in_a_check - 1) /
                                                                    audit::seals_in_a_check);
    std::size_t done = 0;
    how.progress(done, total);
    for (work::check const& c : all) {
        verified v{.name = std::string(c.name), .title = std::string(c.title), .rows = {}};
        note(v, co_await look(db, *c.finds));
        out.checks.push_back(std::move(v));
        how.progress(++done, total);
    }
    std::vector<verified> chain;
    for (audit::seal_check const& c : audit::seal_checks())
        chain.push_back({.name = std::string(c.name), .title = std::string(c.title), .rows = {}});
    for (std::int64_t after = 0; after < seals; after += audit::seals_in_a_check) {
        std::int64_t const upto = std::min(after + audit::seals_in_a_check, seals);
        for (std::size_t i = 0; i < chain.size(); ++i)
            note(chain[i], co_await look(db, *audit::seal_checks()[i].finds, after, upto));
        how.progress(++done, total);
    }
    std::ranges::move(chain, std::back_inserter(out.checks));
}

core::task<void> keep(db::scope db, verification const& out) {
    audit::integrity_record run{.id = {},
                                .started_at = out.started_at,
                                .finished_at = {},
                                .version = CARRACK_VERSION,
                                .checks = std::ssize(out.checks),
                                .wrong = out.wrong(),
                                .repaired = out.repaired,
                                .seal = out.head ? out.head->seq : 0,
                                .seal_digest = {},
                                .findings = {findings_json(out)}};
    if (out.head) run.seal_digest = out.head->digest;
    co_await audit::keep_run(db, std::move(run));
}

}  // namespace

std::int64_t verification::wrong() const {
    return std::ranges::count(checks, audit::integrity_verdict::wrong, &verified::verdict);
}

std::vector<work::check> every_check() {
    std::vector<work::check> all;
    for (work::check_list const list :
         {inventory::checks(), catalog::checks(), orders::checks(), audit::checks()})
        all.insert(all.end(), list.begin(), list.end());
    return all;
}

verification verify(verifying const& how) {
    verification out{
        .started_at = core::now(), .checks = verify_database(how.app_url, how.owner_url), .head = {}};
    if (how.repair)
        on_database({.url = how.owner_url, .unnamed_statements = how.unnamed_statements}, patience,
                    [&](db::scope db) { return mend(db, out); });
    db::options const as_server{.url = how.app_url, .unnamed_statements = how.unnamed_statements};
    on_database(as_server, patience, [&](db::scope db) { return check_all(db, how, out); });
    on_database(as_server, patience, [&](db::scope db) { return keep(db, out); });
    return out;
}

std::string findings_json(verification const& v) {
    std::vector<audit::integrity_finding> all;
    for (verified const& c : v.checks) {
        audit::integrity_finding f{
            .check = c.name, .title = c.title, .verdict = c.verdict, .count = c.count, .rows = {}};
        for (work::broken_row const& r : c.rows) f.rows.push_back({r.subject, r.says});
        all.push_back(std::move(f));
    }
    std::string out;
    http::write(out, all);
    return out;
}

}  // namespace app
