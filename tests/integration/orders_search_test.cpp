// The list of orders in a shop with 20,000 of them: whatever is asked for, no statement reads or sorts a
// whole table, and what a search finds is what there is.
#include "shop_world.hpp"

#include "orders/store.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>

namespace {

using namespace integration;

// Order n is n minutes into 2025. Every 50th is pending, every 20th cancelled. Half of the addresses are at
// example.com; every 1000th order is shipped to somebody named Zenobia.
constexpr std::string_view seed = R"sql(
    insert into sales.carts (id, key_digest, currency, email, order_id)
    select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, sha256(n::text::bytea), 'USD', null, null
      from generate_series(1, 20000) n;
    insert into sales.orders (id, number, cart_id, tracking_digest, email, currency, placed_at)
    select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n,
           ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, sha256(n::text::bytea),
           'shopper' || n || case when n % 2 = 0 then '@example.com' else '@mail.test' end, 'USD',
           timestamptz '2025-01-01' + n * interval '1 minute'
      from generate_series(1, 20000) n;
    update sales.carts c set order_id = o.id from sales.orders o where o.cart_id = c.id;
    insert into sales.order_addresses (order_id, kind, name, line1, city, country)
    select id, 'shipping', case when number % 1000 = 0 then 'Zenobia Palmyra' else 'Ada ' || md5(number::text) end,
           '1 Way', 'Town', 'GB'
      from sales.orders;
    insert into sales.order_status_history (order_id, seq, status, actor_kind, at)
    select id, 0, 'pending', 'guest', placed_at from sales.orders;
    insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, actor_kind, at)
    select id, 1, case when number % 20 = 0 then 'cancelled' else 'confirmed' end, 0, 'pending', 'staff', placed_at
      from sales.orders where number % 50 <> 1;
    insert into sales.order_heads (order_id, seq, status, placed_at)
    select distinct on (h.order_id) h.order_id, h.seq, h.status, o.placed_at
      from sales.order_status_history h join sales.orders o on o.id = h.order_id
     order by h.order_id, h.seq desc;
    insert into sales.order_lines (id, order_id, position, variant_id, product_title, variant_title, quantity,
                                   unit_amount, total_amount)
    select gen_random_uuid(), id, 0, (select id from catalog.variants), 'P', 'V', 1, 1999, 1999 from sales.orders;
    insert into sales.order_adjustments (id, order_id, position, kind, label, amount)
    select gen_random_uuid(), id, 0, 'shipping', 'Post', 500 from sales.orders;
    insert into sales.order_places (order_id, location_id, status, placed_at, quantity)
    select h.order_id, p.location_id::uuid, h.status, h.placed_at, 1
      from sales.order_heads h join sales.orders o on o.id = h.order_id
      join (values (4, 0, '00000000-0000-7000-a000-000000000001'), (4, 1, '00000000-0000-7000-a000-000000000001'),
                   (4, 2, '00000000-0000-7000-a000-000000000002'), (4, 3, '00000000-0000-7000-a000-000000000002'),
                   (1000, 0, '00000000-0000-7000-a000-000000000003')) p (n, rest, location_id)
        on o.number % p.n = p.rest;)sql";

// Of four numbers two lie at the first and two at the second, of even ones as of odd ones; every thousandth
// at the third as well.
core::uuid place(int n) {
    return *core::parse_uuid("00000000-0000-7000-a000-00000000000" + std::to_string(n));
}

struct many_orders {
    many_orders() {
        shop.add_variant();
        session.run("begin;" + std::string(seed) + "commit");
        db::session(shop.database.admin_url()).run("vacuum analyze");
    }
    shop_world shop;
    db::session session{shop.database.owner_url()};

    // What an executed plan did, line by line, as EXPLAIN ANALYZE tells it.
    std::vector<std::string> plan(db::statement_info const& s, std::string const& arguments) {
        std::vector<std::string> out;
        for (auto const& r :
             session.query("explain (analyze, costs off, timing off, summary off) execute \"" +
                           std::string(s.name) + "\"(" + arguments + ")"))
            out.push_back(r[0].value());
        return out;
    }
};

// How many rows a line of a plan says came out of it; 0 where it was not run.
std::int64_t rows_of(std::string const& line) {
    std::size_t const at = line.find("actual rows=");
    return at == line.npos ? 0 : std::stoll(line.substr(at + 12));
}

void expect_no_whole_table(many_orders& of, db::statement_info const& s, std::string const& arguments) {
    auto const lines = of.plan(s, arguments);
    std::string whole;
    for (auto const& l : lines) whole += l + "\n";
    for (auto const& l : lines) {
        if (l.find("(never executed)") != l.npos) continue;
        bool const six_rows = l.find("Seq Scan on order_status") != l.npos;
        EXPECT_TRUE(six_rows || l.find("Seq Scan on") == l.npos) << s.name << " (" << arguments << ")\n"
                                                                 << whole;
        if (l.find("Sort") != l.npos || l.find("Scan") != l.npos)
            EXPECT_LT(rows_of(l), 2000) << s.name << " (" << arguments << ")\n" << whole;
    }
}

// In the order of the statements' parameters: where to begin, where to end, status, pattern, how many.
constexpr std::array<std::string_view, 6> questions = {
    "'2025-01-08', '00000000-0000-0000-0000-000000000000', '2025-01-03', 'confirmed', '%shopper%', 21",
    "'2025-01-08', '00000000-0000-0000-0000-000000000000', '2025-01-12', 'confirmed', '%nobody%', 21",
    "'2025-01-02', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '2025-01-14', 'pending', '%zenob%', 101",
    "'2025-01-13', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '2025-01-01', 'cancelled', '%shopper1999%', 21",
    "'2025-01-13', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '2025-01-01', 'delivered', '%mail.test%', 21",
    "'2025-01-13', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '2025-01-14', 'confirmed', '%EXAMPLE%', 2"};

