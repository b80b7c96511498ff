// The shop's statements: one product, and a page of them for every order and every set of filters.
#include "catalog/store.hpp"
#include "catalog/store_filters.hpp"

namespace catalog::store {
namespace sql {
namespace {

constexpr std::string_view on_sale = "p.published_at is not null and p.archived_at is null";
constexpr std::string_view by_id = " and p.id = $2";
constexpr std::string_view by_handle = " and p.handle = $2";

struct shop_list {
    static constexpr std::string_view prefix = "catalog.browse_";
    static constexpr std::string_view base = on_sale;
    static constexpr std::string_view search = "p.search @@ (select to_tsquery('simple', $5))";
    static constexpr std::string_view rows = " limit $9";
    // In the order of shop_sort's words.
    static constexpr ordering orderings[] = {
        {"newest", "\n           and (p.published_at, p.id) < ($6, $8)",
         "\n         order by published_at desc, id desc"},
        {"by_title", "\n           and (p.title, p.id) > ($7, $8)", "\n         order by title, id"},
        {"by_title_desc", "\n           and (p.title, p.id) < ($7, $8)",
         "\n         order by title desc, id desc"},
    };
};

}  // namespace
}  // namespace sql

namespace {

using uuid_or_none = std::optional<core::uuid>;
using text_or_none = std::optional<std::string>;
using time_or_none = std::optional<core::timestamp>;

constexpr db::statement<shop_row(core::currency, core::uuid)> find_by_id{
    "catalog.find_on_sale_by_id",
    db::joined<catalog::sql::shop_columns, sql::on_sale, sql::by_id, catalog::sql::shop_variants_head,
               inventory::available_sql, catalog::sql::shop_variants_tail, catalog::sql::row_details>};
constexpr db::statement<shop_row(core::currency, std::string)> find_by_handle{
    "catalog.find_on_sale_by_handle",
    db::joined<catalog::sql::shop_columns, sql::on_sale, sql::by_handle, catalog::sql::shop_variants_head,
               inventory::available_sql, catalog::sql::shop_variants_tail, catalog::sql::row_details>};

// One statement for each order (3) and set of filters (category, tag, words, continued: 16).
using browse_statement =
    db::statement<shop_row(core::currency, uuid_or_none, text_or_none, text_or_none, text_or_none,
                           time_or_none, text_or_none, uuid_or_none, std::int64_t)>;
constexpr std::size_t browse_count = std::size(sql::shop_list::orderings) * filter_sets;

template <std::size_t I>
struct browse_text {
    using list = filtered<sql::shop_list, I>;
    static constexpr std::string_view text =
        db::joined<list::few, catalog::sql::card_columns, list::page, catalog::sql::shop_variants_head,
                   inventory::available_sql, catalog::sql::shop_variants_tail, catalog::sql::row_details,
                   list::sorted.order, sql::shop_list::rows>;
};

template <std::size_t I>
constexpr browse_statement browse_one{browse_text<I>::list::name, browse_text<I>::text};

constexpr auto browse_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<browse_statement const*, sizeof...(I)>{&browse_one<I>...};
}(std::make_index_sequence<browse_count>{});

}  // namespace

core::task<db::rows<shop_row>> browse(db::scope in, browse_query q) {
    auto const category = category_asked(q.category);
    list_position const after = q.after.value_or(list_position{});
    co_return co_await in.lend(*browse_table[q.sort.index * filter_sets + filters_of(q)], q.currency,
                               category.id, category.handle, q.tag, q.words, after.at, after.title, after.id,
                               q.rows);
}

core::task<db::rows<shop_row>> find_on_sale(db::scope in, core::currency currency, std::string key) {
    if (auto const id = core::parse_uuid(key)) co_return co_await in.lend(find_by_id, currency, *id);
    co_return co_await in.lend(find_by_handle, currency, key);
}

work::statement_list browse_statements() {
    static constexpr auto all = [] {
        std::array<db::statement_info const*, browse_count + 2> out{&find_by_id, &find_by_handle};
        for (std::size_t i = 0; i < browse_count; ++i) out[i + 2] = browse_table[i];
        return out;
    }();
    return all;
}

}  // namespace catalog::store
