#include "audit/runs.hpp"

namespace audit {
namespace {

constexpr db::statement<db::none(core::uuid, core::timestamp, std::string, std::int64_t, std::int64_t,
                                 std::int64_t, std::int64_t, std::optional<core::bytes>, db::json)>
    insert_run{"audit.insert_run", R"sql(
    insert into audit.integrity_runs (id, started_at, version, checks, wrong, repaired, seal, seal_digest, findings)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql"};

constexpr db::statement<integrity_record()> find_last_run{"audit.find_last_run", R"sql(
    select id, started_at, finished_at, version, checks, wrong, repaired, seal, seal_digest, findings
      from audit.integrity_runs order by id desc limit 1)sql"};

core::task<core::result<core::nothing>> insert(db::transaction& t, integrity_record run) {
    t.add(insert_run, core::make_uuid7(), run.started_at, run.version, run.checks, run.wrong, run.repaired,
          run.seal, run.seal_digest, run.findings);
    co_await t.commit();
    co_return core::nothing{};
}

}  // namespace

core::task<void> keep_run(db::scope in, integrity_record run) {
    auto const body = [&run](db::transaction& t) { return insert(t, run); };
    (void)co_await in.transact({}, body);
}

core::task<std::optional<integrity_record>> last_run(db::scope in) { return in.first(find_last_run); }

work::statement_list run_statements() {
    static constexpr db::statement_info const* all[] = {&insert_run, &find_last_run};
    return all;
}

}  // namespace audit
