// Counts, and the shortages that they find.
#include "inventory/handlers.hpp"

#include "inventory/events.hpp"
#include "inventory/shortages.hpp"
#include "inventory/stock_rows.hpp"
#include "work/context.hpp"
#include "work/outbox.hpp"

namespace inventory {
namespace {

std::vector<core::uuid> orders_of(std::vector<short_reservation> const& all) {
    std::vector<core::uuid> out;
    for (short_reservation const& r : all) out.push_back(r.order_id);
    return distinct(std::move(out));
}

// Those of one row; true when there are more than are shown.
bool add_orders(std::vector<short_order>& to, stock_record const& s,
                std::vector<short_reservation> const& all, numbers_by_order const& numbers) {
    for (short_reservation const& r : all) {
        if (r.variant_id != s.variant_id || r.location_id != s.location_id) continue;
        if (std::ssize(to) == short_orders_max) return true;
        to.push_back(
            {r.order_id, numbers.at(r.order_id), r.order_line_id, r.quantity, r.missing, r.shortage});
    }
    return false;
}

void note_shortage(db::transaction& t, stock_record const& before, stock_record const& after) {
    if (after.shortage <= before.shortage) return;
    work::announce(t, events::shortage_found, after.variant_id,
                   {"{\"location_id\":\"" + core::to_string(after.location_id) +
                    "\",\"shortage\":" + std::to_string(after.shortage) + "}"});
}

core::task<stock_count_view> count_view(db::transaction& t, http::call& c, stock_record before,
                                        stock_record after) {
    stock_count_view view{.variant_id = after.variant_id,
                          .location_id = after.location_id,
                          .on_hand = after.on_hand,
                          .reserved = after.reserved,
                          .available = available(after),
                          .backorder_limit = after.backorder_limit,
                          .shortage = after.shortage,
                          .version = after.version,
                          .difference = after.on_hand - before.on_hand,
                          .orders = {},
                          .more_orders = false};
    if (after.shortage == 0) co_return view;
    auto const queued = queue_short(t, {after}, short_orders_max + 1);
    co_await t.run();
    auto const touched = queued.all();
    auto const numbers =
        numbers_of(co_await t.all(work::service<work::order_numbers>(c).of, orders_of(touched)));
    view.more_orders = add_orders(view.orders, after, touched, numbers);
    co_return view;
}

answer<stock_count_view> count_once(db::transaction& t, http::call& c, count_stock_request in,
                                    http::reach where) {
    stock_key const at{in.variant_id, in.location_id};
    auto const before = co_await lock_stock_row(t, where, at, true);
    if (!before || before->location_archived) co_return unknown_location;
    if (auto fresh = c.check_version(before->stock.version); !fresh) co_return fresh.error();
    stock_record const after = counted_as(before->stock, in.counted.value);
    // From here on it succeeds.
    if (after.on_hand != before->stock.on_hand) {
        write_count(t, before->stock, after, in.note ? in.note->value : std::string(), work::actor_of(c));
        note_change(t, c, before->stock, after);
        note_shortage(t, before->stock, after);
    }
    stock_count_view view = co_await count_view(t, c, before->stock, after);
    work::remember(t, c, count_stock.success, view);
    co_await t.commit();
    co_return view;
}

shortage_view view_of(stock_record const& s, std::vector<short_reservation> const& all,
                      numbers_by_order const& numbers) {
    shortage_view v{.variant_id = s.variant_id,
                    .location_id = s.location_id,
                    .on_hand = s.on_hand,
                    .reserved = s.reserved,
                    .backorder_limit = s.backorder_limit,
                    .shortage = s.shortage,
                    .version = s.version,
                    .orders = {},
                    .more_orders = false};
    v.more_orders = add_orders(v.orders, s, all, numbers);
    return v;
}

}  // namespace

answer<stock_count_view> serve_count(http::call& c, count_stock_request in, http::reach where) {
    static constexpr db::refusal refusals[] = {{"stock_variant_id_fkey", &unknown_variant},
                                               {"stock_location_id_fkey", &unknown_location},
                                               work::key_taken};
    auto done = co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return count_once(t, c, in, where); });
    });
    if (!done) done = co_await name_both(c, done.error(), where, {in.variant_id, in.location_id});
    co_return done;
}

answer<http::page<shortage_view>> serve_shortages(http::call& c, list_shortages_request in,
                                                  http::reach where) {
    auto const after = read_place(in.after);
    if (!after) co_return after.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows =
        co_await load_short_rows(work::database(c), where, in.variant_id, in.location_id, *after, limit + 1);
    auto next = work::trim_page(rows, limit, by_place, place_text_of);
    db::batch b = work::database(c).read();
    auto const queued = queue_short(b, rows, short_orders_max + 1);
    co_await b.run();
    auto const touched = queued.all();
    auto const numbers = numbers_of(
        co_await work::database(c).all(work::service<work::order_numbers>(c).of, orders_of(touched)));
    http::page<shortage_view> page{{}, {std::move(next)}};
    for (stock_record const& s : rows) page.data.push_back(view_of(s, touched, numbers));
    co_return page;
}

}  // namespace inventory
