// The sample shop is true: what its orders say, its shelves, ledger, payments and audit trail say too.
#include "sample/sample.hpp"
#include "identity/identity.hpp"
#include "markup/html.hpp"
#include "sample/catalogue.hpp"
#include "sample/pictures.hpp"
#include "shop_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace {

using namespace integration;
using namespace std::chrono_literals;

constexpr auto usd = core::currency::unchecked("USD");

struct sample_world : shop_world {
    crypto::password_pool passwords{{.threads = 2}};

    // With the roles that the first start makes.
    void prepare() {
        with_database(options_for(database.app_url()), [this](db::database& d) { return set_up(d); });
    }
    std::optional<sample::loaded> load(core::currency currency = usd) {
        return load_as(database.owner_url(), currency);
    }
    std::optional<sample::loaded> load_as(std::string url, core::currency currency = usd) {
        std::optional<sample::loaded> out;
        with_database(options_for(std::move(url)), [&](db::database& d) { return run(d, currency, out); });
        return out;
    }
    bool is_there() {
        bool out = false;
        with_database(options_for(database.app_url()), [&](db::database& d) { return look(d, out); });
        return out;
    }
    std::string count(std::string const& from) { return sql("select count(*) from " + from); }

    core::task<void> run(db::database& d, core::currency currency, std::optional<sample::loaded>& out) {
        out = co_await sample::load(d.use(in(60s)), passwords, currency, "http://127.0.0.1:8080");
    }

private:
    core::task<void> look(db::database& d, bool& out) { out = co_await sample::is_there(d.use(in(30s))); }
    core::task<void> set_up(db::database& d) {
        auto const made = co_await identity::ensure_owner(
            d.use(in(30s)), passwords, {"owner@example.com", "Owner", "correct horse battery"});
        EXPECT_TRUE(made && *made);
    }
};

TEST(sample_shop, is_whole) {
    sample_world shop;
    shop.prepare();
    auto const done = shop.load();
    ASSERT_TRUE(done);
    EXPECT_EQ(shop.count("catalog.products"), std::to_string(done->products));
    EXPECT_EQ(shop.count("catalog.variants"), std::to_string(done->variants));
    EXPECT_EQ(shop.count("sales.orders"), std::to_string(done->orders));
    EXPECT_GE(done->products, 40U);
    EXPECT_GE(done->orders, 30U);
    EXPECT_EQ(shop.sql("select string_agg(status, ' ' order by rank) from sales.order_status s"
                       " where exists (select from sales.order_heads h where h.status = s.status)"),
              "pending confirmed processing shipped delivered cancelled");
    EXPECT_EQ(shop.count("catalog.categories where parent_id is null"), "3");
    EXPECT_NE(shop.count("catalog.products where published_at is null"), "0");
    EXPECT_EQ(shop.count("catalog.products where archived_at is not null"), "1");
    EXPECT_EQ(shop.count("inventory.locations"), "2");
    EXPECT_EQ(shop.count("catalog.variants v where (select count(*) from catalog.prices p"
                         " where p.variant_id = v.id and p.currency in ('USD', 'EUR')) <> 2"),
              "0");
    EXPECT_NE(shop.count("inventory.stock where backorder_limit > 0"), "0");
    EXPECT_NE(shop.count("(select variant_id from inventory.stock group by 1"
                         " having sum(on_hand + backorder_limit) = 0) empty"),
              "0");
}

TEST(sample_shop, adds_up) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load());
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(
        shop.sql("select coalesce(sum(quantity), 0) from inventory.reservations where state = 'open'"),
        shop.sql("select sum(l.quantity) from sales.order_lines l join sales.order_heads h using (order_id)"
                 " where h.status in ('pending', 'confirmed', 'processing')"));
    EXPECT_EQ(
        shop.sql("select coalesce(sum(quantity), 0) from inventory.reservations where state = 'shipped'"),
        shop.sql("select sum(l.quantity) from sales.order_lines l join sales.order_heads h using (order_id)"
                 " where h.status in ('shipped', 'delivered')"));
    EXPECT_EQ(
        shop.count(
            "sales.payments p join sales.orders o on o.id = p.order_id where p.amount <>"
            " (select sum(total_amount) from sales.order_lines l where l.order_id = o.id) +"
            " (select coalesce(sum(amount), 0) from sales.order_adjustments a where a.order_id = o.id)"),
        "0");
    EXPECT_EQ(shop.sql("select string_agg(distinct kind, ' ' order by kind) from sales.payment_events"),
              "captured refund_requested refunded requested voided");
    EXPECT_EQ(shop.count("sales.order_status_history"),
              shop.count("audit.entries where resource = 'orders' and action = 'carrack sample'"));
    EXPECT_EQ(
        shop.sql("select sum((c ->> 'after')::bigint) from audit.entries, jsonb_array_elements(changes) c"
                 " where resource = 'stock' and c ->> 'field' = 'units'"),
        shop.sql("select sum(on_hand_delta) from inventory.movements where kind = 'adjust'"));
    EXPECT_EQ(shop.count("sales.order_status_history where seq > 0 and actor_kind = 'system'"), "0");
    EXPECT_EQ(shop.count("sales.order_status_history h where actor_kind = 'staff'"
                         " and not exists (select from identity.users u where u.id = h.actor_id)"),
              "0");
}