// "{1,3}" as an array of the places of these numbers.
std::string array_of(std::string_view numbers) {
    std::string out = "array[";
    for (char const ch : numbers)
        if (ch >= '0' && ch <= '9')
            out += (out.ends_with('[') ? "'" : ", '") + core::to_string(place(ch - '0')) + "'";
    return out + "]::uuid[]";
}

TEST(orders_search, reads_no_whole_table_whatever_is_asked) {
    many_orders all;
    for (db::statement_info const* s : orders::list_statements()) {
        if (s->name == "orders.list_own") continue;  // orders_customers has that one
        bool const by_number = s->name.starts_with("orders.find_number");
        bool const by_place = s->name.ends_with("_at");
        all.session.run("prepare \"" + std::string(s->name) + "\"" +
                        (by_number ? "(bigint, text, timestamptz, timestamptz"
                                   : "(timestamptz, uuid, timestamptz, text, text, bigint") +
                        (by_number && by_place ? ", boolean, boolean" : "") + (by_place ? ", uuid[])" : ")") +
                        " as " + std::string(s->sql));
        for (auto const* mode : {"force_custom_plan", "force_generic_plan"})
            for (auto const* places : {"{1}", "{3}", "{1,3}", "{1,2}", "{4}"}) {
                std::string const at = by_place ? ", " + array_of(places) : "";
                all.session.run(std::string("set plan_cache_mode = ") + mode);
                if (by_number)
                    expect_no_whole_table(all, *s,
                                          "1234, 'confirmed', null, '2026-01-01'" +
                                              std::string(by_place ? ", true, true" : "") + at);
                for (auto const& q : questions)
                    if (!by_number) expect_no_whole_table(all, *s, std::string(q) + at);
                if (!by_place) break;
            }
    }
    EXPECT_EQ(orders::list_statements().size(), 67U);
}

core::task<std::vector<std::int64_t>> all_pages(shop_client& api, std::string query) {
    std::vector<std::int64_t> out;
    std::string after;
    do {
        auto const page = co_await api.send(http::method::get, "/v1/admin/orders?limit=100" + query + after);
        EXPECT_EQ(page.status, 200) << page.body;
        if (page.status != 200) co_return out;
        auto const document = json_of(page);
        for (auto const& row : document.at("data").as_array()) out.push_back(row.at("number").as_int64());
        after = text_at(page, "/next").empty() ? "" : "&after=" + text_at(page, "/next");
    } while (!after.empty() && out.size() < 25'000);
    co_return out;
}

core::task<void> compare(shop_client& api, many_orders& of, std::string seen) {
    struct {
        std::string query, where;
    } const cases[] = {
        {"&q=zenobia", "a.name ilike '%zenobia%'"},
        {"&q=shopper1999", "o.email ilike '%shopper1999%'"},
        {"&q=xample&status=pending", "o.email ilike '%xample%' and h.status = 'pending'"},
        {"&q=mail.test&status=cancelled", "o.email ilike '%mail.test%' and h.status = 'cancelled'"},
        {"&q=palmyra&placed_before=2025-01-09T00:00:00Z&placed_after=2025-01-02T00:00:00Z",
         "a.name ilike '%palmyra%' and o.placed_at < '2025-01-09Z' and o.placed_at > '2025-01-02Z'"},
        {"&q=er12&status=confirmed&placed_after=2025-01-05T00:00:00Z",
         "o.email ilike '%er12%' and h.status = 'confirmed' and o.placed_at > '2025-01-05Z'"},
        {"&q=%231234", "o.number = 1234"},
        {"&q=nobody", "false"},
        {"&status=cancelled&placed_before=2025-01-03T00:00:00Z",
         "h.status = 'cancelled' and o.placed_at < '2025-01-03Z'"},
    };
    for (auto const& c : cases)
        for (auto const* sort : {"", "&sort=placed_at"}) {
            std::vector<std::int64_t> wanted;
            for (auto const& r : of.session.query(
                     "select o.number from sales.orders o join sales.order_heads h on h.order_id = o.id"
                     " join sales.order_addresses a on a.order_id = o.id where (" +
                     c.where + ") and " + seen + " order by o.number " + (*sort != 0 ? "" : "desc")))
                wanted.push_back(std::stoll(r[0].value()));
            EXPECT_EQ(co_await all_pages(api, c.query + sort), wanted) << c.query << sort << seen;
        }
}

TEST(orders_search, finds_all_there_is_page_by_page) {
    many_orders all;
    with_client(all.shop, [&](shop_client& api) { return compare(api, all, "true"); });
}

TEST(orders_search, finds_all_there_is_at_somebodys_locations) {
    many_orders all;
    with_client(all.shop, [&](shop_client& api) -> core::task<void> {
        api.rights.where = http::reach::only({place(1)});
        co_await compare(api, all, "o.number % 4 < 2");
        api.rights.where = http::reach::only({place(3)});
        co_await compare(api, all, "o.number % 1000 = 0");
        api.rights.where = http::reach::only({place(2), place(3)});
        co_await compare(api, all, "(o.number % 4 > 1 or o.number % 1000 = 0)");
        api.rights.where = http::reach::only({place(1), place(2), place(3)});
        co_await compare(api, all, "true");
        api.rights.where = http::reach::only({place(4)});
        co_await compare(api, all, "false");
    });
}

}  // namespace
