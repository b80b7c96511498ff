-- inventory: one index finds an order's reservations and each of them. Owned by the domain `inventory`.
alter table inventory.reservations drop constraint reservations_pkey,
                                   add primary key (order_id, order_line_id, location_id);
drop index inventory.reservations_by_order;
