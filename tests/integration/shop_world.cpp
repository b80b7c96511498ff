#include "shop_world.hpp"

#include "cart/routes.hpp"
#include "crypto/digest.hpp"
#include "http/dispatch.hpp"
#include "inventory/routes.hpp"
#include "orders/orders.hpp"
#include "orders/routes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace integration {

namespace {
std::string quoted(core::uuid id) { return "'" + core::to_string(id) + "'"; }
}  // namespace

shop_world::shop_world()
    : database(fresh_database()), shipping_method(core::make_uuid7()), owner_(database.owner_url()) {
    owner_.run(
        fmt::format("insert into sales.shipping_methods (id, code, name) values ({0}, 'post', 'Post');"
                    "insert into sales.shipping_rates values ({0}, 'USD', 500);"
                    "insert into identity.users (id, kind, email, name)"
                    " values ({1}, 'staff', 'clara@example.com', 'Clara Clerk')",
                    quoted(shipping_method), quoted(clerk().id)));
}

core::uuid shop_world::add_location(std::string const& code, int priority) {
    auto const id = core::make_uuid7();
    owner_.run(
        fmt::format("insert into inventory.locations (id, code, name, priority) values ({}, '{}', '{}', {})",
                    quoted(id), code, code, priority));
    return id;
}

core::uuid shop_world::add_variant(std::optional<std::int64_t> price_usd, bool requires_shipping) {
    auto const product = core::make_uuid7();
    auto const variant = core::make_uuid7();
    int const n = ++made_;
    owner_.run(
        fmt::format("insert into catalog.products (id, handle, title, published_at)"
                    " values ({0}, 'product-{1}', 'Product {1}', now());"
                    "insert into catalog.variants (id, product_id, position, title, sku, requires_shipping)"
                    " values ({2}, {0}, 0, 'Variant {1}', 'SKU-{1}', {3});",
                    quoted(product), n, quoted(variant), requires_shipping));
    if (price_usd)
        owner_.run(
            fmt::format("insert into catalog.prices (variant_id, currency, amount) values ({}, 'USD', {})",
                        quoted(variant), *price_usd));
    return variant;
}

void shop_world::put_stock(core::uuid variant, core::uuid location, std::int64_t on_hand,
                           std::int64_t backorder_limit) {
    owner_.run(fmt::format(
        "insert into inventory.stock (variant_id, location_id, on_hand, backorder_limit)"
        " values ({0}, {1}, {2}, {3});"
        "insert into inventory.backorder_limits (variant_id, location_id, backorder_limit)"
        " select {0}, {1}, {3} where {3} > 0;"
        "insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta,"
        " reserved_delta, reason, actor_kind)"
        " select '{4}', {0}, {1}, 'receive', {2}, 0, 'received', 'system' where {2} > 0",
        quoted(variant), quoted(location), on_hand, backorder_limit, core::to_string(core::make_uuid7())));
}

core::uuid shop_world::add_cart(std::vector<basket_line> const& lines, cart_shape shape) {
    auto const capability = core::make_random_uuid();
    auto const cart = core::make_uuid7();
    auto const digest = crypto::sha256_hex({reinterpret_cast<char const*>(capability.bytes.data()), 16});
    owner_.run(
        fmt::format("insert into sales.carts (id, key_digest, currency, email, shipping_method_id)"
                    " values ({}, decode('{}', 'hex'), 'USD', {}, {})",
                    quoted(cart), digest, shape.email ? "'ada@example.com'" : "null",
                    shape.method ? quoted(shipping_method) : "null"));
    if (shape.address)
        owner_.run(
            fmt::format("insert into sales.cart_addresses (cart_id, kind, name, line1, city, country)"
                        " values ({}, 'shipping', 'Ada Lovelace', '12 St James Sq', 'London', 'GB')",
                        quoted(cart)));
    for (basket_line const& l : lines)
        owner_.run(fmt::format(
            "insert into sales.cart_lines (id, cart_id, variant_id, quantity) values ({}, {}, {}, {})",
            quoted(core::make_uuid7()), quoted(cart), quoted(l.variant), l.quantity));
    return capability;
}

