// Writes products: for each part that differs the old rows go and the new ones come, all products at once.
#include "catalog/search.hpp"
#include "catalog/store.hpp"

#include <algorithm>

namespace catalog::store {
namespace {

using ids = std::vector<core::uuid>;
using texts = std::vector<std::string>;
using maybe_texts = std::vector<std::optional<std::string>>;
using maybe_ids = std::vector<std::optional<core::uuid>>;
using numbers = std::vector<std::int32_t>;
using amounts = std::vector<std::int64_t>;
using maybe_amounts = std::vector<std::optional<std::int64_t>>;
using flags = std::vector<bool>;

// The guard is the version: a product that somebody else has changed meanwhile has no row in the result.
constexpr db::statement<stamp(ids, amounts, texts, texts, texts, texts, texts, flags, flags, texts, texts)>
    upsert_products{"catalog.upsert_products", R"sql(
    insert into catalog.products as p (id, version, handle, title, description_html, vendor, product_type,
                                       published_at, archived_at, search_text, search)
    select u.id, u.version, u.handle, u.title, u.html, u.vendor, u.type,
           case when u.published then clock_timestamp() end, case when u.archived then clock_timestamp() end,
           u.terms, to_tsvector('simple', u.terms || ' ' || u.prose)
      from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                  $8::boolean[], $9::boolean[], $10::text[], $11::text[])
           as u (id, version, handle, title, html, vendor, type, published, archived, terms, prose)
        on conflict (id) do update
       set handle = excluded.handle, title = excluded.title, description_html = excluded.description_html,
           vendor = excluded.vendor, product_type = excluded.product_type,
           published_at = case when excluded.published_at is not null
                               then coalesce(p.published_at, excluded.published_at) end,
           archived_at = case when excluded.archived_at is not null
                              then coalesce(p.archived_at, excluded.archived_at) end,
           search_text = excluded.search_text, search = excluded.search,
           version = p.version + 1, updated_at = clock_timestamp()
     where p.version = excluded.version
    returning p.id, p.version, p.published_at, p.archived_at, p.created_at, p.updated_at
)sql"};

constexpr db::statement<db::none(ids)> delete_choices{"catalog.delete_choices", R"sql(
    delete from catalog.variant_options vo using catalog.variants v
     where vo.variant_id = v.id and v.product_id = any($1)
)sql"};
constexpr db::statement<db::none(ids)> delete_values{"catalog.delete_option_values", R"sql(
    delete from catalog.option_values ov using catalog.options o
     where ov.option_id = o.id and o.product_id = any($1)
)sql"};
constexpr db::statement<db::none(ids)> delete_options{
    "catalog.delete_options", "delete from catalog.options where product_id = any($1)"};
constexpr db::statement<db::none(ids, ids, numbers, texts)> insert_options{"catalog.insert_options", R"sql(
    insert into catalog.options (id, product_id, position, name)
    select u.id, u.product_id, u.position, u.name
      from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) as u (id, product_id, position, name)
)sql"};
constexpr db::statement<db::none(ids, ids, numbers, texts)> insert_values{"catalog.insert_option_values",
                                                                          R"sql(
    insert into catalog.option_values (id, option_id, position, value)
    select u.id, u.option_id, u.position, u.value
      from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) as u (id, option_id, position, value)
)sql"};

constexpr db::statement<db::none(ids)> forget_media{
    "catalog.forget_variant_media",
    "update catalog.variants set media_id = null where product_id = any($1) and media_id is not null"};
constexpr db::statement<db::none(ids)> delete_media{"catalog.delete_media",
                                                    "delete from catalog.media where product_id = any($1)"};
constexpr db::statement<db::none(ids, ids, numbers, texts, texts)> insert_media{"catalog.insert_media", R"sql(
    insert into catalog.media (id, product_id, position, url, alt)
    select u.id, u.product_id, u.position, u.url, u.alt
      from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[]) as u (id, product_id, position, url, alt)
)sql"};

