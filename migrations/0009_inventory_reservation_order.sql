-- inventory: which reservation of a stock row is older. Owned by the domain `inventory`.

-- Numbered by the database while the stock row is locked, so within one row the numbers are the order in which orders
-- were placed. Reservations from before are numbered as the ledger noted them.
alter table inventory.reservations add column seq bigint;
update inventory.reservations r set seq = placed.seq
  from (select m.order_line_id, m.location_id, row_number() over (order by m.at, m.id) as seq
          from inventory.movements m where m.kind = 'reserve') placed
 where placed.order_line_id = r.order_line_id and placed.location_id = r.location_id;
alter table inventory.reservations alter column seq set not null,
                                   alter column seq add generated always as identity;
select setval(pg_get_serial_sequence('inventory.reservations', 'seq'), coalesce(max(seq), 0) + 1, false)
  from inventory.reservations;

-- Shipping sums the open reservations of a row up to its own: by this index alone.
drop index inventory.open_reservations_by_stock;
create index open_reservations_by_stock on inventory.reservations (variant_id, location_id, seq) include (quantity)
 where state = 'open';
