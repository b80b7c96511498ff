// What may be said to the audit trail: it is read here; it is written by the changes themselves.
#pragma once

#include "http/call.hpp"
#include "http/json_write.hpp"
#include "work/page.hpp"

#include <boost/describe/enum.hpp>

namespace audit {

struct list_audit_request {
    std::optional<core::uuid> actor_id;
    std::optional<core::text<1, 100>> resource;
    std::optional<core::text<1, 200>> resource_id;
    std::optional<work::page_cursor> after;
    std::optional<work::page_limit> limit;
};
BOOST_DESCRIBE_STRUCT(list_audit_request, (), (actor_id, resource, resource_id, after, limit))

struct audit_actor {
    http::principal_kind kind;
    std::optional<core::uuid> id;
};
BOOST_DESCRIBE_STRUCT(audit_actor, (), (kind, id))

struct audit_change {
    std::string field;
    http::raw_json before;  // null where there was nothing
    http::raw_json after;
};
BOOST_DESCRIBE_STRUCT(audit_change, (), (field, before, after))

struct audit_entry {
    core::uuid id;
    core::timestamp at;
    audit_actor actor;
    std::string action;
    std::string resource;
    std::string resource_id;
    std::string request_id;
    http::raw_json_of<std::vector<audit_change>> changes;  // as audit::record wrote them
};
BOOST_DESCRIBE_STRUCT(audit_entry, (), (id, at, actor, action, resource, resource_id, request_id, changes))

inline constexpr http::endpoint<list_audit_request, http::page<audit_entry>> list_audit{{
    .verb = http::method::get,
    .path = "/v1/admin/audit",
    .id = "listAudit",
    .allow = http::access::permission("audit"),
    .summary = "Who did what, newest first",
    .description =
        "Each entry was written in the transaction of the change it describes; one whose field is `refused` "
        "tells of a try to reach beyond one's own rights. `action` is the permission that was used. "
        "`resource_id` goes with `resource`.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

// ---- what the last `carrack verify` found ----

BOOST_DEFINE_ENUM_CLASS(integrity_verdict, ok, warn, wrong)

struct integrity_row {
    std::string subject;  // which row: "order 0193…"
    std::string says;
};
BOOST_DESCRIBE_STRUCT(integrity_row, (), (subject, says))

struct integrity_finding {
    std::string check;
    std::string title;  // what should hold
    integrity_verdict verdict;
    std::int64_t count = 0;           // of rows that are wrong
    std::vector<integrity_row> rows;  // the first of them
};
BOOST_DESCRIBE_STRUCT(integrity_finding, (), (check, title, verdict, count, rows))

struct integrity_run {
    core::uuid id;
    core::timestamp started_at;
    core::timestamp finished_at;
    std::string version;
    bool whole;  // nothing was wrong
    std::int64_t checks = 0;
    std::int64_t wrong = 0;
    std::int64_t repaired = 0;  // rows that `--repair` has corrected before it looked
    std::int64_t seal = 0;
    http::nullable<std::string> seal_digest;
    http::raw_json_of<std::vector<integrity_finding>> findings;
};
BOOST_DESCRIBE_STRUCT(integrity_run, (),
                      (id, started_at, finished_at, version, whole, checks, wrong, repaired, seal,
                       seal_digest, findings))

struct integrity_view {
    http::nullable<integrity_run> last_run;
};
BOOST_DESCRIBE_STRUCT(integrity_view, (), (last_run))

inline constexpr http::endpoint<http::no_parameters, integrity_view> get_integrity{{
    .verb = http::method::get,
    .path = "/v1/admin/integrity",
    .id = "getIntegrity",
    .allow = http::access::permission("integrity"),
    .summary = "What the last carrack verify found",
    .description = "`last_run` is null when there was none. `findings` has each check, with the first of the "
                   "rows that are wrong; "
                   "`count` says how many there are. `seal` is the newest seal of the audit trail that it "
                   "saw and `seal_digest` its "
                   "digest in hexadecimal: kept elsewhere, it shows whether the chain was made up anew.",
    .statements = 1,
}};

}  // namespace audit
