#include "inventory/past.hpp"

#include "db/sql_text.hpp"
#include "identity/identity.hpp"

#include <algorithm>

namespace inventory {

constexpr db::statement<core::timestamp()> read_clock{"inventory.read_clock",
                                                      "select clock_timestamp() as value"};

namespace {

using uuids = std::vector<core::uuid>;

struct summed_row {
    core::uuid variant_id;
    core::uuid location_id;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t backorder_limit = 0;
};
BOOST_DESCRIBE_STRUCT(summed_row, (), (variant_id, location_id, on_hand, reserved, backorder_limit))

// variants, locations; the instant, which is part of what is summed.
constexpr db::statement<summed_row(uuids, uuids, core::timestamp)> sum_stock_at{"inventory.sum_stock_at",
                                                                                R"sql(
    select w.variant_id, w.location_id, (coalesce(t.on_hand, 0) + coalesce(m.on_hand, 0))::bigint as on_hand,
           (coalesce(t.reserved, 0) + coalesce(m.reserved, 0))::bigint as reserved,
           coalesce(l.backorder_limit, 0) as backorder_limit
      from unnest($1::uuid[], $2::uuid[]) with ordinality as w (variant_id, location_id, place)
     cross join lateral (select coalesce(max(i.at), '-infinity') as since from inventory.subtotals i
                          where i.variant_id = w.variant_id and i.location_id = w.location_id and i.at <= $3) e
     cross join lateral (select sum(i.on_hand) as on_hand, sum(i.reserved) as reserved from inventory.subtotals i
                          where i.variant_id = w.variant_id and i.location_id = w.location_id and i.at = e.since) t
     cross join lateral (select sum(i.on_hand_delta) as on_hand, sum(i.reserved_delta) as reserved
                           from inventory.movements i
                          where i.variant_id = w.variant_id and i.location_id = w.location_id and i.at <= $3
                            and i.at > e.since) m
      left join lateral (select i.backorder_limit from inventory.backorder_limits i
                          where i.variant_id = w.variant_id and i.location_id = w.location_id and i.at <= $3
                          order by i.at desc limit 1) l on true
     order by w.place)sql"};

// What a page of the past is read as: the sums stand in every row of it, and in one of their own where there
// is no movement.
struct page_row {
    std::vector<std::string> kinds;
    std::vector<std::int64_t> counts;
    std::vector<std::int64_t> on_hands;
    std::vector<std::int64_t> reserveds;
    std::int64_t limit_then = 0;
    std::optional<std::int64_t> on_hand;
    std::optional<std::int64_t> reserved;
    std::optional<core::uuid> id;
    std::optional<core::timestamp> at;
    std::optional<std::string> kind;
    std::optional<std::int64_t> on_hand_delta;
    std::optional<std::int64_t> reserved_delta;
    std::optional<std::string> reason;
    std::optional<std::string> note;
    std::optional<core::uuid> order_id;
    std::optional<core::uuid> order_line_id;
    std::optional<std::string> actor_kind;
    std::optional<core::uuid> actor_id;
    std::optional<std::string> actor_name;
};
BOOST_DESCRIBE_STRUCT(page_row, (),
                      (kinds, counts, on_hands, reserveds, limit_then, on_hand, reserved, id, at, kind,
                       on_hand_delta, reserved_delta, reason, note, order_id, order_line_id, actor_kind,
                       actor_id, actor_name))

// variant, location; the instant; the place in the ledger before which the page lies; its length.
constexpr std::string_view page_of_past = R"sql(
    with edge as (
        select (select coalesce(max(i.at), '-infinity') from inventory.subtotals i
                 where i.variant_id = $1 and i.location_id = $2 and i.at <= $3) as before_all,
               (select coalesce(max(i.at), '-infinity') from inventory.subtotals i
                 where i.variant_id = $1 and i.location_id = $2 and i.at < $4) as before_page
    ), by_kind as (
        select x.kind, sum(x.movements)::bigint as movements, sum(x.on_hand)::bigint as on_hand,
               sum(x.reserved)::bigint as reserved
          from (select i.kind, i.movements, i.on_hand, i.reserved from inventory.subtotals i
                 where i.variant_id = $1 and i.location_id = $2 and i.at = (select before_all from edge)
                union all
                select i.kind, 1, i.on_hand_delta, i.reserved_delta from inventory.movements i
                 where i.variant_id = $1 and i.location_id = $2 and i.at <= $3
                   and i.at > (select before_all from edge)) x
         group by x.kind
    ), all_kinds as (
        select coalesce(array_agg(kind order by kind), '{}') as kinds,
               coalesce(array_agg(movements order by kind), '{}') as counts,
               coalesce(array_agg(on_hand order by kind), '{}') as on_hands,
               coalesce(array_agg(reserved order by kind), '{}') as reserveds
          from by_kind
    ), below as (
        select coalesce(sum(x.on_hand), 0) as on_hand, coalesce(sum(x.reserved), 0) as reserved
          from (select i.on_hand, i.reserved from inventory.subtotals i
                 where i.variant_id = $1 and i.location_id = $2 and i.at = (select before_page from edge)
                union all
                select i.on_hand_delta, i.reserved_delta from inventory.movements i
                 where i.variant_id = $1 and i.location_id = $2 and (i.at, i.id) < ($4, $5)
                   and i.at > (select before_page from edge)) x
    ), page as (
        select i.id, i.at, i.kind, i.on_hand_delta, i.reserved_delta, i.reason, i.note, i.order_id, i.order_line_id,
               i.actor_kind, i.actor_id
          from inventory.movements i
         where i.variant_id = $1 and i.location_id = $2 and (i.at, i.id) < ($4, $5)
         order by i.at desc, i.id desc limit $6
    )
    select k.kinds, k.counts, k.on_hands, k.reserveds,
           coalesce((select i.backorder_limit from inventory.backorder_limits i
                      where i.variant_id = $1 and i.location_id = $2 and i.at <= $3
                      order by i.at desc limit 1), 0) as limit_then,
           (b.on_hand - coalesce(sum(p.on_hand_delta) over newer, 0))::bigint as on_hand,
           (b.reserved - coalesce(sum(p.reserved_delta) over newer, 0))::bigint as reserved,
           p.id, p.at, p.kind, p.on_hand_delta, p.reserved_delta, p.reason, p.note, p.order_id, p.order_line_id,
           p.actor_kind, p.actor_id, )sql";
constexpr std::string_view of_page = R"sql( as actor_name
      from all_kinds k cross join below b left join page p on true
    window newer as (order by p.at desc, p.id desc rows between unbounded preceding and 1 preceding)
     order by p.at desc, p.id desc)sql";

