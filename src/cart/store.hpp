// The statements and rows of carts and shipping methods.
#pragma once

#include "cart/cart.hpp"
#include "work/statements.hpp"

namespace cart {

work::statement_list statements();

namespace store {

work::statement_list cart_statements();
work::statement_list method_statements();

core::task<std::optional<open_cart>> find(db::scope in, core::uuid capability);

// These queue; they leave with the transaction's next batch.
void insert_cart(db::transaction& t, core::uuid id, core::uuid capability, core::currency currency);
void save_line(db::transaction& t, core::uuid cart_id, cart_line const& line);  // new, or another quantity
void remove_line(db::transaction& t, core::uuid line_id);
enum class address_kind : std::uint8_t { shipping, billing };
void save_address(db::transaction& t, core::uuid cart_id, address_kind kind, std::optional<address> const& a);
// E-mail and shipping method as `c` has them, and the next version.
void save_head(db::transaction& t, open_cart const& c);

struct method_row {
    core::uuid id;
    std::string code;
    std::string name;
    std::int64_t position = 0;
    bool archived = false;
    std::int64_t version = 1;
    std::vector<core::currency> currencies;  // aligned with `amounts`
    std::vector<std::int64_t> amounts;
};

// What a method costs in a currency, if it is offered in it.
db::ticket<shipping> add_find_offer(db::transaction& t, core::uuid method_id, core::currency currency);

struct page_key {  // the last row seen: its place and, for equal places, its id
    std::int64_t position = -1;
    core::uuid id;
};
core::task<std::vector<method_row>> list_methods(db::scope in, page_key after, std::int64_t limit);
struct offer_row {
    core::uuid id;
    std::string code;
    std::string name;
    std::int64_t position = 0;
    std::int64_t amount = 0;
};
core::task<std::vector<offer_row>> list_offers(db::scope in, core::currency currency, page_key after,
                                               std::int64_t limit);
core::task<std::optional<method_row>> lock_method(db::transaction& t, core::uuid id);
void insert_method(db::transaction& t, method_row const& m);
void update_method(db::transaction& t, method_row const& m);  // name, position, archived; the next version
void replace_rates(db::transaction& t, method_row const& m);

}  // namespace store
}  // namespace cart
