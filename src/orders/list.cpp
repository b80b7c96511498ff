// The list of orders: one statement for every order, filter, beginning and end that can be asked for, so that
// each is read along the index that has its order; and how a search finds what it looks for.
#include "db/sql_text.hpp"
#include "identity/identity.hpp"
#include "orders/store.hpp"

#include <array>
#include <utility>

namespace orders {
namespace sql {
namespace {

// $1 and $2 where the page begins (a time and an order's id), $3 the time at which the list ends, $4 the
// status, $5 a pattern for names and e-mail addresses, $6 how many; in lists by location $7 the locations.
constexpr std::string_view nothing;

// The rows of a page: their keys, then all that is shown, looked up row by row. The inner limit is a
// constant, because a planner that doesn't know the limit counts on a tenth of the table. `limit 1` keeps it
// from joining whole tables.
static_assert(work::page_limit::value_max + 1 == 101);
constexpr std::string_view page_of = R"sql(
    select o.id, o.number, h.status, h.seq, o.placed_at, o.email, o.currency,
           coalesce((select sum(l.total_amount)::bigint from sales.order_lines l where l.order_id = o.id), 0)
             + coalesce((select sum(a.amount)::bigint from sales.order_adjustments a where a.order_id = o.id), 0)
               as total,)sql";
constexpr std::string_view with_all = R"sql(
           coalesce((select sum(l.quantity)::bigint from sales.order_lines l where l.order_id = o.id), 0) as quantity,
           false as partial
      from ()sql";
constexpr std::string_view one_page = " limit 101";
constexpr std::string_view looked_up = R"sql() k
     cross join lateral (select i.id, i.number, i.placed_at, i.email, i.currency
                           from sales.orders i where i.id = k.id limit 1) o
     cross join lateral (select i.status, i.seq from sales.order_heads i where i.order_id = k.id limit 1) h)sql";

constexpr std::string_view keys_of_all = "select o.id, o.placed_at from sales.orders o where true";
constexpr std::string_view keys_by_status =
    "select o.order_id as id, o.placed_at from sales.order_heads o where o.status = $4";

// A fragment that many orders have is soon found among the nearest; one that few have, by the trigram
// indexes. So the list is walked for a thousand rows, and only if they don't fill the page is everything that
// matches fetched and sorted: less than a page in each thousand, if the thousand are like the others. What
// the first way found, the second finds again, and `union` drops.
constexpr std::string_view searched = R"sql(
    with walked as materialized ()sql";
constexpr std::string_view a_stretch = " limit 1000";
constexpr std::string_view near = R"sql(
    ), near as materialized (
        select w.id, w.placed_at from walked w
         where (select i.email from sales.orders i where i.id = w.id) ilike $5
            or (select a.name from sales.order_addresses a
                 where a.order_id = w.id and a.kind = 'shipping') ilike $5)sql";
constexpr std::string_view matching_all = R"sql(
    ), far as (
        select o.id, o.placed_at from sales.orders o
         where o.id = any (array()sql";
constexpr std::string_view matching_by_status = R"sql(
    ), far as (
        select o.order_id as id, o.placed_at from sales.order_heads o
         where o.status = $4 and o.order_id = any (array()sql";
constexpr std::string_view matches = R"sql(
                    select i.id from sales.orders i where i.email ilike $5
                    union
                    select a.order_id from sales.order_addresses a where a.kind = 'shipping' and a.name ilike $5))
           and (select count(*) from near) < $6 and (select count(*) from walked) = 1000)sql";
constexpr std::string_view end_of_search = R"sql(
    ))sql";
constexpr std::string_view both = "select id, placed_at from near union select id, placed_at from far";

// The lists of whoever may see some locations alone are read along the index of places: by location and
// status, so of each pair a page (or a stretch) is fetched, and of these together the first. An order that
// lies at several comes up at each, and once in the list.
constexpr std::string_view keys_by_place = R"sql(
    select distinct w.id, w.placed_at
      from unnest($7::uuid[]) as seen (location_id)
     cross join (select i.status from sales.order_status i where )sql";