TEST(sample_shop, has_a_past_of_weeks) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load());
    EXPECT_EQ(shop.broken_stock(), "");
    EXPECT_EQ(shop.sql("select max(placed_at) - min(placed_at) > interval '20 days' from sales.orders"), "t");
    EXPECT_EQ(
        shop.count("(select placed_at <= lag(placed_at) over (order by number) as wrong from sales.orders) o"
                   " where wrong"),
        "0")
        << "numbers ascend with time";
    EXPECT_EQ(shop.count("(select at <= lag(at) over (partition by order_id order by seq) as wrong"
                         " from sales.order_status_history) h where wrong"),
              "0");
    EXPECT_EQ(shop.count("sales.order_status_history where at > clock_timestamp()"), "0");
    EXPECT_EQ(shop.count("sales.order_heads h join sales.orders o on o.id = h.order_id"
                         " join sales.order_status_history s on s.order_id = o.id and s.seq = h.seq"
                         " where h.placed_at <> o.placed_at or h.changed_at <> s.at"),
              "0")
        << "heads are the history's last rows";
    EXPECT_EQ(shop.count("sales.order_status_history h join sales.orders o on o.id = h.order_id"
                         " where seq = 0 and at <> placed_at"),
              "0");
    // What belongs to one act lies within a moment of it.
    EXPECT_EQ(shop.count(
                  "inventory.movements m join inventory.reservations r using (order_line_id, location_id)"
                  " join sales.order_status_history h on h.order_id = r.order_id and h.status ="
                  " case m.kind when 'reserve' then 'pending' when 'ship' then 'shipped' else 'cancelled' end"
                  " where m.at not between h.at - interval '5 seconds' and h.at + interval '5 seconds'"),
              "0");
    EXPECT_EQ(
        shop.count(
            "sales.payment_events e join sales.payments p on p.id = e.payment_id"
            " join sales.orders o on o.id = p.order_id where (e.kind = 'requested' and e.at <> o.placed_at)"
            " or e.at < o.placed_at or e.at > clock_timestamp()"),
        "0");
    EXPECT_EQ(
        shop.count("audit.entries a where resource = 'orders' and action = 'carrack sample' and not exists"
                   " (select from sales.order_status_history h where h.order_id::text = a.resource_id and"
                   " a.at between h.at - interval '5 seconds' and h.at + interval '5 seconds')"),
        "0");
    for (std::string const table : {"inventory.movements", "audit.entries"})
        EXPECT_EQ(
            shop.count("(select at < lag(at) over (order by id) as wrong, abs(extract(epoch from at) * 1000 -"
                       " ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint) > 1000 as foreign_id"
                       " from " +
                       table + ") x where wrong or foreign_id"),
            "0")
            << table << "'s ids are those of their time";
    EXPECT_EQ(shop.count("catalog.products where created_at > (select min(placed_at) from sales.orders)"),
              "0");
    EXPECT_EQ(shop.count("identity.users where email = 'manager@example.com'"
                         " and created_at > (select min(placed_at) from sales.orders)"),
              "0");
}

TEST(sample_shop, has_just_happened_for_a_role_that_may_not_rewrite_history) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load_as(shop.database.app_url()));
    EXPECT_EQ(shop.count("sales.orders where placed_at < clock_timestamp() - interval '10 minutes'"), "0");
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(sample_shop, has_pictures_that_follow_the_servers_address) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load());
    EXPECT_EQ(shop.count("catalog.products p where not exists (select from catalog.media m"
                         " where m.product_id = p.id and m.url like 'http://127.0.0.1:8080/sample/%.svg')"),
              "0");
    for (auto const& name : sample::picture_names()) {
        auto const svg = sample::draw(name);
        ASSERT_TRUE(svg) << name;
        EXPECT_LT(svg->size(), 4096U) << name;
    }
    EXPECT_FALSE(sample::draw("rope-sea"));
    auto const move = [&] {
        with_database(options_for(shop.database.app_url()), [](db::database& d) -> core::task<void> {
            return sample::move_pictures(d.use(in(30s)), "https://shop.example");
        });
    };
    std::string const versions = "select sum(version) from catalog.products";
    auto const before = shop.sql(versions);
    move();
    EXPECT_EQ(shop.count("catalog.media where url not like 'https://shop.example/sample/%.svg'"), "0");
    auto const after = shop.sql(versions);
    EXPECT_NE(after, before) << "who holds an ETag learns of it";
    move();
    EXPECT_EQ(shop.sql(versions), after);
}

