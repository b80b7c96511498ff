// Statements about the tree of categories.
#include "catalog/store.hpp"

namespace catalog::store {
namespace {

// Depth first: the path of (position, name, id) from the root is what the rows are sorted by. No branch is
// followed deeper than the tree may be, so that a ring could not make it endless.
constexpr db::statement<category_row()> load_tree{"catalog.load_category_tree", R"sql(
    with recursive tree as (
        select c.id, c.parent_id, c.handle, c.name, c.position, 0 as depth, c.version, c.created_at,
               array[row(c.position, c.name, c.id)] as path
          from catalog.categories c
         where c.parent_id is null
        union all
        select c.id, c.parent_id, c.handle, c.name, c.position, t.depth + 1, c.version, c.created_at,
               t.path || row(c.position, c.name, c.id)
          from catalog.categories c
          join tree t on c.parent_id = t.id
         where t.depth < 100)
    select t.id, t.parent_id, t.handle, t.name, t.position, t.depth, t.version, t.created_at
      from tree t
     order by t.path
)sql"};

constexpr db::statement<db::none()> lock_categories{
    "catalog.lock_categories", "lock table catalog.categories in share row exclusive mode"};

constexpr db::statement<db::none(std::vector<core::uuid>, std::vector<std::optional<core::uuid>>,
                                 std::vector<std::string>, std::vector<std::string>,
                                 std::vector<std::int32_t>)>
    insert_rows{"catalog.insert_categories", R"sql(
    insert into catalog.categories (id, parent_id, handle, name, position)
    select u.id, u.parent_id, u.handle, u.name, u.position
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[])
           as u (id, parent_id, handle, name, position)
)sql"};

constexpr db::statement<std::int64_t(core::uuid, std::int64_t, std::optional<core::uuid>, std::string,
                                     std::string, std::int32_t)>
    update_row{"catalog.update_category", R"sql(
    update catalog.categories
       set parent_id = $3, handle = $4, name = $5, position = $6, version = version + 1
     where id = $1 and version = $2
    returning version
)sql"};

constexpr db::statement<db::none(core::uuid)> delete_row{"catalog.delete_category",
                                                         "delete from catalog.categories where id = $1"};

}  // namespace

core::task<std::vector<category_row>> list_categories(db::scope in) { co_return co_await in.all(load_tree); }

db::ticket<category_row> lock_tree(db::transaction& t) {
    t.add(lock_categories);
    return t.add(load_tree);
}

db::ticket<category_row> load_category_tree(db::transaction& t) { return t.add(load_tree); }

void insert_categories(db::transaction& t, std::span<category_row const> all) {
    std::vector<core::uuid> id;
    std::vector<std::optional<core::uuid>> parent;
    std::vector<std::string> handle, name;
    std::vector<std::int32_t> position;
    for (category_row const& c : all) {
        id.push_back(c.id);
        parent.push_back(c.parent_id);
        handle.push_back(c.handle);
        name.push_back(c.name);
        position.push_back(c.position);
    }
    t.add(insert_rows, id, parent, handle, name, position);
}

db::ticket<std::int64_t> update_category(db::transaction& t, category_row const& c) {
    return t.add(update_row, c.id, c.version, c.parent_id, c.handle, c.name, c.position);
}

void delete_category(db::transaction& t, core::uuid id) { t.add(delete_row, id); }

work::statement_list category_statements() {
    static constexpr db::statement_info const* all[] = {&load_tree, &lock_categories, &insert_rows,
                                                        &update_row, &delete_row};
    return all;
}

}  // namespace catalog::store
