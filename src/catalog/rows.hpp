// One product with everything below it as one row of arrays: a single statement, so that a page of twenty
// costs one round trip and is one snapshot. The SQL that makes such rows, and what they become. Shoppers'
// rows and staff's differ, because every array that nobody needs costs PostgreSQL and us its share of a list.
// Nothing is copied into them: they lie in the result, and views are made from them at once.
#pragma once

#include "catalog/api_admin.hpp"
#include "db/sql_text.hpp"

namespace catalog {

struct shop_row {
    core::uuid id;
    std::string_view handle;
    std::string_view title;
    std::string_view description_html;  // empty in lists
    std::string_view vendor;
    std::string_view product_type;
    core::timestamp published_at;
    db::array_view<core::uuid> variant_ids;  // aligned with the next ones
    db::array_view<std::string_view> variant_titles;
    db::array_view<std::optional<std::string_view>> variant_skus;
    db::array_view<std::optional<core::uuid>> variant_media;
    db::array_view<std::int64_t> variant_available;
    db::array_view<std::optional<std::int64_t>> amounts;
    db::array_view<std::optional<std::int64_t>> compare_at_amounts;
    db::array_view<core::uuid> option_ids;  // aligned with option_names
    db::array_view<std::string_view> option_names;
    db::array_view<core::uuid> value_ids;  // aligned with value_options and value_texts
    db::array_view<core::uuid> value_options;
    db::array_view<std::string_view> value_texts;
    db::array_view<core::uuid> chosen_variants;  // aligned with chosen_values, in no order
    db::array_view<core::uuid> chosen_values;
    db::array_view<core::uuid> media_ids;
    db::array_view<std::string_view> media_urls;
    db::array_view<std::string_view> media_alts;
    db::array_view<core::uuid> category_ids;
    db::array_view<std::string_view> category_handles;
    db::array_view<std::string_view> category_names;
    db::array_view<std::string_view> tags;
};
BOOST_DESCRIBE_STRUCT(shop_row, (),
                      (id, handle, title, description_html, vendor, product_type, published_at, variant_ids,
                       variant_titles, variant_skus, variant_media, variant_available, amounts,
                       compare_at_amounts, option_ids, option_names, value_ids, value_options, value_texts,
                       chosen_variants, chosen_values, media_ids, media_urls, media_alts, category_ids,
                       category_handles, category_names, tags))

struct staff_row {
    core::uuid id;
    std::string_view handle;
    std::string_view title;
    std::string_view description_html;
    std::string_view vendor;
    std::string_view product_type;
    std::optional<core::timestamp> published_at;
    std::optional<core::timestamp> archived_at;
    std::int64_t version;
    core::timestamp created_at;
    core::timestamp updated_at;
    db::array_view<core::uuid> variant_ids;  // aligned with the next ones
    db::array_view<std::string_view> variant_titles;
    db::array_view<std::optional<std::string_view>> variant_skus;
    db::array_view<std::optional<core::uuid>> variant_media;
    db::array_view<std::int64_t> variant_available;
    db::array_view<std::optional<std::string_view>> variant_barcodes;
    db::array_view<std::int32_t> variant_weights;
    db::array_view<bool> variant_shipped;
    db::array_view<bool> variant_taxable;
    db::array_view<core::uuid> price_variants;  // aligned with the next three
    db::array_view<std::string_view> price_currencies;
    db::array_view<std::int64_t> price_amounts;
    db::array_view<std::optional<std::int64_t>> price_compare_at;
    db::array_view<core::uuid> option_ids;  // from here on as in shop_row
    db::array_view<std::string_view> option_names;
    db::array_view<core::uuid> value_ids;
    db::array_view<core::uuid> value_options;
    db::array_view<std::string_view> value_texts;
    db::array_view<core::uuid> chosen_variants;
    db::array_view<core::uuid> chosen_values;
    db::array_view<core::uuid> media_ids;
    db::array_view<std::string_view> media_urls;
    db::array_view<std::string_view> media_alts;
    db::array_view<core::uuid> category_ids;
    db::array_view<std::string_view> category_handles;
    db::array_view<std::string_view> category_names;
    db::array_view<std::string_view> tags;
};
BOOST_DESCRIBE_STRUCT(staff_row, (),
                      (id, handle, title, description_html, vendor, product_type, published_at, archived_at,
                       version, created_at, updated_at, variant_ids, variant_titles, variant_skus,
                       variant_media, variant_available, variant_barcodes, variant_weights, variant_shipped,
                       variant_taxable, price_variants, price_currencies, price_amounts, price_compare_at,
                       option_ids, option_names, value_ids, value_options, value_texts, chosen_variants,
                       chosen_values, media_ids, media_urls, media_alts, category_ids, category_handles,
                       category_names, tags))

// The parts of such a statement, in the order in which they are joined:
//   shop_columns, card_columns (the same without descriptions) or staff_columns, which begin a subquery of
//   products; its conditions, order and limit; shop_variants or staff_variants around
//   inventory::available_sql; row_details.
namespace sql {

inline constexpr std::string_view of_product = R"sql(
select p.id, p.handle, p.title, p.description_html, p.vendor, p.product_type, p.published_at)sql";
inline constexpr std::string_view of_variants = R"sql(,
       v.variant_ids, v.variant_titles, v.variant_skus, v.variant_media, v.variant_available)sql";