constexpr std::string_view any_status = "true";
constexpr std::string_view one_status = "i.status = $4";
constexpr std::string_view at_place = R"sql() wanted
     cross join lateral (select o.order_id as id, o.placed_at from sales.order_places o
                          where o.location_id = seen.location_id and o.status = wanted.status)sql";
constexpr std::string_view of_all_places = ") w";
constexpr std::string_view with_seen = R"sql(
           (select coalesce(sum(p.quantity), 0)::bigint from sales.order_places p
             where p.order_id = o.id and p.location_id = any ($7)) as quantity,
           exists (select 1 from sales.order_places p
                    where p.order_id = o.id and p.location_id <> all ($7)) as partial
      from ()sql";
constexpr std::string_view matching_by_place = R"sql(
    ), far as (
        select distinct o.order_id as id, o.placed_at from sales.order_places o
         where o.location_id = any ($7) and ()sql";
constexpr std::string_view of_status = "o.status = $4";
constexpr std::string_view of_orders = ") and o.order_id = any (array(";

struct ordering {
    std::string_view name;
    std::string_view from, from_by_status;  // where a page begins
    std::string_view until;                 // where the list ends
    std::string_view order, order_by_status, order_of_walked, final_order;
};
constexpr ordering orderings[] = {
    {"orders.list_newest", " and (o.placed_at, o.id) < ($1, $2)", " and (o.placed_at, o.order_id) < ($1, $2)",
     " and o.placed_at > $3", " order by o.placed_at desc, o.id desc",
     " order by o.placed_at desc, o.order_id desc", " order by w.placed_at desc, w.id desc",
     " order by o.placed_at desc, o.id desc limit $6"},
    {"orders.list_oldest", " and (o.placed_at, o.id) > ($1, $2)", " and (o.placed_at, o.order_id) > ($1, $2)",
     " and o.placed_at < $3", " order by o.placed_at, o.id", " order by o.placed_at, o.order_id",
     " order by w.placed_at, w.id", " order by o.placed_at, o.id limit $6"},
};

constexpr std::string_view status_suffix = "_status";
constexpr std::string_view from_suffix = "_from";
constexpr std::string_view until_suffix = "_until";
constexpr std::string_view found_suffix = "_found";
constexpr std::string_view places_suffix = "_at";

using list_statement =
    db::statement<summary_row(core::timestamp, core::uuid, core::timestamp, std::optional<order_status>,
                              std::optional<std::string>, std::int64_t)>;
using places_statement =
    db::statement<summary_row(core::timestamp, core::uuid, core::timestamp, std::optional<order_status>,
                              std::optional<std::string>, std::int64_t, http::locations)>;

enum filter : std::size_t { by_status = 1, begun = 2, ended = 4, found = 8 };
constexpr std::size_t filter_sets = 16;
constexpr std::size_t list_count = std::size(orderings) * filter_sets;

template <std::size_t I>
struct list_text {
    static constexpr ordering const& sorted = orderings[I / filter_sets];
    static constexpr bool has(filter f) { return (I % filter_sets & f) != 0; }

    static constexpr std::string_view name =
        db::joined<sorted.name, (has(by_status) ? status_suffix : nothing),
                   (has(begun) ? from_suffix : nothing), (has(ended) ? until_suffix : nothing),
                   (has(found) ? found_suffix : nothing)>;
    static constexpr std::string_view bounds =
        db::joined<(!has(begun)      ? nothing
                    : has(by_status) ? sorted.from_by_status
                                     : sorted.from),
                   (has(ended) ? sorted.until : nothing),
                   (has(by_status) ? sorted.order_by_status : sorted.order)>;
    static constexpr std::string_view keys =
        db::joined<(has(by_status) ? keys_by_status : keys_of_all), bounds>;
    static constexpr std::string_view listed =
        db::joined<page_of, with_all, keys, one_page, looked_up, sorted.final_order>;
    static constexpr std::string_view search =
        db::joined<searched, keys, a_stretch, near, sorted.order_of_walked, one_page,
                   (has(by_status) ? matching_by_status : matching_all), matches, bounds, one_page,
                   end_of_search, page_of, with_all, both, looked_up, sorted.final_order>;
    static constexpr std::string_view text = has(found) ? search : listed;
};

template <std::size_t I>
struct places_text {
    static constexpr ordering const& sorted = orderings[I / filter_sets];
    static constexpr bool has(filter f) { return (I % filter_sets & f) != 0; }

    static constexpr std::string_view name = db::joined<list_text<I>::name, places_suffix>;
    static constexpr std::string_view bounds =
        db::joined<(has(begun) ? sorted.from_by_status : nothing), (has(ended) ? sorted.until : nothing),
                   sorted.order_by_status>;
    static constexpr std::string_view keys =
        db::joined<keys_by_place, (has(by_status) ? one_status : any_status), at_place, bounds,
                   (has(found) ? a_stretch : one_page), of_all_places, sorted.order_of_walked>;
    static constexpr std::string_view listed =
        db::joined<page_of, with_seen, keys, one_page, looked_up, sorted.final_order>;
    static constexpr std::string_view search =
        db::joined<searched, keys, a_stretch, near, sorted.order_of_walked, one_page, matching_by_place,
                   (has(by_status) ? of_status : any_status), of_orders, matches, bounds, one_page,
                   end_of_search, page_of, with_seen, both, looked_up, sorted.final_order>;
    static constexpr std::string_view text = has(found) ? search : listed;
};

template <std::size_t I>
constexpr list_statement list_one{list_text<I>::name, list_text<I>::text};
template <std::size_t I>
constexpr places_statement places_one{places_text<I>::name, places_text<I>::text};

constexpr auto list_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<list_statement const*, sizeof...(I)>{&list_one<I>...};
}(std::make_index_sequence<list_count>{});
constexpr auto places_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<places_statement const*, sizeof...(I)>{&places_one<I>...};
}(std::make_index_sequence<list_count>{});

