-- :carts carts that are ready to be ordered: an e-mail, an address, a way to ship and :lines lines, of variants
-- spread over the catalogue, or with :hot = 1 all of the one variant. What a shopper would need to order them
-- is written to the standard output: the cart's key, its id, its key's digest, its variants.
\set ON_ERROR_STOP 1
\set QUIET 1
begin;
create temporary table made on commit drop as
select c.n, gen_random_uuid() as key, gen_random_uuid() as id, v.variants
  from generate_series(1, :carts) c (n)
 cross join lateral (
    select array_agg(v.id order by v.n) as variants
      from (select v.id, i as n
              from generate_series(1, :lines) i
              join bench.variants v
                on v.n = case when :hot = 1 then 1
                              else 2 + abs(hashint8(:seed * 1000003 + c.n * 8 + i)::bigint) % (:variants - 1)
                         end) v) v;
-- Two draws of the same variant would be one line: such a cart keeps what is there.
update made set variants = (select array_agg(distinct v) from unnest(variants) v);
delete from made where cardinality(variants) <> :lines;

insert into sales.carts (id, key_digest, currency, email, shipping_method_id)
select m.id, sha256(uuid_send(m.key)), 'USD', 'shopper' || m.n || '@example.com', s.id
  from made m, sales.shipping_methods s where s.code = 'post';
insert into sales.cart_lines (id, cart_id, variant_id, quantity)
select gen_random_uuid(), m.id, v, 1 from made m, unnest(m.variants) v;
insert into sales.cart_addresses (cart_id, kind, name, line1, city, postal_code, country)
select id, 'shipping', 'Ada Lovelace', '12 St James Sq', 'London', 'SW1Y 4JH', 'GB' from made;
copy (select key, id, encode(sha256(uuid_send(key)), 'hex'), array_to_string(variants, ' ')
        from made order by n) to stdout;
commit;
