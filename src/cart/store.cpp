#include "cart/store.hpp"

#include "crypto/digest.hpp"
#include "db/sql_text.hpp"

#include <algorithm>

namespace cart {

// The whole cart in one row, so that it is one snapshot: a version never stands beside another version's
// lines.
struct found_cart {
    core::bytes key_digest;
    core::uuid id;
    std::int64_t version;
    core::currency currency;
    std::optional<std::string> email;
    std::optional<core::uuid> order_id;
    std::vector<core::uuid> line_ids;
    std::vector<core::uuid> variant_ids;
    std::vector<std::int64_t> quantities;
    std::vector<std::optional<std::string>> shipping_address;  // the fields in order; empty: none
    std::vector<std::optional<std::string>> billing_address;
    std::optional<core::uuid> method_id;
    std::optional<std::string> method_name;
    std::optional<std::int64_t> method_amount;
};
BOOST_DESCRIBE_STRUCT(found_cart, (),
                      (key_digest, id, version, currency, email, order_id, line_ids, variant_ids, quantities,
                       shipping_address, billing_address, method_id, method_name, method_amount))

namespace {

constexpr std::string_view whole_cart = R"sql(
    select c.key_digest, c.id, c.version, c.currency, c.email, c.order_id,
           l.ids as line_ids, l.variant_ids, l.quantities,
           coalesce((select array[a.name, a.company, a.line1, a.line2, a.city, a.region, a.postal_code,
                                  a.country::text, a.phone]
                       from sales.cart_addresses a where a.cart_id = c.id and a.kind = 'shipping'),
                    '{}') as shipping_address,
           coalesce((select array[a.name, a.company, a.line1, a.line2, a.city, a.region, a.postal_code,
                                  a.country::text, a.phone]
                       from sales.cart_addresses a where a.cart_id = c.id and a.kind = 'billing'),
                    '{}') as billing_address,
           c.shipping_method_id as method_id, m.name as method_name,
           case when m.archived_at is null then r.amount end as method_amount
      from sales.carts c
     cross join lateral (
           select coalesce(array_agg(o.id), '{}') as ids, coalesce(array_agg(o.variant_id), '{}') as variant_ids,
                  coalesce(array_agg(o.quantity), '{}') as quantities
             from (select id, variant_id, quantity from sales.cart_lines where cart_id = c.id order by id) o) l
      left join sales.shipping_methods m on m.id = c.shipping_method_id
      left join sales.shipping_rates r on r.method_id = m.id and r.currency = c.currency
     where c.key_digest = )sql";
constexpr std::string_view of_one = "$1", of_several = "any($1)";
constexpr db::statement<found_cart(core::bytes)> find_cart{"cart.find", db::joined<whole_cart, of_one>};
constexpr db::statement<found_cart(std::vector<core::bytes>)> find_carts{"cart.find_all",
                                                                         db::joined<whole_cart, of_several>};

// A statement of its own: what is read after it, by a new snapshot, is what the last holder of the lock left.
constexpr db::statement<core::uuid(core::bytes)> lock_cart{
    "cart.lock", "select id from sales.carts where key_digest = $1 for update"};

constexpr db::statement<locked_cart(std::vector<core::uuid>)> lock_free{"cart.lock_free", R"sql(
    select id, version from sales.carts where id = any($1) order by id for update skip locked
)sql"};

constexpr db::statement<db::none(core::uuid, core::bytes, core::currency)> insert_row{
    "cart.insert", "insert into sales.carts (id, key_digest, currency) values ($1, $2, $3)"};

constexpr db::statement<db::none(core::uuid, std::optional<std::string>, std::optional<core::uuid>)>
    update_head{"cart.update_head", R"sql(
    update sales.carts
       set email = $2, shipping_method_id = $3, version = version + 1, updated_at = clock_timestamp()
     where id = $1
)sql"};

constexpr db::statement<db::none(std::vector<core::uuid>, std::vector<core::uuid>)> set_orders{
    "cart.set_orders", R"sql(
    update sales.carts c set order_id = w.order_id, version = c.version + 1, updated_at = clock_timestamp()
      from unnest($1::uuid[], $2::uuid[]) as w (cart_id, order_id)
     where c.id = w.cart_id
)sql"};

// With its lines and addresses.
constexpr db::statement<db::none()> remove_abandoned{"cart.remove_abandoned", R"sql(
    with old as (
        select id from sales.carts
         where order_id is null and updated_at < now() - interval '30 days'
         order by updated_at limit 500
           for update skip locked
    )
    delete from sales.carts c using old where c.id = old.id
)sql"};

constexpr db::statement<db::none(core::uuid, core::uuid, core::uuid, std::int64_t)> upsert_line{
    "cart.upsert_line", R"sql(
    insert into sales.cart_lines (id, cart_id, variant_id, quantity) values ($1, $2, $3, $4)
        on conflict (id) do update set quantity = excluded.quantity
)sql"};

constexpr db::statement<db::none(core::uuid)> delete_line{"cart.delete_line",
                                                          "delete from sales.cart_lines where id = $1"};

using text = std::string;
using maybe_text = std::optional<std::string>;
constexpr db::statement<db::none(core::uuid, text, text, maybe_text, text, maybe_text, text, maybe_text,
                                 maybe_text, text, maybe_text)>
    upsert_address{"cart.upsert_address", R"sql(
    insert into sales.cart_addresses
           (cart_id, kind, name, company, line1, line2, city, region, postal_code, country, phone)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (cart_id, kind) do update
       set name = excluded.name, company = excluded.company, line1 = excluded.line1, line2 = excluded.line2,
           city = excluded.city, region = excluded.region, postal_code = excluded.postal_code,
           country = excluded.country, phone = excluded.phone
)sql"};

constexpr db::statement<db::none(core::uuid, std::string)> delete_address{
    "cart.delete_address", "delete from sales.cart_addresses where cart_id = $1 and kind = $2"};

core::bytes digest_of(core::uuid capability) {
    auto const* raw = reinterpret_cast<char const*>(capability.bytes.data());
    auto const digest = crypto::sha256({raw, capability.bytes.size()});
    return {digest.begin(), digest.end()};
}

template <class Text>
std::optional<Text> optional_text(std::optional<std::string>& field) {
    if (!field) return std::nullopt;
    return Text{std::move(*field)};
}
std::optional<std::string> plain(auto const& text) {
    if (!text) return std::nullopt;
    return text->value;
}

std::optional<address> address_of(std::vector<std::optional<std::string>>& f) {
    if (f.empty()) return std::nullopt;
    return address{.name = {std::move(f.at(0).value())},
                   .company = optional_text<core::text<1, 200>>(f.at(1)),
                   .line1 = {std::move(f.at(2).value())},
                   .line2 = optional_text<core::text<1, 200>>(f.at(3)),
                   .city = {std::move(f.at(4).value())},
                   .region = optional_text<core::text<1, 200>>(f.at(5)),
                   .postal_code = optional_text<core::text<1, 20>>(f.at(6)),
                   .country = {std::move(f.at(7).value())},
                   .phone = optional_text<core::text<1, 40>>(f.at(8))};
}

std::optional<open_cart> cart_of(std::optional<found_cart> row) {
    if (!row) return std::nullopt;
    open_cart c{.id = row->id,
                .version = row->version,
                .currency = row->currency,
                .email = std::move(row->email),
                .order_id = row->order_id,
                .lines = {},
                .shipping_address = address_of(row->shipping_address),
                .billing_address = address_of(row->billing_address),
                .shipping_method = {}};
    for (std::size_t i = 0; i < row->line_ids.size(); ++i)
        c.lines.push_back({row->line_ids[i], row->variant_ids.at(i), row->quantities.at(i)});
    if (row->method_id)
        c.shipping_method = shipping{*row->method_id, row->method_name.value_or(""), row->method_amount};
    return c;
}

}  // namespace