constexpr db::statement<page_row(core::uuid, core::uuid, core::timestamp, core::timestamp, core::uuid,
                                 std::int64_t)>
    explain_page{"inventory.explain_page", db::joined<page_of_past, identity::actor_name_sql, of_page>};

// Rows that have moved often since their last subtotals are found among the newest movements. Everything up
// to the newest movement that can be seen is in the sums: a stock row's movements are dated under its lock,
// and who held it before has committed. A minute's distance lets the database's clock be put back by less.
constexpr db::statement<db::none()> write_subtotals{"inventory.write_subtotals", R"sql(
    with recent as (
        select distinct r.variant_id, r.location_id
          from (select variant_id, location_id from inventory.movements order by id desc limit 2000) r
    ), due as (
        select s.variant_id, s.location_id, s.version, coalesce(l.at, '-infinity') as since, n.at
          from recent r
          join inventory.stock s on s.variant_id = r.variant_id and s.location_id = r.location_id
          left join lateral (select i.at, i.version from inventory.subtotals i
                              where i.variant_id = s.variant_id and i.location_id = s.location_id
                              order by i.at desc limit 1) l on true
         cross join lateral (select i.at from inventory.movements i
                              where i.variant_id = s.variant_id and i.location_id = s.location_id
                                and i.at <= now() - interval '1 minute'
                              order by i.at desc limit 1) n
         where s.version >= coalesce(l.version, 0) + 1000 and n.at > coalesce(l.at, '-infinity')
         limit 20
    )
    insert into inventory.subtotals (variant_id, location_id, at, kind, version, movements, on_hand, reserved)
    select d.variant_id, d.location_id, d.at, x.kind, d.version, sum(x.movements), sum(x.on_hand), sum(x.reserved)
      from due d
     cross join lateral (select i.kind, i.movements, i.on_hand, i.reserved from inventory.subtotals i
                          where i.variant_id = d.variant_id and i.location_id = d.location_id and i.at = d.since
                         union all
                         select i.kind, 1, i.on_hand_delta, i.reserved_delta from inventory.movements i
                          where i.variant_id = d.variant_id and i.location_id = d.location_id
                            and i.at > d.since and i.at <= d.at) x
     group by d.variant_id, d.location_id, d.at, x.kind, d.version
    on conflict (variant_id, location_id, at, kind) do nothing)sql"};

