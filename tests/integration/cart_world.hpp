// A database with some variants on sale, and a way to the endpoints of carts and shipping methods.
#pragma once

#include "cart/routes.hpp"
#include "db/session.hpp"
#include "direct_call.hpp"
#include "lent.hpp"
#include "postgres_fixture.hpp"
#include "work/shop.hpp"

#include <gmock/gmock.h>

namespace integration {

inline std::string uuid_text() { return core::to_string(core::make_uuid7()); }

inline http::registry const& cart_routes() {
    static http::registry all;
    static bool const added = (cart::add_routes(all), true);
    EXPECT_TRUE(added);
    return all;
}

// A database with three variants on sale in EUR, and what a test needs to ask about it.
struct cart_shop {
    test_database database = fresh_database();
    std::string mug = uuid_text(), cup = uuid_text(), bowl = uuid_text();
    std::string draft = uuid_text(), archived = uuid_text();
    std::string post = uuid_text();

    cart_shop() {
        product("mug", mug, "now()", "null", 1999);
        product("cup", cup, "now()", "null", 250);
        product("bowl", bowl, "now()", "null", 1'000'000'000'000);
        product("draft", draft, "null", "null", 100);
        product("archived", archived, "now()", "now()", 100);
        run("insert into sales.shipping_methods (id, code, name) values ('" + post + "', 'post', 'Post')");
        run("insert into sales.shipping_rates values ('" + post + "', 'EUR', 490)");
    }

    void product(std::string const& handle, std::string const& variant, std::string const& published,
                 std::string const& gone, std::int64_t price) const {
        std::string const id = uuid_text();
        run("insert into catalog.products (id, handle, title, published_at, archived_at) values ('" + id +
            "', '" + handle + "', 'The " + handle + "', " + published + ", " + gone + ")");
        run("insert into catalog.variants (id, product_id, position, title, sku) values ('" + variant +
            "', '" + id + "', 0, 'Blue', 'SKU-" + handle + "')");
        run("insert into catalog.prices (variant_id, currency, amount) values ('" + variant + "', 'EUR', " +
            std::to_string(price) + ")");
    }

    void run(std::string const& sql) const { db::session(database.owner_url()).run(sql); }
    std::string look(std::string const& sql) const {
        auto const rows = db::session(database.owner_url()).query(sql);
        return rows.empty() ? "nothing" : rows[0][0].value_or("null");
    }
};

// One test's way to the endpoints.
struct cart_visitor {
    work::shop settings{core::currency::unchecked("USD")};
    work::environment env;

    explicit cart_visitor(db::database& d) : env(d) {
        env.lend(settings);
        env.lend(sealing());
    }

    core::task<answer> send(http::method verb, std::string target, std::string body = {}, sender from = {}) {
        return integration::send(cart_routes(), env, verb, std::move(target), std::move(body),
                                 std::move(from));
    }
    core::task<std::string> new_cart() {  // its path
        answer const made = co_await send(http::method::post, "/v1/shop/carts", R"({"currency":"EUR"})");
        EXPECT_EQ(made.status, 201);
        co_return "/v1/shop/carts/" + made.text("/id");
    }
    core::task<answer> add(std::string cart, std::string variant, std::int64_t quantity, sender from = {}) {
        return send(http::method::post, cart + "/lines",
                    R"({"variant_id":")" + variant + R"(","quantity":)" + std::to_string(quantity) + "}",
                    std::move(from));
    }
};

template <class Body>
void in_shop(cart_shop const& s, Body body) {
    with_database(options_for(s.database.app_url()), [&](db::database& d) -> core::task<void> {
        return [](db::database& on, cart_shop const& at, Body run) -> core::task<void> {
            cart_visitor v(on);
            co_await run(v, at);
        }(d, s, body);
    });
}

}  // namespace integration
