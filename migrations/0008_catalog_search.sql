-- catalog: what is searched is one text for each product, folded (core::search_words) and written with the
-- product; the indexes that deleting a picture or an option's value looks through. Owned by the domain `catalog`.
create index variants_by_media on catalog.variants (media_id) where media_id is not null;
create index variant_options_by_value on catalog.variant_options (option_id, value_id);

drop index catalog.products_title_fragments, catalog.variants_sku_fragments;
alter table catalog.products
    drop column search,
    add column search_text text not null default '',     -- title, vendor, type, tags, options, SKUs, barcodes
    add column search tsvector not null default '';      -- their words and the description's

-- What is stored already is folded here nearly as the server does it; the next change or import of a product
-- writes it anew.
create function pg_temp.folded(given text) returns text language sql as $$
    select btrim(regexp_replace(
        lower(translate(replace(replace(replace(replace(replace(
            regexp_replace(normalize(given, nfkd), '[\u0300-\u036f''\u2019]', '', 'g'),
            'ß', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'), 'Œ', 'oe'), 'øØđĐłŁıħĦ', 'ooddllihh')),
        '[^[:alnum:]]+', ' ', 'g'))
$$;
update catalog.products p
   set search_text = left(pg_temp.folded(concat_ws(' ', p.title, p.vendor, p.product_type,
           (select string_agg(t.name, ' ' order by t.name)
              from catalog.product_tags pt join catalog.tags t on t.id = pt.tag_id where pt.product_id = p.id),
           (select string_agg(ov.value, ' ' order by o.position, ov.position)
              from catalog.options o join catalog.option_values ov on ov.option_id = o.id where o.product_id = p.id),
           (select string_agg(concat_ws(' ', v.sku, v.barcode), ' ' order by v.position, v.id)
              from catalog.variants v where v.product_id = p.id and v.archived_at is null))), 16000);
update catalog.products p
   set search = to_tsvector('simple', p.search_text || ' ' ||
           pg_temp.folded(regexp_replace(p.description_html, '<[^>]*>', ' ', 'g')));
drop function pg_temp.folded(text);

create index products_search on catalog.products using gin (search);
create index products_search_fragments on catalog.products using gin (search_text gin_trgm_ops);
