#include "catalog/checks.hpp"

#include "db/sql_text.hpp"

namespace catalog {
namespace {

using found = db::statement<work::broken_row()>;

constexpr std::string_view titles = R"sql(
    with chosen as (
        select vo.variant_id, string_agg(ov.value, ' / ' order by o.position) as title
          from catalog.variant_options vo
          join catalog.options o on o.id = vo.option_id
          join catalog.option_values ov on ov.id = vo.value_id
         group by vo.variant_id
    ), wrong as (
        select format('variant %s', v.id) as subject,
               format('its title is %L, its options say %L', v.title, coalesce(c.title, 'Default')) as says
          from catalog.variants v left join chosen c on c.variant_id = v.id
         where v.archived_at is null and v.title <> coalesce(c.title, 'Default')
    ))sql";
constexpr found find_wrong_titles{"catalog.find_wrong_titles", db::joined<titles, work::first_wrong>};

// How words are folded is the program's; that the folded ones are those that search finds is the database's.
constexpr std::string_view words = R"sql(
    with wrong as (
        select format('product %s', p.id) as subject, 'search does not find it by words of its own' as says
          from catalog.products p
         where not tsvector_to_array(to_tsvector('simple', p.search_text)) <@ tsvector_to_array(p.search)
            or p.search_text = '' and p.title ~ '[[:alnum:]]'
    ))sql";
constexpr found find_unsearchable{"catalog.find_unsearchable", db::joined<words, work::first_wrong>};

}  // namespace

work::check_list checks() {
    static constexpr work::check all[] = {
        {"catalog.titles", "Every variant's title is made of its options.", &find_wrong_titles},
        {"catalog.search", "Search finds every product by its words.", &find_unsearchable}};
    return all;
}

work::statement_list check_statements() {
    static constexpr db::statement_info const* all[] = {&find_wrong_titles, &find_unsearchable};
    return all;
}

}  // namespace catalog
