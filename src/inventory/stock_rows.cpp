#include "inventory/stock_rows.hpp"

#include "audit/audit.hpp"
#include "inventory/events.hpp"
#include "work/outbox.hpp"

#include <algorithm>

namespace inventory {
namespace {

core::violation fault_at(std::string pointer, core::failure const& f) {
    return {std::move(pointer), std::string(f.code), std::string(f.message)};
}

}  // namespace

std::string name_of(stock_key const& at) {
    return core::to_string(at.variant_id) + "/" + core::to_string(at.location_id);
}

core::result<std::vector<core::uuid>> read_ids(std::string_view cursor, std::string_view sort,
                                               std::size_t parts) {
    auto const key = work::read_cursor(cursor, sort, parts);
    if (!key) return key.error();
    std::vector<core::uuid> out;
    for (std::string const& part : *key) {
        auto const id = core::parse_uuid(part);
        if (!id) return work::cursor_invalid;
        out.push_back(*id);
    }
    return out;
}

core::result<stock_key> read_place(std::optional<work::page_cursor> const& after) {
    if (!after) return stock_key{};
    auto const ids = read_ids(after->value, by_place, 2);
    if (!ids) return ids.error();
    return stock_key{(*ids)[0], (*ids)[1]};
}

std::vector<std::string> place_text_of(stock_record const& s) {
    return {core::to_string(s.variant_id), core::to_string(s.location_id)};
}

core::result<moment> read_moment(std::optional<work::page_cursor> const& after) {
    if (!after) return moment{};
    auto const key = work::read_cursor(after->value, by_time, 2);
    if (!key) return key.error();
    auto const at = core::parse_timestamp((*key)[0]);
    auto const id = core::parse_uuid((*key)[1]);
    if (!at || !id) return work::cursor_invalid;
    return moment{*at, *id};
}

std::vector<std::string> moment_text_of(core::timestamp at, core::uuid id) {
    return {core::to_string(at), core::to_string(id)};
}

numbers_by_order numbers_of(std::vector<work::numbered_order> const& all) {
    numbers_by_order out;
    for (work::numbered_order const& o : all) out.emplace(o.id, o.number);
    return out;
}

std::vector<core::uuid> distinct(std::vector<core::uuid> ids) {
    std::ranges::sort(ids);
    auto const twice = std::ranges::unique(ids);
    ids.erase(twice.begin(), twice.end());
    return ids;
}

void note_change(db::transaction& t, http::call const& c, stock_record const& before,
                 stock_record const& after) {
    stock_key const at{after.variant_id, after.location_id};
    audit::record(t, work::actor_of(c), "stock", name_of(at), audit::changed(before, after));
    work::announce(t, events::stock_adjusted, at.variant_id,
                   {"{\"location_id\":\"" + core::to_string(at.location_id) + "\"}"});
}

core::task<core::problem> name_both(http::call& c, core::problem refused, http::reach where, stock_key at) {
    if (refused.what == &unknown_location) refused.violations = {fault_at("/location_id", unknown_location)};
    if (refused.what != &unknown_variant) co_return refused;
    refused.violations = {fault_at("/variant_id", unknown_variant)};
    auto const location = co_await find_location(work::database(c), where, at.location_id);
    if (!location || location->archived)
        refused.violations.push_back(fault_at("/location_id", unknown_location));
    co_return refused;
}

}  // namespace inventory
