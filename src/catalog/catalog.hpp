// What other domains and commands may ask of the catalogue: what can be sold and at which price, and
// a whole catalogue brought in from elsewhere.
#pragma once

#include "core/money.hpp"
#include "core/values.hpp"
#include "db/sql_text.hpp"
#include "inventory/inventory.hpp"
#include "work/context.hpp"

#include <boost/describe/class.hpp>

#include <span>

namespace catalog {

inline constexpr std::size_t options_max = 3;
inline constexpr std::size_t option_values_max = 100;
inline constexpr std::size_t variants_max = 250;            // added one by one or with the product
inline constexpr std::size_t imported_variants_max = 2048;  // of one product, brought in from elsewhere
inline constexpr std::size_t tags_max = 250;
inline constexpr std::size_t media_max = 250;
inline constexpr std::size_t product_categories_max = 50;
inline constexpr std::size_t categories_max = 2000;  // in the shop

// A variant as cart and checkout see it. One row for every id that exists, in no particular order.
struct sellable {
    core::uuid variant_id;
    core::uuid product_id;
    std::string product_handle;
    std::string product_title;
    std::string variant_title;
    std::optional<std::string> sku;
    std::optional<std::int64_t> amount;  // minor units of the currency asked for; nothing: no price in it
    bool for_sale;                       // its product is published, and neither is archived
    bool requires_shipping;
    bool taxable;
    std::int32_t weight_grams;
    std::optional<std::string> image_url;
    std::int64_t available;  // see inventory::available_sql
};
BOOST_DESCRIBE_STRUCT(sellable, (),
                      (variant_id, product_id, product_handle, product_title, variant_title, sku, amount,
                       for_sale, requires_shipping, taxable, weight_grams, image_url, available))

namespace detail {
inline constexpr std::string_view sellables_head = R"sql(
    select v.id as variant_id, p.id as product_id, p.handle as product_handle, p.title as product_title,
           v.title as variant_title, v.sku, pr.amount,
           (p.published_at is not null and p.archived_at is null and v.archived_at is null) as for_sale,
           v.requires_shipping, v.taxable, v.weight_grams,
           coalesce((select m.url from catalog.media m where m.id = v.media_id),
                    (select m.url from catalog.media m where m.product_id = p.id
                      order by m.position, m.id limit 1)) as image_url,
)sql";
inline constexpr std::string_view sellables_tail = R"sql( as available
      from catalog.variants v
      join catalog.products p on p.id = v.product_id
      left join catalog.prices pr on pr.variant_id = v.id and pr.currency = $2::char(3)
     where v.id = any($1)
)sql";
}  // namespace detail

// For a read batch or inside a transaction: `t.add(catalog::load_sellables, variant_ids, currency)`.
inline constexpr db::statement<sellable(std::vector<core::uuid>, core::currency)> load_sellables{
    "catalog.load_sellables",
    db::joined<detail::sellables_head, inventory::available_sql, detail::sellables_tail>};

// A product as another system has it. Products are known by their handle, variants by their option
// values, media by their URL, categories by their names, tags by their name: importing again updates
// and never doubles. What is not given (core::patch) stays as it is; a new product gets the default.
struct price_draft {
    core::currency currency;
    std::int64_t amount = 0;  // minor units
    std::optional<std::int64_t> compare_at_amount;
};

struct variant_draft {
    std::vector<std::string> option_values;  // one for each option of the product, in their order
    core::patch<std::optional<std::string>> sku;
    core::patch<std::optional<std::string>> barcode;
    core::patch<std::int32_t> weight_grams;
    core::patch<bool> requires_shipping;
    core::patch<bool> taxable;
    core::patch<std::string> media_url;  // one of the product's media; empty: none
    std::vector<price_draft> prices;     // of these currencies; prices in others stay
};

struct option_draft {
    std::string name;
    std::vector<std::string> values;
};

struct media_draft {
    std::string url;
    std::string alt;
};

struct product_draft {
    std::string handle;
    std::string title;
    core::patch<std::string> description_html;  // sanitised already (markup::sanitise_html)
    core::patch<std::string> vendor;
    core::patch<std::string> product_type;
    core::patch<std::vector<std::string>> tags;
    core::patch<std::vector<std::vector<std::string>>>
        categories;  // names from the root down: {{"Home", "Mugs"}}
    core::patch<bool> published;
    core::patch<bool> archived;
    std::vector<option_draft> options;
    std::vector<variant_draft> variants;  // a variant that is not among them is archived
    core::patch<std::vector<media_draft>> media;
};

struct imported_product {
    core::uuid id;
    std::vector<core::uuid> variant_ids;  // as in the draft's `variants`
    std::vector<std::string> archived;    // titles of the variants that the draft has no longer
    bool created = false;
    bool changed = false;  // false too when the draft says what is there already: nothing is written then
};

// What a draft breaks of the catalogue's limits, with pointers into it ("/variants/3/sku"); empty: nothing.
std::vector<core::violation> faults_of(product_draft const& draft);

// A SKU of the import belongs to a variant that the import does not bring.
inline constexpr core::failure sku_taken{"sku_taken", core::fault::conflict,
                                         "Another variant has this SKU already."};
inline constexpr core::failure handle_taken{"handle_taken", core::fault::conflict,
                                            "Another product has this handle already."};
extern std::span<db::refusal const> const import_refusals;  // for transact()

// Who has these SKUs now: for an import that was refused one.
struct sku_holder {
    std::string sku;
    std::string product_handle;
};
BOOST_DESCRIBE_STRUCT(sku_holder, (), (sku, product_handle))
inline constexpr db::statement<sku_holder(std::vector<std::string>)> load_sku_holders{
    "catalog.load_sku_holders", R"sql(
    select v.sku, p.handle as product_handle
      from catalog.variants v join catalog.products p on p.id = v.product_id
     where v.sku = any($1) and v.archived_at is null)sql"};

// All drafts, which must be free of faults and have different handles, in this transaction: a constant
// number of statements for every 500 products, one audit entry and one event for each product that changed.
core::task<core::result<std::vector<imported_product>>> import_products(
    db::transaction& t, work::actor by, std::span<product_draft const> drafts);

}  // namespace catalog
