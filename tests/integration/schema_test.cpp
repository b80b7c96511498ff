// What the schema as a whole has to keep.
#include "db/session.hpp"
#include "postgres_fixture.hpp"

#include <gmock/gmock.h>

#include <map>

namespace {

using namespace integration;

// PostgreSQL looks through the referencing table for every parent row that is deleted or gets another key. An
// index that begins with the key's columns makes that a look-up; it may leave out rows whose key is null.
constexpr auto unindexed_keys = R"sql(
    select c.conrelid::regclass || ' ' || c.conname
      from pg_constraint c
     where c.contype = 'f'
       and not exists (
            select from pg_index i
             where i.indrelid = c.conrelid and i.indisvalid
               and (i.indpred is null or
                    pg_get_expr(i.indpred, i.indrelid) =
                    (select '(' || a.attname || ' IS NOT NULL)' from pg_attribute a
                      where a.attrelid = c.conrelid and a.attnum = c.conkey[1]))
               and i.indnkeyatts >= cardinality(c.conkey)
               and (select array_agg(i.indkey[n]::int order by i.indkey[n])
                      from generate_series(0, cardinality(c.conkey) - 1) n)
                 = (select array_agg(k::int order by k) from unnest(c.conkey) k))
     order by 1
)sql";

TEST(schema, foreign_keys_have_indexes) {
    // Parents that no statement ever deletes and whose keys no statement changes.
    std::map<std::string, std::string> const needless{
        {"identity.api_key_grants api_key_grants_permission_id_fkey",
         "permissions are deleted by a migration alone"},
        {"identity.api_keys api_keys_are_for_staff", "users are blocked, never deleted, and keep their kind"},
        {"identity.api_key_grants api_key_grant_can_be_limited",
         "whether a permission can be limited changes with a migration alone"},
        {"identity.api_key_grant_locations location_of_limited_key_grant",
         "the primary key begins with the key and the permission"},
        {"identity.grants grant_can_be_limited",
         "whether a permission can be limited changes with a migration alone"},
        {"identity.grant_locations location_of_limited_grant",
         "the primary key begins with the role and the permission"},
        {"identity.grants grants_permission_id_fkey", "permissions are deleted by a migration alone"},
        {"identity.second_factors second_factors_are_for_staff",
         "the primary key begins with the user; the kind is always the same"},
        {"identity.user_roles roles_are_for_staff",
         "the primary key begins with the user; the kind is always the same"},
        {"inventory.reservations reservations_variant_id_location_id_fkey", "stock rows are never deleted"},
        {"sales.cart_lines cart_lines_variant_id_fkey", "variants are archived, never deleted"},
        {"sales.carts cart_order", "orders stay"},
        {"sales.carts carts_shipping_method_id_fkey", "shipping methods are archived, never deleted"},
        {"sales.order_heads head_is_in_history", "history stays"},
        {"sales.order_lines order_lines_variant_id_fkey", "variants are archived, never deleted"},
        {"sales.order_status_history order_transition_allowed",
         "the state machine is a migration's to change"},
        {"sales.order_status_history order_transition_continues", "history stays"},
        {"sales.order_transition order_transition_to_status_fkey",
         "the state machine is a migration's to change"},
        {"sales.orders order_is_in_its_cart", "cart_ordered_once finds the one order of a cart"},
        {"sales.payment_events payment_event_allowed", "the state machine is a migration's to change"},
        {"sales.payment_events payment_event_continues", "events stay"},
    };
    auto const database = fresh_database();
    std::map<std::string, std::string> excused = needless;
    for (auto const& row : db::session(database.owner_url()).query(unindexed_keys)) {
        std::string const key = row.at(0).value();
        EXPECT_EQ(excused.erase(key), 1U) << key << " has no index";
    }
    for (auto const& [key, reason] : excused) ADD_FAILURE() << key << " needs no excuse any more: " << reason;
}

}  // namespace
