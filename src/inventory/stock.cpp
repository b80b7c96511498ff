// Stock as staff see and change it, and the ledger behind it.
#include "inventory/handlers.hpp"

#include "inventory/past.hpp"
#include "inventory/stock_rows.hpp"
#include "work/context.hpp"

namespace inventory {
namespace {

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

listed_stock_view listed(stock_record const& s, bool past) {
    return {.variant_id = s.variant_id,
            .location_id = s.location_id,
            .on_hand = s.on_hand,
            .reserved = s.reserved,
            .available = available(s),
            .backorder_limit = s.backorder_limit,
            .shortage = s.shortage,
            .version = {past ? std::optional<std::int64_t>() : s.version}};
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

// Of the ledger of all stock, which is listed by id.
core::result<moment> read_last(std::optional<work::page_cursor> const& after) {
    auto const id = work::position(after);
    if (!id) return id.error();
    return moment{end_of_time, *id};
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

}  // namespace

answer<http::page<listed_stock_view>> serve_stock_list(http::call& c, list_stock_request in,
                                                       http::reach where) {
    auto const after = read_place(in.after);
    if (!after) co_return after.error();
    if (in.at) {
        auto const now = co_await work::database(c).first(read_clock);
        if (auto const come = check_instant(in.at, now.value()); !come) co_return come.error();
    }
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows =
        co_await load_stock(work::database(c), where, in.variant_id, in.location_id, *after, limit + 1);
    auto next = work::trim_page(rows, limit, by_place, place_text_of);
    if (in.at) rows = co_await load_stock_at(work::database(c), rows, *in.at);
    http::page<listed_stock_view> page{{}, {std::move(next)}};
    for (stock_record const& s : rows) page.data.push_back(listed(s, in.at.has_value()));
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
    auto const before = in.variant_id ? read_moment(in.after) : read_last(in.after);
    if (!before) co_return before.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows =
        co_await load_movements(work::database(c), where, in.variant_id, in.location_id, *before, limit + 1);
    auto next = in.variant_id
                    ? work::trim_page(rows, limit, by_time,
                                      [](movement_row const& m) { return moment_text_of(m.at, m.id); })
                    : work::trim_page(rows, limit, work::newest_first, [](movement_row const& m) {
                          return std::vector{core::to_string(m.id)};
                      });
    http::page<movement_view> page{{}, {std::move(next)}};
    for (movement_row const& m : rows) page.data.push_back(view_of(m));
    co_return page;
}

}  // namespace inventory