carts_asked add_lock_for_order(db::transaction& t, core::uuid capability) {
    carts_asked out;
    out.digests_.push_back(digest_of(capability));
    t.add(lock_cart, out.digests_.front());
    out.rows_ = t.add(find_cart, out.digests_.front());
    return out;
}

core::task<std::optional<open_cart>> lock_for_order(db::transaction& t, core::uuid capability) {
    auto const asked = add_lock_for_order(t, capability);
    co_await t.run();
    co_return std::move(asked.read().front());
}

void mark_ordered(db::transaction& t, std::span<became const> all) {
    std::vector<core::uuid> carts, orders;
    for (became const& b : all) {
        carts.push_back(b.cart_id);
        orders.push_back(b.order_id);
    }
    t.add(set_orders, carts, orders);
}

carts_asked load_carts(db::transaction& t, std::span<core::uuid const> capabilities) {
    carts_asked out;
    for (core::uuid const& c : capabilities) out.digests_.push_back(digest_of(c));
    out.rows_ = t.add(find_carts, out.digests_);
    return out;
}

std::vector<std::optional<open_cart>> carts_asked::read() const {
    std::vector<std::optional<open_cart>> out(digests_.size());
    for (found_cart& row : rows_.all()) {
        auto const asked = std::ranges::find(digests_, row.key_digest);
        out.at(static_cast<std::size_t>(asked - digests_.begin())) = cart_of(std::move(row));
    }
    return out;
}

