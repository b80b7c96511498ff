// What shoppers see: one round trip each.
#include "catalog/category_rules.hpp"
#include "catalog/handlers.hpp"
#include "catalog/list_cursor.hpp"
#include "catalog/search.hpp"
#include "work/shop.hpp"

namespace catalog {
namespace {

core::currency currency_of(http::call& c, std::optional<core::currency> const& asked) {
    return asked ? *asked : work::service<work::shop>(c).currency;
}

}  // namespace

task<result<http::page<product_card>>> serve_browse(http::call& c, browse_products_request in) {
    shop_sort const sort = in.sort.value_or(shop_sort{});
    auto const after = list_position_of(in.after, sort.word());
    if (!after) co_return after.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    core::currency const currency = currency_of(c, in.currency);
    http::page<product_card> out;
    std::optional<std::string> words;
    if (in.q) {
        auto found = read_search(in.q->value);
        if (!found) co_return out;  // no letter and no digit: nothing has that
        words = std::move(found->words);
    }

    auto rows = co_await store::browse(work::database(c), {.currency = currency,
                                                           .category = plain(in.category),
                                                           .tag = plain(in.tag),
                                                           .words = std::move(words),
                                                           .sort = sort,
                                                           .after = *after,
                                                           .rows = limit + 1});
    out.next.value = work::trim_page(rows, limit, sort.word(), [&](shop_row const& last) {
        return list_key(sort.word(), last.published_at, last.title, last.id);
    });
    out.data.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) out.data.push_back(card_of(rows.at(i), currency));
    co_return out;
}

task<result<product_view>> serve_view(http::call& c, view_product_request in) {
    core::currency const currency = currency_of(c, in.currency);
    auto const found = co_await store::find_on_sale(work::database(c), currency, std::move(in.id.value));
    if (found.empty()) co_return product_not_found;
    co_return view_of(found.at(0), currency);
}

task<result<http::page<shop_category>>> serve_browse_categories(http::call& c, list_categories_request in) {
    category_tree const tree = co_await store::list_categories(work::database(c));
    auto const page = page_of(tree, in);
    if (!page) co_return page.error();
    http::page<shop_category> out;
    out.next.value = page->next;
    out.data.reserve(page->rows.size());
    for (store::category_row const& r : page->rows)
        out.data.push_back({r.id, {r.parent_id}, r.handle, r.name, r.depth});
    co_return out;
}

}  // namespace catalog
