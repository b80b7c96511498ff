// Stock and orders through time: whatever was done in whatever order, each row, each shortage with its
// orders, and every instant that has passed are what a model that counts units says.
#include "app/housekeeping.hpp"
#include "inventory/store.hpp"
#include "seed.hpp"
#include "shop_world.hpp"
#include "stock_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

#include <regex>

namespace {

using namespace integration;
namespace json = boost::json;

constexpr auto get = http::method::get;
constexpr auto post = http::method::post;
constexpr auto patch = http::method::patch;
constexpr std::size_t variants = 2, places = 2;

struct instant {
    std::string at;
    std::vector<std::vector<model_row>> rows;
    std::map<std::size_t, std::string> states;  // of the orders
};

class trader {
public:
    trader(shop_world& shop, shop_client& api, std::uint64_t seed) : shop_(shop), api_(api), random_(seed) {
        for (std::size_t v = 0; v < variants; ++v) variants_.push_back(shop.add_variant());
        for (std::size_t l = 0; l < places; ++l)
            places_.push_back(shop.add_location("l" + std::to_string(l), static_cast<int>(l)));
    }

    core::task<void> trade(int steps) {
        for (std::size_t v = 0; v < variants; ++v)
            for (std::size_t l = 0; l < places; ++l) co_await adjust(v, l, 6);
        remember();
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
            switch (below(8)) {
                case 0:
                case 1:
                case 2: co_await place(); break;
                case 3: co_await cancel(); break;
                case 4: co_await ship(); break;
                case 5: co_await count(below(variants), below(places), static_cast<int>(below(9))); break;
                case 6:
                    co_await adjust(below(variants), below(places), static_cast<int>(below(7)) - 3);
                    break;
                default: co_await allow(below(variants), below(places), static_cast<int>(below(4)));
            }
            compare_rows();
            co_await compare_shortages();
            remember();
        }
        EXPECT_EQ(shop_.broken_stock(), "");
    }
    core::task<void> look_back() {
        for (instant const& then : past_) {
            co_await compare_stock_at(then);
            if (below(3) == 0) co_await compare_orders_at(then);
            if (below(4) == 0) co_await explain(then, below(variants), below(places));
            if (testing::Test::HasFailure()) co_return;
        }
    }
    bool ever_short = false;

private:
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
    std::string key() { return "k" + std::to_string(++keys_); }
    model_row& row(std::size_t v, std::size_t l) { return model_.rows[v][l]; }
    std::string body(std::size_t v, std::size_t l, std::string const& more) {
        return fmt::format(R"({{"variant_id":"{}","location_id":"{}",{}}})", core::to_string(variants_[v]),
                           core::to_string(places_[l]), more);
    }
    core::task<http::reply> ask(http::method verb, std::string path, std::string what) {
        return api_.send(verb, std::move(path), std::move(what),
                         {.key = key(), .if_match = "*", .who = clerk()});
    }

