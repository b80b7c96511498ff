-- sales, second half: at which locations an order lies. Owned by the domain `orders`.

-- A projection of inventory's reservations, whose locations never change, and of the order's head: written in the
-- transactions that write those. Lists of what lies at some locations are read along its index. The location has no foreign
-- key here: every order would take a share of the same few rows, and the reservation's stock row has one.
create table sales.order_places (
    order_id    uuid not null references sales.orders,
    location_id uuid not null,
    status      text not null,                             -- the head's, which the history holds to the states
    placed_at   timestamptz not null,
    quantity    bigint not null check (quantity > 0),      -- units of the order that lie there
    primary key (order_id, location_id)
) with (fillfactor = 80);

insert into sales.order_places (order_id, location_id, status, placed_at, quantity)
select r.order_id, r.location_id, h.status, h.placed_at, sum(r.quantity)
  from inventory.reservations r
  join sales.order_heads h on h.order_id = r.order_id
 group by r.order_id, r.location_id, h.status, h.placed_at;

create index order_places_by_location on sales.order_places (location_id, status, placed_at desc, order_id desc);