// One row at most, by the unique index; the filters are looked at when it is there.
constexpr std::string_view keys_by_number = "select o.id from sales.orders o where o.number = $1";
constexpr std::string_view that_fits = R"sql(
     where ($2::text is null or h.status = $2) and ($3::timestamptz is null or o.placed_at > $3)
       and ($4::timestamptz is null or o.placed_at < $4))sql";
constexpr db::statement<summary_row(std::int64_t, std::optional<order_status>, std::optional<core::timestamp>,
                                    std::optional<core::timestamp>)>
    find_number{"orders.find_number", db::joined<page_of, with_all, keys_by_number, looked_up, that_fits>};
// With the locations as $7, as in the lists; $5 and $6 are not used.
constexpr std::string_view that_lies_there = R"sql( and exists (select 1 from sales.order_places p
         where p.order_id = o.id and p.location_id = any ($7)))sql";
constexpr db::statement<summary_row(std::int64_t, std::optional<order_status>, std::optional<core::timestamp>,
                                    std::optional<core::timestamp>, bool, bool, http::locations)>
    find_number_at{"orders.find_number_at",
                   db::joined<page_of, with_seen, keys_by_number, looked_up, that_fits, that_lies_there>};

// A customer's own orders stand in two indexes, each in this order.
constexpr std::string_view placed_as_oneself = R"sql(
    select u.id, u.placed_at from (
        (select o.id, o.placed_at from sales.orders o
          where o.customer_id = $1 and (o.placed_at, o.id) < ($2, $3)
          order by o.placed_at desc, o.id desc limit 101)
        union all
        (select o.id, o.placed_at from sales.orders o
          where o.customer_id is null and lower(o.email) = )sql";
constexpr std::string_view placed_as_guest = R"sql(
            and (o.placed_at, o.id) < ($2, $3)
          order by o.placed_at desc, o.id desc limit 101)) u
     order by u.placed_at desc, u.id desc limit 101)sql";
