// Orders as they are read: tracked by a shopper, listed and shown to staff.
#include "orders/handlers.hpp"

#include "orders/own.hpp"
#include "orders/places.hpp"
#include "orders/store.hpp"
#include "orders/views.hpp"
#include "work/context.hpp"

#include <algorithm>
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

std::vector<std::string> key_text_of(summary_row const& r) {
    return {core::to_string(r.placed_at), core::to_string(r.id)};
}

// What people type: an order's number, perhaps with a # before it.
std::optional<std::int64_t> number_in(std::string_view typed) {
    if (typed.starts_with('#')) typed.remove_prefix(1);
    std::int64_t number = 0;
    auto const [end, ec] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
    if (ec != std::errc{} || end != typed.data() + typed.size()) return std::nullopt;
    return number;
}

// Or part of a name or an e-mail address, long enough for trigrams: three letters or digits. Whatever is not
// ASCII is taken for a letter.
bool searchable(std::string_view text) {
    auto const begins_letter = [](char ch) {
        auto const byte = static_cast<unsigned char>(ch);
        return byte >= 0xc0 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
               (byte >= 'A' && byte <= 'Z');
    };
    return std::ranges::count_if(text, begins_letter) >= 3;
}

core::result<core::nothing> check_list(std::string_view sort, std::string_view q) {
    std::vector<core::violation> found;
    if (sort != newest && sort != oldest)
        found.push_back({"/sort", "not_allowed", "must be one of -placed_at, placed_at"});
    if (!q.empty() && !number_in(q) && !searchable(q))
        found.push_back({"/q", "too_short", "must have 3 letters or digits, or be an order's number"});
    if (found.empty()) return core::nothing{};
    return core::problem{core::invalid_request, std::move(found)};
}

// A number is looked up first; when no order has it, it may still be part of an address.
core::task<std::vector<summary_row>> rows_for(http::call& c, http::reach where, order_filter f,
                                              std::optional<order_key> after, std::string q,
                                              std::int64_t limit) {
    auto const number = number_in(q);
    if (number && !after) {
        auto found = co_await find_order_by(work::database(c), where, f, *number);
        if (!found.empty()) co_return found;
    }
    if (number && (!searchable(q) || q.starts_with('#'))) co_return std::vector<summary_row>{};
    if (!q.empty()) f.fragment = std::move(q);
    co_return co_await list_orders_by(work::database(c), where, std::move(f), after, limit);
}

}  // namespace

answer<order_view> serve_tracking(http::call& c, track_order_request in) {
    if (auto const fine = names_somebody(c, in.token); !fine) co_return fine.error();
    auto const found = co_await load_order(work::database(c), in.id);
    if (!found || !co_await may_see(c, in.token, *found)) co_return order_not_found;
    co_return shopper_view(*found);
}

answer<http::page<order_summary>> serve_own_orders(http::call& c, own_orders_request in) {
    auto const after = key_of(in.after, newest);
    if (!after) co_return after.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await list_orders_of(work::database(c), c.who.id, *after, limit + 1);
    http::page<order_summary> page;
    page.next.value = work::trim_page(rows, limit, newest, key_text_of);
    for (summary_row& r : rows) page.data.push_back(summary_view(std::move(r)));
    co_return page;
}

answer<staff_order_view> serve_order(http::call& c, get_order_request in, http::reach where) {
    auto found = co_await load_dated_order(work::database(c), in.id);
    if (!found || !touches(where, found->order)) co_return order_not_found;
    if (!in.at) co_return staff_view(found->order, where, where_orders_are_moved(c));
    auto const then = as_it_was(std::move(found->order), *in.at, found->now);
    if (!then) co_return then.error();
    co_return staff_view(*then, where, http::reach{});
}

answer<http::page<order_summary>> serve_orders(http::call& c, list_orders_request in, http::reach where) {
    std::string const sort = in.sort ? in.sort->value : std::string(newest);
    std::string const q(core::trimmed(in.q ? std::string_view(in.q->value) : std::string_view()));
    if (auto const fine = check_list(sort, q); !fine) co_return fine.error();
    auto const after = key_of(in.after, sort);
    if (!after) co_return after.error();
    order_filter f{.status = in.status,
                   .placed_after = in.placed_after,
                   .placed_before = in.placed_before,
                   .fragment = {},
                   .oldest_first = sort == oldest};
    std::int64_t const limit = work::limit_or_default(in.limit);
    auto rows = co_await rows_for(c, where, std::move(f), *after, q, limit + 1);
    auto next = work::trim_page(rows, limit, sort, key_text_of);
    http::page<order_summary> page{{}, {std::move(next)}};
    for (summary_row& r : rows) page.data.push_back(summary_view(std::move(r)));
    co_return page;
}

}  // namespace orders
