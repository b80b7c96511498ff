-- catalog: what is for sale. Owned by the domain `catalog`.
create extension if not exists pg_trgm;
create schema catalog;

create table catalog.categories (
    id         uuid primary key,
    parent_id  uuid references catalog.categories,
    handle     text not null constraint category_handle_unique unique check (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name       text not null check (length(name) between 1 and 200),
    position   int not null default 0,
    version    bigint not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    check (parent_id <> id)
);
create index categories_by_parent on catalog.categories (parent_id, position, name);

create table catalog.products (
    id               uuid primary key,
    handle           text not null constraint product_handle_unique unique
                     check (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(handle) <= 200),
    title            text not null check (length(title) between 1 and 300),
    description_html text not null default '',
    vendor           text not null default '',
    product_type     text not null default '',
    published_at     timestamptz,                  -- null: a draft, seen by staff only
    archived_at      timestamptz,
    version          bigint not null default 1,
    created_at       timestamptz not null default clock_timestamp(),
    updated_at       timestamptz not null default clock_timestamp(),
    search           tsvector not null generated always as (
        setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', vendor || ' ' || product_type), 'B') ||
        setweight(to_tsvector('simple', regexp_replace(description_html, '<[^>]*>', ' ', 'g')), 'C')) stored
);
create index products_search on catalog.products using gin (search);
create index products_title_fragments on catalog.products using gin (title gin_trgm_ops);
create index products_by_age on catalog.products (created_at desc, id desc);
create index products_by_title on catalog.products (title, id);
create index products_by_update on catalog.products (updated_at desc, id desc);
create index products_on_sale_by_age on catalog.products (published_at desc, id desc)
    where published_at is not null and archived_at is null;
create index products_on_sale_by_title on catalog.products (title, id)
    where published_at is not null and archived_at is null;

create table catalog.options (
    id         uuid primary key,
    product_id uuid not null references catalog.products,
    position   int not null check (position between 0 and 2),
    name       text not null check (length(name) between 1 and 100),
    constraint option_position_unique unique (product_id, position),
    constraint option_name_unique unique (product_id, name)
);

create table catalog.option_values (
    id        uuid primary key,
    option_id uuid not null references catalog.options,
    position  int not null,
    value     text not null check (length(value) between 1 and 200),
    constraint option_value_unique unique (option_id, value),
    unique (option_id, id)
);

create table catalog.media (
    id         uuid primary key,
    product_id uuid not null references catalog.products,
    position   int not null,
    url        text not null check (url ~ '^https?://' and length(url) <= 2048),
    alt        text not null default '',
    constraint media_url_unique unique (product_id, url)
);
create index media_by_product on catalog.media (product_id, position, id);

create table catalog.variants (
    id                uuid primary key,
    product_id        uuid not null references catalog.products,
    position          int not null,
    title             text not null check (length(title) between 1 and 700),  -- its option values, joined
    sku               text check (length(sku) between 1 and 100),
    barcode           text check (length(barcode) between 1 and 100),
    weight_grams      int not null default 0 check (weight_grams >= 0),
    requires_shipping boolean not null default true,
    taxable           boolean not null default true,
    media_id          uuid references catalog.media,
    archived_at       timestamptz,
    version           bigint not null default 1,
    created_at        timestamptz not null default clock_timestamp()
);
create unique index variant_sku_unique on catalog.variants (sku) where archived_at is null;
create unique index variant_title_unique on catalog.variants (product_id, title) where archived_at is null;
create index variants_by_product on catalog.variants (product_id, position, id);
create index variants_sku_fragments on catalog.variants using gin (sku gin_trgm_ops);

create table catalog.variant_options (
    variant_id uuid not null references catalog.variants,
    option_id  uuid not null,
    value_id   uuid not null,
    primary key (variant_id, option_id),
    foreign key (option_id, value_id) references catalog.option_values (option_id, id)
);

create table catalog.prices (
    variant_id        uuid not null references catalog.variants,
    currency          char(3) not null check (currency ~ '^[A-Z]{3}$'),
    amount            bigint not null check (amount >= 0),
    compare_at_amount bigint check (compare_at_amount >= 0),
    primary key (variant_id, currency)
);

create table catalog.product_categories (
    product_id  uuid not null references catalog.products,
    category_id uuid not null references catalog.categories,
    primary key (product_id, category_id)
);
create index product_categories_by_category on catalog.product_categories (category_id, product_id);

create table catalog.tags (
    id   uuid primary key,
    name text not null constraint tag_name_unique unique check (length(name) between 1 and 100)
);
create table catalog.product_tags (
    product_id uuid not null references catalog.products,
    tag_id     uuid not null references catalog.tags,
    primary key (product_id, tag_id)
);
create index product_tags_by_tag on catalog.product_tags (tag_id, product_id);
