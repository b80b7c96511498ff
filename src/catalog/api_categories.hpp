// What staff may do with the tree of categories.
#pragma once

#include "catalog/api_shop.hpp"
#include "work/idempotency.hpp"

namespace catalog {

struct category_view {
    core::uuid id;
    std::int64_t version;
    http::nullable<core::uuid> parent_id;
    std::string handle;
    std::string name;
    std::int32_t position;  // among its siblings; equal ones by name
    std::int32_t depth;
    core::timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(category_view, (), (id, version, parent_id, handle, name, position, depth, created_at))

using category_name = core::text<1, 200>;
using category_position = core::integer<0, 1'000'000>;

struct create_category_request {
    category_name name;
    std::optional<core::handle> handle;  // made from the name when left out
    std::optional<core::uuid> parent_id;
    std::optional<category_position> position;
};
BOOST_DESCRIBE_STRUCT(create_category_request, (), (name, handle, parent_id, position))

struct change_category_request {
    core::uuid id;
    core::patch<category_name> name;
    core::patch<core::handle> handle;
    core::patch<std::optional<core::uuid>> parent_id;  // null: becomes a root
    core::patch<category_position> position;
};
BOOST_DESCRIBE_STRUCT(change_category_request, (), (id, name, handle, parent_id, position))

struct category_by_id {
    core::uuid id;
};
BOOST_DESCRIBE_STRUCT(category_by_id, (), (id))

inline constexpr core::failure category_not_found{"category_not_found", core::fault::missing,
                                                  "There is no such category."};
inline constexpr core::failure category_handle_taken{"category_handle_taken", core::fault::conflict,
                                                     "Another category has this handle already."};
inline constexpr core::failure category_in_use{"category_in_use", core::fault::conflict,
                                               "Products are in this category; take them out first."};
inline constexpr core::failure category_has_children{
    "category_has_children", core::fault::conflict,
    "There are categories below this one; move or delete them first."};
inline constexpr core::failure category_cycle{"category_cycle", core::fault::conflict,
                                              "A category cannot lie below itself."};
inline constexpr core::failure category_too_deep{"category_too_deep", core::fault::conflict,
                                                 "Categories may lie at most 10 levels deep."};
inline constexpr core::failure too_many_categories{"too_many_categories", core::fault::conflict,
                                                   "The shop has as many categories as it may have."};

inline constexpr std::int32_t category_depth_max = 10;

inline constexpr http::endpoint<list_categories_request, http::page<category_view>> list_categories{{
    .verb = http::method::get,
    .path = "/v1/admin/categories",
    .id = "listCategories",
    .allow = http::access::permission("categories"),
    .summary = "The tree of categories, with versions",
    .description =
        "Every category comes after its parent and before its parent's next sibling. All of them on one "
        "page, unless `limit` asks for fewer.",
    .statements = 1,
    .fails_with = {&work::cursor_invalid},
}};

inline constexpr http::endpoint<create_category_request, category_view> create_category{{
    .verb = http::method::post,
    .path = "/v1/admin/categories",
    .id = "createCategory",
    .allow = http::access::permission("categories"),
    .summary = "Add a category",
    .success = 201,
    .statements = 8,
    .fails_with = {&category_handle_taken, &category_too_deep, &too_many_categories, &work::key_reused,
                   &work::key_in_use},
}};

inline constexpr http::endpoint<change_category_request, category_view> change_category{{
    .verb = http::method::patch,
    .path = "/v1/admin/categories/{id}",
    .id = "changeCategory",
    .allow = http::access::permission("categories"),
    .summary = "Rename, reorder or move a category with all that lies below it",
    .statements = 5,
    .fails_with = {&category_not_found, &category_handle_taken, &category_cycle, &category_too_deep},
}};

inline constexpr http::endpoint<category_by_id, core::nothing> remove_category{{
    .verb = http::method::remove,
    .path = "/v1/admin/categories/{id}",
    .id = "removeCategory",
    .allow = http::access::permission("categories"),
    .summary = "Delete a category that holds neither products nor categories",
    .success = 204,
    .match = http::precondition::honoured,
    .statements = 5,
    .fails_with = {&category_not_found, &category_in_use, &category_has_children},
}};

}  // namespace catalog
