-- sales, second half: payments follow a machine as orders do, an ordered cart stays ordered, and staff find orders by
-- the name they are shipped to. Owned by the domain `orders`.

create table sales.payment_transition (
    from_kind text,
    to_kind   text,
    primary key (from_kind, to_kind)
);
insert into sales.payment_transition (from_kind, to_kind) values
    ('requested', 'captured'), ('requested', 'voided'), ('captured', 'refund_requested'), ('refund_requested', 'refunded');

-- The same shape as order_status_history: an event names the one before it, and only four ways lead on.
alter table sales.payment_events add column prev_seq int, add column prev_kind text;
update sales.payment_events e set prev_seq = p.seq, prev_kind = p.kind
  from sales.payment_events p where p.payment_id = e.payment_id and p.seq = e.seq - 1;
alter table sales.payment_events rename constraint payment_events_pkey to payment_event_raced;
alter table sales.payment_events
    add unique (payment_id, seq, kind),
    add constraint payment_event_shape check (
        (seq = 0 and prev_seq is null and prev_kind is null and kind = 'requested')
        or (seq > 0 and prev_seq = seq - 1 and prev_kind is not null)),
    add constraint payment_event_continues foreign key (payment_id, prev_seq, prev_kind)
        references sales.payment_events (payment_id, seq, kind),
    add constraint payment_event_allowed foreign key (prev_kind, kind)
        references sales.payment_transition (from_kind, to_kind);

-- An order's cart says so, for as long as there is the order. Asked at commit: the order's row comes first.
alter table sales.carts add constraint cart_of_order unique (id, order_id);
alter table sales.orders add constraint order_is_in_its_cart foreign key (cart_id, id)
    references sales.carts (id, order_id) deferrable initially deferred;

create index order_names on sales.order_addresses using gin (name gin_trgm_ops) where kind = 'shipping';
