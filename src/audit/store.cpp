#include "audit/store.hpp"

#include "audit/audit.hpp"
#include "audit/runs.hpp"
#include "audit/seals.hpp"

#include <atomic>

namespace audit {
namespace {

std::atomic<bool> written{false};

using texts = std::vector<std::string>;

constexpr db::statement<db::none(std::vector<core::uuid>, std::vector<http::principal_kind>,
                                 std::vector<std::optional<core::uuid>>, texts, texts, texts, texts, texts,
                                 std::vector<db::json>)>
    insert_entries{"audit.insert_entries", R"sql(
    insert into audit.entries (id, actor_kind, actor_id, action, resource, resource_id, request_id, address, changes)
    select id, actor_kind, actor_id, action, resource, resource_id, request_id, address, changes
      from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                  $9::jsonb[])
        as w (id, actor_kind, actor_id, action, resource, resource_id, request_id, address, changes)
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

void record(db::transaction& t, std::span<note const> all) {
    std::vector<core::uuid> ids;
    std::vector<http::principal_kind> kinds;
    std::vector<std::optional<core::uuid>> actors;
    texts actions, resources, resource_ids, request_ids, addresses;
    std::vector<db::json> texts_of;
    for (note const& n : all) {
        ids.push_back(core::make_uuid7());
        kinds.push_back(n.by.kind);
        actors.push_back(n.by.id);
        actions.push_back(n.by.action);
        resources.push_back(n.resource);
        resource_ids.push_back(n.resource_id);
        request_ids.push_back(n.by.request_id);
        addresses.push_back(n.by.address);
        texts_of.push_back(text_of(n.what));
    }
    note_written();
    t.add(insert_entries, ids, kinds, actors, actions, resources, resource_ids, request_ids, addresses,
          texts_of);
}

void record(db::transaction& t, work::actor const& by, std::string_view resource,
            std::string_view resource_id, changes const& what) {
    note const one{by, std::string(resource), std::string(resource_id), what};
    record(t, std::span(&one, 1));
}

bool take_written() { return written.exchange(false); }
void note_written() { written.store(true, std::memory_order_relaxed); }

work::statement_list statements() {
    static std::vector<db::statement_info const*> const all = [] {
        std::vector<db::statement_info const*> out{&insert_entries,
                                                   &list_all,
                                                   &list_by_actor,
                                                   &list_by_resource,
                                                   &list_by_resource_id,
                                                   &list_by_actor_and_resource,
                                                   &list_by_actor_and_resource_id};
        for (auto const part : {seal_statements(), run_statements()})
            out.insert(out.end(), part.begin(), part.end());
        return out;
    }();
    return all;
}

}  // namespace audit