inline constexpr std::string_view of_details = R"sql(,
       o.option_ids, o.option_names, ov.value_ids, ov.value_options, ov.value_texts, vo.chosen_variants,
       vo.chosen_values, m.media_ids, m.media_urls, m.media_alts, c.category_ids, c.category_handles,
       c.category_names, t.tags
  from (select p.id, p.handle, p.title, p.vendor, p.product_type, p.published_at, )sql";
inline constexpr std::string_view from_products = R"sql(
          from catalog.products p
         where )sql";

inline constexpr std::string_view of_shop = ", v.amounts, v.compare_at_amounts";
inline constexpr std::string_view with_description = "p.description_html";
inline constexpr std::string_view without_description = "''::text as description_html";
inline constexpr std::string_view shop_columns =
    db::joined<of_product, of_variants, of_shop, of_details, with_description, from_products>;
inline constexpr std::string_view card_columns =
    db::joined<of_product, of_variants, of_shop, of_details, without_description, from_products>;

inline constexpr std::string_view of_staff_product = ", p.archived_at, p.version, p.created_at, p.updated_at";
inline constexpr std::string_view of_staff = R"sql(,
       v.variant_barcodes, v.variant_weights, v.variant_shipped, v.variant_taxable,
       pr.price_variants, pr.price_currencies, pr.price_amounts, pr.price_compare_at)sql";
inline constexpr std::string_view staff_columns =
    db::joined<of_product, of_staff_product, of_variants, of_staff, of_details, with_description,
               of_staff_product, from_products>;

// Here come the conditions, the order and the limit of the page.

inline constexpr std::string_view shop_variants_head = R"sql() p
 cross join lateral (
    select coalesce(array_agg(v.id), '{}') as variant_ids, coalesce(array_agg(v.title), '{}') as variant_titles,
           coalesce(array_agg(v.sku), '{}') as variant_skus, coalesce(array_agg(v.media_id), '{}') as variant_media,
           coalesce(array_agg(v.available), '{}') as variant_available,
           coalesce(array_agg(v.amount), '{}') as amounts,
           coalesce(array_agg(v.compare_at_amount), '{}') as compare_at_amounts
      from (select v.id, v.title, v.sku, v.media_id, x.amount, x.compare_at_amount,
)sql";
inline constexpr std::string_view shop_variants_tail = R"sql( as available
              from catalog.variants v
              left join catalog.prices x on x.variant_id = v.id and x.currency = $1::char(3)
             where v.product_id = p.id and v.archived_at is null
             order by v.position, v.id) v) v
)sql";

