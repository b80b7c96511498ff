// Locations: listed by code, added, changed; archived only when empty.
#include "inventory/handlers.hpp"

#include "audit/audit.hpp"
#include "inventory/events.hpp"
#include "inventory/store.hpp"
#include "work/context.hpp"
#include "work/outbox.hpp"

namespace inventory {
namespace {

constexpr std::string_view by_code = "code";

answer<location_view> create_once(db::transaction& t, http::call& c, create_location_request in) {
    location_view const made{
        .id = core::make_uuid7(),
        .code = std::move(in.code.value),
        .name = std::move(in.name.value),
        .priority = static_cast<std::int32_t>(in.priority.value_or(location_priority{0}).value),
        .archived = false,
        .version = 1};
    // From here on it succeeds, unless the code is taken.
    insert_location(t, made);
    audit::record(t, work::actor_of(c), "locations", made.id, audit::created(made));
    work::announce(t, events::location_created, made.id);
    work::remember(t, c, create_location.success, made);
    co_await t.commit();
    co_return made;
}

answer<location_view> update_once(db::transaction& t, http::call& c, update_location_request in,
                                  http::reach where) {
    auto const before = co_await lock_location(t, where, in.id);
    if (!before) co_return location_not_found;
    if (auto fresh = c.check_version(before->version); !fresh) co_return fresh.error();
    location_view after = *before;
    if (in.name.given()) after.name = in.name->value;
    if (in.priority.given()) after.priority = static_cast<std::int32_t>(in.priority->value);
    after.archived = in.archived.value_or(before->archived);
    if (audit::changed(*before, after).empty()) co_return after;  // there already
    after.version += 1;
    // Whoever brings stock here holds a share of the location's lock, so what is seen now stays so.
    if (after.archived && !before->archived && co_await holds_stock(t, in.id)) co_return location_not_empty;
    // From here on it succeeds.
    update_location_row(t, after);
    audit::record(t, work::actor_of(c), "locations", in.id, audit::changed(*before, after));
    work::announce(t, events::location_updated, in.id);
    co_await t.commit();
    co_return after;
}

}  // namespace

answer<http::page<location_view>> serve_locations(http::call& c, list_locations_request in,
                                                  http::reach where) {
    std::string after;
    if (in.after) {
        auto key = work::read_cursor(in.after->value, by_code, 1);
        if (!key) co_return key.error();
        after = std::move(key->front());
    }
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await load_locations(work::database(c), where, std::move(after), limit + 1);
    auto next =
        work::trim_page(rows, limit, by_code, [](location_view const& l) { return std::vector{l.code}; });
    co_return http::page<location_view>{std::move(rows), {std::move(next)}};
}

answer<location_view> serve_location(http::call& c, location_request in, http::reach where) {
    auto found = co_await find_location(work::database(c), where, in.id);
    if (!found) co_return location_not_found;
    co_return std::move(*found);
}

answer<location_view> serve_create_location(http::call& c, create_location_request in) {
    static constexpr db::refusal refusals[] = {{"location_code_unique", &location_code_taken},
                                               work::key_taken};
    co_return co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return create_once(t, c, in); });
    });
}

answer<location_view> serve_update_location(http::call& c, update_location_request in, http::reach where) {
    co_return co_await work::database(c).transact(
        {}, [&](db::transaction& t) { return update_once(t, c, in, where); });
}

}  // namespace inventory
