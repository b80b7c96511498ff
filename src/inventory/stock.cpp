// Stock as staff see and change it, and the ledger behind it.
#include "inventory/handlers.hpp"

#include "audit/audit.hpp"
#include "inventory/events.hpp"
#include "inventory/store.hpp"
#include "work/context.hpp"
#include "work/outbox.hpp"

namespace inventory {
namespace {

constexpr std::string_view by_place = "variant,location";
constexpr std::string_view newest_first = "-id";

stock_view view_of(stock_record const& s) {
    return {.variant_id = s.variant_id,
            .location_id = s.location_id,
            .on_hand = s.on_hand,
            .reserved = s.reserved,
            .available = available(s),
            .backorder_limit = s.backorder_limit,
            .shortage = s.shortage,
            .version = s.version};
}

movement_view view_of(movement_row const& m) {
    return {.id = m.id,
            .at = m.at,
            .variant_id = m.variant_id,
            .location_id = m.location_id,
            .kind = m.kind,
            .on_hand_delta = m.on_hand_delta,
            .reserved_delta = m.reserved_delta,
            .reason = m.reason,
            .note = m.note,
            .order_line_id = {m.order_line_id},
            .actor = {m.actor_kind, {m.actor_id}}};
}

// The ids that a cursor was made of, or cursor_invalid.
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

// A reason that says which way the units went must agree with the sign.
core::result<core::nothing> check_quantity(std::int64_t quantity, adjustment_reason why) {
    using enum adjustment_reason;
    bool const wrong = quantity == 0 || ((why == received || why == found) && quantity < 0) ||
                       ((why == damaged || why == lost) && quantity > 0);
    if (!wrong) return core::nothing{};
    std::string const says = quantity == 0  ? "must not be 0"
                             : quantity < 0 ? "must be positive for this reason"
                                            : "must be negative for this reason";
    return core::problem{core::invalid_request, {{"/quantity", quantity == 0 ? "zero" : "wrong_sign", says}}};
}

std::string name_of(stock_key at) {
    return core::to_string(at.variant_id) + "/" + core::to_string(at.location_id);
}

void note_change(db::transaction& t, http::call const& c, stock_record const& before,
                 stock_record const& after) {
    stock_key const at{after.variant_id, after.location_id};
    audit::record(t, work::actor_of(c), "stock", name_of(at), audit::changed(before, after));
    work::announce(t, events::stock_adjusted, at.variant_id,
                   {"{\"location_id\":\"" + core::to_string(at.location_id) + "\"}"});
}

answer<stock_view> adjust_once(db::transaction& t, http::call& c, adjust_stock_request in,
                               http::reach where) {
    stock_key const at{in.variant_id, in.location_id};
    auto const before = co_await lock_stock_row(t, where, at, true);
    if (!before || before->location_archived) co_return unknown_location;
    if (auto fresh = c.check_version(before->stock.version); !fresh) co_return fresh.error();
    auto const after = adjusted(before->stock, in.quantity.value);
    if (!after) co_return after.error();
    // From here on it succeeds.
    add_units(t, at, in.quantity.value, in.reason, in.note ? in.note->value : std::string(),
              work::actor_of(c));
    note_change(t, c, before->stock, *after);
    stock_view const view = view_of(*after);
    work::remember(t, c, adjust_stock.success, view);
    co_await t.commit();
    co_return view;
}

answer<stock_view> update_once(db::transaction& t, http::call& c, update_stock_request in,
                               http::reach where) {
    stock_key const at{in.variant_id, in.location_id};
    auto const before = co_await lock_stock_row(t, where, at, false);
    if (!before) co_return stock_not_found;
    if (before->location_archived) co_return unknown_location;
    if (auto fresh = c.check_version(before->stock.version); !fresh) co_return fresh.error();
    std::int64_t const limit =
        in.backorder_limit.given() ? in.backorder_limit->value : before->stock.backorder_limit;
    if (limit == before->stock.backorder_limit) co_return view_of(before->stock);  // there already
    auto const after = with_backorder_limit(before->stock, limit);
    if (!after) co_return after.error();
    // From here on it succeeds.
    set_backorder_limit(t, at, limit);
    note_change(t, c, before->stock, *after);
    co_await t.commit();
    co_return view_of(*after);
}

core::violation fault_at(std::string pointer, core::failure const& f) {
    return {std::move(pointer), std::string(f.code), std::string(f.message)};
}

// Which of the two ids is unknown, or that both are. The foreign keys know variants, which are not this
// domain's to read, and name one fault; the variant's is asked first.
core::task<core::problem> name_both(http::call& c, core::problem refused, http::reach where, stock_key at) {
    if (refused.what == &unknown_location) refused.violations = {fault_at("/location_id", unknown_location)};
    if (refused.what != &unknown_variant) co_return refused;
    refused.violations = {fault_at("/variant_id", unknown_variant)};
    auto const location = co_await find_location(work::database(c), where, at.location_id);
    if (!location || location->archived)
        refused.violations.push_back(fault_at("/location_id", unknown_location));
    co_return refused;
}

}  // namespace

answer<http::page<stock_view>> serve_stock_list(http::call& c, list_stock_request in, http::reach where) {
    stock_key after;
    if (in.after) {
        auto const key = read_ids(in.after->value, by_place, 2);
        if (!key) co_return key.error();
        after = {(*key)[0], (*key)[1]};
    }
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows =
        co_await load_stock(work::database(c), where, in.variant_id, in.location_id, after, limit + 1);
    auto next = work::trim_page(rows, limit, by_place, [](stock_record const& s) {
        return std::vector{core::to_string(s.variant_id), core::to_string(s.location_id)};
    });
    http::page<stock_view> page{{}, {std::move(next)}};
    for (stock_record const& s : rows) page.data.push_back(view_of(s));
    co_return page;
}

answer<stock_view> serve_stock(http::call& c, stock_request in, http::reach where) {
    auto const found = co_await find_stock(work::database(c), where, {in.variant_id, in.location_id});
    if (!found) co_return stock_not_found;
    co_return view_of(*found);
}

answer<stock_view> serve_update_stock(http::call& c, update_stock_request in, http::reach where) {
    static constexpr db::refusal refusals[] = {{"stock_not_oversold", &insufficient_stock}};
    co_return co_await work::database(c).transact(
        refusals, [&](db::transaction& t) { return update_once(t, c, in, where); });
}

answer<stock_view> serve_adjust_stock(http::call& c, adjust_stock_request in, http::reach where) {
    static constexpr db::refusal refusals[] = {{"stock_variant_id_fkey", &unknown_variant},
                                               {"stock_location_id_fkey", &unknown_location},
                                               {"stock_not_oversold", &insufficient_stock},
                                               work::key_taken};
    if (auto fine = check_quantity(in.quantity.value, in.reason); !fine) co_return fine.error();
    auto done = co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return adjust_once(t, c, in, where); });
    });
    if (!done) done = co_await name_both(c, done.error(), where, {in.variant_id, in.location_id});
    co_return done;
}

answer<http::page<movement_view>> serve_movements(http::call& c, list_movements_request in,
                                                  http::reach where) {
    if (in.location_id && !in.variant_id)
        co_return core::problem{core::invalid_request,
                                {{"/location_id", "needs_variant_id", "needs variant_id beside it"}}};
    if (!where.is_everywhere() && !in.variant_id)
        co_return core::problem{
            core::invalid_request,
            {{"/variant_id", "required", "is required of whoever may see some locations alone"}}};
    core::uuid before;
    before.bytes.fill(0xff);
    if (in.after) {
        auto const key = read_ids(in.after->value, newest_first, 1);
        if (!key) co_return key.error();
        before = key->front();
    }
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows =
        co_await load_movements(work::database(c), where, in.variant_id, in.location_id, before, limit + 1);
    auto next = work::trim_page(rows, limit, newest_first,
                                [](movement_row const& m) { return std::vector{core::to_string(m.id)}; });
    http::page<movement_view> page{{}, {std::move(next)}};
    for (movement_row const& m : rows) page.data.push_back(view_of(m));
    co_return page;
}

}  // namespace inventory
