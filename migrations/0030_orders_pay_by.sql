-- sales: until when an order was to be paid. Owned by the domain `orders`.

-- Given when the order is placed, and never changed. The head has the same moment as long as somebody waits for it. What
-- no longer waited before this column came has none.
alter table sales.orders add column payment_due_at timestamptz;
update sales.orders o set payment_due_at = h.payment_due_at
  from sales.order_heads h where h.order_id = o.id and h.payment_due_at is not null;
