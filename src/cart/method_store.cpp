#include "cart/store.hpp"

namespace cart {

namespace store {

BOOST_DESCRIBE_STRUCT(method_row, (), (id, code, name, position, archived, version, currencies, amounts))
BOOST_DESCRIBE_STRUCT(offer_row, (), (id, code, name, position, amount))

namespace {

constexpr db::statement<shipping(core::uuid, core::currency)> find_offer{"cart.find_offer", R"sql(
    select m.id as method_id, m.name, r.amount
      from sales.shipping_methods m
      join sales.shipping_rates r on r.method_id = m.id and r.currency = $2::char(3)
     where m.id = $1 and m.archived_at is null
)sql"};

constexpr db::statement<method_row(std::int64_t, core::uuid, std::int64_t)> page_of_methods{
    "cart.list_methods", R"sql(
    select m.id, m.code, m.name, m.position, m.archived_at is not null as archived, m.version,
           array(select r.currency::text from sales.shipping_rates r
                  where r.method_id = m.id order by r.currency) as currencies,
           array(select r.amount from sales.shipping_rates r
                  where r.method_id = m.id order by r.currency) as amounts
      from sales.shipping_methods m
     where (m.position, m.id) > ($1, $2)
     order by m.position, m.id
     limit $3
)sql"};

constexpr db::statement<offer_row(core::currency, std::int64_t, core::uuid, std::int64_t)> page_of_offers{
    "cart.list_offers", R"sql(
    select m.id, m.code, m.name, m.position, r.amount
      from sales.shipping_methods m
      join sales.shipping_rates r on r.method_id = m.id and r.currency = $1::char(3)
     where m.archived_at is null and (m.position, m.id) > ($2, $3)
     order by m.position, m.id
     limit $4
)sql"};

constexpr db::statement<core::uuid(core::uuid)> lock_row{
    "cart.lock_method", "select id from sales.shipping_methods where id = $1 for update"};

constexpr db::statement<method_row(core::uuid)> find_row{"cart.find_method", R"sql(
    select m.id, m.code, m.name, m.position, m.archived_at is not null as archived, m.version,
           array(select r.currency::text from sales.shipping_rates r
                  where r.method_id = m.id order by r.currency) as currencies,
           array(select r.amount from sales.shipping_rates r
                  where r.method_id = m.id order by r.currency) as amounts
      from sales.shipping_methods m
     where m.id = $1
)sql"};

constexpr db::statement<db::none(core::uuid, std::string, std::string, std::int64_t)> insert_row{
    "cart.insert_method",
    "insert into sales.shipping_methods (id, code, name, position) values ($1, $2, $3, $4)"};

constexpr db::statement<db::none(core::uuid, std::string, std::int64_t, bool)> update_row{
    "cart.update_method", R"sql(
    update sales.shipping_methods
       set name = $2, position = $3, version = version + 1,
           archived_at = case when $4 then coalesce(archived_at, clock_timestamp()) end
     where id = $1
)sql"};

constexpr db::statement<db::none(core::uuid, std::vector<core::currency>, std::vector<std::int64_t>)>
    upsert_rates{"cart.upsert_rates", R"sql(
    insert into sales.shipping_rates (method_id, currency, amount)
    select $1, r.currency, r.amount from unnest($2::text[], $3::bigint[]) as r (currency, amount)
        on conflict (method_id, currency) do update set amount = excluded.amount
)sql"};

constexpr db::statement<db::none(core::uuid, std::vector<core::currency>)> delete_rates{
    "cart.delete_rates",
    "delete from sales.shipping_rates where method_id = $1 and currency::text <> all ($2::text[])"};

}  // namespace

db::ticket<shipping> add_find_offer(db::transaction& t, core::uuid method_id, core::currency currency) {
    return t.add(find_offer, method_id, currency);
}

core::task<std::vector<method_row>> list_methods(db::scope in, page_key after, std::int64_t limit) {
    return in.all(page_of_methods, after.position, after.id, limit);
}

core::task<std::vector<offer_row>> list_offers(db::scope in, core::currency currency, page_key after,
                                               std::int64_t limit) {
    return in.all(page_of_offers, currency, after.position, after.id, limit);
}

core::task<std::optional<method_row>> lock_method(db::transaction& t, core::uuid id) {
    t.add(lock_row, id);
    auto const found = t.add(find_row, id);
    co_await t.run();
    co_return found.first();
}

void insert_method(db::transaction& t, method_row const& m) {
    t.add(insert_row, m.id, m.code, m.name, m.position);
    t.add(upsert_rates, m.id, m.currencies, m.amounts);
}

void update_method(db::transaction& t, method_row const& m) {
    t.add(update_row, m.id, m.name, m.position, m.archived);
}

void replace_rates(db::transaction& t, method_row const& m) {
    t.add(delete_rates, m.id, m.currencies);
    t.add(upsert_rates, m.id, m.currencies, m.amounts);
}

work::statement_list method_statements() {
    static constexpr db::statement_info const* all[] = {&find_offer, &page_of_methods, &page_of_offers,
                                                        &lock_row,   &find_row,        &insert_row,
                                                        &update_row, &upsert_rates,    &delete_rates};
    return all;
}

}  // namespace store

work::statement_list statements() {
    static std::vector<db::statement_info const*> const all = [] {
        auto const carts = store::cart_statements();
        auto const methods = store::method_statements();
        std::vector<db::statement_info const*> both(carts.begin(), carts.end());
        both.insert(both.end(), methods.begin(), methods.end());
        return both;
    }();
    return all;
}

}  // namespace cart