    core::task<void> place() {
        std::vector<stock_model::wanted> lines;
        std::vector<basket_line> basket;
        for (std::size_t v = 0; v < variants; ++v)
            if (lines.empty() || below(2) == 0) {
                std::size_t const which = lines.empty() && below(2) == 0 ? 1 - v : v;
                if (!lines.empty() && lines.front().variant == which) continue;
                lines.push_back({which, 1 + static_cast<int>(below(5))});
                basket.push_back({variants_[which], lines.back().quantity});
            }
        std::size_t const order = orders_.size();
        bool const enough = model_.place(order, lines);
        auto const r = co_await api_.checkout(shop_.add_cart(basket), key());
        EXPECT_EQ(r.status, enough ? 201 : 409) << r.body;
        if (!enough) co_return;
        orders_.push_back(text_at(r, "/order/id"));
        states_[order] = "pending";
    }
    std::optional<std::size_t> some_open() {
        std::vector<std::size_t> open;
        for (auto const& [order, state] : states_)
            if (state == "pending" || state == "confirmed" || state == "processing") open.push_back(order);
        if (open.empty()) return std::nullopt;
        return open[below(open.size())];
    }
    core::task<void> move(std::size_t order, std::string to, int status) {
        auto const r = co_await api_.move(orders_[order], to);
        EXPECT_EQ(r.status, status) << r.body;
        if (r.status == 200) states_[order] = to;
    }
    core::task<void> cancel() {
        auto const order = some_open();
        if (!order) co_return;
        model_.cancel(*order);
        co_await move(*order, "cancelled", 200);
    }
    core::task<void> ship() {
        auto const order = some_open();
        if (!order) co_return;
        if (states_[*order] == "pending") co_await move(*order, "confirmed", 200);
        if (below(3) == 0) co_return;
        if (states_[*order] == "confirmed") co_await move(*order, "processing", 200);
        bool const may = model_.ship(*order);
        co_await move(*order, "shipped", may ? 200 : 409);
    }
    core::task<void> count(std::size_t v, std::size_t l, int found) {
        int const before = row(v, l).on_hand;
        row(v, l).on_hand = found;
        auto const r =
            co_await ask(post, "/v1/admin/stock/counts", body(v, l, fmt::format(R"("counted":{})", found)));
        EXPECT_EQ(r.status, 201) << r.body;
        EXPECT_EQ(number_at(r, "/difference"), found - before);
        EXPECT_EQ(number_at(r, "/shortage"), row(v, l).shortage());
        compare_touched(json_of(r).as_object(), row(v, l));
    }
    core::task<void> adjust(std::size_t v, std::size_t l, int quantity) {
        if (quantity == 0) co_return;
        bool const may = stock_model::adjust(row(v, l), quantity);
        auto const r =
            co_await ask(post, "/v1/admin/stock/adjustments",
                         body(v, l, fmt::format(R"("quantity":{},"reason":"correction")", quantity)));
        EXPECT_EQ(r.status, may ? 201 : 409) << r.body;
    }
    core::task<void> allow(std::size_t v, std::size_t l, int limit) {
        bool const may = stock_model::allow(row(v, l), limit);
        auto const r = co_await ask(patch, path_of(v, l), fmt::format(R"({{"backorder_limit":{}}})", limit));
        EXPECT_EQ(r.status, may ? 200 : 409) << r.body;
    }
    std::string path_of(std::size_t v, std::size_t l) {
        return "/v1/admin/stock/" + core::to_string(variants_[v]) + "/" + core::to_string(places_[l]);
    }

    void compare_rows() {
        for (std::size_t v = 0; v < variants; ++v)
            for (std::size_t l = 0; l < places; ++l) {
                model_row const& m = row(v, l);
                EXPECT_EQ(shop_.stock_of(variants_[v], places_[l]),
                          fmt::format("{}/{}/{}", m.on_hand, m.reserved(), m.shortage()));
            }
    }
    void compare_touched(json::object const& seen, model_row const& m) {
        std::vector<model_row::touched> got;
        for (auto const& o : seen.at("orders").as_array()) {
            auto const order = std::ranges::find(orders_, std::string(o.at("order_id").as_string()));
            EXPECT_NE(order, orders_.end());
            EXPECT_EQ(std::to_string(o.at("number").as_int64()),
                      shop_.sql("select number from sales.orders where id = '" + *order + "'"));
            got.push_back({static_cast<std::size_t>(order - orders_.begin()),
                           static_cast<int>(o.at("quantity").as_int64()),
                           static_cast<int>(o.at("missing").as_int64()),
                           static_cast<int>(o.at("shortage").as_int64())});
        }
        EXPECT_EQ(got, m.short_of()) << json::serialize(seen);
        EXPECT_FALSE(seen.at("more_orders").as_bool());
    }
    core::task<void> compare_shortages() {
        auto const r = co_await api_.send(get, "/v1/admin/stock/shortages");
        EXPECT_EQ(r.status, 200) << r.body;
        auto const document = json_of(r);
        std::size_t seen = 0;
        for (std::size_t v = 0; v < variants; ++v)
            for (std::size_t l = 0; l < places; ++l) {
                if (row(v, l).shortage() == 0) continue;
                ever_short = true;
                auto const& data = document.at("data").as_array();
                auto const at = std::ranges::find_if(data, [&](auto const& one) {
                    return one.at("variant_id").as_string() == core::to_string(variants_[v]) &&
                           one.at("location_id").as_string() == core::to_string(places_[l]);
                });
                if (at == data.end()) {
                    ADD_FAILURE() << "a shortage is not listed: " << r.body;
                    continue;
                }
                EXPECT_EQ(at->at("shortage").as_int64(), row(v, l).shortage());
                compare_touched(at->as_object(), row(v, l));
                ++seen;
            }
        EXPECT_EQ(document.at("data").as_array().size(), seen);
    }

