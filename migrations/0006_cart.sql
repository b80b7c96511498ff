-- sales, first half: carts and what shipping costs. Owned by the domain `cart`.
create schema sales;

create table sales.shipping_methods (
    id          uuid primary key,
    code        text not null constraint shipping_method_code_unique unique check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name        text not null check (length(name) between 1 and 200),
    position    bigint not null default 0,
    archived_at timestamptz,
    version     bigint not null default 1
);
create index shipping_methods_in_order on sales.shipping_methods (position, id);
create table sales.shipping_rates (
    method_id uuid not null references sales.shipping_methods,
    currency  char(3) not null check (currency ~ '^[A-Z]{3}$'),
    amount    bigint not null check (amount >= 0),
    primary key (method_id, currency)
);

create table sales.carts (
    id                 uuid primary key,
    key_digest         bytea not null unique check (length(key_digest) = 32),  -- of the id the shopper holds
    currency           char(3) not null check (currency ~ '^[A-Z]{3}$'),
    email              text check (length(email) between 3 and 254),
    shipping_method_id uuid references sales.shipping_methods,
    order_id           uuid,                       -- set once, by the checkout
    version            bigint not null default 1,
    created_at         timestamptz not null default clock_timestamp(),
    updated_at         timestamptz not null default clock_timestamp()
);
create index carts_by_age on sales.carts (updated_at);

create table sales.cart_lines (
    id         uuid primary key,
    cart_id    uuid not null references sales.carts on delete cascade,
    variant_id uuid not null references catalog.variants,
    quantity   bigint not null check (quantity between 1 and 10000),
    constraint cart_line_variant_unique unique (cart_id, variant_id)
);

create table sales.cart_addresses (
    cart_id     uuid not null references sales.carts on delete cascade,
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
    primary key (cart_id, kind)
);
