// What may be said to the audit trail: it is read here; it is written by the changes themselves.
#pragma once

#include "http/call.hpp"
#include "http/json_write.hpp"
#include "work/page.hpp"

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

}  // namespace audit
