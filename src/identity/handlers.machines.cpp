// API keys: made, listed, revoked.
#include "identity/handlers.hpp"
#include "audit/audit.hpp"
#include "crypto/digest.hpp"
#include "identity/api_key.hpp"
#include "identity/api_machines.hpp"
#include "identity/escalation.hpp"
#include "identity/facts.hpp"
#include "identity/service.hpp"
#include "identity/standings.hpp"
#include "identity/store.hpp"
#include "identity/store_machines.hpp"

namespace identity {
namespace {

constexpr std::string_view resource = "api-keys";
constexpr std::int64_t live_keys_max = 500;  // all of them are kept in every server's memory
constexpr db::refusal refusals[] = {work::key_taken};

struct api_key_facts {
    std::string name;
    std::string prefix;
    std::vector<std::string> permissions;
    std::optional<core::timestamp> expires_at;
    bool revoked;
};
BOOST_DESCRIBE_STRUCT(api_key_facts, (), (name, prefix, permissions, expires_at, revoked))

standing given_to(api_key_row const& row) {
    return {false, row.permissions, limits_of(row.limited, row.locations)};
}

api_key_facts facts_of(api_key_row const& row, std::vector<permission_row> const& all) {
    api_key_facts out{row.name, row.prefix, {}, row.expires_at, row.revoked_at.has_value()};
    out.permissions = names_of(given_to(row), all);
    return out;
}

api_key_view view_of(api_key_row const& row, std::vector<permission_row> const& all) {
    api_key_view out{.id = row.id,
                     .name = row.name,
                     .prefix = row.prefix,
                     .maker = {row.maker_id, row.maker_name},
                     .permissions = {},
                     .created_at = row.created_at,
                     .expires_at = {row.expires_at},
                     .last_used_at = {row.last_used_at},
                     .revoked_at = {row.revoked_at}};
    standing const given = given_to(row);
    for (permission_row const& p : those_of(row.permissions, all))
        out.permissions.push_back(view_of(p, given));
    return out;
}

core::result<core::nothing> check_expiry(std::optional<core::timestamp> const& when) {
    if (!when || when->us > core::now().us) return core::nothing{};
    return core::problem{core::invalid_request, {{"/expires_at", "not_in_future", "must lie in the future"}}};
}

core::task<core::result<new_api_key_view>> make_in(db::transaction& t, http::call& c,
                                                   create_api_key_request in, core::uuid id, api_key made) {
    if (auto const expiry = check_expiry(in.expires_at); !expiry) co_return expiry.error();
    t.add(raise_rights);
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const live = t.add(count_live_keys);
    auto const in_use = locations_in_use(t, c, locations_in(in.permissions));
    auto const all = co_await t.all(load_permissions);
    auto const given = resolve(in.permissions, all, {}, in_use.all());
    if (!given) co_return given.error();
    if (!covers(standing_of(own.all()), *given)) co_return rights_exceeded;
    if (live.one() >= live_keys_max) co_return too_many_api_keys;
    // From here on it succeeds.
    t.add(insert_api_key, id, in.name.value, made.prefix, made.digest, c.who.id, in.expires_at);
    t.add(insert_api_key_grants, id, given->permissions, limited_of(*given));
    t.add(insert_api_key_limits, id, limit_permissions_of(*given), limit_locations_of(*given));
    auto const row = co_await t.first(find_api_key, id);
    audit::record(t, work::actor_of(c), resource, id, audit::created(facts_of(*row, all)));
    api_key_view shown = view_of(*row, all);
    new_api_key_view const view{shown.id,
                                std::move(shown.name),
                                std::move(shown.prefix),
                                std::move(shown.permissions),
                                shown.created_at,
                                shown.expires_at,
                                made.token};
    work::remember(t, c, create_api_key.success, view);
    co_return view;
}

core::task<core::result<core::nothing>> revoke_in(db::transaction& t, http::call& c, core::uuid id) {
    t.add(raise_rights);
    auto const own = t.add(load_grants_of_user, c.who.id);
    auto const its = t.add(load_grants_of_user, id);
    auto const row = co_await t.first(find_api_key, id);
    if (!row) co_return api_key_not_found;
    if (row->maker_id != c.who.id && !covers(standing_of(own.all()), standing_of(its.all())))
        co_return rights_exceeded;
    if (row->revoked_at) co_return core::nothing{};  // there already
    t.add(revoke_key, id);
    audit::record(t, work::actor_of(c), resource, id, audit::changes{{"revoked", "false", "true"}});
    co_return core::nothing{};
}

}  // namespace

answer<http::page<api_key_row_view>> show_api_keys(http::call& c, list_api_keys_request in) {
    auto const before = work::position(in.after);
    if (!before) co_return before.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await work::database(c).all(list_api_key_rows, *before, limit + 1);
    http::page<api_key_row_view> out;
    out.next.value = work::trim_page(rows, limit, work::newest_first, [](api_key_list_row const& last) {
        return std::vector{core::to_string(last.id)};
    });
    for (api_key_list_row& row : rows)
        out.data.push_back({row.id,
                            std::move(row.name),
                            std::move(row.prefix),
                            {row.maker_id, std::move(row.maker_name)},
                            row.permission_count,
                            row.created_at,
                            {row.expires_at},
                            {row.last_used_at},
                            {row.revoked_at}});
    co_return out;
}

answer<api_key_view> show_api_key(http::call& c, api_key_request in) {
    db::batch both = work::database(c).read();
    auto const row = both.add(find_api_key, in.id);
    auto const all = both.add(load_permissions);
    co_await both.run();
    auto const found = row.first();
    if (!found) co_return api_key_not_found;
    co_return view_of(*found, all.all());
}

answer<new_api_key_view> add_api_key(http::call& c, create_api_key_request in) {
    // What a key makes would outlive its being revoked.
    if (c.who.kind == http::principal_kind::machine) co_return person_required;
    core::uuid const id = core::make_uuid7();
    api_key const made = make_api_key();
    auto out = co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return make_in(t, c, in, id, made); });
    });
    if (out) work::service<service>(c).changed();
    co_return co_await refusal_recorded(c, std::move(out), std::string(resource), {});
}

answer<core::nothing> drop_api_key(http::call& c, api_key_request in) {
    auto out =
        co_await work::database(c).transact({}, [&](db::transaction& t) { return revoke_in(t, c, in.id); });
    if (out) work::service<service>(c).changed();
    co_return co_await refusal_recorded(c, std::move(out), std::string(resource), core::to_string(in.id));
}

}  // namespace identity