// Out of the way of the unique indexes, which know only variants that are for sale: two variants may
// exchange their SKUs. Those that remain are brought back by the upsert.
constexpr db::statement<db::none(ids)> archive_variants{"catalog.archive_variants", R"sql(
    update catalog.variants set archived_at = clock_timestamp(), version = version + 1
     where id = any($1) and archived_at is null
)sql"};
constexpr db::statement<db::none(ids, ids, numbers, texts, maybe_texts, maybe_texts, numbers, flags, flags,
                                 maybe_ids)>
    upsert_variants{"catalog.upsert_variants", R"sql(
    insert into catalog.variants as v (id, product_id, position, title, sku, barcode, weight_grams,
                                       requires_shipping, taxable, media_id)
    select u.id, u.product_id, u.position, u.title, u.sku, u.barcode, u.grams, u.shipped, u.taxable, u.media_id
      from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::boolean[],
                  $9::boolean[], $10::uuid[])
           as u (id, product_id, position, title, sku, barcode, grams, shipped, taxable, media_id)
        on conflict (id) do update
       set position = excluded.position, title = excluded.title, sku = excluded.sku, barcode = excluded.barcode,
           weight_grams = excluded.weight_grams, requires_shipping = excluded.requires_shipping,
           taxable = excluded.taxable, media_id = excluded.media_id, archived_at = null, version = v.version + 1
)sql"};

constexpr db::statement<db::none(ids)> delete_variant_choices{
    "catalog.delete_variant_choices", "delete from catalog.variant_options where variant_id = any($1)"};
constexpr db::statement<db::none(ids, ids, texts, texts)> insert_choices{"catalog.insert_choices", R"sql(
    insert into catalog.variant_options (variant_id, option_id, value_id)
    select u.variant_id, o.id, ov.id
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as u (variant_id, product_id, name, value)
      join catalog.options o on o.product_id = u.product_id and o.name = u.name
      join catalog.option_values ov on ov.option_id = o.id and ov.value = u.value
)sql"};

constexpr db::statement<db::none(ids)> delete_prices{"catalog.delete_prices",
                                                     "delete from catalog.prices where variant_id = any($1)"};
constexpr db::statement<db::none(ids, texts, amounts, maybe_amounts)> insert_prices{"catalog.insert_prices",
                                                                                    R"sql(
    insert into catalog.prices (variant_id, currency, amount, compare_at_amount)
    select u.variant_id, u.currency, u.amount, u.compare_at_amount
      from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])
           as u (variant_id, currency, amount, compare_at_amount)
)sql"};

constexpr db::statement<db::none(ids)> delete_memberships{
    "catalog.delete_memberships", "delete from catalog.product_categories where product_id = any($1)"};
constexpr db::statement<db::none(ids, ids)> insert_memberships{"catalog.insert_memberships", R"sql(
    insert into catalog.product_categories (product_id, category_id)
    select u.product_id, u.category_id from unnest($1::uuid[], $2::uuid[]) as u (product_id, category_id)
)sql"};

// In the order of names, so that two who bring the same new tags do not wait for each other in a ring.
constexpr db::statement<db::none(ids, texts)> insert_tags{"catalog.insert_tags", R"sql(
    insert into catalog.tags (id, name)
    select u.id, u.name from unnest($1::uuid[], $2::text[]) as u (id, name) order by u.name
        on conflict (name) do nothing
)sql"};
constexpr db::statement<db::none(ids)> delete_taggings{
    "catalog.delete_taggings", "delete from catalog.product_tags where product_id = any($1)"};
constexpr db::statement<db::none(ids, texts)> insert_taggings{"catalog.insert_taggings", R"sql(
    insert into catalog.product_tags (product_id, tag_id)
    select u.product_id, t.id
      from unnest($1::uuid[], $2::text[]) as u (product_id, name)
      join catalog.tags t on t.name = u.name
)sql"};

// The parts of a product that differ from what is stored.
bool new_options(revision const& r) {
    return r.before == nullptr ? !r.after->options.empty() : r.before->options != r.after->options;
}
bool new_media(revision const& r) {
    return r.before == nullptr ? !r.after->media.empty() : r.before->media != r.after->media;
}
bool new_categories(revision const& r) {
    return r.before == nullptr ? !r.after->categories.empty() : r.before->categories != r.after->categories;
}
bool new_tags(revision const& r) {
    return r.before == nullptr ? !r.after->tags.empty() : r.before->tags != r.after->tags;
}

db::ticket<stamp> save_products(db::transaction& t, std::span<revision const> all) {
    ids id;
    amounts version;
    texts handle, title, html, vendor, type, terms, prose;
    flags published, archived;
    for (auto const& [before, after] : all) {
        id.push_back(after->id);
        version.push_back(after->version);
        handle.push_back(after->handle);
        title.push_back(after->title);
        html.push_back(after->description_html);
        vendor.push_back(after->vendor);
        type.push_back(after->product_type);
        published.push_back(after->published);
        archived.push_back(after->archived);
        terms.push_back(search_terms(*after));
        prose.push_back(search_prose(after->description_html));
    }
    return t.add(upsert_products, id, version, handle, title, html, vendor, type, published, archived, terms,
                 prose);
}