    void remember() {
        past_.push_back({shop_.sql("select to_char(clock_timestamp() at time zone 'utc', "
                                   "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
                         model_.rows, states_});
    }
    core::task<void> compare_stock_at(instant const& then) {
        std::size_t seen = 0;
        std::string after;
        do {
            auto const r = co_await api_.send(get, "/v1/admin/stock?limit=3&at=" + then.at + after);
            EXPECT_EQ(r.status, 200) << r.body;
            auto const page = json_of(r);
            for (auto const& one : page.at("data").as_array()) {
                ++seen;
                auto const [v, l] = place_of(one.as_object());
                model_row const& m = then.rows[v][l];
                EXPECT_EQ(sums_of(one.as_object()), sums_of(m)) << then.at;
                EXPECT_TRUE(one.at("version").is_null());
            }
            after = text_at(r, "/next").empty() ? "" : "&after=" + text_at(r, "/next");
        } while (!after.empty());
        EXPECT_EQ(seen, variants * places);
    }
    std::pair<std::size_t, std::size_t> place_of(json::object const& o) {
        auto const of = [](auto const& all, json::value const& id) {
            auto const found = std::ranges::find_if(
                all, [&](core::uuid const& one) { return core::to_string(one) == id.as_string(); });
            return static_cast<std::size_t>(found - all.begin());
        };
        return {of(variants_, o.at("variant_id")), of(places_, o.at("location_id"))};
    }
    static std::string sums_of(json::object const& o) {
        std::string out;
        for (auto const* name : {"on_hand", "reserved", "backorder_limit", "shortage", "available"})
            out += std::to_string(o.at(name).as_int64()) + " ";
        return out;
    }
    static std::string sums_of(model_row const& m) {
        return fmt::format("{} {} {} {} {} ", m.on_hand, m.reserved(), m.limit, m.shortage(), m.available());
    }

    core::task<void> compare_orders_at(instant const& then) {
        for (std::size_t order = 0; order < orders_.size(); ++order) {
            auto const r = co_await api_.send(get, "/v1/admin/orders/" + orders_[order] + "?at=" + then.at);
            auto const state = then.states.find(order);
            if (state == then.states.end()) {
                EXPECT_EQ(code_of(r), "order_not_yet_placed") << r.body;
                continue;
            }
            EXPECT_EQ(text_at(r, "/status"), state->second) << r.body;
            auto const o = json_of(r);
            EXPECT_EQ(o.at("history").as_array().size(),
                      static_cast<std::size_t>(o.at("version").as_int64()));
            EXPECT_TRUE(o.at("allowed_transitions").as_array().empty());
            EXPECT_EQ(o.at("payment_due_at").is_null(), state->second != "pending") << r.body;
            std::string const held = state->second == "cancelled" ? "released"
                                     : state->second == "shipped" ? "shipped"
                                                                  : "open";
            int open = 0;
            for (auto const& line : o.at("lines").as_array())
                for (auto const& a : line.at("allocations").as_array()) {
                    EXPECT_EQ(a.at("state").as_string(), held);
                    if (held == "open") open += static_cast<int>(a.at("quantity").as_int64());
                }
            int promised = 0;
            for (auto const& of : then.rows)
                for (model_row const& m : of)
                    for (auto const& p : m.open) promised += p.order == order ? p.quantity : 0;
            EXPECT_EQ(open, promised) << r.body;
        }
    }

    // Page by page back to nothing: each movement leads from the balance before it to the one after it.
    core::task<void> explain(instant const& then, std::size_t v, std::size_t l) {
        std::string const target =
            fmt::format("/v1/admin/stock/explain?limit=3&variant_id={}&location_id={}&at={}",
                        core::to_string(variants_[v]), core::to_string(places_[l]), then.at);
        model_row const& m = then.rows[v][l];
        std::int64_t on_hand = m.on_hand, reserved = m.reserved(), count = 0;
        std::string after;
        std::map<std::string, std::pair<std::int64_t, std::int64_t>> of_kind;
        json::array kinds;
        do {
            auto const r = co_await api_.send(get, target + after);
            EXPECT_EQ(r.status, 200) << r.body;
            auto const page = json_of(r);
            EXPECT_EQ(sums_of(page.as_object()), sums_of(m)) << then.at;
            kinds = page.at("kinds").as_array();
            for (auto const& one : page.at("data").as_array()) {
                EXPECT_EQ(one.at("on_hand").as_int64(), on_hand) << r.body;
                EXPECT_EQ(one.at("reserved").as_int64(), reserved);
                on_hand -= one.at("on_hand_delta").as_int64();
                reserved -= one.at("reserved_delta").as_int64();
                auto& sum = of_kind[std::string(one.at("kind").as_string())];
                sum.first += one.at("on_hand_delta").as_int64();
                sum.second += one.at("reserved_delta").as_int64();
                bool const of_order = one.at("reason").as_string().starts_with("order_");
                EXPECT_EQ(one.at("order").is_object(), of_order) << r.body;
                ++count;
            }
            after = text_at(r, "/next").empty() ? "" : "&after=" + text_at(r, "/next");
        } while (!after.empty());
        EXPECT_EQ(on_hand, 0);
        EXPECT_EQ(reserved, 0);
        EXPECT_EQ(kinds.size(), of_kind.size());
        for (auto const& k : kinds) {
            auto const& sum = of_kind[std::string(k.at("kind").as_string())];
            EXPECT_EQ(k.at("on_hand_delta").as_int64(), sum.first);
            EXPECT_EQ(k.at("reserved_delta").as_int64(), sum.second);
            count -= k.at("movements").as_int64();
        }
        EXPECT_EQ(count, 0);
    }

    shop_world& shop_;
    shop_client& api_;
    std::mt19937_64 random_;
    stock_model model_{variants, places};
    std::vector<core::uuid> variants_, places_;
    std::vector<std::string> orders_;
    std::map<std::size_t, std::string> states_;
    std::vector<instant> past_;
    int keys_ = 0;
};

TEST(inventory_past, every_instant_and_every_shortage_is_what_a_model_says) {
    auto seeds = test::seeded();
    bool ever_short = false;
    for (int round = 0; round < 4 && !HasFailure(); ++round) {
        shop_world shop;
        with_client(shop, [&](shop_client& api) -> core::task<void> {
            trader t(shop, api, seeds());
            co_await t.trade(60);
            co_await t.look_back();
            ever_short = ever_short || t.ever_short;
        });
    }
    EXPECT_TRUE(ever_short) << "in 240 steps no count found too little";
}

core::task<void> bad_instants(shop_client& api, shop_world& shop, core::uuid variant, core::uuid location) {
    auto const placed = co_await api.checkout(shop.add_cart({{variant, 2}}), "k");
    std::string const order = "/v1/admin/orders/" + text_at(placed, "/order/id");
    std::string const of =
        "variant_id=" + core::to_string(variant) + "&location_id=" + core::to_string(location);
    for (std::string const& target : {order + "?", std::string("/v1/admin/stock?"),
                                      "/v1/admin/stock?" + of + "&", "/v1/admin/stock/explain?" + of + "&"}) {
        auto const future = co_await api.send(get, target + "at=2999-01-01T00:00:00Z");
        EXPECT_EQ(future.status, 422) << target << future.body;
        EXPECT_EQ(text_at(future, "/errors/0/pointer"), "/at");
        EXPECT_EQ(text_at(future, "/errors/0/code"), "in_the_future");
        auto const nonsense = co_await api.send(get, target + "at=yesterday");
        EXPECT_EQ(text_at(nonsense, "/errors/0/pointer"), "/at") << nonsense.body;
    }
    std::string const long_ago = "at=1999-12-31T23:59:59Z";
    EXPECT_EQ(code_of(co_await api.send(get, order + "?" + long_ago)), "order_not_yet_placed");
    auto const empty = co_await api.send(get, "/v1/admin/stock?" + long_ago);
    EXPECT_EQ(number_at(empty, "/data/0/on_hand"), 0);
    EXPECT_EQ(number_at(empty, "/data/0/available"), 0);
    auto const nothing = co_await api.send(get, "/v1/admin/stock/explain?" + of + "&" + long_ago);
    EXPECT_EQ(number_at(nothing, "/on_hand"), 0);
    EXPECT_TRUE(json_of(nothing).at("data").as_array().empty());
    EXPECT_TRUE(json_of(nothing).at("kinds").as_array().empty());

    auto const now = co_await api.send(get, "/v1/admin/stock/explain?limit=1&" + of);
    EXPECT_EQ(number_at(now, "/on_hand"), 5);
    EXPECT_EQ(number_at(now, "/data/0/order/number"), number_at(placed, "/order/number"));
    EXPECT_EQ(text_at(now, "/data/0/order/line_id"), text_at(placed, "/order/lines/0/id"));
    EXPECT_TRUE(json_of(now).at("at").is_null());
    // A page that lies after the instant is another question's.
    auto const other = co_await api.send(
        get, "/v1/admin/stock/explain?" + of + "&" + long_ago + "&after=" + text_at(now, "/next"));
    EXPECT_EQ(code_of(other), "cursor_invalid");
    auto const missing =
        co_await api.send(get, "/v1/admin/stock/explain?variant_id=" + core::to_string(location) +
                                   "&location_id=" + core::to_string(location));
    EXPECT_EQ(code_of(missing), "stock_not_found");
    api.rights.where = http::reach::only({core::make_uuid7()});
    EXPECT_EQ(code_of(co_await api.send(get, "/v1/admin/stock/explain?" + of)), "stock_not_found");
    EXPECT_EQ(code_of(co_await api.send(get, order + "?" + long_ago)), "order_not_found");
    for (auto const* list : {"/v1/admin/stock?at=2020-01-01T00:00:00Z", "/v1/admin/stock/shortages"})
        EXPECT_TRUE(json_of(co_await api.send(get, list)).at("data").as_array().empty()) << list;
}

TEST(inventory_past, instants_that_cannot_be_asked_for_and_those_before_anything) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 5);
    with_client(shop, [&](shop_client& api) { return bad_instants(api, shop, variant, location); });
}

