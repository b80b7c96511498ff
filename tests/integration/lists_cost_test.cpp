// What one asks to see costs as many statements and round trips with a thousand rows as with one.
#include "app/routes.hpp"
#include "direct_call.hpp"
#include "identity_shop.hpp"
#include "lent.hpp"
#include "orders/orders.hpp"
#include "postgres_fixture.hpp"
#include "work/shop.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace {

using namespace integration;

// Of kind k the n-th; the first of each has all the children.
core::uuid id(int kind, int n) {
    return *core::parse_uuid(fmt::format("00000000-0000-7000-8{:03}-{:012x}", kind, n));
}
enum kind : int {
    category = 1,
    product,
    variant,
    place,
    user,
    role,
    order,
    line,
    cart,
    payment,
    other,
    api_key = 13,
    customer
};
constexpr auto token = "anything";

// Rows `{0}` to `{1}` of everything. What begins with `one` belongs to the first.
constexpr auto rows = R"sql(
    insert into catalog.categories (id, handle, name)
    select test_id(1, n), 'category-' || n, 'Category ' || n from generate_series({0}, {1}) n;
    insert into catalog.products (id, handle, title, published_at)
    select test_id(2, n), 'product-' || n, 'Product ' || n, now() from generate_series({0}, {1}) n;
    insert into catalog.product_categories select test_id(2, 1), test_id(1, n) from generate_series({0}, {1}) n;
    insert into catalog.media (id, product_id, position, url)
    select test_id(11, n), test_id(2, 1), n, 'https://example.com/' || n from generate_series({0}, {1}) n;
    insert into catalog.variants (id, product_id, position, title)
    select test_id(3, n), test_id(2, 1), n, 'Variant ' || n from generate_series({0}, {1}) n;
    insert into catalog.prices select test_id(3, n), 'USD', 100 from generate_series({0}, {1}) n;
    insert into inventory.locations (id, code, name)
    select test_id(4, n), 'place-' || n, 'Place ' || n from generate_series({0}, {1}) n;
    insert into inventory.stock (variant_id, location_id, on_hand)
    select test_id(3, n), test_id(4, 1), 5 from generate_series({0}, {1}) n;
    insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason,
                                     actor_kind, actor_id)
    select test_id(11, n), test_id(3, 1), test_id(4, 1), 'receive', 1, 0, 'received', 'staff', test_id(5, 1)
      from generate_series({0}, {1}) n;
    insert into identity.users (id, kind, email, name)
    select test_id(5, n), 'staff', 'u' || n || '@example.com', 'User ' || n from generate_series({0}, {1}) n;
    insert into identity.users (id, kind, email, email_verified_at)
    select test_id(14, n), 'customer', 'c' || n || '@example.com', now() from generate_series({0}, {1}) n;
    insert into identity.sessions (id, user_id, expires_at)
    select test_id(11, n), test_id(5, 1), now() + interval '1 hour' from generate_series({0}, {1}) n;
    insert into identity.roles (id, name) select test_id(6, n), 'Role ' || n from generate_series({0}, {1}) n;
    insert into identity.user_roles select test_id(5, 1), test_id(6, n) from generate_series({0}, {1}) n;
    with made as (
        insert into identity.permissions (method, route, resource, operation)
        select 'GET', '/v1/made/' || n, 'made', 'made' || n from generate_series({0}, {1}) n returning id
    ) insert into identity.grants select test_id(6, 1), id from made;
    insert into identity.api_keys (id, name, prefix, digest, maker_id)
    select test_id(13, n), 'Key ' || n, 'carrack_00000000', sha256(uuid_send(test_id(13, n))), test_id(5, n)
      from generate_series({0}, {1}) n;
    insert into identity.api_key_grants
    select test_id(13, 1), id from identity.permissions where route like '/v1/made/%' on conflict do nothing;
    insert into audit.entries (id, actor_kind, actor_id, action, resource, resource_id)
    select test_id(11, n), 'staff', test_id(5, n), 'x', 'products', 'x' from generate_series({0}, {1}) n;
    insert into sales.shipping_methods (id, code, name)
    select test_id(11, n), 'method-' || n, 'Method ' || n from generate_series({0}, {1}) n;
    insert into sales.shipping_rates select test_id(11, n), 'USD', 5 from generate_series({0}, {1}) n;
    insert into sales.carts (id, key_digest, currency)
    select test_id(9, n), sha256(uuid_send(test_id(9, n))), 'USD' from generate_series({0}, {1}) n;
    insert into sales.cart_lines (id, cart_id, variant_id, quantity)
    select test_id(11, n), test_id(9, 1), test_id(3, n), 1 from generate_series({0}, {1}) n where n <= 100;
    insert into sales.carts (id, key_digest, currency)
    select test_id(12, n), sha256(uuid_send(test_id(12, n))), 'USD' from generate_series({0}, {1}) n;
    insert into sales.orders (id, cart_id, customer_id, tracking_digest, email, currency)
    select test_id(7, n), test_id(12, n), case when n % 2 = 0 then test_id(14, 1) end, sha256('anything'),
           'c1@example.com', 'USD'
      from generate_series({0}, {1}) n;
    update sales.carts set order_id = test_id(7, n) from generate_series({0}, {1}) n where id = test_id(12, n);
    insert into sales.order_lines (id, order_id, position, variant_id, product_title, variant_title, quantity,
                                   unit_amount, total_amount)
    select test_id(8, n), test_id(7, 1), n, test_id(3, n), 'P', 'V', 1, 5, 5 from generate_series({0}, {1}) n;
    insert into sales.order_status_history (order_id, seq, status, actor_kind)
    select test_id(7, n), 0, 'pending', 'guest' from generate_series({0}, {1}) n;
    insert into sales.order_heads (order_id, seq, status, placed_at)
    select test_id(7, n), 0, 'pending', now() from generate_series({0}, {1}) n;
    insert into sales.payments (id, order_id, provider, currency, amount)
    select test_id(10, n), test_id(7, 1), 'manual', 'USD', 5 from generate_series({0}, {1}) n;
    insert into sales.payment_events (payment_id, seq, kind, amount, actor_kind)
    select test_id(10, n), 0, 'requested', 5, 'guest' from generate_series({0}, {1}) n;
)sql";

