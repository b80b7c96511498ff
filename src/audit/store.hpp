// The audit trail's statements and rows. Entries are only ever inserted: the application's role may do
// nothing else.
#pragma once

#include "http/call.hpp"
#include "work/statements.hpp"

namespace audit {

struct entry_row {
    core::uuid id;
    core::timestamp at;
    http::principal_kind actor_kind;
    std::optional<core::uuid> actor_id;
    std::string action;
    std::string resource;
    std::string resource_id;
    std::string request_id;
    db::json changes;
};
BOOST_DESCRIBE_STRUCT(entry_row, (),
                      (id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes))

// Newest first: ids are of version 7, so their order is the order of time. One statement for each way to
// filter, each with an index in that order; `id < $1` has the largest id on the first page.
using before_id = core::uuid;
using row_limit = std::int64_t;

inline constexpr db::statement<entry_row(before_id, row_limit)> list_all{"audit.list_all", R"sql(
    select id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes
      from audit.entries
     where id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<entry_row(before_id, row_limit, core::uuid)> list_by_actor{
    "audit.list_by_actor", R"sql(
    select id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes
      from audit.entries
     where actor_id = $3 and id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<entry_row(before_id, row_limit, std::string)> list_by_resource{
    "audit.list_by_resource", R"sql(
    select id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes
      from audit.entries
     where resource = $3 and id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<entry_row(before_id, row_limit, std::string, std::string)> list_by_resource_id{
    "audit.list_by_resource_id", R"sql(
    select id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes
      from audit.entries
     where resource = $3 and resource_id = $4 and id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<entry_row(before_id, row_limit, core::uuid, std::string)>
    list_by_actor_and_resource{"audit.list_by_actor_and_resource", R"sql(
    select id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes
      from audit.entries
     where actor_id = $3 and resource = $4 and id < $1
     order by id desc
     limit $2
)sql"};

inline constexpr db::statement<entry_row(before_id, row_limit, core::uuid, std::string, std::string)>
    list_by_actor_and_resource_id{"audit.list_by_actor_and_resource_id", R"sql(
    select id, at, actor_kind, actor_id, action, resource, resource_id, request_id, changes
      from audit.entries
     where actor_id = $3 and resource = $4 and resource_id = $5 and id < $1
     order by id desc
     limit $2
)sql"};

work::statement_list statements();

}  // namespace audit