// How many movements a plan reads.
std::int64_t movements_read(db::session& on, std::string const& arguments, std::string_view name) {
    for (db::statement_info const* s : inventory::statements()) {
        if (s->name != name) continue;
        auto const types =
            on.query(fmt::format("select string_agg(format_type(o, null), ', ' order by n) from"
                                 " unnest(array[{}]::oid[]) with ordinality u (o, n)",
                                 fmt::join(s->parameters, ",")));
        on.run(fmt::format("deallocate all; prepare p ({}) as {}", types[0][0].value(), s->sql));
        std::string plan;
        for (auto const& line :
             on.query("explain (analyze, costs off, timing off, summary off) execute p (" + arguments + ")"))
            plan += line[0].value() + "\n";
        EXPECT_EQ(plan.find("Seq Scan on movements"), plan.npos) << plan;
        std::int64_t rows = 0;
        std::regex const scan(R"(Scan[^\n]* on movements(?: \w+)? \(actual rows=(\d+) loops=(\d+)\))");
        for (std::sregex_iterator at(plan.begin(), plan.end(), scan), end; at != end; ++at)
            rows += std::stoll((*at)[1].str()) * std::stoll((*at)[2].str());
        EXPECT_GT(rows, 0) << plan;
        return rows;
    }
    ADD_FAILURE() << "no statement " << name;
    return 0;
}

