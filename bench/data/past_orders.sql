-- :orders orders of two lines as they stand in a shop after years: delivered, two a minute, over all variants. Every
-- table that an order enters gets the rows it would have, as `carrack verify` has to confirm; keys of requests are
-- forgotten after a day. :tx is the transaction that their audit entries are said to come from.
-- Ids rise with time, as the server's do. Run by a superuser: foreign keys are not asked, they hold by construction.
\set ON_ERROR_STOP 1
\set QUIET 1
set session_replication_role = replica;
set synchronous_commit = off;
begin;
create function pg_temp.id_of(n bigint, what text) returns uuid language sql immutable as $$
    select ('018' || lpad(to_hex(n), 9, '0') || '7' || substr(md5(n::text || what), 1, 3) || '8' ||
            substr(md5(n::text || what), 4, 15))::uuid  -- one expression of immutables, so that it is inlined
$$;
create temporary table made on commit drop as
select n, pg_temp.id_of(n, 'order') as id, pg_temp.id_of(n, 'cart') as cart_id, pg_temp.id_of(n, 'payment') as payment_id,
       array[pg_temp.id_of(n, 'line 0'), pg_temp.id_of(n, 'line 1')] as line_ids,
       now() - interval '10 years' + n % 10000000 * interval '30 seconds' as at
  from generate_series(:first::bigint, :first::bigint + :orders - 1) n;
create temporary table lines on commit drop as
select m.n, m.id as order_id, m.at, m.line_ids[p + 1] as id, p as position, v.id as variant_id, l.id as location_id
  from made m
 cross join generate_series(0, 1) p
  join bench.variants v on v.n = 1 + (m.n * 2 + p) * 7919 % (select max(n) from bench.variants)
 cross join (select id from inventory.locations order by priority limit 1) l;

insert into sales.carts (id, key_digest, currency, email, shipping_method_id, order_id)
select m.cart_id, sha256(uuid_send(m.cart_id)), 'USD', 'shopper' || m.n || '@example.com', s.id, m.id
  from made m, sales.shipping_methods s where s.code = 'post';
insert into sales.cart_lines (id, cart_id, variant_id, quantity)
select pg_temp.id_of(m.n, 'cart line ' || l.position), m.cart_id, l.variant_id, 1 from made m join lines l on l.order_id = m.id;
insert into sales.cart_addresses (cart_id, kind, name, line1, city, postal_code, country)
select cart_id, 'shipping', 'Ada Lovelace', '12 St James Sq', 'London', 'SW1Y 4JH', 'GB' from made;

insert into sales.orders (id, number, cart_id, tracking_digest, email, currency, placed_at, payment_due_at)
select id, nextval('sales.order_number'), cart_id, sha256(uuid_send(id)), 'shopper' || n || '@example.com', 'USD', at,
       at + interval '14 days'
  from made order by n;
insert into sales.order_lines (id, order_id, position, variant_id, product_title, variant_title, sku, quantity, unit_amount,
                               total_amount)
select id, order_id, position, variant_id, 'Handmade walnut steel soft', 'Large / Blue', 'SKU-' || position, 1, 1999, 1999
  from lines;
insert into sales.order_adjustments (id, order_id, position, kind, label, amount)
select pg_temp.id_of(n, 'shipping'), id, 0, 'shipping', 'Post', 490 from made;
insert into sales.order_addresses (order_id, kind, name, line1, city, postal_code, country)
select id, 'shipping', 'Ada Lovelace', '12 St James Sq', 'London', 'SW1Y 4JH', 'GB' from made;
create temporary table steps on commit drop as
select m.n, m.id as order_id, m.payment_id, s.seq, s.status, lag(s.status) over (partition by m.id order by s.seq) as before,
       case s.seq when 1 then 'guest' else 'system' end as actor_kind, m.at + (s.seq - 1) * interval '1 hour' as at
  from made m
 cross join unnest(array['pending', 'confirmed', 'processing', 'shipped', 'delivered']) with ordinality s (status, seq);
insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, actor_kind, at)
select order_id, seq - 1, status, nullif(seq - 2, -1), before, actor_kind, at from steps;
insert into sales.order_heads (order_id, seq, status, placed_at, changed_at)
select id, 4, 'delivered', at, at + interval '4 hours' from made;
insert into sales.order_places (order_id, location_id, status, placed_at, quantity)
select order_id, location_id, 'delivered', at, count(*) from lines group by 1, 2, at;
insert into sales.payments (id, order_id, provider, currency, amount, created_at)
select payment_id, id, 'manual', 'USD', 4488, at from made;
insert into sales.payment_events (payment_id, seq, kind, prev_seq, prev_kind, amount, actor_kind, at)
select payment_id, e.seq, e.kind, e.before, e.before_kind, 4488, e.actor_kind, at + e.seq * interval '10 minutes'
  from made
 cross join (values (0, 'requested', null::int, null, 'guest'), (1, 'captured', 0, 'requested', 'system'))
    e (seq, kind, before, before_kind, actor_kind);
insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity, state)
select id, location_id, variant_id, order_id, 1, 'shipped' from lines;
insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, order_id,
                                 order_line_id, actor_kind, at)
select pg_temp.id_of(n, k.kind || position), variant_id, location_id, k.kind, k.on_hand, k.reserved, k.reason, order_id, id, 'guest', at
  from lines
 cross join (values ('reserve', 0, 1, 'order_placed'), ('ship', -1, -1, 'order_shipped')) k (kind, on_hand, reserved, reason);
insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason, actor_kind, at)
select pg_temp.id_of(min(n), 'received ' || variant_id), variant_id, location_id, 'adjust', count(*), 0, 'import', 'system', min(at)
  from lines group by variant_id, location_id;
insert into audit.entries (id, actor_kind, action, resource, resource_id, request_id, address, changes, at, tx)
select pg_temp.id_of(n, 'audit ' || seq), actor_kind,
       case seq when 1 then 'POST /v1/shop/carts/{id}/checkout' else 'POST /v1/admin/orders/{id}/transitions' end, 'orders',
       order_id::text, pg_temp.id_of(n, 'request ' || seq)::text, '127.0.0.1',
       jsonb_build_array(jsonb_build_object('field', 'status', 'before', before, 'after', status)), at, :tx
  from steps
union all
select pg_temp.id_of(n, 'audit of money'), 'system', 'POST /v1/admin/orders/{id}/payments', 'payments', payment_id::text,
       pg_temp.id_of(n, 'request of money')::text, '127.0.0.1',
       '[{"field": "state", "before": "requested", "after": "captured"}]', at + interval '10 minutes', :tx
  from made
union all
select pg_temp.id_of(min(n), 'audit of units ' || location_id), 'system', 'carrack import', 'stock', location_id::text, '', '',
       jsonb_build_array(jsonb_build_object('field', 'units', 'before', 0, 'after', count(*))), min(at), :tx
  from lines group by location_id
 order by 1;
insert into ops.outbox (topic, resource_id, payload)
select case seq when 1 then 'order.placed' else 'order.' || status end, order_id, jsonb_build_object('seq', seq - 1) from steps
union all
select 'payment.recorded', id, jsonb_build_object('payment_id', payment_id) from made;
drop function pg_temp.id_of;
commit;