std::string text(kind k) { return core::to_string(id(k, 1)); }

// Each address that can be read, with what stands for its parameters.
std::string address_of(std::string const& path) {
    if (path == "/v1/admin/stock/{variant_id}/{location_id}")
        return "/v1/admin/stock/" + text(variant) + "/" + text(place);
    if (path == "/v1/admin/stock/movements" || path == "/v1/admin/stock/explain")
        return path + "?limit=100&variant_id=" + text(variant) + "&location_id=" + text(place);
    if (path == "/v1/shop/orders/{id}") return "/v1/shop/orders/" + text(order) + "?token=" + token;
    if (path == "/v1/shop/shipping-methods") return path + "?currency=USD";
    static std::map<std::string, kind, std::less<>> const first{
        {"/v1/shop/carts/{id}", cart},         {"/v1/shop/products/{id}", product},
        {"/v1/admin/products/{id}", product},  {"/v1/admin/users/{id}", user},
        {"/v1/admin/roles/{id}", role},        {"/v1/admin/locations/{id}", place},
        {"/v1/admin/orders/{id}", order},      {"/v1/admin/api-keys/{id}", api_key},
        {"/v1/admin/customers/{id}", customer}};
    if (auto const at = first.find(path); at != first.end())
        return path.substr(0, path.find('{')) + text(at->second);
    EXPECT_EQ(path.find('{'), path.npos) << path << " has parameters that this test knows nothing of";
    return path;
}

struct cost {
    std::uint32_t statements, round_trips;
    auto operator<=>(cost const&) const = default;
};

core::task<std::map<std::string, cost>> read_everything(http::registry const& routes,
                                                        work::environment& env) {
    std::map<std::string, cost> out;
    http::principal const clerk{
        .kind = http::principal_kind::staff, .id = id(user, 1), .session = core::make_uuid7()};
    http::principal const shopper{
        .kind = http::principal_kind::customer, .id = id(customer, 1), .session = core::make_uuid7()};
    for (auto const& r : routes.routes()) {
        if (r->verb != http::method::get || r->declared == nullptr) continue;
        auto const& who = r->allow.level == http::access::kind::customer ? shopper : clerk;
        auto const got = co_await send(routes, env, http::method::get, address_of(r->path), {}, {.who = who});
        EXPECT_EQ(got.status, 200) << r->path << " " << got.body;
        out[r->path] = {got.meter.statements, got.meter.round_trips};
    }
    co_return out;
}

core::task<void> compare(db::database& d, db::session& owner, std::string url) {
    http::registry routes;
    app::add_domain_routes(routes);
    work::environment env(d);
    everything_allowed rights;
    work::shop shop{*core::currency::find("USD")};
    process people(std::move(url));
    identity::service service(people.shared, d);
    env.lend<work::rights>(rights);
    env.lend(shop);
    work::order_numbers numbers{orders::number_orders};
    env.lend(numbers);
    env.lend(service);
    std::map<std::string, cost> of_one;
    for (auto const [from, to] : {std::pair{1, 1}, std::pair{2, 10}, std::pair{11, 1000}}) {
        owner.run(fmt::format(fmt::runtime(rows), from, to));
        auto const now = co_await read_everything(routes, env);
        EXPECT_GE(now.size(), 24u);
        if (from == 1) of_one = now;
        for (auto const& [path, c] : now) {
            EXPECT_EQ(c.statements, of_one[path].statements) << path << " with " << to;
            EXPECT_EQ(c.round_trips, of_one[path].round_trips) << path << " with " << to;
        }
    }
}

TEST(lists_cost, the_same_with_one_ten_and_a_thousand_rows) {
    auto const database = fresh_database();
    db::session owner(database.owner_url());
    owner.run(
        "create function test_id(kind int, n int) returns uuid language sql immutable as $$"
        "  select ('00000000-0000-7000-8' || lpad(kind::text, 3, '0') || '-' || lpad(to_hex(n), 12, "
        "'0'))::uuid"
        "$$");
    with_database(options_for(database.app_url()),
                  [&](db::database& d) { return compare(d, owner, database.app_url()); });
}

}  // namespace