core::task<void> sums_agree(shop_client& api, shop_world& shop, std::string of) {
    for (int const hours : {0, 1, 2, 24, 47, 60}) {
        std::string const at =
            shop.sql(fmt::format("select to_char((now() - interval '{} hours') at time zone 'utc', "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
                                 hours));
        auto const truth = shop.sql(
            "select coalesce(sum(on_hand_delta), 0) || ' ' || count(*)"
            " from inventory.movements where at <= '" +
            at + "'");
        auto const listed = co_await api.send(get, "/v1/admin/stock?at=" + at);
        auto const told = co_await api.send(get, "/v1/admin/stock/explain?limit=100&" + of + "&at=" + at);
        std::int64_t movements = 0;
        auto const document = json_of(told);
        for (auto const& k : document.at("kinds").as_array()) movements += k.at("movements").as_int64();
        EXPECT_EQ(fmt::format("{} {}", number_at(listed, "/data/0/on_hand"), movements), truth) << at;
        EXPECT_EQ(number_at(told, "/on_hand"), number_at(listed, "/data/0/on_hand"));
        if (text_at(told, "/next").empty()) continue;
        auto const older = co_await api.send(
            get, "/v1/admin/stock/explain?limit=1&" + of + "&at=" + at + "&after=" + text_at(told, "/next"));
        EXPECT_EQ(number_at(older, "/data/0/on_hand"),
                  number_at(told, "/data/99/on_hand") - number_at(told, "/data/99/on_hand_delta"));
    }
}

