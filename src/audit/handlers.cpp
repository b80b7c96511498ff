#include "audit/handlers.hpp"

#include "audit/runs.hpp"
#include "audit/store.hpp"
#include "crypto/digest.hpp"
#include "work/context.hpp"

namespace audit {
namespace {

core::task<std::vector<entry_row>> load_entries(db::scope db, list_audit_request in, core::uuid before,
                                                std::int64_t rows) {
    if (in.actor_id && in.resource_id)
        return db.all(list_by_actor_and_resource_id, before, rows, *in.actor_id, in.resource->value,
                      in.resource_id->value);
    if (in.actor_id && in.resource)
        return db.all(list_by_actor_and_resource, before, rows, *in.actor_id, in.resource->value);
    if (in.actor_id) return db.all(list_by_actor, before, rows, *in.actor_id);
    if (in.resource_id)
        return db.all(list_by_resource_id, before, rows, in.resource->value, in.resource_id->value);
    if (in.resource) return db.all(list_by_resource, before, rows, in.resource->value);
    return db.all(list_all, before, rows);
}

audit_entry view_of(entry_row row) {
    return {.id = row.id,
            .at = row.at,
            .actor = {.kind = row.actor_kind, .id = row.actor_id},
            .action = std::move(row.action),
            .resource = std::move(row.resource),
            .resource_id = std::move(row.resource_id),
            .request_id = std::move(row.request_id),
            .changes = {{std::move(row.changes.text)}}};
}

}  // namespace

core::task<core::result<http::page<audit_entry>>> list_entries(http::call& c, list_audit_request in) {
    if (in.resource_id && !in.resource)
        co_return core::problem{core::invalid_request,
                                {{"/resource_id", "needs_resource", "is only meaningful with resource"}}};
    auto const before = work::position(in.after);
    if (!before) co_return before.error();
    std::int64_t const limit = work::limit_or_default(in.limit);

    auto rows = co_await load_entries(work::database(c), std::move(in), *before, limit + 1);
    http::page<audit_entry> out;
    out.next.value = work::trim_page(rows, limit, work::newest_first, [](entry_row const& last) {
        return std::vector{core::to_string(last.id)};
    });
    out.data.reserve(rows.size());
    for (entry_row& row : rows) out.data.push_back(view_of(std::move(row)));
    co_return out;
}

core::task<core::result<integrity_view>> show_integrity(http::call& c, http::no_parameters) {
    auto run = co_await last_run(work::database(c));
    integrity_view out;
    if (!run) co_return out;
    out.last_run.value = integrity_run{.id = run->id,
                                       .started_at = run->started_at,
                                       .finished_at = run->finished_at,
                                       .version = std::move(run->version),
                                       .whole = run->wrong == 0,
                                       .checks = run->checks,
                                       .wrong = run->wrong,
                                       .repaired = run->repaired,
                                       .seal = run->seal,
                                       .seal_digest = {},
                                       .findings = {{std::move(run->findings.text)}}};
    if (run->seal_digest) out.last_run.value->seal_digest.value = crypto::to_hex(*run->seal_digest);
    co_return out;
}

}  // namespace audit
