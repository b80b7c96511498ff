-- sales, second half: orders, their history and their payments. Owned by the domain `orders`.
create table sales.order_status (
    status text primary key,
    rank   int not null unique                     -- for people: the order in which they are shown
);
insert into sales.order_status (status, rank) values
    ('pending', 0), ('confirmed', 1), ('processing', 2), ('shipped', 3), ('delivered', 4), ('cancelled', 5);

-- The state machine, as rows.
create table sales.order_transition (
    from_status text references sales.order_status,
    to_status   text references sales.order_status,
    primary key (from_status, to_status)
);
insert into sales.order_transition (from_status, to_status) values
    ('pending', 'confirmed'), ('confirmed', 'processing'), ('processing', 'shipped'), ('shipped', 'delivered'),
    ('pending', 'cancelled'), ('confirmed', 'cancelled'), ('processing', 'cancelled');

create sequence sales.order_number start 1001;

create table sales.orders (
    id              uuid primary key,
    number          bigint not null default nextval('sales.order_number') constraint order_number_unique unique,
    cart_id         uuid not null constraint cart_ordered_once unique references sales.carts,
    customer_id     uuid references identity.users,
    tracking_digest bytea not null check (length(tracking_digest) = 32),
    email           text not null,
    currency        char(3) not null check (currency ~ '^[A-Z]{3}$'),
    placed_at       timestamptz not null default clock_timestamp()
);
create index orders_by_age on sales.orders (placed_at desc, id desc);
create index orders_email_fragments on sales.orders using gin (email gin_trgm_ops);

-- What was bought, as it was when it was bought.
create table sales.order_lines (
    id             uuid primary key,
    order_id       uuid not null references sales.orders,
    position       int not null,
    variant_id     uuid not null references catalog.variants,
    product_title  text not null,
    variant_title  text not null,
    sku            text,
    quantity       bigint not null check (quantity between 1 and 10000),
    unit_amount    bigint not null check (unit_amount >= 0),
    total_amount   bigint not null,
    unique (order_id, position),
    constraint line_total_is_the_product check (total_amount = unit_amount * quantity)
);

-- Money beside the lines: each kind of charge or discount is a row.
create table sales.order_adjustments (
    id       uuid primary key,
    order_id uuid not null references sales.orders,
    position int not null,
    kind     text not null check (kind in ('shipping', 'tax', 'discount')),
    label    text not null,
    amount   bigint not null,
    unique (order_id, position),
    constraint adjustment_sign check ((kind = 'discount' and amount <= 0) or (kind <> 'discount' and amount >= 0))
);

create table sales.order_addresses (
    order_id    uuid not null references sales.orders,
    kind        text not null check (kind in ('shipping', 'billing')),
    name        text not null,
    company     text,
    line1       text not null,
    line2       text,
    city        text not null,
    region      text,
    postal_code text,
    country     char(2) not null,
    phone       text,
    primary key (order_id, kind)
);

-- Append-only by privilege. Every transition is an INSERT; the constraints are the state machine.
create table sales.order_status_history (
    order_id    uuid not null references sales.orders,
    seq         int not null,
    status      text not null,
    prev_seq    int,
    prev_status text,
    actor_kind  text not null check (actor_kind in ('staff', 'customer', 'guest', 'system', 'provider')),
    actor_id    uuid,
    reason      text,
    at          timestamptz not null default clock_timestamp(),
    constraint order_transition_raced primary key (order_id, seq),
    unique (order_id, seq, status),
    constraint order_transition_shape check (
        (seq = 0 and prev_seq is null and prev_status is null and status = 'pending')
        or (seq > 0 and prev_seq = seq - 1 and prev_status is not null)),
    constraint order_transition_continues foreign key (order_id, prev_seq, prev_status)
        references sales.order_status_history (order_id, seq, status),
    constraint order_transition_allowed foreign key (prev_status, status)
        references sales.order_transition (from_status, to_status)
);

-- The projection of the history's last row, written in the same transaction: lists by status need an index.
create table sales.order_heads (
    order_id  uuid primary key references sales.orders,
    seq       int not null,
    status    text not null,
    placed_at timestamptz not null,
    changed_at timestamptz not null default clock_timestamp(),
    constraint head_is_in_history foreign key (order_id, seq, status)
        references sales.order_status_history (order_id, seq, status)
) with (fillfactor = 80);
create index order_heads_by_status on sales.order_heads (status, placed_at desc, order_id desc);

create table sales.payments (
    id         uuid primary key,
    order_id   uuid not null references sales.orders,
    provider   text not null check (provider ~ '^[a-z0-9_]+$'),
    currency   char(3) not null,
    amount     bigint not null check (amount >= 0),
    created_at timestamptz not null default clock_timestamp()
);
create index payments_by_order on sales.payments (order_id);

-- Append-only by privilege. A payment's state is its last event.
create table sales.payment_events (
    payment_id uuid not null references sales.payments,
    seq        int not null check (seq >= 0),
    kind       text not null check (kind in ('requested', 'captured', 'voided', 'refund_requested', 'refunded')),
    amount     bigint not null check (amount >= 0),
    actor_kind text not null,
    actor_id   uuid,
    at         timestamptz not null default clock_timestamp(),
    primary key (payment_id, seq)
);

alter table sales.carts add constraint cart_order foreign key (order_id) references sales.orders;