void set_shortage(stock_record& s) {
    s.shortage = std::max<std::int64_t>(s.reserved - s.on_hand - s.backorder_limit, 0);
}

explained_row row_of(page_row const& r) {
    return {.id = *r.id,
            .at = *r.at,
            .kind = *r.kind,
            .on_hand_delta = *r.on_hand_delta,
            .reserved_delta = *r.reserved_delta,
            .on_hand = *r.on_hand,
            .reserved = *r.reserved,
            .reason = *r.reason,
            .note = *r.note,
            .order_id = r.order_id,
            .order_line_id = r.order_line_id,
            .actor_kind = *r.actor_kind,
            .actor_id = r.actor_id,
            .actor_name = r.actor_name};
}

explanation read_page(stock_record s, std::vector<page_row> const& rows, bool past) {
    explanation out{.stock = s, .now = {}, .kinds = {}, .movements = {}};
    page_row const& all = rows.front();
    out.stock.on_hand = out.stock.reserved = 0;
    for (std::size_t i = 0; i < all.kinds.size(); ++i) {
        out.kinds.push_back({all.kinds[i], all.counts[i], all.on_hands[i], all.reserveds[i]});
        out.stock.on_hand += all.on_hands[i];
        out.stock.reserved += all.reserveds[i];
    }
    if (past) out.stock.backorder_limit = all.limit_then;
    set_shortage(out.stock);
    for (page_row const& r : rows)
        if (r.id) out.movements.push_back(row_of(r));
    return out;
}

}  // namespace

core::result<core::nothing> check_instant(std::optional<core::timestamp> const& at, core::timestamp now) {
    if (!at || *at <= now) return core::nothing{};
    return core::problem{core::invalid_request, {{"/at", "in_the_future", "must not lie in the future"}}};
}

core::task<std::vector<stock_record>> load_stock_at(db::scope in, std::vector<stock_record> rows,
                                                    core::timestamp at) {
    uuids variants, locations;
    for (stock_record const& s : rows) {
        variants.push_back(s.variant_id);
        locations.push_back(s.location_id);
    }
    std::vector<stock_record> out;
    for (summed_row const& r : co_await in.all(sum_stock_at, variants, locations, at)) {
        stock_record s{.variant_id = r.variant_id,
                       .location_id = r.location_id,
                       .on_hand = r.on_hand,
                       .reserved = r.reserved,
                       .backorder_limit = r.backorder_limit,
                       .shortage = 0,
                       .version = 0};
        set_shortage(s);
        out.push_back(s);
    }
    co_return out;
}

core::task<std::optional<explanation>> explain_row(db::scope in, http::reach where, stock_key of,
                                                   std::optional<core::timestamp> at, moment before,
                                                   std::int64_t limit) {
    if (!where.includes(of.location_id)) co_return std::nullopt;
    db::batch b = in.read();
    auto const row = queue_stock(b, of);
    auto const clock = b.add(read_clock);
    auto const page = b.add(explain_page, of.variant_id, of.location_id, at.value_or(end_of_time), before.at,
                            before.id, limit);
    co_await b.run();
    auto const s = row.first();
    if (!s) co_return std::nullopt;
    explanation out = read_page(*s, page.all(), at.has_value());
    out.now = clock.one();
    co_return out;
}

work::chore_list chores() {
    static constexpr work::chore all[] = {
        {.what = "stock_subtotals", .removal = &write_subtotals, .rows_most = 20 * 7, .adds = true}};
    return all;
}

work::statement_list past_statements() {
    static constexpr db::statement_info const* all[] = {&read_clock, &sum_stock_at, &explain_page,
                                                        &write_subtotals};
    return all;
}

}  // namespace inventory
