// What is removed and what stays, also when two processes clean up at once.
#include "app/housekeeping.hpp"
#include "loop/loop.hpp"
#include "observe/metrics.hpp"
#include "shop_world.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace {

using namespace integration;
using namespace std::chrono_literals;

constexpr auto keys = R"sql(
    insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body, at)
    select 'staff:x', 'old ' || n, '\x00'::bytea, 201, '\x00'::bytea, now() - interval '25 hours' from generate_series(1, 1201) n
    union all
    select 'staff:x', 'new ' || n, '\x00'::bytea, 201, '\x00'::bytea, now() - interval '23 hours' from generate_series(1, 5) n
)sql";

constexpr auto sign_ins = R"sql(
    insert into identity.users (id, kind, email, name)
    values ('00000000-0000-7000-8000-000000000001', 'staff', 'a@example.com', 'A');
    insert into identity.sessions (id, user_id, expires_at, ended_at, end_reason)
    select gen_random_uuid(), u.id, now() + d * interval '1 day', null, null
      from identity.users u, unnest(array[-31, -29, 1]) d where u.email = 'a@example.com'
    union all
    select gen_random_uuid(), u.id, now() + interval '60 days', now() + d * interval '1 day', 'logout'
      from identity.users u, unnest(array[-31, -29]) d, generate_series(1, 50)
     where u.email = 'a@example.com';
    insert into identity.refresh_tokens (digest, session_id, parent, expires_at)
    select sha256(('a' || id)::bytea), id, null, now() from identity.sessions;
    insert into identity.refresh_tokens (digest, session_id, parent, expires_at)
    select sha256(('b' || id)::bytea), id, sha256(('a' || id)::bytea), now() from identity.sessions;
)sql";

std::string left(shop_world& shop) {
    return shop.sql(R"sql(
        select concat_ws(' ', (select count(*) from ops.idempotency_keys where key like 'old%'),
                              (select count(*) from ops.idempotency_keys where key not like 'old%'),
                              (select count(*) from sales.carts where order_id is null),
                              (select count(*) from sales.carts where order_id is not null),
                              (select count(*) from sales.cart_lines),
                              (select count(*) from identity.sessions),
                              (select count(*) from identity.refresh_tokens)))sql");
}

core::task<void> buy(shop_client& api, core::uuid cart) {
    auto const placed = co_await api.checkout(cart, "bought");
    EXPECT_EQ(placed.status, 201) << placed.body;
}

void fill(shop_world& shop) {
    auto const place = shop.add_location("main", 0);
    auto const mug = shop.add_variant();
    shop.put_stock(mug, place, 10);
    auto const bought = shop.add_cart({{mug, 1}});
    with_client(shop, [&](shop_client& api) { return buy(api, bought); });
    for (int i = 0; i < 3; ++i) (void)shop.add_cart({{mug, 1}});
    db::session admin(shop.database.admin_url());
    admin.run("update sales.carts set updated_at = now() - interval '31 days'");
    (void)shop.add_cart({{mug, 1}});  // today's
    admin.run(keys);
    admin.run(sign_ins);
}

void clean(test_database const& d, app::housekeeping& keeper) {
    with_database(options_for(d.app_url()), [&](db::database& on) { return keeper.run(on); });
}

TEST(app_housekeeping, removes_what_nobody_needs_and_nothing_else) {
    shop_world shop;
    fill(shop);
    EXPECT_EQ(left(shop), "1201 6 4 1 5 103 206");  // the key of the checkout is new, too
    app::housekeeping keeper(app::every_chore());
    clean(shop.database, keeper);
    EXPECT_EQ(left(shop), "0 6 1 1 2 52 104");
    EXPECT_THAT(observe::render_metrics(),
                testing::HasSubstr("carrack_rows_removed_total{what=\"idempotency_keys\"} 1201"));
    clean(shop.database, keeper);
    EXPECT_EQ(left(shop), "0 6 1 1 2 52 104");
}

TEST(app_housekeeping, two_processes_do_not_get_in_each_others_way) {
    shop_world shop;
    fill(shop);
    db::session other(shop.database.admin_url());
    other.run("begin; select 1 from ops.idempotency_keys where key = 'old 7' for update");
    std::vector<std::thread> processes;
    for (int i = 0; i < 2; ++i)
        processes.emplace_back([&] {
            app::housekeeping keeper(app::every_chore());
            clean(shop.database, keeper);
        });
    for (auto& p : processes) p.join();
    EXPECT_EQ(left(shop), "1 6 1 1 2 52 104") << "what somebody holds is skipped, not waited for";
}

core::task<void> woken_twice(db::database& d, app::housekeeping& keeper, shop_world& shop) {
    keeper.woken(d);
    co_await until([&] { return left(shop).starts_with("0 "); });
    co_await until([&] { return d.measure().idle_connections == d.measure().transaction_connections; });
    db::session(shop.database.admin_url()).run(keys + std::string(" on conflict do nothing"));
    auto const before = d.measure().statements;
    keeper.woken(d);
    co_await loop::sleep(50ms);
    EXPECT_EQ(d.measure().statements, before) << "within a minute";
}

TEST(app_housekeeping, is_woken_at_most_once_a_minute) {
    shop_world shop;
    fill(shop);
    int turns = 0;
    app::housekeeping keeper(app::every_chore(), [&turns](db::database&) -> core::task<void> {
        ++turns;
        co_return;
    });
    with_database(options_for(shop.database.app_url()),
                  [&](db::database& d) { return woken_twice(d, keeper, shop); });
    EXPECT_EQ(turns, 1);
}

TEST(app_housekeeping, removes_registrations_that_nobody_finished) {
    shop_world shop;
    db::session(shop.database.admin_url())
        .run(
            "insert into identity.registrations (digest, email, password_hash, expires_at)"
            " select sha256(n::text::bytea), 'a@example.com', 'x', now() + n * interval '1 hour'"
            " from unnest(array[-2, -1, 1]) n");
    app::housekeeping keeper(app::every_chore());
    clean(shop.database, keeper);
    EXPECT_EQ(shop.sql("select count(*) from identity.registrations"), "1");
}

}  // namespace