inline constexpr std::string_view staff_variants_head = R"sql() p
 cross join lateral (
    select coalesce(array_agg(v.id), '{}') as variant_ids, coalesce(array_agg(v.title), '{}') as variant_titles,
           coalesce(array_agg(v.sku), '{}') as variant_skus, coalesce(array_agg(v.media_id), '{}') as variant_media,
           coalesce(array_agg(v.available), '{}') as variant_available,
           coalesce(array_agg(v.barcode), '{}') as variant_barcodes,
           coalesce(array_agg(v.weight_grams), '{}') as variant_weights,
           coalesce(array_agg(v.requires_shipping), '{}') as variant_shipped,
           coalesce(array_agg(v.taxable), '{}') as variant_taxable
      from (select v.id, v.title, v.sku, v.media_id, v.barcode, v.weight_grams, v.requires_shipping, v.taxable,
)sql";
inline constexpr std::string_view staff_variants_tail = R"sql( as available
              from catalog.variants v
             where v.product_id = p.id and v.archived_at is null
             order by v.position, v.id) v) v
 cross join lateral (
    select coalesce(array_agg(x.variant_id), '{}') as price_variants,
           coalesce(array_agg(x.currency::text), '{}') as price_currencies,
           coalesce(array_agg(x.amount), '{}') as price_amounts,
           coalesce(array_agg(x.compare_at_amount), '{}') as price_compare_at
      from (select x.variant_id, x.currency, x.amount, x.compare_at_amount
              from catalog.variants v
              join catalog.prices x on x.variant_id = v.id
             where v.product_id = p.id and v.archived_at is null
             order by v.position, v.id, x.currency) x) pr
)sql";

inline constexpr std::string_view row_details = R"sql(
 cross join lateral (
    select coalesce(array_agg(o.id), '{}') as option_ids, coalesce(array_agg(o.name), '{}') as option_names
      from (select o.id, o.name from catalog.options o where o.product_id = p.id order by o.position) o) o
 cross join lateral (
    select coalesce(array_agg(x.id), '{}') as value_ids, coalesce(array_agg(x.option_id), '{}') as value_options,
           coalesce(array_agg(x.value), '{}') as value_texts
      from (select ov.id, ov.option_id, ov.value
              from catalog.options o
              join catalog.option_values ov on ov.option_id = o.id
             where o.product_id = p.id
             order by ov.position, ov.id) x) ov
 cross join lateral (
    select coalesce(array_agg(vo.variant_id), '{}') as chosen_variants,
           coalesce(array_agg(vo.value_id), '{}') as chosen_values
      from catalog.variants v
      join catalog.variant_options vo on vo.variant_id = v.id
     where v.product_id = p.id and v.archived_at is null) vo
 cross join lateral (
    select coalesce(array_agg(m.id), '{}') as media_ids, coalesce(array_agg(m.url), '{}') as media_urls,
           coalesce(array_agg(m.alt), '{}') as media_alts
      from (select m.id, m.url, m.alt from catalog.media m
             where m.product_id = p.id order by m.position, m.id) m) m
 cross join lateral (
    select coalesce(array_agg(c.id), '{}') as category_ids, coalesce(array_agg(c.handle), '{}') as category_handles,
           coalesce(array_agg(c.name), '{}') as category_names
      from (select c.id, c.handle, c.name
              from catalog.product_categories pc
              join catalog.categories c on c.id = pc.category_id
             where pc.product_id = p.id
             order by c.name collate "C", c.id) c) c
 cross join lateral (
    select coalesce(array_agg(t.name), '{}') as tags
      from (select t.name
              from catalog.product_tags pt
              join catalog.tags t on t.id = pt.tag_id
             where pt.product_id = p.id
             order by t.name collate "C") t) t
)sql";

}  // namespace sql

product_view view_of(shop_row const& row, core::currency currency);
product_card card_of(shop_row const& row, core::currency currency);
product_detail detail_of(staff_row const& row);

}  // namespace catalog
