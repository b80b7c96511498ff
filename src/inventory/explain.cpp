// Why a stock row is what it is.
#include "inventory/handlers.hpp"

#include "inventory/past.hpp"
#include "inventory/stock_rows.hpp"
#include "work/context.hpp"

namespace inventory {
namespace {

std::vector<core::uuid> orders_of(std::vector<explained_row> const& rows) {
    std::vector<core::uuid> out;
    for (explained_row const& r : rows)
        if (r.order_id) out.push_back(*r.order_id);
    return distinct(std::move(out));
}

explained_movement view_of(explained_row const& r, numbers_by_order const& numbers) {
    explained_movement v{.id = r.id,
                         .at = r.at,
                         .kind = r.kind,
                         .on_hand_delta = r.on_hand_delta,
                         .reserved_delta = r.reserved_delta,
                         .on_hand = r.on_hand,
                         .reserved = r.reserved,
                         .reason = r.reason,
                         .note = r.note,
                         .order = {},
                         .actor = {r.actor_kind, {r.actor_id}, {r.actor_name}}};
    if (r.order_id && r.order_line_id)
        if (auto const known = numbers.find(*r.order_id); known != numbers.end())
            v.order.value = movement_order{*r.order_id, known->second, *r.order_line_id};
    return v;
}

stock_explanation view_of(explanation const& e, std::optional<core::timestamp> at) {
    stock_explanation v{.variant_id = e.stock.variant_id,
                        .location_id = e.stock.location_id,
                        .at = {at},
                        .on_hand = e.stock.on_hand,
                        .reserved = e.stock.reserved,
                        .available = available(e.stock),
                        .backorder_limit = e.stock.backorder_limit,
                        .shortage = e.stock.shortage,
                        .kinds = {},
                        .data = {},
                        .next = {}};
    for (summed_kind const& k : e.kinds) v.kinds.push_back({k.kind, k.movements, k.on_hand, k.reserved});
    return v;
}

}  // namespace

answer<stock_explanation> serve_explanation(http::call& c, explain_stock_request in, http::reach where) {
    auto const cursor = read_moment(in.after);
    if (!cursor) co_return cursor.error();
    moment before = *cursor;
    if (in.at && !in.after) before.at = *in.at;
    if (in.at && before.at > *in.at) co_return work::cursor_invalid;
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto found = co_await explain_row(work::database(c), where, {in.variant_id, in.location_id}, in.at,
                                      before, limit + 1);
    if (!found) co_return stock_not_found;
    if (auto const come = check_instant(in.at, found->now); !come) co_return come.error();
    stock_explanation view = view_of(*found, in.at);
    view.next.value = work::trim_page(found->movements, limit, by_time,
                                      [](explained_row const& r) { return moment_text_of(r.at, r.id); });
    auto const numbers = numbers_of(co_await work::database(c).all(work::service<work::order_numbers>(c).of,
                                                                   orders_of(found->movements)));
    for (explained_row const& r : found->movements) view.data.push_back(view_of(r, numbers));
    co_return view;
}

}  // namespace inventory
