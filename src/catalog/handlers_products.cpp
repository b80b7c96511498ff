// Staff's side of products. What a change means is decided in rules.hpp, how it is done in product_edit.hpp.
#include "catalog/handlers.hpp"
#include "catalog/list_cursor.hpp"
#include "catalog/product_edit.hpp"
#include "catalog/search.hpp"

namespace catalog {
namespace {

product_state state_of(store::summary_row const& r) {
    if (r.archived_at) return product_state::archived;
    return r.published_at ? product_state::published : product_state::draft;
}

product_summary summary_of(store::summary_row r) {
    return {.id = r.id,
            .version = r.version,
            .handle = std::move(r.handle),
            .title = std::move(r.title),
            .vendor = std::move(r.vendor),
            .product_type = std::move(r.product_type),
            .state = state_of(r),
            .variant_count = r.variant_count,
            .image_url = {std::move(r.image_url)},
            .published_at = {r.published_at},
            .archived_at = {r.archived_at},
            .created_at = r.created_at,
            .updated_at = r.updated_at};
}

}  // namespace

task<result<http::page<product_summary>>> serve_list(http::call& c, list_products_request in) {
    admin_sort const sort = in.sort.value_or(admin_sort{});
    auto const after = list_position_of(in.after, sort.word());
    if (!after) co_return after.error();
    std::int64_t const limit = work::limit_or_default(in.limit);
    http::page<product_summary> out;
    std::optional<search_query> search;
    if (in.q) {
        search = read_search(in.q->value);
        if (!search) co_return out;  // no letter and no digit: nothing has that
    }

    auto rows = co_await store::list(work::database(c),
                                     {.state = in.state,
                                      .category = plain(in.category),
                                      .tag = plain(in.tag),
                                      .vendor = plain(in.vendor),
                                      .words = search ? std::optional(search->words) : std::nullopt,
                                      .fragment = search ? search->fragment : std::nullopt,
                                      .sort = sort,
                                      .after = *after,
                                      .rows = limit + 1});
    out.next.value = work::trim_page(rows, limit, sort.word(), [&](store::summary_row const& last) {
        bool const by_update = sort.word().ends_with("updated_at");
        return list_key(sort.word(), by_update ? last.updated_at : last.created_at, last.title, last.id);
    });
    out.data.reserve(rows.size());
    for (store::summary_row& row : rows) out.data.push_back(summary_of(std::move(row)));
    co_return out;
}

task<result<product_detail>> serve_load(http::call& c, product_by_id in, http::reach where) {
    auto const found = co_await store::find(work::database(c), where, in.id);
    if (found.empty()) co_return product_not_found;
    co_return detail_of(found.at(0));
}

task<result<product_detail>> serve_create(http::call& c, create_product_request in) {
    product_edit edit{.creates = true, .names_itself = !in.handle.has_value(), .keyed = true};
    if (in.categories) edit.categories = in.categories->items;
    edit.decide = [in = std::move(in)](product_detail const*, categories_found const& found) {
        return make_product(in, found);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_change(http::call& c, change_product_request in) {
    product_edit edit{.id = in.id};
    if (in.categories.given()) edit.categories = in.categories->items;
    edit.decide = [in = std::move(in)](product_detail const* before, categories_found const& found) {
        return changed_by(*before, in, found);
    };
    return perform(c, std::move(edit));
}

task<result<core::nothing>> serve_remove(http::call& c, product_by_id in) {
    product_edit edit{.id = in.id};
    edit.decide = [](product_detail const* before, categories_found const&) -> result<product_detail> {
        product_detail after = *before;
        after.archived = true;
        return after;
    };
    auto const done = co_await perform(c, std::move(edit));
    if (!done) co_return done.error();
    co_return core::nothing{};
}

task<result<product_detail>> serve_add_variant(http::call& c, add_variant_request in) {
    product_edit edit{.id = in.id, .keyed = true};
    edit.decide = [in = std::move(in)](product_detail const* before, categories_found const&) {
        return with_variant(*before, in);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_change_variant(http::call& c, change_variant_request in) {
    product_edit edit{.id = in.id};
    edit.decide = [in = std::move(in)](product_detail const* before, categories_found const&) {
        return with_changed_variant(*before, in);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_remove_variant(http::call& c, variant_by_id in) {
    product_edit edit{.id = in.id};
    edit.decide = [in](product_detail const* before, categories_found const&) {
        return without_variant(*before, in.variant_id);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_set_prices(http::call& c, set_prices_request in) {
    product_edit edit{.id = in.id, .resource = "prices"};
    edit.decide = [in = std::move(in)](product_detail const* before, categories_found const&) {
        return with_prices(*before, in);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_add_media(http::call& c, add_media_request in) {
    product_edit edit{.id = in.id, .keyed = true, .resource = "media"};
    edit.decide = [in = std::move(in)](product_detail const* before, categories_found const&) {
        return with_media(*before, in);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_change_media(http::call& c, change_media_request in) {
    product_edit edit{.id = in.id, .resource = "media"};
    edit.decide = [in = std::move(in)](product_detail const* before, categories_found const&) {
        return with_changed_media(*before, in);
    };
    return perform(c, std::move(edit));
}

task<result<product_detail>> serve_remove_media(http::call& c, media_by_id in) {
    product_edit edit{.id = in.id, .resource = "media"};
    edit.decide = [in](product_detail const* before, categories_found const&) {
        return without_media(*before, in.media_id);
    };
    return perform(c, std::move(edit));
}

}  // namespace catalog
