// The sample shop is true: what its orders say, its shelves, ledger, payments and audit trail say too.
#include "sample/sample.hpp"
#include "identity/identity.hpp"
#include "markup/html.hpp"
#include "sample/catalogue.hpp"
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
        std::optional<sample::loaded> out;
        with_database(options_for(database.app_url()),
                      [&](db::database& d) { return run(d, currency, out); });
        return out;
    }
    std::string count(std::string const& from) { return sql("select count(*) from " + from); }

    core::task<void> run(db::database& d, core::currency currency, std::optional<sample::loaded>& out) {
        out = co_await sample::load(d.use(in(60s)), passwords, currency);
    }

private:
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

TEST(sample_shop, is_loaded_into_an_empty_database_only) {
    sample_world shop;
    shop.prepare();
    shop.add_variant();
    EXPECT_FALSE(shop.load());
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
    for (auto const& draft : sample::all_goods(usd).drafts) {
        EXPECT_EQ(markup::sanitise_html(*draft.description_html), *draft.description_html) << draft.handle;
        EXPECT_TRUE(catalog::faults_of(draft).empty()) << draft.handle;
    }
}

TEST(sample_shop, has_barcodes_that_scan) { EXPECT_EQ(sample::barcode(1), "2000000000015"); }

}  // namespace
