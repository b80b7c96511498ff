// What other domains may ask of a cart, inside their transaction: the checkout locks it, reads what is in
// it, and marks it as ordered. Prices are not in it: they are the catalogue's, and the order keeps them.
#pragma once

#include "catalog/catalog.hpp"
#include "core/failure.hpp"
#include "core/money.hpp"
#include "core/task.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "core/values.hpp"
#include "db/database.hpp"
#include "work/chores.hpp"
#include "work/context.hpp"

#include <boost/describe/class.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cart {

inline constexpr std::size_t lines_max = 100;
inline constexpr std::int64_t quantity_max = core::quantity::value_max;

inline constexpr core::failure cart_not_found{"cart_not_found", core::fault::missing,
                                              "There is no such cart."};
inline constexpr core::failure already_ordered{"cart_already_ordered", core::fault::conflict,
                                               "This cart has become an order; begin a new one."};

// A table for checks of the whole shop: which order a cart has become.
inline constexpr std::string_view ordered_sql =
    "(select id, order_id from sales.carts where order_id is not null)";

struct address {
    core::text<1, 200> name;
    std::optional<core::text<1, 200>> company;
    core::text<1, 200> line1;
    std::optional<core::text<1, 200>> line2;
    core::text<1, 200> city;
    std::optional<core::text<1, 200>> region;
    std::optional<core::text<1, 20>> postal_code;
    core::country country;
    std::optional<core::text<1, 40>> phone;

    bool operator==(address const&) const = default;
};
BOOST_DESCRIBE_STRUCT(address, (), (name, company, line1, line2, city, region, postal_code, country, phone))

struct cart_line {
    core::uuid id;
    core::uuid variant_id;
    std::int64_t quantity = 0;  // 1 to quantity_max
};

struct shipping {
    core::uuid method_id;
    std::string name;
    // Minor units of the cart's currency; nothing when the method is no longer offered in it.
    std::optional<std::int64_t> amount;
};
BOOST_DESCRIBE_STRUCT(shipping, (), (method_id, name, amount))

struct open_cart {
    core::uuid id;  // the row's; the id a shopper holds is a capability of which only a digest is stored
    std::int64_t version = 0;
    core::currency currency;
    std::optional<std::string> email;
    std::optional<core::uuid> order_id;  // set: it has become this order and can no longer change
    std::vector<cart_line> lines;        // in the order they were added, no variant twice
    std::optional<address> shipping_address;
    std::optional<address> billing_address;
    std::optional<shipping> shipping_method;
};

// Locks the cart's row until the transaction ends, then reads all of it: two statements, one round trip,
// together with what the caller has queued before. Nothing when there is no such cart.
core::task<std::optional<open_cart>> lock_for_order(db::transaction& t, core::uuid capability);

// The ETag under which a shopper is shown this cart at these prices.
std::string etag_of(core::uuid capability, open_cart const& c, std::span<catalog::sellable const> offered);

// Queues it; the orders' rows must have been queued before. The caller holds the locks and has seen that
// `order_id` is empty.
struct became {
    core::uuid cart_id;
    core::uuid order_id;
};
void mark_ordered(db::transaction& t, std::span<became const> all);
inline void mark_ordered(db::transaction& t, core::uuid cart_id, core::uuid order_id) {
    became const one{cart_id, order_id};
    mark_ordered(t, std::span(&one, 1));
}

// ---- for several orders at once ----

struct found_cart;  // a row, of store.cpp

// What was asked for; readable when the batch has run.
class carts_asked {
public:
    // Nothing where there is no such cart; in the order in which they were asked for.
    std::vector<std::optional<open_cart>> read() const;

private:
    friend carts_asked load_carts(db::transaction& t, std::span<core::uuid const> capabilities);
    friend carts_asked add_lock_for_order(db::transaction& t, core::uuid capability);
    std::vector<core::bytes> digests_;
    db::ticket<found_cart> rows_;
};

// Queues the reading of all of them, without a lock: one statement. Each cart is whole, of one version.
carts_asked load_carts(db::transaction& t, std::span<core::uuid const> capabilities);
// Queues what lock_for_order() does, for who asks for more in the same round trip.
carts_asked add_lock_for_order(db::transaction& t, core::uuid capability);

struct locked_cart {
    core::uuid id;
    std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(locked_cart, (), (id, version))
// Queues locks on their rows, in the order of ids (docs/lock-order.md), as they are now. One whose row
// somebody else holds is passed over: nobody waits for a neighbour's cart.
db::ticket<locked_cart> lock_free_carts(db::transaction& t, std::vector<core::uuid> const& ids);

// ---- for commands that make a shop ----

// Queues a whole new cart as a shopper would have filled it: `c.id` and the lines' ids are the caller's,
// version and order_id are not read. Whether its lines can be sold is the checkout's question.
void add_cart(db::transaction& t, core::uuid capability, open_cart const& c);

struct new_method {
    std::string code;
    std::string name;
    std::int64_t position = 0;
    std::vector<core::money> rates;  // at most one for each currency
};

// Queues a new shipping method with its audit entry.
core::uuid add_method(db::transaction& t, new_method m, work::actor const& by);

work::chore_list chores();  // abandoned carts

}  // namespace cart
