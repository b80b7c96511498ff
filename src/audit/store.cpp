#include "audit/store.hpp"

#include "audit/audit.hpp"

namespace audit {
namespace {

constexpr db::statement<db::none(core::uuid, http::principal_kind, std::optional<core::uuid>, std::string,
                                 std::string, std::string, std::string, std::string, db::json)>
    insert_entry{"audit.insert_entry", R"sql(
    insert into audit.entries (id, actor_kind, actor_id, action, resource, resource_id, request_id, address, changes)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
)sql"};

db::json text_of(changes const& what) {
    std::string out = "[";
    for (change const& c : what) {
        if (out.size() > 1) out.push_back(',');
        out.append("{\"field\":");
        http::write_string(out, c.field);
        out.append(",\"before\":").append(c.before).append(",\"after\":").append(c.after).push_back('}');
    }
    out.push_back(']');
    return {std::move(out)};
}

}  // namespace

void record(db::transaction& t, work::actor const& by, std::string_view resource,
            std::string_view resource_id, changes const& what) {
    t.add(insert_entry, core::make_uuid7(), by.kind, by.id, by.action, std::string(resource),
          std::string(resource_id), by.request_id, by.address, text_of(what));
}

work::statement_list statements() {
    static constexpr db::statement_info const* all[] = {&insert_entry,
                                                        &list_all,
                                                        &list_by_actor,
                                                        &list_by_resource,
                                                        &list_by_resource_id,
                                                        &list_by_actor_and_resource,
                                                        &list_by_actor_and_resource_id};
    return all;
}

}  // namespace audit
