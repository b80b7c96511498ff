// Brings products in from elsewhere: every 500 of them are loaded, decided and written together.
#include "audit/audit.hpp"
#include "catalog/category_rules.hpp"
#include "catalog/events.hpp"
#include "catalog/product_edit.hpp"
#include "work/outbox.hpp"

#include <algorithm>
#include <unordered_map>

namespace catalog {
namespace {

constexpr std::size_t chunk_products = 500;

constexpr db::refusal refusals[] = {{"product_handle_unique", &handle_taken},
                                    {"variant_sku_unique", &sku_taken}};

using draft_span = std::span<product_draft const>;

// The categories that the drafts name and the tree lacks, parents before children.
std::vector<store::category_row> missing_categories(category_tree const& tree, draft_span drafts) {
    std::unordered_map<std::string, core::uuid> known;
    for (store::category_row const& c : tree) known.emplace(c.handle, c.id);
    std::vector<store::category_row> out;
    for (product_draft const& d : drafts) {
        if (!d.categories.given()) continue;
        for (auto const& names : *d.categories) {
            std::optional<core::uuid> parent;
            for (std::size_t depth = 0; depth < names.size(); ++depth) {
                std::string handle = category_handle(std::span(names).first(depth + 1));
                auto const [at, made] = known.try_emplace(handle, core::uuid{});
                if (made) {
                    at->second = core::make_uuid7();
                    out.push_back({.id = at->second,
                                   .parent_id = parent,
                                   .handle = std::move(handle),
                                   .name = names[depth],
                                   .depth = static_cast<std::int32_t>(depth),
                                   .version = 1});
                }
                parent = at->second;
            }
        }
    }
    return out;
}

// All categories that the drafts name, made where they are missing.
core::task<core::result<categories_found>> prepare_categories(db::transaction& t, work::actor const& by,
                                                              draft_span drafts) {
    bool const named = std::ranges::any_of(
        drafts, [](product_draft const& d) { return d.categories.given() && !d.categories->empty(); });
    if (!named) co_return categories_found{};
    auto const loaded = store::lock_tree(t);
    co_await t.run();
    category_tree tree = loaded.all();
    auto const missing = missing_categories(tree, drafts);
    if (tree.size() + missing.size() > categories_max) co_return too_many_categories;
    if (!missing.empty()) store::insert_categories(t, missing);
    for (store::category_row const& c : missing) {
        audit::record(t, by, "categories", c.id, {{"name", "null", audit::detail::text_of(c.name)}});
        work::announce(t, category_changed, c.id);
        tree.push_back(c);
    }
    categories_found found;
    for (store::category_row& c : tree) found.push_back({c.id, std::move(c.handle), std::move(c.name)});
    co_return found;
}

std::vector<std::string> handles_of(draft_span drafts) {
    std::vector<std::string> out;
    out.reserve(drafts.size());
    for (product_draft const& d : drafts) out.push_back(d.handle);
    return out;
}

struct stored_products {
    std::unordered_map<std::string, product_detail> by_handle;
    std::unordered_map<core::uuid, std::vector<archived_variant>> archived;
};

core::task<stored_products> load_stored(db::transaction& t, draft_span drafts) {
    std::vector<std::string> const handles = handles_of(drafts);
    auto const loaded = store::load(t, handles);
    auto const archived = store::find_archived(t, handles);
    co_await t.run();
    stored_products out;
    for (std::size_t i = 0; i < loaded.size(); ++i) {
        product_detail stored = detail_of(loaded.at(i));
        std::string handle = stored.handle;
        out.by_handle.emplace(std::move(handle), std::move(stored));
    }
    for (archived_variant& v : archived.all()) out.archived[v.product_id].push_back(std::move(v));
    co_return out;
}

struct decision {
    product_detail const* before = nullptr;
    product_detail after;
    bool changed = false;
};

std::vector<decision> decide(stored_products const& stored, categories_found const& categories,
                             draft_span drafts) {
    static std::vector<archived_variant> const none;
    std::vector<decision> out;
    out.reserve(drafts.size());
    for (product_draft const& d : drafts) {
        auto const found = stored.by_handle.find(d.handle);
        product_detail const* before = found == stored.by_handle.end() ? nullptr : &found->second;
        auto const gone = before == nullptr ? stored.archived.end() : stored.archived.find(before->id);
        product_detail after =
            imported(before, gone == stored.archived.end() ? none : gone->second, d, categories);
        bool const changed = before == nullptr || !(*before == after);
        out.push_back({before, std::move(after), changed});
    }
    return out;
}

std::vector<std::string> variants_lost(decision const& d) {
    std::vector<std::string> out;
    if (d.before == nullptr) return out;
    for (variant_detail const& v : d.before->variants)
        if (std::ranges::find(d.after.variants, v.id, &variant_detail::id) == d.after.variants.end())
            out.push_back(v.title);
    return out;
}

core::task<core::result<std::vector<imported_product>>> import_chunk(db::transaction& t,
                                                                     work::actor const& by,
                                                                     categories_found const& categories,
                                                                     draft_span drafts) {
    stored_products const stored = co_await load_stored(t, drafts);
    std::vector<decision> const decisions = decide(stored, categories, drafts);
    std::vector<store::revision> revisions;
    for (decision const& d : decisions)
        if (d.changed) revisions.push_back({d.before, &d.after});
    if (!revisions.empty()) {
        auto const stamps = store::save(t, revisions);
        for (store::revision const& r : revisions) record_change(t, by, "products", r.before, *r.after);
        co_await t.run();
        if (std::ssize(revisions) != stamps.affected())
            throw std::logic_error("a product changed although its row was locked");
    }
    std::vector<imported_product> out;
    out.reserve(decisions.size());
    for (decision const& d : decisions) {
        imported_product p{.id = d.after.id, .created = d.before == nullptr, .changed = d.changed};
        for (variant_detail const& v : d.after.variants) p.variant_ids.push_back(v.id);
        p.archived = variants_lost(d);
        out.push_back(std::move(p));
    }
    co_return out;
}

}  // namespace

std::span<db::refusal const> const import_refusals = refusals;

core::task<core::result<std::vector<imported_product>>> import_products(
    db::transaction& t, work::actor by, std::span<product_draft const> drafts) {
    auto const categories = co_await prepare_categories(t, by, drafts);
    if (!categories) co_return categories.error();
    store::lock(t, handles_of(drafts));  // all of them at once, in the order of ids
    std::vector<imported_product> out;
    out.reserve(drafts.size());
    for (std::size_t at = 0; at < drafts.size(); at += chunk_products) {
        auto const chunk = drafts.subspan(at, std::min(chunk_products, drafts.size() - at));
        auto done = co_await import_chunk(t, by, *categories, chunk);
        if (!done) co_return done.error();
        out.insert(out.end(), std::make_move_iterator(done->begin()), std::make_move_iterator(done->end()));
    }
    co_return out;
}

}  // namespace catalog
