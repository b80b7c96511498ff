-- An order as one statement: the whole row set in one CTE, which PostgreSQL commits by itself. What differs from
-- order to order stands in bench.plan, what all of them have in bench.same; nothing is read or decided besides.
\set i :i + 1
\set n :base + :client_id * :each + :i
with p as materialized (
    select n, cart_id, order_id, line_ids, variant_ids, movement_ids, adjustment_id, payment_id, audit_id, digest,
           principal, key, nextval('sales.order_number') as number, clock_timestamp() as at
      from bench.plan where n = :n
), l as (
    select p.order_id, p.at, w.line_id, w.variant_id, w.movement_id, w.position - 1 as position
      from p, unnest(p.line_ids, p.variant_ids, p.movement_ids)
              with ordinality as w (line_id, variant_id, movement_id, position)
), placed as (
    insert into sales.orders (id, number, cart_id, tracking_digest, email, currency, placed_at, payment_due_at)
    select p.order_id, p.number, p.cart_id, p.digest, 'shopper' || p.n || '@example.com', 'USD', p.at,
           p.at + interval '14 days'
      from p
), begun as (
    insert into sales.order_status_history (order_id, seq, status, actor_kind, at)
    select order_id, 0, 'pending', 'guest', at from p
), headed as (
    insert into sales.order_heads (order_id, seq, status, placed_at, changed_at, payment_due_at)
    select order_id, 0, 'pending', at, at, at + interval '14 days' from p
), lined as (
    insert into sales.order_lines (id, order_id, position, variant_id, product_title, variant_title, sku, quantity,
                                   unit_amount, total_amount)
    select l.line_id, l.order_id, l.position, l.variant_id, s.product_title, s.variant_title, s.sku, 1, 1999, 1999
      from l, bench.same s
), adjusted as (
    insert into sales.order_adjustments (id, order_id, position, kind, label, amount)
    select adjustment_id, order_id, 0, 'shipping', 'Post', 490 from p
), addressed as (
    insert into sales.order_addresses (order_id, kind, name, line1, city, postal_code, country)
    select order_id, 'shipping', 'Ada Lovelace', '12 St James Sq', 'London', 'SW1Y 4JH', 'GB' from p
), asked as (
    insert into sales.payments (id, order_id, provider, currency, amount, created_at)
    select payment_id, order_id, 'manual', 'USD', 490 + 1999 * cardinality(line_ids), at from p
), noted as (
    insert into sales.payment_events (payment_id, seq, kind, amount, actor_kind, at)
    select payment_id, 0, 'requested', 490 + 1999 * cardinality(line_ids), 'guest', at from p
), held as (
    insert into inventory.reservations (order_line_id, location_id, variant_id, order_id, quantity)
    select l.line_id, s.location_id, l.variant_id, l.order_id, 1 from l, bench.same s
), moved as (
    insert into inventory.movements (id, variant_id, location_id, kind, on_hand_delta, reserved_delta, reason,
                                     order_id, order_line_id, actor_kind)
    select l.movement_id, l.variant_id, s.location_id, 'reserve', 0, 1, 'order_placed', l.order_id, l.line_id, 'guest'
      from l, bench.same s
), placed_there as (
    insert into sales.order_places (order_id, location_id, status, placed_at, quantity)
    select p.order_id, s.location_id, 'pending', p.at, cardinality(p.line_ids) from p, bench.same s
), reserved as (
    update inventory.stock k set reserved = k.reserved + 1, version = k.version + 1
      from l, bench.same s where k.variant_id = l.variant_id and k.location_id = s.location_id
), ordered as (
    update sales.carts c set order_id = p.order_id, version = c.version + 1, updated_at = clock_timestamp()
      from p where c.id = p.cart_id
), audited as (
    insert into audit.entries (id, actor_kind, action, resource, resource_id, request_id, address, changes)
    select p.audit_id, 'guest', s.action, 'orders', p.order_id::text, p.payment_id::text, '127.0.0.1', s.changes
      from p, bench.same s
), announced as (
    insert into ops.outbox (topic, resource_id, payload)
    select 'order.placed', order_id, jsonb_build_object('number', number) from p
)
insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body)
select p.principal, p.key, p.digest, 201, s.sealed_body from p, bench.same s;
