// How the shop's and staff's lists are filtered: pieces of SQL, of which each list picks those it needs while
// compiling. A filter that is not asked for is not in the statement, so that the planner never has to guess
// whether `$3 is null`.
#pragma once

#include "catalog/store.hpp"
#include "db/sql_text.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace catalog::store {

enum filter : std::size_t { category = 1, tag = 2, words = 4, continued = 8 };
inline constexpr std::size_t filter_sets = 16;

template <class Query>
std::size_t filters_of(Query const& q) {
    return (q.category ? category : 0U) | (q.tag ? tag : 0U) | (q.words ? words : 0U) |
           (q.after ? continued : 0U);
}

// A category as it is asked for: by its id or by its handle.
struct category_reference_or_none {
    std::optional<core::uuid> id;
    std::optional<std::string> handle;
};
inline category_reference_or_none category_asked(std::optional<std::string> const& key) {
    category_reference_or_none out;
    if (key) out.id = core::parse_uuid(*key);
    if (!out.id) out.handle = key;
    return out;
}

namespace sql {

inline constexpr std::string_view nothing = "";

// One order of a list. `order` names columns that a page's statement returns and its inner selects, too.
struct ordering {
    std::string_view name;
    std::string_view after;
    std::string_view order;
};

// Rare filters and frequent ones want opposite plans: what is rare is fetched and sorted, what is frequent is
// met soon when walking the index of the order. No planner knows which it is when it plans for every value of
// a parameter. So the statement looks itself: it collects up to `few_max` + 1 ids for each filter, and when
// one of them has no more than `few_max`, those are all there are, and the page is chosen among them
// (`few.ids`). Otherwise (`few.ids` is null) the index is walked. One of the two halves always costs nothing.
//
// What a walk must meet is a scalar subquery in a `case`: the planner takes it to hold for half of the rows
// and follows the index of the order; of a condition it believes to understand it may expect so little that
// it sorts the table instead.
//
// $2 and $3 are the category's id and handle, of which one is null; $4 is the tag's name.
inline constexpr std::string_view below_head = R"sql(
  with recursive below (id) as (
    select c.id from catalog.categories c where c.id = $2 or c.handle = $3
     union all
    select c.id from catalog.categories c join below b on c.parent_id = b.id), few as materialized ()sql";
inline constexpr std::string_view few_head = "\n  with few as materialized (";
inline constexpr std::string_view few_case = "\n    select case";
inline constexpr std::string_view few_tagged = " when cardinality(x.tagged) <= 2000 then x.tagged";
inline constexpr std::string_view few_worded = " when cardinality(x.worded) <= 2000 then x.worded";
inline constexpr std::string_view few_placed = " when cardinality(x.placed) <= 2000 then x.placed";
inline constexpr std::string_view few_from = " end as ids\n      from (select true as looked";
inline constexpr std::string_view tagged = R"sql(,
             array(select pt.product_id from catalog.product_tags pt
                    where pt.tag_id = (select t.id from catalog.tags t where t.name = $4)
                    order by pt.product_id limit 2001) as tagged)sql";
inline constexpr std::string_view placed = R"sql(,
             array(select pc.product_id from catalog.product_categories pc
                    where pc.category_id = any (array(select b.id from below b)) limit 2001) as placed)sql";
inline constexpr std::string_view worded_head = R"sql(,
             array(select p.id from catalog.products p where )sql";
inline constexpr std::string_view worded_tail = " limit 2001) as worded";
inline constexpr std::string_view few_tail = " offset 0) x)";

inline constexpr std::string_view with_tag = R"sql(
           and case when (select true from catalog.product_tags pt
                           where pt.product_id = p.id
                             and pt.tag_id = (select t.id from catalog.tags t where t.name = $4)) then true else false end)sql";
inline constexpr std::string_view in_category = R"sql(
           and case when (select true from catalog.product_categories pc
                           where pc.product_id = p.id and pc.category_id = any (array(select b.id from below b))
                           limit 1) then true else false end)sql";
inline constexpr std::string_view with_words_head = "\n           and case when ";
inline constexpr std::string_view with_words_tail = " then true else false end";

inline constexpr std::string_view page_head = R"sql(p.id = any (array(select k.id from ()sql";
inline constexpr std::string_view half_head = R"sql(
       (select p.id, p.title, p.created_at, p.updated_at, p.published_at from catalog.products p
         where )sql";
inline constexpr std::string_view walked = "(select f.ids is null from few f) and ";
inline constexpr std::string_view picked = "p.id = any ((select f.ids from few f)::uuid[]) and ";
inline constexpr std::string_view page_limit = " limit 101";
inline constexpr std::string_view half_tail = ")";
inline constexpr std::string_view halves = "\n        union all";
inline constexpr std::string_view page_tail = ") k";
inline constexpr std::string_view page_end = "))";

// The page's limit is known only when the statement runs, and a planner that doesn't know it counts on a
// tenth of the table. So the inner limit is a constant, the largest page and one row more.
static_assert(work::page_limit::value_max + 1 == 101);

}  // namespace sql

// Statement number I of a list: its order and its set of filters, its name and the pieces that its filters
// need. `List` says what differs between the lists:
//   prefix      of the name             orderings   of the list
//   base        what always holds       search      the condition that words are found by
//   rows        "limit $n", of the page
template <class List, std::size_t I>
struct filtered {
    static constexpr sql::ordering const& sorted = List::orderings[I / filter_sets];
    static constexpr bool has(filter f) { return (I % filter_sets & f) != 0; }
    static constexpr bool any = has(category) || has(tag) || has(words);

    static constexpr std::string_view category_suffix = "_category", tag_suffix = "_tag",
                                      words_suffix = "_words", after_suffix = "_after";
    template <filter F>
    static constexpr std::string_view const& when(std::string_view const& piece) {
        return has(F) ? piece : sql::nothing;
    }

    static constexpr std::string_view name =
        db::joined<List::prefix, sorted.name, when<category>(category_suffix), when<tag>(tag_suffix),
                   when<words>(words_suffix), when<continued>(after_suffix)>;

    static constexpr std::string_view looked_up =
        db::joined<(has(category) ? sql::below_head : sql::few_head), sql::few_case,
                   when<tag>(sql::few_tagged), when<words>(sql::few_worded), when<category>(sql::few_placed),
                   sql::few_from, when<tag>(sql::tagged), when<words>(sql::worded_head),
                   when<words>(List::search), when<words>(sql::worded_tail), when<category>(sql::placed),
                   sql::few_tail>;
    static constexpr std::string_view conditions =
        db::joined<List::base, when<tag>(sql::with_tag), when<category>(sql::in_category),
                   when<words>(sql::with_words_head), when<words>(List::search),
                   when<words>(sql::with_words_tail), when<continued>(sorted.after), sorted.order>;
    static constexpr std::string_view first_of_them = db::joined<conditions, sql::page_limit>;
    // What the products p of the page meet.
    static constexpr std::string_view page_of_few =
        db::joined<sql::page_head, sql::half_head, sql::walked, first_of_them, sql::half_tail, sql::halves,
                   sql::half_head, sql::picked, first_of_them, sql::half_tail, sql::page_tail, sorted.order,
                   List::rows, sql::page_end>;

    // What stands in front of the statement, and what its products p meet.
    static constexpr std::string_view const& few = any ? looked_up : sql::nothing;
    static constexpr std::string_view const& page = any ? page_of_few : first_of_them;
};

}  // namespace catalog::store
