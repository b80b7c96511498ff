-- A catalogue of :products products with three variants each, in two locations. Handles are numbers from
-- 100001 on, so that pgbench, whose variables are numbers, can ask for a product by its handle. Every
-- variant costs the same, so that one order's sums fit every order.
\set ON_ERROR_STOP 1
begin;

-- Ids as the server makes them: they grow with time. `kind` and `sub` tell apart what has the same number.
create function pg_temp.id(kind int, n bigint, sub int default 0) returns uuid immutable language sql as $$
    select (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8' ||
            lpad(to_hex(sub), 3, '0') || lpad(to_hex(n), 12, '0'))::uuid
$$;

-- So many words, the same for the same number, most of them common and some rare.
create function pg_temp.words(n bigint, how_many int) returns text immutable language sql as $$
    select string_agg((array['cotton', 'linen', 'walnut', 'steel', 'ceramic', 'handmade', 'soft', 'heavy', 'durable',
                             'classic', 'kitchen', 'garden', 'travel', 'winter', 'summer', 'blue', 'green', 'amber',
                             'model' || (n % 997), 'series' || (n * 31 % 4999)])[1 + hashint8(n * 64 + i)::bigint % 20],
                      ' ')
      from generate_series(1, how_many) i where hashint8(n * 64 + i) >= 0
$$;

insert into inventory.locations (id, code, name, priority) values
    (pg_temp.id(1, 1), 'main', 'Main', 0), (pg_temp.id(1, 2), 'spare', 'Spare', 1);
insert into sales.shipping_methods (id, code, name) values (pg_temp.id(2, 1), 'post', 'Post');
insert into sales.shipping_rates (method_id, currency, amount) values (pg_temp.id(2, 1), 'USD', 490);

insert into catalog.categories (id, parent_id, handle, name)
select pg_temp.id(3, n), case when n > 8 then pg_temp.id(3, 1 + n % 8) end, 'category-' || n, 'Category ' || n
  from generate_series(1, 48) n order by n;
insert into catalog.tags (id, name) select pg_temp.id(4, n), 'tag ' || n from generate_series(1, 60) n;

insert into catalog.products (id, handle, title, description_html, vendor, product_type, published_at, created_at,
                              search_text, search)
select pg_temp.id(5, n), (100000 + n)::text, t.title,
       '<p>' || t.prose || '.</p><ul><li>' || coalesce(pg_temp.words(n + 1000000, 20), '') ||
       '</li><li>' || coalesce(pg_temp.words(n + 2000000, 20), '') || '</li></ul>',
       'Vendor ' || n % 50, 'Type ' || n % 20, t.at, t.at, lower(t.title),
       to_tsvector('simple', lower(t.title || ' vendor ' || n % 50 || ' type ' || n % 20 || ' ' || t.prose))
  from generate_series(1, :products) n cross join lateral (
       select timestamptz '2025-01-01 00:00:00+00' + n * interval '1 minute' as at,
              'Product ' || n || ' ' || coalesce(pg_temp.words(n, 4), '') as title,
              coalesce(pg_temp.words(n, 60), '') as prose) t;
insert into catalog.media (id, product_id, position, url, alt)
select pg_temp.id(6, n, i), pg_temp.id(5, n), i, 'https://cdn.example.com/products/' || n || '/' || i || '.jpg',
       'Picture ' || i
  from generate_series(1, :products) n, generate_series(0, 2) i;
insert into catalog.options (id, product_id, position, name)
select pg_temp.id(7, n), pg_temp.id(5, n), 0, 'Size' from generate_series(1, :products) n;
insert into catalog.option_values (id, option_id, position, value)
select pg_temp.id(8, n, i), pg_temp.id(7, n), i, (array['S', 'M', 'L'])[i + 1]
  from generate_series(1, :products) n, generate_series(0, 2) i;
insert into catalog.variants (id, product_id, position, title, sku, weight_grams, media_id)
select pg_temp.id(9, n, i), pg_temp.id(5, n), i, (array['S', 'M', 'L'])[i + 1],
       'SKU-' || n || '-' || (array['S', 'M', 'L'])[i + 1], 250, pg_temp.id(6, n, i)
  from generate_series(1, :products) n, generate_series(0, 2) i;
insert into catalog.variant_options (variant_id, option_id, value_id)
select pg_temp.id(9, n, i), pg_temp.id(7, n), pg_temp.id(8, n, i)
  from generate_series(1, :products) n, generate_series(0, 2) i;
insert into catalog.prices (variant_id, currency, amount)
select pg_temp.id(9, n, i), c, 1999
  from generate_series(1, :products) n, generate_series(0, 2) i, unnest(array['USD', 'EUR']) c;
insert into catalog.product_categories (product_id, category_id)
select pg_temp.id(5, n), pg_temp.id(3, 9 + n % 40) from generate_series(1, :products) n;
insert into catalog.product_tags (product_id, tag_id)
select pg_temp.id(5, n), pg_temp.id(4, 1 + (n + i * 7) % 60)
  from generate_series(1, :products) n, generate_series(0, 2) i;

-- The first variant is the one that everybody wants: it must not run out.
insert into inventory.stock (variant_id, location_id, on_hand)
select pg_temp.id(9, n, i), pg_temp.id(1, l), case when n = 1 and i = 0 then 1000000000 else 100000 end
  from generate_series(1, :products) n, generate_series(0, 2) i, generate_series(1, 2) l;
insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, actor_kind)
select pg_temp.id(10, row_number() over ()), variant_id, location_id, 'adjust', on_hand, 0, 'import', 'system'
  from inventory.stock;
insert into audit.entries (id, actor_kind, action, resource, resource_id, changes)
select pg_temp.id(11, row_number() over ()), 'system', 'bench', 'stock', location_id::text,
       jsonb_build_array(jsonb_build_object('field', 'units', 'before', 0, 'after', sum(on_hand)))
  from inventory.stock group by location_id;

-- What the bench itself looks up; the variant that everybody wants is number 1.
create schema bench;
create table bench.variants as select row_number() over (order by id) as n, id from catalog.variants;
create unique index on bench.variants (n);
grant usage on schema bench to carrack_app;
commit;
vacuum analyze;
