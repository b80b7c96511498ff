-- sales, second half: until when an order waits for its money. Owned by the domain `orders`.

-- Set when the order is placed, and gone as soon as nobody waits any more: the money came, or the order moved on. So the
-- index holds those alone that will be cancelled unless something happens, in the order in which they are.
alter table sales.order_heads
    add column payment_due_at timestamptz,
    add constraint only_pending_orders_wait check (payment_due_at is null or status = 'pending');
create index order_heads_due on sales.order_heads (payment_due_at) where payment_due_at is not null;
