// Orders as they are read: tracked by a shopper, listed and shown to staff.
#include "orders/handlers.hpp"

#include "orders/store.hpp"
#include "orders/views.hpp"
#include "work/context.hpp"

#include <charconv>

namespace orders {
namespace {

constexpr std::string_view newest = "-placed_at";
constexpr std::string_view oldest = "placed_at";

core::result<std::optional<order_key>> key_of(std::optional<work::page_cursor> const& cursor,
                                              std::string_view sort) {
    if (!cursor) return std::optional<order_key>{};
    auto const parts = work::read_cursor(cursor->value, sort, 2);
    if (!parts) return parts.error();
    auto const at = core::parse_timestamp((*parts)[0]);
    auto const id = core::parse_uuid((*parts)[1]);
    if (!at || !id) return work::cursor_invalid;
    return std::optional(order_key{*at, *id});
}

// What people type: an order's number, perhaps with a # before it, or part of an e-mail address.
void search_for(std::string_view typed, order_filter& f) {
    std::string_view const text = core::trimmed(typed);
    std::string_view const digits = text.starts_with('#') ? text.substr(1) : text;
    std::int64_t number = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (ec == std::errc{} && end == digits.data() + digits.size()) f.number = number;
    f.email_fragment = text;
}

}  // namespace

answer<order_view> serve_tracking(http::call& c, track_order_request in) {
    auto const found = co_await load_order(work::database(c), in.id);
    if (!found || !opens(in.token, *found)) co_return order_not_found;
    co_return shopper_view(*found);
}

answer<staff_order_view> serve_order(http::call& c, get_order_request in) {
    auto const found = co_await load_order(work::database(c), in.id);
    if (!found) co_return order_not_found;
    co_return staff_view(*found, may_move_orders(c));
}

answer<http::page<order_summary>> serve_orders(http::call& c, list_orders_request in) {
    std::string const sort = in.sort ? in.sort->value : std::string(newest);
    if (sort != newest && sort != oldest)
        co_return core::problem{core::invalid_request,
                                {{"/sort", "not_allowed", "must be one of -placed_at, placed_at"}}};
    auto const after = key_of(in.after, sort);
    if (!after) co_return after.error();
    order_filter f{.status = in.status,
                   .placed_after = in.placed_after,
                   .placed_before = in.placed_before,
                   .email_fragment = {},
                   .number = {},
                   .oldest_first = sort == oldest};
    if (in.q) search_for(in.q->value, f);
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await list_orders_by(work::database(c), std::move(f), *after, limit + 1);
    auto next = work::trim_page(rows, limit, sort, [](summary_row const& r) {
        return std::vector{core::to_string(r.placed_at), core::to_string(r.id)};
    });
    http::page<order_summary> page{{}, {std::move(next)}};
    for (summary_row& r : rows)
        page.data.push_back({r.id,
                             r.number,
                             r.status,
                             r.seq + 1,
                             r.placed_at,
                             std::move(r.email),
                             r.quantity,
                             {r.total, r.currency}});
    co_return page;
}

}  // namespace orders
