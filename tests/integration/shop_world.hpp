// A small shop in a database of its own, made by SQL, and a client that calls the endpoints of inventory,
// carts and orders as the dispatcher does: routed, decoded from JSON, within the statement budget of each
// declaration.
#pragma once

#include "db/database.hpp"
#include "db/session.hpp"
#include "http/registry.hpp"
#include "lent.hpp"
#include "orders/deadlines.hpp"
#include "postgres_fixture.hpp"
#include "work/context.hpp"
#include "work/order_numbers.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace integration {

// One row: empty when stock is what the ledger and the open reservations add up to, and never below zero;
// else what is wrong.
inline constexpr std::string_view broken_stock_sql = R"sql(
    select coalesce(string_agg(format('%s at %s: %s/%s, ledger %s/%s, open %s', s.variant_id, s.location_id, s.on_hand,
                             s.reserved, m.on_hand, m.reserved, r.open), '; '), '')
      from inventory.stock s
     cross join lateral (select coalesce(sum(on_hand_delta), 0) as on_hand,
                                coalesce(sum(reserved_delta), 0) as reserved
                           from inventory.movements m
                          where m.variant_id = s.variant_id and m.location_id = s.location_id) m
     cross join lateral (select coalesce(sum(quantity), 0) as open from inventory.reservations r
                          where r.variant_id = s.variant_id and r.location_id = s.location_id
                            and r.state = 'open') r
     where s.on_hand <> m.on_hand or s.reserved <> m.reserved or s.reserved <> r.open
        or s.on_hand < 0 or s.reserved < 0)sql";

struct basket_line {
    core::uuid variant;
    std::int64_t quantity = 1;
};

struct cart_shape {  // what a cart lacks in a test about carts that lack something
    bool email = true;
    bool address = true;
    bool method = true;
};

class shop_world {
public:
    shop_world();

    test_database database;
    core::uuid shipping_method;  // 500 USD

    core::uuid add_location(std::string const& code, int priority);
    core::uuid add_variant(std::optional<std::int64_t> price_usd = 1999, bool requires_shipping = true);
    // Through the ledger, as a receipt.
    void put_stock(core::uuid variant, core::uuid location, std::int64_t on_hand,
                   std::int64_t backorder_limit = 0);
    core::uuid add_cart(std::vector<basket_line> const& lines,
                        cart_shape shape = {});  // the shopper's capability

    std::string sql(std::string const& query);                      // the first cell, or "" for no row
    std::string broken_stock();                                     // see broken_stock_sql
    std::string stock_of(core::uuid variant, core::uuid location);  // "on_hand/reserved/shortage"

private:
    db::session owner_;
    int made_ = 0;
};

// One for each event loop.
class shop_client {
public:
    explicit shop_client(db::database& d);

    struct options {
        std::string key = {};
        std::string if_match = {};
        http::principal who = {};
    };
    core::task<http::reply> send(http::method verb, std::string target, std::string body, options with);
    core::task<http::reply> send(http::method verb, std::string target, std::string body = {});

    core::task<http::reply> checkout(core::uuid cart, std::string key, std::string if_match = {});
    core::task<http::reply> move(std::string order, std::string to);  // as staff
    http::route const* route_of(http::method verb, std::string_view path) const {
        return routes_.find(verb, path).to;
    }
    work::environment& environment() { return env_; }
    everything_allowed rights;
    work::order_numbers numbers;
    orders::deadlines due;
    core::meter last;  // of the last request that was answered

private:
    http::registry routes_;
    work::environment env_;
};

http::principal clerk();  // always the same one
boost::json::value json_of(http::reply const& r);
std::string text_at(http::reply const& r, std::string_view pointer);  // "" where there is nothing
std::int64_t number_at(http::reply const& r, std::string_view pointer);
std::string code_of(http::reply const& r);  // of a problem

// Runs a body on a loop of its own with a database and a client for the shop, as the application role.
void with_client(shop_world& shop, std::function<core::task<void>(shop_client&)> body);

}  // namespace integration
