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
         where )sql";
constexpr std::string_view summary_tail = ") p";

struct staff_list {
    static constexpr std::string_view prefix = "catalog.list_";
    static constexpr std::string_view base = R"sql(case when $1::text is null then true
                    when $1 = 'archived' then p.archived_at is not null
                    when $1 = 'published' then p.archived_at is null and p.published_at is not null
                    else p.archived_at is null and p.published_at is null end
           and case when $5::text is null then true else p.vendor = $5 end)sql";
    // Words, or a fragment ($7, made for like).
    static constexpr std::string_view search =
        "(p.search @@ (select to_tsquery('simple', $6)) or p.search_text like $7)";
    static constexpr std::string_view rows = " limit $11";
    // In the order of admin_sort's words.
    static constexpr ordering orderings[] = {
        {"newest", " and (p.created_at, p.id) < ($8, $10)", " order by created_at desc, id desc"},
        {"oldest", " and (p.created_at, p.id) > ($8, $10)", " order by created_at, id"},
        {"by_update_desc", " and (p.updated_at, p.id) < ($8, $10)", " order by updated_at desc, id desc"},
        {"by_update", " and (p.updated_at, p.id) > ($8, $10)", " order by updated_at, id"},
        {"by_title", " and (p.title, p.id) > ($9, $10)", " order by title, id"},
        {"by_title_desc", " and (p.title, p.id) < ($9, $10)", " order by title desc, id desc"},
    };
};

}  // namespace
}  // namespace sql

namespace {

using uuid_or_none = std::optional<core::uuid>;
using text_or_none = std::optional<std::string>;
using time_or_none = std::optional<core::timestamp>;

using list_statement = db::statement<summary_row(std::optional<product_state>, uuid_or_none, text_or_none,
                                                 text_or_none, text_or_none, text_or_none, text_or_none,
                                                 time_or_none, text_or_none, uuid_or_none, std::int64_t)>;
constexpr std::size_t list_count = std::size(sql::staff_list::orderings) * filter_sets;

template <std::size_t I>
struct list_text {
    using list = filtered<sql::staff_list, I>;
    static constexpr std::string_view text =
        db::joined<list::few, sql::summary_columns, list::page, sql::summary_tail, list::sorted.order,
                   sql::staff_list::rows>;
};

template <std::size_t I>
constexpr list_statement list_one{list_text<I>::list::name, list_text<I>::text};

constexpr auto list_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<list_statement const*, sizeof...(I)>{&list_one<I>...};
}(std::make_index_sequence<list_count>{});

}  // namespace

core::task<std::vector<summary_row>> list(db::scope in, list_query q) {
    auto const category = category_asked(q.category);
    list_position const after = q.after.value_or(list_position{});
    co_return co_await in.all(*list_table[q.sort.index * filter_sets + filters_of(q)], q.state, category.id,
                              category.handle, q.tag, q.vendor, q.words, q.fragment, after.at, after.title,
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