void save_options(db::transaction& t, std::span<revision const> all) {
    ids changed, id, product, value_id, value_option;
    numbers position, value_position;
    texts name, value;
    for (revision const& r : all) {
        if (!new_options(r)) continue;
        if (r.before != nullptr) changed.push_back(r.after->id);
        for (std::size_t i = 0; i < r.after->options.size(); ++i) {
            option_view const& o = r.after->options[i];
            id.push_back(core::make_uuid7());
            product.push_back(r.after->id);
            position.push_back(static_cast<std::int32_t>(i));
            name.push_back(o.name);
            for (std::size_t n = 0; n < o.values.size(); ++n) {
                value_id.push_back(core::make_uuid7());
                value_option.push_back(id.back());
                value_position.push_back(static_cast<std::int32_t>(n));
                value.push_back(o.values[n]);
            }
        }
    }
    if (!changed.empty()) {
        t.add(delete_choices, changed);
        t.add(delete_values, changed);
        t.add(delete_options, changed);
    }
    if (!id.empty()) t.add(insert_options, id, product, position, name);
    if (!value_id.empty()) t.add(insert_values, value_id, value_option, value_position, value);
}

void save_media(db::transaction& t, std::span<revision const> all) {
    ids changed, id, product;
    numbers position;
    texts url, alt;
    for (revision const& r : all) {
        if (!new_media(r)) continue;
        if (r.before != nullptr) changed.push_back(r.after->id);
        for (std::size_t i = 0; i < r.after->media.size(); ++i) {
            id.push_back(r.after->media[i].id);
            product.push_back(r.after->id);
            position.push_back(static_cast<std::int32_t>(i));
            url.push_back(r.after->media[i].url);
            alt.push_back(r.after->media[i].alt);
        }
    }
    if (!changed.empty()) {
        t.add(forget_media, changed);
        t.add(delete_media, changed);
    }
    if (!id.empty()) t.add(insert_media, id, product, position, url, alt);
}

// The rows of variants, their choices and their prices that have to be written.
struct variant_rows {
    ids retired;  // changed or gone: archived before the others come
    ids id, product;
    numbers position, grams;
    texts title;
    maybe_texts sku, barcode;
    flags shipped, taxable;
    maybe_ids media;
    ids rechosen;  // had choices that have to go
    ids choice_variant, choice_product;
    texts choice_name, choice_value;
    ids repriced;  // had prices that have to go
    ids price_variant;
    texts price_currency;
    amounts price_amount;
    maybe_amounts price_compare_at;
};

void take_row(variant_rows& rows, core::uuid product, std::size_t position, variant_detail const& v) {
    rows.id.push_back(v.id);
    rows.product.push_back(product);
    rows.position.push_back(static_cast<std::int32_t>(position));
    rows.title.push_back(v.title);
    rows.sku.push_back(v.sku.value);
    rows.barcode.push_back(v.barcode.value);
    rows.grams.push_back(v.weight_grams);
    rows.shipped.push_back(v.requires_shipping);
    rows.taxable.push_back(v.taxable);
    rows.media.push_back(v.media_id.value);
}

void take_choices(variant_rows& rows, core::uuid product, variant_detail const& v) {
    for (chosen_option const& c : v.options) {
        rows.choice_variant.push_back(v.id);
        rows.choice_product.push_back(product);
        rows.choice_name.push_back(c.name);
        rows.choice_value.push_back(c.value);
    }
}

void take_prices(variant_rows& rows, variant_detail const& v) {
    for (price_view const& p : v.prices) {
        rows.price_variant.push_back(v.id);
        rows.price_currency.emplace_back(p.currency.code());
        rows.price_amount.push_back(p.amount);
        rows.price_compare_at.push_back(p.compare_at_amount.value);
    }
}

// Everything but its prices, choices and stock, which are rows elsewhere.
bool same_row(variant_detail const& a, variant_detail const& b) {
    return std::tie(a.title, a.sku.value, a.barcode.value, a.weight_grams, a.requires_shipping, a.taxable,
                    a.media_id.value) == std::tie(b.title, b.sku.value, b.barcode.value, b.weight_grams,
                                                  b.requires_shipping, b.taxable, b.media_id.value);
}

