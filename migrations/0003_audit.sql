-- audit: who did what, when, before and after. Append-only by privilege. Owned by the domain `audit`.
create schema audit;

create table audit.entries (
    id          uuid primary key,                  -- version 7: its order is the order of time
    at          timestamptz not null default clock_timestamp(),
    actor_kind  text not null check (actor_kind in ('staff', 'customer', 'guest', 'system', 'provider')),
    actor_id    uuid,
    action      text not null,                     -- the permission used: "PATCH /v1/admin/products/{id}"
    resource    text not null,
    resource_id text not null,
    request_id  text not null default '',
    address     text not null default '',
    changes     jsonb not null default '[]'        -- [{"field","before","after"}]
);
create index entries_by_actor on audit.entries (actor_id, id desc) where actor_id is not null;
create index entries_by_resource on audit.entries (resource, resource_id, id desc);
create index entries_by_kind_of_resource on audit.entries (resource, id desc);
