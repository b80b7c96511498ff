// The statements that read one order and the rows they give.
#pragma once

#include "db/sql_text.hpp"
#include "identity/identity.hpp"
#include "orders/orders.hpp"

namespace orders {

struct head_row {
    core::uuid id;
    std::int64_t number = 0;
    core::uuid cart_id;
    std::optional<core::uuid> customer_id;
    core::bytes tracking_digest;
    std::string email;
    core::currency currency;
    core::timestamp placed_at;
    std::optional<core::timestamp> pay_by;
    std::optional<core::timestamp> payment_due_at;
    core::timestamp now;
};
BOOST_DESCRIBE_STRUCT(head_row, (),
                      (id, number, cart_id, customer_id, tracking_digest, email, currency, placed_at, pay_by,
                       payment_due_at, now))

struct address_row {
    std::string kind;
    std::string name;
    std::optional<std::string> company;
    std::string line1;
    std::optional<std::string> line2;
    std::string city;
    std::optional<std::string> region;
    std::optional<std::string> postal_code;
    std::string country;
    std::optional<std::string> phone;
};
BOOST_DESCRIBE_STRUCT(address_row, (),
                      (kind, name, company, line1, line2, city, region, postal_code, country, phone))

struct payment_row {
    core::uuid id;
    payment_provider provider = payment_provider::manual;
    std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(payment_row, (), (id, provider, amount))

// The head's row is what movers of an order queue at.
inline constexpr db::statement<core::uuid(core::uuid)> lock_head{
    "orders.lock_head", "select order_id from sales.order_heads where order_id = $1 for no key update"};

inline constexpr db::statement<core::uuid(std::vector<core::uuid>)> lock_free_heads{"orders.lock_free_heads",
                                                                                    R"sql(
    select order_id as value from sales.order_heads where order_id = any($1) for no key update skip locked)sql"};

// Read after the lock, so that the clock which dates a move never runs back in the history.
inline constexpr db::statement<head_row(core::uuid)> load_head{"orders.load_head", R"sql(
    select o.id, o.number, o.cart_id, o.customer_id, o.tracking_digest, o.email, o.currency, o.placed_at,
           o.payment_due_at as pay_by, h.payment_due_at, clock_timestamp() as now
      from sales.orders o join sales.order_heads h on h.order_id = o.id
     where o.id = $1)sql"};

inline constexpr db::statement<line_record(core::uuid)> load_lines{"orders.load_lines", R"sql(
    select id, variant_id, product_title, variant_title, sku, quantity, unit_amount, total_amount
      from sales.order_lines where order_id = $1 order by position)sql"};

inline constexpr db::statement<adjustment_record(core::uuid)> load_adjustments{"orders.load_adjustments",
                                                                               R"sql(
    select id, kind, label, amount from sales.order_adjustments where order_id = $1 order by position)sql"};

inline constexpr db::statement<address_row(core::uuid)> load_addresses{"orders.load_addresses", R"sql(
    select kind, name, company, line1, line2, city, region, postal_code, country, phone
      from sales.order_addresses where order_id = $1)sql"};

namespace load_sql {
inline constexpr std::string_view history_head = "select seq, status, actor_kind, actor_id, ";
inline constexpr std::string_view history_tail = R"sql( as actor_name, reason, at
      from sales.order_status_history where order_id = $1 order by seq)sql";
inline constexpr std::string_view events_head =
    "select e.payment_id, e.seq, e.kind, e.amount, e.actor_kind, e.actor_id, ";
inline constexpr std::string_view events_tail = R"sql( as actor_name, e.at
      from sales.payment_events e join sales.payments p on p.id = e.payment_id
     where p.order_id = $1 order by e.payment_id, e.seq)sql";
}  // namespace load_sql

inline constexpr db::statement<history_record(core::uuid)> load_history{
    "orders.load_history",
    db::joined<load_sql::history_head, identity::actor_name_sql, load_sql::history_tail>};

inline constexpr db::statement<payment_row(core::uuid)> load_payments{"orders.load_payments", R"sql(
    select id, provider, amount from sales.payments where order_id = $1 order by id)sql"};

inline constexpr db::statement<payment_event(core::uuid)> load_payment_events{
    "orders.load_payment_events",
    db::joined<load_sql::events_head, identity::actor_name_sql, load_sql::events_tail>};

}  // namespace orders