void keep_house(shop_world& shop) {
    app::housekeeping keeper(app::every_chore());
    with_database(options_for(shop.database.app_url()), [&](db::database& on) { return keeper.run(on); });
}

// Forty thousand movements in two days, and as many subtotals as there were turns of the housekeeping.
TEST(inventory_past, costs_no_more_the_longer_it_is) {
    shop_world shop;
    auto const location = shop.add_location("main", 0);
    auto const variant = shop.add_variant();
    shop.put_stock(variant, location, 0);
    db::session owner(shop.database.owner_url());
    auto const trade = [&](int from, int to) {
        owner.run(fmt::format(
            "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, "
            "reserved_delta, reason,"
            " actor_kind, at)"
            " select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '{0}', '{1}',"
            "        case when n % 3 = 0 then 'receive' else 'adjust' end, 1 + n % 3, 0, 'correction', "
            "'system',"
            "        now() - interval '48 hours' + n * interval '4 seconds'"
            "   from generate_series({2}, {3}) n;"
            "update inventory.stock set version = 1 + {3}, on_hand = (select sum(on_hand_delta) from "
            "inventory.movements)",
            core::to_string(variant), core::to_string(location), from, to));
    };
    for (int n = 0; n < 40'000; n += 2'000) {
        trade(n + 1, n + 2'000);
        keep_house(shop);
    }
    owner.run("analyze inventory.movements; analyze inventory.subtotals");
    EXPECT_EQ(shop.sql("select count(distinct at) from inventory.subtotals"), "20");
    keep_house(shop);
    EXPECT_EQ(shop.sql("select count(distinct at) from inventory.subtotals"), "20")
        << "nothing new, nothing written";
    std::string const row = fmt::format("array['{}'::uuid], array['{}'::uuid]", core::to_string(variant),
                                        core::to_string(location));
    std::string const one = fmt::format("'{}', '{}'", core::to_string(variant), core::to_string(location));
    for (auto const* at : {"now() - interval '7 hours'", "now() - interval '30 hours'"}) {
        EXPECT_LE(movements_read(owner, row + ", " + at, "inventory.sum_stock_at"), 2'000);
        auto const page = one + ", " + at + ", " + at + ", 'ffffffff-ffff-ffff-ffff-ffffffffffff', 21";
        EXPECT_LE(movements_read(owner, page, "inventory.explain_page"), 2 * 2'000 + 21);
    }
    with_client(shop, [&](shop_client& api) {
        return sums_agree(
            api, shop,
            "variant_id=" + core::to_string(variant) + "&location_id=" + core::to_string(location));
    });
}

}  // namespace
