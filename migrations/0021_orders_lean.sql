-- sales, second half: what an order's rows cost and need not. Owned by the domain `orders`.

-- Said twice: the head's history row names the order, and at commit the order's cart names it back.
alter table sales.order_heads drop constraint order_heads_order_id_fkey;
alter table sales.orders drop constraint orders_cart_id_fkey;

-- A line is found by its order and its place there. Its id, by which stock remembers it, is nobody's way to find it;
-- two lines under one id would be refused by the ledger (movement_once_per_line).
alter table sales.order_lines drop constraint order_lines_pkey, drop constraint order_lines_order_id_position_key,
                              add primary key (order_id, position);
alter table sales.order_adjustments drop constraint order_adjustments_pkey,
                                    drop constraint order_adjustments_order_id_position_key,
                                    add primary key (order_id, position);
