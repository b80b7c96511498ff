// Grants and their limits as parts of statements, so that every statement reads them alike.
#pragma once

#include "db/sql_text.hpp"
#include "db/statement.hpp"

namespace identity {

// Ids, and side by side the permission and the location of each limit: three columns of a statement that has
// a role (or an API key) in scope. A limited grant without locations is held nowhere, so it is left out.
namespace limits_sql {

inline constexpr std::string_view of_role = R"sql(
           array(select g.permission_id from identity.grants g
                  where g.role_id = r.id
                    and (not g.limited or exists (select 1 from identity.grant_locations l
                                                   where l.role_id = g.role_id and l.permission_id = g.permission_id))
                  order by 1) as permissions,
           array(select l.permission_id from identity.grant_locations l
                  where l.role_id = r.id order by l.permission_id, l.location_id) as limited,
           array(select l.location_id from identity.grant_locations l
                  where l.role_id = r.id order by l.permission_id, l.location_id) as locations)sql";

inline constexpr std::string_view of_key = R"sql(
           array(select g.permission_id from identity.api_key_grants g
                  where g.key_id = k.id
                    and (not g.limited or exists (select 1 from identity.api_key_grant_locations l
                                                   where l.key_id = g.key_id and l.permission_id = g.permission_id))
                  order by 1) as permissions,
           array(select l.permission_id from identity.api_key_grant_locations l
                  where l.key_id = k.id order by l.permission_id, l.location_id) as limited,
           array(select l.location_id from identity.api_key_grant_locations l
                  where l.key_id = k.id order by l.permission_id, l.location_id) as locations)sql";

}  // namespace limits_sql

}  // namespace identity
