-- inventory: how many there are and where. Owned by the domain `inventory`.
create schema inventory;

create table inventory.locations (
    id          uuid primary key,
    code        text not null constraint location_code_unique unique check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name        text not null check (length(name) between 1 and 200),
    priority    int not null default 0,            -- orders take from the lowest first
    archived_at timestamptz,
    version     bigint not null default 1,
    created_at  timestamptz not null default clock_timestamp()
);

-- The projection of the ledger below, written in the same transaction.
create table inventory.stock (
    variant_id      uuid not null references catalog.variants,
    location_id     uuid not null references inventory.locations,
    on_hand         bigint not null default 0,
    reserved        bigint not null default 0,
    backorder_limit bigint not null default 0 check (backorder_limit >= 0),
    shortage        bigint not null default 0 check (shortage >= 0),
    version         bigint not null default 1,
    primary key (variant_id, location_id),
    constraint stock_not_oversold check (on_hand >= 0 and reserved >= 0
                                         and reserved <= on_hand + backorder_limit + shortage)
) with (fillfactor = 70);
create index stock_by_location on inventory.stock (location_id, variant_id);

-- What an order line holds, where. `state` moves once, from open.
create table inventory.reservations (
    order_line_id uuid not null,
    location_id   uuid not null,
    variant_id    uuid not null,
    order_id      uuid not null,
    quantity      bigint not null check (quantity > 0),
    state         text not null default 'open' check (state in ('open', 'released', 'shipped')),
    primary key (order_line_id, location_id),
    foreign key (variant_id, location_id) references inventory.stock
);
create index reservations_by_order on inventory.reservations (order_id);
create index open_reservations_by_stock on inventory.reservations (variant_id, location_id) where state = 'open';

-- The ledger. Append-only by privilege; the sums over it are the stock rows.
create table inventory.movements (
    id             uuid primary key,
    variant_id     uuid not null,
    location_id    uuid not null,
    kind           text not null check (kind in ('receive', 'adjust', 'reserve', 'release', 'ship', 'return', 'transfer')),
    on_hand_delta  bigint not null,
    reserved_delta bigint not null,
    reason         text not null check (reason in ('received', 'correction', 'damaged', 'lost', 'found', 'import',
                                                   'order_placed', 'order_cancelled', 'order_shipped')),
    note           text not null default '',
    order_line_id  uuid,
    actor_kind     text not null,
    actor_id       uuid,
    at             timestamptz not null default clock_timestamp(),
    foreign key (variant_id, location_id) references inventory.stock,
    check (on_hand_delta <> 0 or reserved_delta <> 0),
    check ((kind = 'reserve' and on_hand_delta = 0 and reserved_delta > 0)
        or (kind = 'release' and on_hand_delta = 0 and reserved_delta < 0)
        or (kind = 'ship' and on_hand_delta < 0 and reserved_delta = on_hand_delta)
        or (kind in ('receive', 'adjust', 'return', 'transfer') and reserved_delta = 0)),
    check ((kind in ('reserve', 'release', 'ship')) = (order_line_id is not null))
);
create index movements_by_stock on inventory.movements (variant_id, location_id, id desc);
-- A line is reserved, released and shipped at most once at each location, whatever races.
create unique index movement_once_per_line on inventory.movements (order_line_id, location_id, kind)
    where order_line_id is not null;
