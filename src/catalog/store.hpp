// What the catalogue asks of the database and writes to it. SQL is in the store_*.cpp files.
#pragma once

#include "catalog/api_categories.hpp"
#include "catalog/rows.hpp"
#include "catalog/rules.hpp"
#include "work/context.hpp"
#include "work/statements.hpp"

namespace catalog {

work::statement_list statements();

namespace store {

// ---- the shop (store_browse.cpp) ----

// Where a list continues: the sort key and the id of the last row seen.
struct list_position {
    std::optional<core::timestamp> at;
    std::optional<std::string> title;
    core::uuid id;
};

struct browse_query {
    core::currency currency;
    std::optional<std::string> category;  // id or handle
    std::optional<std::string> tag;
    std::optional<std::string> words;  // a tsquery (search.hpp)
    shop_sort sort;
    std::optional<list_position> after;
    std::int64_t rows = 0;
};
core::task<db::rows<shop_row>> browse(db::scope in, browse_query q);
core::task<db::rows<shop_row>> find_on_sale(db::scope in, core::currency currency, std::string key);

// ---- staff's products (store_products.cpp, store_list.cpp) ----

struct summary_row {
    core::uuid id;
    std::int64_t version;
    std::string handle;
    std::string title;
    std::string vendor;
    std::string product_type;
    std::int64_t variant_count;
    std::optional<std::string> image_url;
    std::optional<core::timestamp> published_at;
    std::optional<core::timestamp> archived_at;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(summary_row, (),
                      (id, version, handle, title, vendor, product_type, variant_count, image_url,
                       published_at, archived_at, created_at, updated_at))

struct list_query {
    std::optional<product_state> state;
    std::optional<std::string> category;
    std::optional<std::string> tag;
    std::optional<std::string> vendor;
    std::optional<std::string> words;     // a tsquery (search.hpp)
    std::optional<std::string> fragment;  // for `like`; looked for where words are
    admin_sort sort;
    std::optional<list_position> after;
    std::int64_t rows = 0;
};
core::task<std::vector<summary_row>> list(db::scope in, list_query q);
core::task<db::rows<staff_row>> find(db::scope in, http::reach where, core::uuid id);

// These queue. A lock is a statement of its own, so that what is read after it is what its last holder left.
db::ticket<staff_row> lock_and_load(db::transaction& t, http::reach where, core::uuid id);
void lock(db::transaction& t, std::vector<std::string> const& handles);
db::ticket<staff_row> load(db::transaction& t, std::vector<std::string> const& handles);
db::ticket<archived_variant> find_archived(db::transaction& t, std::vector<std::string> const& handles);
// Queues: `wanted`, or the first of wanted-2, wanted-3, … that no product has; nothing when all are taken.
db::ticket<std::string> find_free_handle(db::transaction& t, std::string const& wanted);
db::ticket<category_reference> find_categories(db::transaction& t, std::vector<core::uuid> const& ids);

// ---- writing products (store_save.cpp) ----

struct revision {
    product_detail const* before;  // null: new
    product_detail const* after;
};
struct stamp {  // what the database decided
    core::uuid id;
    std::int64_t version;
    std::optional<core::timestamp> published_at;
    std::optional<core::timestamp> archived_at;
    core::timestamp created_at;
    core::timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(stamp, (), (id, version, published_at, archived_at, created_at, updated_at))

// Queues what makes every `before` its `after`: only the parts that differ, in a number of statements that
// doesn't depend on how many products there are. A revision whose product is at another version than its
// `before` has no stamp.
db::ticket<stamp> save(db::transaction& t, std::span<revision const> all);
void apply(stamp const& s, product_detail& to);

// ---- categories (store_categories.cpp) ----

struct category_row {
    core::uuid id;
    std::optional<core::uuid> parent_id;
    std::string handle;
    std::string name;
    std::int32_t position;
    std::int32_t depth;
    std::int64_t version;
    core::timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(category_row, (), (id, parent_id, handle, name, position, depth, version, created_at))

core::task<std::vector<category_row>> list_categories(db::scope in);  // depth first

// Queue. Whoever changes the tree waits for whoever does already, so that no two moves make a ring.
db::ticket<category_row> lock_tree(db::transaction& t);
db::ticket<category_row> load_category_tree(db::transaction& t);                // without waiting
void insert_categories(db::transaction& t, std::span<category_row const> all);  // parents before children
db::ticket<std::int64_t> update_category(db::transaction& t, category_row const& c);  // the next version
void delete_category(db::transaction& t, core::uuid id);

work::statement_list browse_statements();
work::statement_list list_statements();
work::statement_list product_statements();
work::statement_list save_statements();
work::statement_list category_statements();

}  // namespace store
}  // namespace catalog