void take_product(variant_rows& rows, revision const& r) {
    static std::vector<variant_detail> const none;
    auto const& before = r.before == nullptr ? none : r.before->variants;
    auto const& after = r.after->variants;
    bool const all_choices = new_options(r);
    bool const all_rows = r.before != nullptr && new_media(r);
    for (std::size_t i = 0; i < after.size(); ++i) {
        variant_detail const& v = after[i];
        auto const old = std::ranges::find(before, v.id, &variant_detail::id);
        bool const known = old != before.end();
        bool const in_place = known && static_cast<std::size_t>(old - before.begin()) == i;
        if (!in_place || all_rows || !same_row(*old, v)) {
            if (known) rows.retired.push_back(v.id);
            take_row(rows, r.after->id, i, v);
        }
        if (!known || all_choices || old->options != v.options) {
            if (!all_choices) rows.rechosen.push_back(v.id);
            take_choices(rows, r.after->id, v);
        }
        if (!known || old->prices != v.prices) {
            if (r.before != nullptr) rows.repriced.push_back(v.id);  // one brought back has prices of its own
            take_prices(rows, v);
        }
    }
    for (variant_detail const& v : before)
        if (std::ranges::find(after, v.id, &variant_detail::id) == after.end()) rows.retired.push_back(v.id);
}

void save_variants(db::transaction& t, std::span<revision const> all) {
    variant_rows rows;
    for (revision const& r : all) take_product(rows, r);
    if (!rows.retired.empty()) t.add(archive_variants, rows.retired);
    if (!rows.id.empty())
        t.add(upsert_variants, rows.id, rows.product, rows.position, rows.title, rows.sku, rows.barcode,
              rows.grams, rows.shipped, rows.taxable, rows.media);
    if (!rows.rechosen.empty()) t.add(delete_variant_choices, rows.rechosen);
    if (!rows.choice_variant.empty())
        t.add(insert_choices, rows.choice_variant, rows.choice_product, rows.choice_name, rows.choice_value);
    if (!rows.repriced.empty()) t.add(delete_prices, rows.repriced);
    if (!rows.price_variant.empty())
        t.add(insert_prices, rows.price_variant, rows.price_currency, rows.price_amount,
              rows.price_compare_at);
}

void save_categories(db::transaction& t, std::span<revision const> all) {
    ids changed, product, category;
    for (revision const& r : all) {
        if (!new_categories(r)) continue;
        if (r.before != nullptr) changed.push_back(r.after->id);
        for (category_reference const& c : r.after->categories) {
            product.push_back(r.after->id);
            category.push_back(c.id);
        }
    }
    if (!changed.empty()) t.add(delete_memberships, changed);
    if (!product.empty()) t.add(insert_memberships, product, category);
}

void save_tags(db::transaction& t, std::span<revision const> all) {
    ids changed, product, tag_id;
    texts name, distinct;
    for (revision const& r : all) {
        if (!new_tags(r)) continue;
        if (r.before != nullptr) changed.push_back(r.after->id);
        for (std::string const& tag : r.after->tags) {
            product.push_back(r.after->id);
            name.push_back(tag);
        }
    }
    if (!changed.empty()) t.add(delete_taggings, changed);
    if (product.empty()) return;
    distinct = name;
    std::ranges::sort(distinct);
    distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
    for (std::size_t i = 0; i < distinct.size(); ++i) tag_id.push_back(core::make_uuid7());
    t.add(insert_tags, tag_id, distinct);
    t.add(insert_taggings, product, name);
}

}  // namespace

db::ticket<stamp> save(db::transaction& t, std::span<revision const> all) {
    auto const stamps = save_products(t, all);
    save_options(t, all);
    save_media(t, all);
    save_variants(t, all);
    save_categories(t, all);
    save_tags(t, all);
    return stamps;
}

void apply(stamp const& s, product_detail& to) {
    to.version = s.version;
    to.published_at = {s.published_at};
    to.archived_at = {s.archived_at};
    to.created_at = s.created_at;
    to.updated_at = s.updated_at;
}

work::statement_list save_statements() {
    static constexpr db::statement_info const* all[] = {
        &upsert_products,    &delete_choices,         &delete_values,  &delete_options,  &insert_options,
        &insert_values,      &forget_media,           &delete_media,   &insert_media,    &archive_variants,
        &upsert_variants,    &delete_variant_choices, &insert_choices, &delete_prices,   &insert_prices,
        &delete_memberships, &insert_memberships,     &insert_tags,    &delete_taggings, &insert_taggings};
    return all;
}

}  // namespace catalog::store
