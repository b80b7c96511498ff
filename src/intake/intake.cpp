#include "intake/intake.hpp"

#include "audit/audit.hpp"
#include "intake/drafts.hpp"
#include "intake/statements.hpp"
#include "intake/stock.hpp"
#include "inventory/events.hpp"
#include "work/outbox.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace intake {
namespace {

constexpr std::size_t products_at_once = 500;

constexpr core::failure only_tried{"only_tried", core::fault::conflict, "A dry run takes back what it did."};
constexpr core::failure no_location{"no_location", core::fault::missing, "There is no such location in use."};

using imported = std::vector<catalog::imported_product>;
using drafts = std::vector<catalog::product_draft>;
using refusal = importer::import_faults;

refusal whole_file(std::string reason) { return {{{.line = 0, .reason = std::move(reason)}}, 1}; }

core::task<core::result<imported>> write_products(db::transaction& t, work::actor by, drafts const& all,
                                                  settings const& s) {
    imported out;
    for (std::size_t at = 0; at < all.size(); at += products_at_once) {
        auto const part = std::span(all).subspan(at, std::min(products_at_once, all.size() - at));
        auto done = co_await catalog::import_products(t, by, part);
        if (!done) co_return done.error();
        std::ranges::move(*done, std::back_inserter(out));
        if (s.progress) s.progress(out.size());
    }
    co_return out;
}

// A file that doesn't say: this shop would keep a new product as a draft, the other one sells it. Products
// that are there already stay as they are.
core::task<core::result<core::nothing>> publish_new(db::transaction& t, work::actor by,
                                                    importer::imported_catalogue const& file,
                                                    drafts const& all, imported const& done) {
    drafts unsaid;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (done[i].created && !all[i].published.given() && file.products[i].on_sale()) {
            unsaid.push_back(all[i]);
            unsaid.back().published = core::patch(true);
        }
    if (unsaid.empty()) co_return core::nothing{};
    auto const published = co_await catalog::import_products(t, by, unsaid);
    if (!published) co_return published.error();
    co_return core::nothing{};
}

core::task<core::result<inventory::location_in_use>> find_location(db::transaction& t, work::actor by,
                                                                   settings const& s, outcome& o) {
    auto found = co_await inventory::lock_location_in_use(t, s.location);
    if (!found && !s.location) {
        auto const made = co_await inventory::ensure_location(t, by, "main", "Main location", 0);
        if (made) found = inventory::location_in_use{*made, "main"};
        o.location_made = made.has_value();
    }
    if (!found) co_return no_location;
    o.location = found->code;
    co_return *found;
}

core::task<std::vector<inventory::stock_row>> lock_stock(db::transaction& t, imported const& products) {
    std::vector<core::uuid> variants;
    for (auto const& p : products)
        variants.insert(variants.end(), p.variant_ids.begin(), p.variant_ids.end());
    auto const rows = inventory::lock_stock(t, variants);
    co_await t.run();
    co_return rows.all();
}

template <class Row>
void in_parts(std::vector<Row> const& all, auto&& take) {
    for (std::size_t at = 0; at < all.size(); at += inventory::counted_max) {
        auto const end = std::min(at + inventory::counted_max, all.size());
        take(std::vector<Row>(all.begin() + std::ptrdiff_t(at), all.begin() + std::ptrdiff_t(end)));
    }
}

// By how many units the shelves have changed: somebody may have made a row since they were locked.
core::task<std::int64_t> write_counts(db::transaction& t, work::actor by,
                                      std::vector<inventory::counted> const& counts) {
    std::vector<db::ticket<std::int64_t>> written;
    in_parts(counts, [&](auto const& part) { written.push_back(inventory::set_on_hand(t, part, by)); });
    co_await t.run();
    std::int64_t units = 0;
    for (auto const& part : written) units += part.one();
    co_return units;
}

void note_stock(db::transaction& t, work::actor const& by, stock_changes const& c, core::uuid location,
                std::int64_t units_change) {
    if (c.changed.empty()) return;
    audit::record(t, by, "stock", location,
                  {{"rows_changed", "0", std::to_string(c.changed.size())},
                   {"units", std::to_string(c.units - units_change), std::to_string(c.units)}});
    for (core::uuid const variant : c.changed)
        work::announce(t, inventory::events::stock_adjusted, variant,
                       {fmt::format(R"({{"location_id":"{}"}})", core::to_string(location))});
}

core::task<core::result<core::nothing>> write_stock(db::transaction& t, work::actor by,
                                                    importer::imported_catalogue const& file,
                                                    imported const& products, settings const& s, outcome& o) {
    if (!says_stock(file)) co_return core::nothing{};
    auto const at = co_await find_location(t, by, s, o);
    if (!at) co_return at.error();
    auto const stored = co_await lock_stock(t, products);
    auto const changes = decide_stock(file, products, stored, at->id);
    auto const units_change = co_await write_counts(t, by, changes.counts);
    in_parts(changes.limits, [&](auto const& part) { inventory::set_backorder_limits(t, part); });
    note_stock(t, by, changes, at->id, units_change);
    o.stock_changed = changes.changed.size();
    o.units = changes.units;
    o.units_change = units_change;
    co_return core::nothing{};
}

// Body of the transaction; `o` is filled anew by every attempt.
core::task<core::result<core::nothing>> write_all(db::transaction& t,
                                                  importer::imported_catalogue const& file, drafts const& all,
                                                  settings const& s, outcome& o) {
    o = {};
    work::actor const by = work::command("carrack import");
    t.add(one_at_a_time);
    auto const products = co_await write_products(t, by, all, s);
    if (!products) co_return products.error();
    if (auto const done = co_await publish_new(t, by, file, all, *products); !done) co_return done.error();
    if (auto const done = co_await write_stock(t, by, file, *products, s, o); !done) co_return done.error();
    for (std::size_t i = 0; i < products->size(); ++i) {
        auto const& p = (*products)[i];
        ++(p.created ? o.products_created : p.changed ? o.products_updated : o.products_unchanged);
        o.variants += p.variant_ids.size();
        o.media += file.products[i].media.size();
        for (std::string const& title : p.archived) o.archived.push_back({all[i].handle, title});
    }
    co_await t.run();  // a dry run has to hear every refusal too
    if (s.dry_run) co_return only_tried;
    co_return core::nothing{};
}

// Which rows have a SKU that belongs to a product or variant which the file does not bring.
core::task<refusal> name_taken_skus(db::scope db, importer::imported_catalogue const& file) {
    std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> mine;
    std::vector<std::string> skus;
    for (std::size_t i = 0; i < file.products.size(); ++i)
        for (std::size_t n = 0; n < file.products[i].variants.size(); ++n)
            if (auto const& sku = file.products[i].variants[n].sku) {
                mine.emplace(*sku, std::pair(i, n));
                skus.push_back(*sku);
            }
    refusal out;
    for (auto const& holder : co_await db.all(catalog::load_sku_holders, skus)) {
        auto const [i, n] = mine.at(holder.sku);
        auto const& product = file.products[i];
        if (product.handle == holder.product_handle) continue;
        out.listed.push_back(locate(product, fmt::format("/variants/{}/sku", n),
                                    fmt::format("the SKU '{}' belongs to the product '{}' already",
                                                holder.sku, holder.product_handle)));
    }
    std::ranges::sort(out.listed);
    out.total = out.listed.size();
    if (out.total == 0) co_return whole_file("a SKU of this file belongs to another variant already.");
    co_return out;
}

refusal explain(core::problem const& why, settings const& s) {
    if (why.what != &no_location) return whole_file(std::string(why.what->message));
    if (s.location)
        return whole_file(
            fmt::format("there is no location in use with the code '{}'; name another with "
                        "--location, or make it first.",
                        *s.location));
    return whole_file(
        "every location is archived, so there is nowhere to put the stock; name one with "
        "--location that is in use.");
}

}  // namespace

core::task<std::variant<outcome, importer::import_faults>> bring_in(db::scope db,
                                                                    importer::imported_catalogue file,
                                                                    settings s) {
    auto const all = drafts_of(file, s.currency);
    if (auto faults = faults_of(file, all); faults.total > 0) co_return faults;
    outcome o;
    auto const done = co_await db.transact(catalog::import_refusals,
                                           [&](db::transaction& t) { return write_all(t, file, all, s, o); });
    if (done || done.error().what == &only_tried) co_return o;
    if (done.error().what == &catalog::sku_taken) co_return co_await name_taken_skus(db, file);
    co_return explain(done.error(), s);
}

work::statement_list statements() {
    static constexpr db::statement_info const* all[] = {&one_at_a_time};
    return all;
}

}  // namespace intake
