-- inventory: stock as it was at an instant, the counts that find too little. Owned by the domain `inventory`.

-- The order behind a movement: lines are found by their order alone.
alter table inventory.movements add column order_id uuid;
update inventory.movements m set order_id = r.order_id
  from inventory.reservations r
 where r.order_line_id = m.order_line_id and r.location_id = m.location_id;
alter table inventory.movements
    add constraint movement_of_order check ((order_id is null) = (order_line_id is null)),
    drop constraint movements_reason_check,
    add constraint movement_reason check (reason in ('received', 'correction', 'damaged', 'lost', 'found', 'counted',
                                                     'import', 'order_placed', 'order_cancelled', 'order_shipped'));

-- A stock row's movements in the order of its lock, which the database's clock dates under it. The servers' clocks, from which
-- the ids come, may differ. Movements of one instant are few, and sorted when they are read.
drop index inventory.movements_by_stock;
create index movements_by_stock on inventory.movements (variant_id, location_id, at desc);

-- What a stock row's movements up to an instant add up to, by kind: so that nobody who asks for an instant sums more than
-- those since the subtotals before it. Derived from the ledger, written by the housekeeping, never changed.
create table inventory.subtotals (
    variant_id  uuid not null,
    location_id uuid not null,
    at          timestamptz not null,     -- of the last movement that is in them
    kind        text not null,
    version     bigint not null,          -- of the stock row when they were written
    movements   bigint not null check (movements > 0),
    on_hand     bigint not null,
    reserved    bigint not null,
    primary key (variant_id, location_id, at, kind),
    foreign key (variant_id, location_id) references inventory.stock
);
insert into inventory.subtotals (variant_id, location_id, at, kind, version, movements, on_hand, reserved)
select m.variant_id, m.location_id, e.at, m.kind, e.version, count(*), sum(m.on_hand_delta), sum(m.reserved_delta)
  from (select i.variant_id, i.location_id, s.version, max(i.at) as at
          from inventory.movements i join inventory.stock s using (variant_id, location_id)
         group by 1, 2, 3 having count(*) >= 1000) e
  join inventory.movements m on m.variant_id = e.variant_id and m.location_id = e.location_id
 group by 1, 2, 3, 4, 5;

-- Every limit that a row has had, since when: what could be sold at an instant depends on it. What is known today is taken
-- for having held always.
create table inventory.backorder_limits (
    variant_id      uuid not null,
    location_id     uuid not null,
    at              timestamptz not null default clock_timestamp(),
    backorder_limit bigint not null check (backorder_limit >= 0),
    primary key (variant_id, location_id, at),
    foreign key (variant_id, location_id) references inventory.stock
);
insert into inventory.backorder_limits (variant_id, location_id, at, backorder_limit)
select variant_id, location_id, '-infinity', backorder_limit from inventory.stock where backorder_limit > 0;

-- A shortage is what is promised beyond what lies there and may be owed, no more: nothing that arrives or is given back
-- leaves a part of it behind for a sale.
update inventory.stock set shortage = greatest(reserved - on_hand - backorder_limit, 0)
 where shortage <> greatest(reserved - on_hand - backorder_limit, 0);
alter table inventory.stock add constraint stock_shortage_is_what_is_missing
    check (shortage = greatest(reserved - on_hand - backorder_limit, 0));
-- Rows without one, nearly all, are not in it, so a row that an order changes stays where it is (HOT).
create index stock_shortages on inventory.stock (variant_id, location_id) where shortage > 0;
