// Staff's list of products: one statement for every order, with and without search words and a beginning.
#include "catalog/store.hpp"
#include "catalog/store_filters.hpp"

namespace catalog::store {
namespace sql {
namespace {

// The planner takes a `case` to hold for half of the rows, so that it follows the index of the order; of
// `$5 is null or …` it expects next to nothing and sorts the whole table.
constexpr std::string_view summary_columns = R"sql(
select p.id, p.version, p.handle, p.title, p.vendor, p.product_type,
       (select count(*) from catalog.variants v where v.product_id = p.id and v.archived_at is null) as variant_count,
       (select m.url from catalog.media m where m.product_id = p.id order by m.position, m.id limit 1) as image_url,
       p.published_at, p.archived_at, p.created_at, p.updated_at
  from (select p.id, p.version, p.handle, p.title, p.vendor, p.product_type, p.published_at, p.archived_at,
               p.created_at, p.updated_at
          from catalog.products p
         where case when $1::text is null then true
                    when $1 = 'archived' then p.archived_at is not null
                    when $1 = 'published' then p.archived_at is null and p.published_at is not null
                    else p.archived_at is null and p.published_at is null end
           and case when $5::text is null then true else p.vendor = $5 end)sql";

// Words of the text, or a fragment of the title or of a SKU ($7, made for ilike).
constexpr std::string_view with_words = R"sql(
           and p.id = any (array(
                    select s.id from catalog.products s where s.search @@ websearch_to_tsquery('simple', $6)
                    union
                    select s.id from catalog.products s where s.title ilike $7
                    union
                    select v.product_id from catalog.variants v where v.sku ilike $7)))sql";

struct ordering {
    std::string_view name;
    std::string_view after;
    std::string_view order;
    std::string_view final_order;
};
// In the order of admin_sort's words. Why there are two limits: see store_browse.cpp.
static_assert(work::page_limit::value_max + 1 == 101);
constexpr ordering orderings[] = {
    {"newest", " and (p.created_at, p.id) < ($8, $10)", " order by p.created_at desc, p.id desc limit 101) p",
     " order by p.created_at desc, p.id desc limit $11"},
    {"oldest", " and (p.created_at, p.id) > ($8, $10)", " order by p.created_at, p.id limit 101) p",
     " order by p.created_at, p.id limit $11"},
    {"by_update_desc", " and (p.updated_at, p.id) < ($8, $10)",
     " order by p.updated_at desc, p.id desc limit 101) p",
     " order by p.updated_at desc, p.id desc limit $11"},
    {"by_update", " and (p.updated_at, p.id) > ($8, $10)", " order by p.updated_at, p.id limit 101) p",
     " order by p.updated_at, p.id limit $11"},
    {"by_title", " and (p.title, p.id) > ($9, $10)", " order by p.title, p.id limit 101) p",
     " order by p.title, p.id limit $11"},
    {"by_title_desc", " and (p.title, p.id) < ($9, $10)", " order by p.title desc, p.id desc limit 101) p",
     " order by p.title desc, p.id desc limit $11"},
};

constexpr std::string_view list_prefix = "catalog.list_";
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

using list_statement = db::statement<summary_row(std::optional<product_state>, uuid_or_none, text_or_none,
                                                 text_or_none, text_or_none, text_or_none, text_or_none,
                                                 time_or_none, text_or_none, uuid_or_none, std::int64_t)>;
enum filter : std::size_t { category = 1, tag = 2, words = 4, continued = 8 };
constexpr std::size_t filter_sets = 16;
constexpr std::size_t list_count = std::size(sql::orderings) * filter_sets;

template <std::size_t I>
struct list_text {
    static constexpr sql::ordering const& sorted = sql::orderings[I / filter_sets];
    static constexpr bool has(filter f) { return (I % filter_sets & f) != 0; }

    static constexpr std::string_view name =
        db::joined<sql::list_prefix, sorted.name, (has(category) ? sql::category_suffix : sql::nothing),
                   (has(tag) ? sql::tag_suffix : sql::nothing),
                   (has(words) ? sql::words_suffix : sql::nothing),
                   (has(continued) ? sql::after_suffix : sql::nothing)>;
    static constexpr std::string_view text =
        db::joined<sql::summary_columns, (has(category) ? sql::in_category : sql::nothing),
                   (has(tag) ? sql::with_tag : sql::nothing), (has(words) ? sql::with_words : sql::nothing),
                   (has(continued) ? sorted.after : sql::nothing), sorted.order, sorted.final_order>;
};

template <std::size_t I>
constexpr list_statement list_one{list_text<I>::name, list_text<I>::text};

constexpr auto list_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<list_statement const*, sizeof...(I)>{&list_one<I>...};
}(std::make_index_sequence<list_count>{});

// What a person typed, anywhere in a text: their % and _ mean themselves.
std::string fragment_pattern(std::string_view typed) {
    std::string out = "%";
    for (char const ch : typed) {
        if (ch == '%' || ch == '_' || ch == '\\') out.push_back('\\');
        out.push_back(ch);
    }
    out.push_back('%');
    return out;
}

}  // namespace

core::task<std::vector<summary_row>> list(db::scope in, list_query q) {
    std::size_t const filters =
        (q.category ? category : 0) | (q.tag ? tag : 0) | (q.words ? words : 0) | (q.after ? continued : 0);
    uuid_or_none category_id;
    text_or_none category_handle;
    if (q.category) {
        category_id = core::parse_uuid(*q.category);
        if (!category_id) category_handle = q.category;
    }
    text_or_none pattern;
    if (q.words) pattern = fragment_pattern(*q.words);
    list_position const after = q.after.value_or(list_position{});
    co_return co_await in.all(*list_table[q.sort.index * filter_sets + filters], q.state, category_id,
                              category_handle, q.tag, q.vendor, q.words, pattern, after.at, after.title,
                              after.id, q.rows);
}

work::statement_list list_statements() {
    static constexpr auto all = [] {
        std::array<db::statement_info const*, list_count> out{};
        for (std::size_t i = 0; i < list_count; ++i) out[i] = list_table[i];
        return out;
    }();
    return all;
}

}  // namespace catalog::store
