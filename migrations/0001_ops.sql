-- ops: what keeps the shop running. Owned by the layer `work`.
create schema if not exists ops;

-- One counter for each thing that processes keep in memory (rights, keys, ended sessions); raised in the transaction that
-- changes it, so that others learn of it by reading one row.
create table ops.versions (
    name    text primary key check (name ~ '^[a-z_]+$'),
    version bigint not null default 1
);
insert into ops.versions (name) values ('rights'), ('keys'), ('sessions');

-- What happened, for whoever has to be told; written in the transaction of the change.
create table ops.outbox (
    seq         bigint generated always as identity primary key,
    topic       text not null check (topic ~ '^[a-z_]+\.[a-z_]+$'),
    resource_id uuid not null,
    payload     jsonb not null default '{}',
    at          timestamptz not null default clock_timestamp()
);

-- The answer given under an Idempotency-Key, stored by the transaction that did the work. It may hold what is
-- told once (a tracking token), so it is sealed with a key made of the request: whoever repeats the request
-- can open it, whoever reads the table cannot.
create table ops.idempotency_keys (
    principal   text not null,
    key         text not null,
    fingerprint bytea not null,
    status      int not null check (status between 200 and 499),
    sealed_body bytea not null,
    at          timestamptz not null default clock_timestamp(),
    primary key (principal, key)
);
create index idempotency_keys_by_age on ops.idempotency_keys (at);

-- The shop's own settings, as rows.
create table ops.settings (
    name  text primary key check (name ~ '^[a-z_]+$'),
    value text not null
);
