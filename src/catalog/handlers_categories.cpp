// Staff's side of categories. Whoever changes the tree holds its lock and decides over all of it.
#include "audit/audit.hpp"
#include "catalog/category_rules.hpp"
#include "catalog/events.hpp"
#include "catalog/handlers.hpp"
#include "work/idempotency.hpp"
#include "work/outbox.hpp"

namespace catalog {
namespace {

constexpr db::refusal refusals[] = {{"category_handle_unique", &category_handle_taken}, work::key_taken};
constexpr db::refusal removal_refusals[] = {
    {"product_categories_category_id_fkey", &category_in_use},
    {"categories_parent_id_fkey", &category_has_children},
};

category_view view_of(store::category_row const& r) {
    return {.id = r.id,
            .version = r.version,
            .parent_id = {r.parent_id},
            .handle = r.handle,
            .name = r.name,
            .position = r.position,
            .depth = r.depth,
            .created_at = r.created_at};
}

struct audited {  // what the audit entry tells of a category
    http::nullable<core::uuid> parent_id;
    std::string handle;
    std::string name;
    std::int32_t position;

    bool operator==(audited const&) const = default;
};
BOOST_DESCRIBE_STRUCT(audited, (), (parent_id, handle, name, position))

audited audited_of(store::category_row const& r) { return {{r.parent_id}, r.handle, r.name, r.position}; }

void tell(db::transaction& t, http::call const& c, core::uuid id, audit::changes const& what) {
    audit::record(t, work::actor_of(c), "categories", id, what);
    work::announce(t, category_changed, id);
}

task<result<category_view>> create_once(db::transaction& t, http::call& c,
                                        create_category_request const& in) {
    auto const loaded = store::lock_tree(t);
    co_await t.run();
    auto made = make_category(loaded.all(), in);
    if (!made) co_return made.error();
    // From here on it succeeds, unless the handle is taken.

    store::insert_categories(t, {&*made, 1});
    auto const tree = store::load_category_tree(t);  // with the time that the database set
    tell(t, c, made->id, audit::created(audited_of(*made)));
    co_await t.run();
    category_view const view = view_of(*find_category(tree.all(), made->id));
    work::remember(t, c, create_category.success, view);
    co_return view;
}

task<result<category_view>> change_once(db::transaction& t, http::call& c,
                                        change_category_request const& in) {
    auto const loaded = store::lock_tree(t);
    co_await t.run();
    auto const tree = loaded.all();
    auto const* before = find_category(tree, in.id);
    if (before == nullptr) co_return category_not_found;
    if (auto fresh = c.check_version(before->version); !fresh) co_return fresh.error();
    auto after = changed_category(tree, *before, in);
    if (!after) co_return after.error();
    if (audited_of(*after) == audited_of(*before)) co_return view_of(*before);
    // From here on it succeeds, unless the handle is taken.

    auto const version = store::update_category(t, *after);
    tell(t, c, in.id, audit::changed(audited_of(*before), audited_of(*after)));
    co_await t.commit();
    after->version = version.one();
    co_return view_of(*after);
}

task<result<core::nothing>> remove_once(db::transaction& t, http::call& c, core::uuid id) {
    auto const loaded = store::lock_tree(t);
    co_await t.run();
    auto const tree = loaded.all();
    auto const* before = find_category(tree, id);
    if (before == nullptr) co_return category_not_found;
    if (auto fresh = c.check_version(before->version); !fresh) co_return fresh.error();

    store::delete_category(t, id);
    tell(t, c, id, audit::removed(audited_of(*before)));
    co_await t.commit();
    co_return core::nothing{};
}

}  // namespace

task<result<http::page<category_view>>> serve_list_categories(http::call& c, list_categories_request in) {
    category_tree const tree = co_await store::list_categories(work::database(c));
    auto const page = page_of(tree, in);
    if (!page) co_return page.error();
    http::page<category_view> out;
    out.next.value = page->next;
    out.data.reserve(page->rows.size());
    for (store::category_row const& r : page->rows) out.data.push_back(view_of(r));
    co_return out;
}

task<result<category_view>> serve_create_category(http::call& c, create_category_request in) {
    co_return co_await work::exactly_once(c, [&] {
        return work::database(c).transact(refusals,
                                          [&](db::transaction& t) { return create_once(t, c, in); });
    });
}

task<result<category_view>> serve_change_category(http::call& c, change_category_request in) {
    co_return co_await work::database(c).transact(refusals,
                                                  [&](db::transaction& t) { return change_once(t, c, in); });
}

task<result<core::nothing>> serve_remove_category(http::call& c, category_by_id in) {
    co_return co_await work::database(c).transact(
        removal_refusals, [&](db::transaction& t) { return remove_once(t, c, in.id); });
}

}  // namespace catalog
