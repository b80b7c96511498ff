#include "catalog/category_rules.hpp"

#include <algorithm>

namespace catalog {
namespace {

// How many levels lie below, 0 for a leaf: the rows after it that are deeper are below it.
std::int32_t height_of(category_tree const& tree, store::category_row const& c) {
    std::int32_t height = 0;
    for (auto it = std::ranges::find(tree, c.id, &store::category_row::id) + 1;
         it != tree.end() && it->depth > c.depth; ++it)
        height = std::max(height, it->depth - c.depth);
    return height;
}

bool lies_below(category_tree const& tree, core::uuid id, core::uuid top) {
    for (auto const* at = find_category(tree, id); at != nullptr;
         at = at->parent_id ? find_category(tree, *at->parent_id) : nullptr)
        if (at->id == top) return true;
    return false;
}

core::problem unknown_parent() {
    return {core::invalid_request, {{"/parent_id", "unknown", "there is no such category"}}};
}

}  // namespace

core::result<category_page> page_of(category_tree const& tree, list_categories_request const& in) {
    static constexpr std::string_view order = "tree";
    std::span<store::category_row const> rows(tree);
    if (in.after) {
        auto const key = work::read_cursor(in.after->value, order, 1);
        if (!key) return key.error();
        auto const id = core::parse_uuid(key->front());
        auto const* const last = id ? find_category(tree, *id) : nullptr;
        if (last == nullptr)
            return core::problem{
                work::cursor_invalid,
                {{"/after", "cursor_invalid", "is not a cursor of this list, or no longer"}}};
        rows = rows.subspan(static_cast<std::size_t>(last - tree.data()) + 1);
    }
    category_page out{.rows = rows, .next = {}};
    if (in.limit && std::ssize(rows) > in.limit->value) {
        out.rows = rows.first(static_cast<std::size_t>(in.limit->value));
        std::string const key = core::to_string(out.rows.back().id);
        out.next = work::make_cursor(order, {&key, 1});
    }
    return out;
}

store::category_row const* find_category(category_tree const& tree, core::uuid id) {
    auto const it = std::ranges::find(tree, id, &store::category_row::id);
    return it == tree.end() ? nullptr : &*it;
}

core::result<store::category_row> make_category(category_tree const& tree,
                                                create_category_request const& in) {
    store::category_row out{.id = core::make_uuid7(),
                            .parent_id = in.parent_id,
                            .handle = in.handle ? in.handle->value : category_handle({{in.name.value}}),
                            .name = in.name.value,
                            .position = in.position ? static_cast<std::int32_t>(in.position->value) : 0,
                            .version = 1};
    if (!usable_handle(out.handle))
        return core::problem{core::invalid_request,
                             {{"/handle", "looks_like_an_id", "must not look like an id"}}};
    if (in.parent_id) {
        auto const* parent = find_category(tree, *in.parent_id);
        if (parent == nullptr) return unknown_parent();
        out.depth = parent->depth + 1;
    }
    if (out.depth >= category_depth_max) return category_too_deep;
    if (tree.size() >= categories_max) return too_many_categories;
    return out;
}

core::result<store::category_row> changed_category(category_tree const& tree,
                                                   store::category_row const& before,
                                                   change_category_request const& in) {
    store::category_row out = before;
    if (in.name.given()) out.name = in.name->value;
    if (in.handle.given()) out.handle = in.handle->value;
    if (in.position.given()) out.position = static_cast<std::int32_t>(in.position->value);
    if (!usable_handle(out.handle))
        return core::problem{core::invalid_request,
                             {{"/handle", "looks_like_an_id", "must not look like an id"}}};
    if (!in.parent_id.given()) return out;

    out.parent_id = *in.parent_id;
    out.depth = 0;
    if (out.parent_id) {
        auto const* parent = find_category(tree, *out.parent_id);
        if (parent == nullptr) return unknown_parent();
        if (lies_below(tree, parent->id, before.id)) return category_cycle;
        out.depth = parent->depth + 1;
    }
    if (out.depth + height_of(tree, before) >= category_depth_max) return category_too_deep;
    return out;
}

}  // namespace catalog