TEST(sample_shop, has_staff_who_can_sign_in) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load());
    for (sample::account const& who : sample::staff) {
        auto const hash = shop.sql(fmt::format(
            "select u.password_hash from identity.users u join identity.user_roles ur on ur.user_id = u.id"
            " join identity.roles r on r.id = ur.role_id where u.email = '{}' and r.name = '{}'",
            who.email, who.role));
        with_database(options_for(shop.database.app_url()), [&](db::database&) -> core::task<void> {
            auto const right = co_await shop.passwords.verify(std::string(sample::staff_password), hash);
            EXPECT_TRUE(right && *right) << who.email;
        });
    }
}

TEST(sample_shop, has_customers_who_can_sign_in_and_have_ordered) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load());
    for (sample::account const& who : sample::shoppers) {
        with_database(options_for(shop.database.app_url()), [&](db::database& d) -> core::task<void> {
            EXPECT_TRUE(co_await identity::signs_in_with(
                d.use(in(30s)), shop.passwords, identity::account_kind::customer, std::string(who.email),
                std::string(sample::staff_password)))
                << who.email;
        });
        EXPECT_NE(shop.count(fmt::format("sales.orders o join identity.users u on u.id = o.customer_id"
                                         " where u.kind = 'customer' and u.email = '{0}' and o.email = '{0}'",
                                         who.email)),
                  "0");
        EXPECT_EQ(
            shop.count(fmt::format("sales.orders where email = '{}' and customer_id is null", who.email)),
            "0");
    }
    EXPECT_EQ(
        shop.count("sales.order_status_history h join sales.orders o on o.id = h.order_id where seq = 0"
                   " and (actor_kind, actor_id) is distinct from"
                   " (case when o.customer_id is null then 'guest' else 'customer' end, o.customer_id)"),
        "0");
}

TEST(sample_shop, is_loaded_into_an_empty_database_only) {
    sample_world shop;
    shop.prepare();
    shop.add_variant();
    EXPECT_FALSE(shop.load());
    EXPECT_FALSE(shop.is_there());
    EXPECT_EQ(shop.count("catalog.products"), "1");
    EXPECT_EQ(shop.count("identity.users where email = 'manager@example.com'"), "0");
}

TEST(sample_shop, is_loaded_once_when_two_begin_at_once) {
    sample_world shop;
    shop.prepare();
    std::optional<sample::loaded> one, other;
    with_database(options_for(shop.database.app_url()), [&](db::database& d) -> core::task<void> {
        std::vector<core::task<void>> both;
        both.push_back(shop.run(d, usd, one));
        both.push_back(shop.run(d, usd, other));
        co_await all_of(std::move(both));
    });
    EXPECT_NE(one.has_value(), other.has_value());
    EXPECT_EQ(shop.count("catalog.products"), std::to_string((one ? one : other)->products));
    EXPECT_FALSE(shop.load());
    EXPECT_TRUE(shop.is_there());
    EXPECT_EQ(shop.broken_stock(), "");
}

TEST(sample_shop, sells_in_the_shops_own_currency_too) {
    sample_world shop;
    shop.prepare();
    ASSERT_TRUE(shop.load(core::currency::unchecked("JPY")));
    EXPECT_EQ(shop.sql("select p.amount from catalog.prices p join catalog.variants v on v.id = p.variant_id"
                       " where v.sku = 'HH-DL-06-N' and p.currency = 'JPY'"),
              "39");
    EXPECT_EQ(shop.count("sales.shipping_rates where currency = 'JPY'"), "3");
}

TEST(sample_shop, says_nothing_that_would_be_taken_out) {
    for (auto const& draft : sample::all_goods(usd, "http://shop.example").drafts) {
        EXPECT_EQ(markup::sanitise_html(*draft.description_html), *draft.description_html) << draft.handle;
        EXPECT_TRUE(catalog::faults_of(draft).empty()) << draft.handle;
    }
}

TEST(sample_shop, has_barcodes_that_scan) { EXPECT_EQ(sample::barcode(1), "2000000000015"); }

}  // namespace