db::ticket<locked_cart> lock_free_carts(db::transaction& t, std::vector<core::uuid> const& ids) {
    return t.add(lock_free, ids);
}

void add_cart(db::transaction& t, core::uuid capability, open_cart const& c) {
    store::insert_cart(t, c.id, capability, c.currency);
    for (cart_line const& line : c.lines) store::save_line(t, c.id, line);
    store::save_address(t, c.id, store::address_kind::shipping, c.shipping_address);
    store::save_address(t, c.id, store::address_kind::billing, c.billing_address);
    store::save_head(t, c);
}

namespace store {

core::task<std::optional<open_cart>> find(db::scope in, core::uuid capability) {
    co_return cart_of(co_await in.first(find_cart, digest_of(capability)));
}

void insert_cart(db::transaction& t, core::uuid id, core::uuid capability, core::currency currency) {
    t.add(insert_row, id, digest_of(capability), currency);
}

void save_line(db::transaction& t, core::uuid cart_id, cart_line const& line) {
    t.add(upsert_line, line.id, cart_id, line.variant_id, line.quantity);
}

void remove_line(db::transaction& t, core::uuid line_id) { t.add(delete_line, line_id); }

void save_address(db::transaction& t, core::uuid cart_id, address_kind kind,
                  std::optional<address> const& a) {
    std::string const which = kind == address_kind::shipping ? "shipping" : "billing";
    if (!a) {
        t.add(delete_address, cart_id, which);
        return;
    }
    t.add(upsert_address, cart_id, which, a->name.value, plain(a->company), a->line1.value, plain(a->line2),
          a->city.value, plain(a->region), plain(a->postal_code), a->country.value, plain(a->phone));
}

void save_head(db::transaction& t, open_cart const& c) {
    std::optional<core::uuid> method;
    if (c.shipping_method) method = c.shipping_method->method_id;
    t.add(update_head, c.id, c.email, method);
}

work::statement_list cart_statements() {
    static constexpr db::statement_info const* all[] = {
        &find_cart,  &find_carts,  &lock_cart,   &lock_free,      &insert_row,     &update_head,
        &set_orders, &upsert_line, &delete_line, &upsert_address, &delete_address, &remove_abandoned};
    return all;
}

}  // namespace store

work::chore_list chores() {
    static constexpr work::chore all[] = {{"carts", &remove_abandoned, 500}};
    return all;
}

}  // namespace cart