constexpr std::string_view newest_of_them = " order by o.placed_at desc, o.id desc limit $4";
constexpr db::statement<summary_row(core::uuid, core::timestamp, core::uuid, std::int64_t)> list_own{
    "orders.list_own", db::joined<page_of, with_all, placed_as_oneself, identity::customer_address_sql,
                                  placed_as_guest, looked_up, newest_of_them>};

}  // namespace
}  // namespace sql

namespace {

// The fragment as an ILIKE pattern: its own % and _ mean themselves.
std::string pattern(std::string_view fragment) {
    std::string out = "%";
    for (char const ch : fragment) {
        if (ch == '%' || ch == '_' || ch == '\\') out.push_back('\\');
        out.push_back(ch);
    }
    return out + "%";
}

constexpr bool operator<(order_key const& a, order_key const& b) {
    return a.placed_at != b.placed_at ? a.placed_at < b.placed_at : a.id < b.id;
}

// Where the page begins: behind the last row seen, and not before the time from which the list goes.
std::optional<order_key> beginning(order_filter const& f, std::optional<order_key> const& after) {
    std::optional<core::timestamp> const bound = f.oldest_first ? f.placed_after : f.placed_before;
    if (!bound) return after;
    order_key first{*bound, {}};  // no order has the nil id, nor that of all ones
    if (f.oldest_first) first.id.bytes.fill(0xff);
    if (!after) return first;
    return (f.oldest_first ? *after < first : first < *after) ? first : *after;
}

}  // namespace

core::task<std::vector<summary_row>> list_orders_by(db::scope in, http::reach where, order_filter f,
                                                    std::optional<order_key> after, std::int64_t limit) {
    auto const from = beginning(f, after);
    auto const until = f.oldest_first ? f.placed_before : f.placed_after;
    std::optional<std::string> like;
    if (f.fragment) like = pattern(*f.fragment);
    std::size_t const filters = (f.status ? sql::by_status : 0) | (from ? sql::begun : 0) |
                                (until ? sql::ended : 0) | (like ? sql::found : 0);
    order_key const key = from.value_or(order_key{});
    std::size_t const at = (f.oldest_first ? sql::filter_sets : 0) + filters;
    auto const end = until.value_or(core::timestamp{});
    if (auto const locations = where.listed())
        co_return co_await in.all(*sql::places_table[at], key.placed_at, key.id, end, f.status, like, limit,
                                  *locations);
    co_return co_await in.all(*sql::list_table[at], key.placed_at, key.id, end, f.status, like, limit);
}

core::task<std::vector<summary_row>> find_order_by(db::scope in, http::reach where, order_filter f,
                                                   std::int64_t number) {
    if (auto const locations = where.listed())
        co_return co_await in.all(sql::find_number_at, number, f.status, f.placed_after, f.placed_before,
                                  false, false, *locations);
    co_return co_await in.all(sql::find_number, number, f.status, f.placed_after, f.placed_before);
}

core::task<std::vector<summary_row>> list_orders_of(db::scope in, core::uuid customer,
                                                    std::optional<order_key> after, std::int64_t limit) {
    constexpr core::timestamp end_of_time{253'402'300'799'000'000};  // of four-digit years
    order_key const from = after.value_or(order_key{end_of_time, {}});
    co_return co_await in.all(sql::list_own, customer, from.placed_at, from.id, limit);
}

work::statement_list list_statements() {
    static constexpr auto all = [] {
        std::array<db::statement_info const*, 2 * sql::list_count + 3> out{};
        for (std::size_t i = 0; i < sql::list_count; ++i) {
            out[i] = sql::list_table[i];
            out[sql::list_count + i] = sql::places_table[i];
        }
        out[2 * sql::list_count] = &sql::find_number;
        out[2 * sql::list_count + 1] = &sql::find_number_at;
        out[2 * sql::list_count + 2] = &sql::list_own;
        return out;
    }();
    return all;
}

}  // namespace orders
