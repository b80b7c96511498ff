// Statements that read products for staff and for changes.
#include "catalog/store.hpp"

#include "catalog/checks.hpp"

namespace catalog::store {
namespace sql {
namespace {
constexpr std::string_view one_id = "p.id = $1";
constexpr std::string_view any_handle = "p.handle = any($1)";
}  // namespace
}  // namespace sql

namespace {

// For whoever looks at it: what is available at the locations that they may see.
constexpr db::statement<staff_row(core::uuid, std::optional<http::locations>)> load_seen{
    "catalog.show_product",
    db::joined<catalog::sql::staff_columns, sql::one_id, catalog::sql::staff_variants_head,
               inventory::available_at_sql, catalog::sql::staff_variants_tail, catalog::sql::row_details>};

constexpr db::statement<staff_row(std::vector<std::string>)> load_by_handles{
    "catalog.load_products_by_handle",
    db::joined<catalog::sql::staff_columns, sql::any_handle, catalog::sql::staff_variants_head,
               inventory::available_sql, catalog::sql::staff_variants_tail, catalog::sql::row_details>};

constexpr db::statement<core::uuid(core::uuid)> lock_by_id{
    "catalog.lock_product", "select id from catalog.products where id = $1 for no key update"};

// In the order of ids: two imports never wait for each other in a ring.
constexpr db::statement<core::uuid(std::vector<std::string>)> lock_by_handles{
    "catalog.lock_products_by_handle",
    "select id from catalog.products where handle = any($1) order by id for no key update"};

// The newest first: of two with one title that one is brought back.
constexpr db::statement<archived_variant(std::vector<std::string>)> load_archived{
    "catalog.load_archived_variants", R"sql(
    select v.id, v.product_id, v.title
      from catalog.variants v
      join catalog.products p on p.id = v.product_id
     where p.handle = any($1) and v.archived_at is not null
     order by v.product_id, v.archived_at desc, v.id
)sql"};

// The handles are looked up one by one until one is free.
constexpr db::statement<std::string(std::string)> free_handle{"catalog.find_free_handle", R"sql(
    select h.handle
      from (select case n when 1 then $1 else $1 || '-' || n end as handle, n from generate_series(1, 10000) n) h
     where not exists (select from catalog.products p where p.handle = h.handle)
     order by h.n
     limit 1
)sql"};

// A category that a product is put into stays until the transaction ends.
constexpr db::statement<category_reference(std::vector<core::uuid>)> load_categories{
    "catalog.load_categories",
    "select id, handle, name from catalog.categories where id = any($1) order by id for key share"};

}  // namespace

core::task<db::rows<staff_row>> find(db::scope in, http::reach where, core::uuid id) {
    co_return co_await in.lend(load_seen, id, where.listed());
}

db::ticket<staff_row> lock_and_load(db::transaction& t, http::reach where, core::uuid id) {
    t.add(lock_by_id, id);
    return t.add(load_seen, id, where.listed());
}

void lock(db::transaction& t, std::vector<std::string> const& handles) { t.add(lock_by_handles, handles); }

db::ticket<staff_row> load(db::transaction& t, std::vector<std::string> const& handles) {
    return t.add(load_by_handles, handles);
}

db::ticket<archived_variant> find_archived(db::transaction& t, std::vector<std::string> const& handles) {
    return t.add(load_archived, handles);
}

db::ticket<std::string> find_free_handle(db::transaction& t, std::string const& wanted) {
    return t.add(free_handle, wanted);
}

db::ticket<category_reference> find_categories(db::transaction& t, std::vector<core::uuid> const& ids) {
    return t.add(load_categories, ids);
}

work::statement_list product_statements() {
    static constexpr db::statement_info const* all[] = {
        &load_seen,       &load_by_handles, &lock_by_id,     &lock_by_handles, &load_archived,
        &load_categories, &free_handle,     &load_sellables, &load_sku_holders};
    return all;
}

}  // namespace catalog::store

namespace catalog {

work::statement_list statements() {
    static std::vector<db::statement_info const*> const all = [] {
        std::vector<db::statement_info const*> out;
        for (auto const part :
             {store::browse_statements(), store::list_statements(), store::product_statements(),
              store::save_statements(), store::category_statements(), check_statements()})
            out.insert(out.end(), part.begin(), part.end());
        return out;
    }();
    return all;
}

}  // namespace catalog
