// The shop's statements: one product, and a page of them for every order and every set of filters.
#include "catalog/store.hpp"
#include "catalog/store_filters.hpp"

namespace catalog::store {
namespace sql {
namespace {

constexpr std::string_view on_sale = "p.published_at is not null and p.archived_at is null";
constexpr std::string_view by_id = " and p.id = $2";
constexpr std::string_view by_handle = " and p.handle = $2";

constexpr std::string_view with_words = R"sql(
           and p.search @@ websearch_to_tsquery('simple', $5))sql";

// The page's limit is known only when the statement runs, and a planner that doesn't know it counts on a
// tenth of the table. So the inner limit is a constant, the largest page and one row more, and what lies
// below the products is looked up row by row until the outer limit is reached.
static_assert(work::page_limit::value_max + 1 == 101);

// In the order of shop_sort's words.
struct ordering {
    std::string_view name;
    std::string_view after;
    std::string_view order;
    std::string_view final_order;
};
constexpr ordering orderings[] = {
    {"newest", "\n           and (p.published_at, p.id) < ($6, $8)",
     "\n         order by p.published_at desc, p.id desc limit 101",
     "\n order by p.published_at desc, p.id desc limit $9"},
    {"by_title", "\n           and (p.title, p.id) > ($7, $8)", "\n         order by p.title, p.id limit 101",
     "\n order by p.title, p.id limit $9"},
    {"by_title_desc", "\n           and (p.title, p.id) < ($7, $8)",
     "\n         order by p.title desc, p.id desc limit 101", "\n order by p.title desc, p.id desc limit $9"},
};

constexpr std::string_view list_prefix = "catalog.browse_";
constexpr std::string_view category_suffix = "_category";
constexpr std::string_view tag_suffix = "_tag";
constexpr std::string_view words_suffix = "_words";
constexpr std::string_view after_suffix = "_after";

}  // namespace
}  // namespace sql

namespace {

using uuid_or_none = std::optional<core::uuid>;
using text_or_none = std::optional<std::string>;
using time_or_none = std::optional<core::timestamp>;

constexpr db::statement<product_row(core::currency, core::uuid)> find_by_id{
    "catalog.find_on_sale_by_id",
    db::joined<catalog::sql::row_columns, sql::on_sale, sql::by_id, catalog::sql::shop_variants_head,
               inventory::available_sql, catalog::sql::shop_variants_tail, catalog::sql::row_details>};
constexpr db::statement<product_row(core::currency, std::string)> find_by_handle{
    "catalog.find_on_sale_by_handle",
    db::joined<catalog::sql::row_columns, sql::on_sale, sql::by_handle, catalog::sql::shop_variants_head,
               inventory::available_sql, catalog::sql::shop_variants_tail, catalog::sql::row_details>};

// One statement for each order (3) and set of filters (category, tag, words, continued: 16).
using browse_statement =
    db::statement<product_row(core::currency, uuid_or_none, text_or_none, text_or_none, text_or_none,
                              time_or_none, text_or_none, uuid_or_none, std::int64_t)>;
enum filter : std::size_t { category = 1, tag = 2, words = 4, continued = 8 };
constexpr std::size_t filter_sets = 16;
constexpr std::size_t browse_count = std::size(sql::orderings) * filter_sets;

template <std::size_t I>
struct browse_text {
    static constexpr sql::ordering const& sorted = sql::orderings[I / filter_sets];
    static constexpr bool has(filter f) { return (I % filter_sets & f) != 0; }

    static constexpr std::string_view name =
        db::joined<sql::list_prefix, sorted.name, (has(category) ? sql::category_suffix : sql::nothing),
                   (has(tag) ? sql::tag_suffix : sql::nothing),
                   (has(words) ? sql::words_suffix : sql::nothing),
                   (has(continued) ? sql::after_suffix : sql::nothing)>;
    static constexpr std::string_view text =
        db::joined<catalog::sql::row_columns, sql::on_sale, (has(category) ? sql::in_category : sql::nothing),
                   (has(tag) ? sql::with_tag : sql::nothing), (has(words) ? sql::with_words : sql::nothing),
                   (has(continued) ? sorted.after : sql::nothing), sorted.order,
                   catalog::sql::shop_variants_head, inventory::available_sql,
                   catalog::sql::shop_variants_tail, catalog::sql::row_details, sorted.final_order>;
};

template <std::size_t I>
constexpr browse_statement browse_one{browse_text<I>::name, browse_text<I>::text};

constexpr auto browse_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<browse_statement const*, sizeof...(I)>{&browse_one<I>...};
}(std::make_index_sequence<browse_count>{});

}  // namespace

core::task<std::vector<product_row>> browse(db::scope in, browse_query q) {
    std::size_t const filters =
        (q.category ? category : 0) | (q.tag ? tag : 0) | (q.words ? words : 0) | (q.after ? continued : 0);
    uuid_or_none category_id;
    text_or_none category_handle;
    if (q.category) {
        category_id = core::parse_uuid(*q.category);
        if (!category_id) category_handle = q.category;
    }
    list_position const after = q.after.value_or(list_position{});
    co_return co_await in.all(*browse_table[q.sort.index * filter_sets + filters], q.currency, category_id,
                              category_handle, q.tag, q.words, after.at, after.title, after.id, q.rows);
}

core::task<std::optional<product_row>> find_on_sale(db::scope in, core::currency currency, std::string key) {
    if (auto const id = core::parse_uuid(key)) co_return co_await in.first(find_by_id, currency, *id);
    co_return co_await in.first(find_by_handle, currency, key);
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