std::string shop_world::sql(std::string const& query) {
    auto const rows = owner_.query(query);
    return rows.empty() ? "" : rows[0].at(0).value_or("null");
}

std::string shop_world::broken_stock() { return sql(std::string(broken_stock_sql)); }

std::string shop_world::stock_of(core::uuid variant, core::uuid location) {
    return sql(
        fmt::format("select on_hand || '/' || reserved || '/' || shortage from inventory.stock"
                    " where variant_id = {} and location_id = {}",
                    quoted(variant), quoted(location)));
}

shop_client::shop_client(db::database& d) : numbers{orders::number_orders}, env_(d) {
    env_.lend<work::rights>(rights);
    env_.lend(numbers);
    env_.lend(sealing());
    env_.lend(due);
    inventory::add_routes(routes_);
    cart::add_routes(routes_);
    orders::add_routes(routes_);
}

core::task<http::reply> shop_client::send(http::method verb, std::string target, std::string body,
                                          options with) {
    http::request in;
    in.verb = verb;
    in.target = target;
    in.path = target.substr(0, target.find('?'));
    if (target.find('?') != target.npos) in.query = target.substr(target.find('?') + 1);
    in.body = std::move(body);
    http::call c{.in = in, .env = env_};
    c.who = with.who;
    c.where = rights.where;
    c.request_id = "test";
    c.by = integration::in(std::chrono::seconds(60));
    c.idempotency_key = with.key;
    if (!with.if_match.empty()) in.fields.emplace_back("if-match", with.if_match);
    c.if_match = http::read_if_match(with.if_match, !with.if_match.empty());
    auto const found = routes_.find(verb, in.path);
    if (found.to == nullptr) throw std::logic_error("no route for " + target);
    c.to = found.to;
    auto input = http::assemble_input(*found.to, found, in);
    if (!input) co_return http::problem_reply(input.error(), c.request_id);
    auto const reply = co_await found.to->invoke(c, std::move(*input));
    last = c.meter;
    EXPECT_LE(c.meter.statements, found.to->declared->statements) << found.to->operation;
    co_return reply;
}

core::task<http::reply> shop_client::send(http::method verb, std::string target, std::string body) {
    return send(verb, std::move(target), std::move(body), {.key = {}, .if_match = {}, .who = clerk()});
}

core::task<http::reply> shop_client::checkout(core::uuid cart, std::string key, std::string if_match) {
    return send(http::method::post, "/v1/shop/carts/" + core::to_string(cart) + "/checkout",
                R"({"payment":{"provider":"manual"}})",
                {.key = std::move(key), .if_match = std::move(if_match), .who = {}});
}

core::task<http::reply> shop_client::move(std::string order, std::string to) {
    return send(http::method::post, "/v1/admin/orders/" + order + "/transitions", "{\"to\":\"" + to + "\"}");
}

http::principal clerk() {
    static core::uuid const id = core::make_uuid7();
    return {.kind = http::principal_kind::staff, .id = id, .session = {}};
}

boost::json::value json_of(http::reply const& r) { return boost::json::parse(r.body); }

std::string text_at(http::reply const& r, std::string_view pointer) {
    boost::json::value const document = json_of(r);
    boost::system::error_code ec;
    auto const* at = document.find_pointer(pointer, ec);
    return at != nullptr && at->is_string() ? std::string(at->get_string()) : std::string();
}

std::int64_t number_at(http::reply const& r, std::string_view pointer) {
    return json_of(r).at_pointer(pointer).as_int64();
}

std::string code_of(http::reply const& r) { return text_at(r, "/code"); }

void with_client(shop_world& shop, std::function<core::task<void>(shop_client&)> body) {
    with_database(options_for(shop.database.app_url()), [&body](db::database& d) -> core::task<void> {
        shop_client client(d);
        co_await body(client);
    });
}

}  // namespace integration
