#include "catalog/product_edit.hpp"

#include "audit/audit.hpp"
#include "catalog/endpoints_admin.hpp"
#include "catalog/events.hpp"
#include "work/idempotency.hpp"
#include "work/outbox.hpp"
#include "work/rights.hpp"

#include <algorithm>

namespace catalog {
namespace {

constexpr db::refusal refusals[] = {
    {"product_handle_unique", &handle_taken},
    {"variant_sku_unique", &sku_taken},
    {"variant_title_unique", &variant_taken},
    {"media_url_unique", &media_taken},
    work::key_taken,
};

// Two that are named alike at one moment find the same free handle, and one of them looks again.
constexpr int namings_max = 5;

constexpr int created_status = 201;  // every POST to a product answers with it

// What the database decides is not the caller's change, and the audit entry has a time of its own.
bool decided_elsewhere(audit::change const& c) {
    static constexpr std::string_view fields[] = {"id",          "version",    "published_at",
                                                  "archived_at", "created_at", "updated_at"};
    return std::ranges::find(fields, c.field) != std::end(fields);
}

// Whoever edits a product sees no more of its stock in the answer than by looking at it.
http::reach seen_stock(http::call& c) { return work::service<work::rights>(c).reach_of(c.who, load_product); }

core::task<core::result<product_detail>> perform_once(db::transaction& t, http::call& c,
                                                      product_edit const& edit) {
    db::ticket<staff_row> loaded;
    db::ticket<category_reference> categories;
    if (!edit.creates) loaded = store::lock_and_load(t, seen_stock(c), edit.id);
    if (!edit.categories.empty()) categories = store::find_categories(t, edit.categories);
    if (!edit.creates || !edit.categories.empty()) co_await t.run();

    std::optional<product_detail> before;
    if (!edit.creates) {
        if (loaded.size() == 0) co_return product_not_found;
        before = detail_of(loaded.at(0));
        if (auto fresh = c.check_version(before->version); !fresh) co_return fresh.error();
    }
    categories_found found;
    if (!edit.categories.empty()) found = categories.all();
    auto after = edit.decide(before ? &*before : nullptr, found);
    if (!after || (before && *after == *before)) co_return after;  // refused, or there already
    if (edit.names_itself) {
        auto const free = store::find_free_handle(t, after->handle);
        co_await t.run();
        after->handle = free.first().value_or(std::move(after->handle));
    }
    // From here on it succeeds, unless the database knows a name that is taken.

    store::revision const change{before ? &*before : nullptr, &*after};
    auto const stamps = store::save(t, {&change, 1});
    record_change(t, work::actor_of(c), edit.resource, change.before, *after);
    if (edit.keyed && !c.idempotency_key.empty()) {
        co_await t.run();
        store::apply(stamps.one(), *after);
        work::remember(t, c, created_status, *after);
        co_await t.commit();
    } else {
        co_await t.commit();
        store::apply(stamps.one(), *after);
    }
    co_return after;
}

}  // namespace

void record_change(db::transaction& t, work::actor const& by, std::string_view resource,
                   product_detail const* before, product_detail const& after) {
    audit::changes what = before == nullptr ? audit::created(after) : audit::changed(*before, after);
    std::erase_if(what, decided_elsewhere);
    audit::record(t, by, resource, after.id, what);
    work::announce(t, product_changed, after.id);
}

core::task<core::result<product_detail>> perform(http::call& c, product_edit edit) {
    auto const attempt = [&c, &edit]() -> core::task<core::result<product_detail>> {
        auto const once = [&](db::transaction& t) { return perform_once(t, c, edit); };
        auto done = co_await work::database(c).transact(refusals, once);
        for (int n = 1; edit.names_itself && n < namings_max && !done && done.error().what == &handle_taken;
             ++n)
            done = co_await work::database(c).transact(refusals, once);
        co_return done;
    };
    if (edit.keyed) co_return co_await work::exactly_once(c, attempt);
    co_return co_await attempt();
}

}  // namespace catalog
