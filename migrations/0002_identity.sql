-- identity: who may do what. Owned by the domain `identity`.
create schema identity;

create table identity.users (
    id            uuid primary key,
    kind          text not null check (kind in ('staff', 'customer')),
    email         text not null check (length(email) between 3 and 254),
    name          text not null check (length(name) between 1 and 200),
    password_hash text,
    status        text not null default 'active' check (status in ('active', 'blocked')),
    version       bigint not null default 1,
    created_at    timestamptz not null default clock_timestamp(),
    updated_at    timestamptz not null default clock_timestamp()
);
create unique index users_email_unique on identity.users (kind, lower(email));
create index users_by_age on identity.users (kind, id desc);          -- ids are of version 7: newest first
create index blocked_users on identity.users (id) where status = 'blocked';

create table identity.roles (
    id          uuid primary key,
    name        text not null check (length(name) between 1 and 100),
    description text not null default '',
    everything  boolean not null default false,   -- holds every permission, also those to come (owner)
    version     bigint not null default 1,
    created_at  timestamptz not null default clock_timestamp(),
    updated_at  timestamptz not null default clock_timestamp()
);
create unique index roles_name_unique on identity.roles (lower(name));

-- Made from the endpoint declarations at migration; a route that vanished is retired, its grants kept.
create table identity.permissions (
    id         int generated always as identity primary key,
    method     text not null check (method in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
    route      text not null check (route like '/%'),
    resource   text not null,
    operation  text not null,
    retired_at timestamptz,
    constraint permissions_route_unique unique (method, route)
);

create table identity.grants (
    role_id       uuid not null references identity.roles on delete cascade,
    permission_id int not null references identity.permissions,
    primary key (role_id, permission_id)
);

create table identity.user_roles (
    user_id uuid not null references identity.users,
    role_id uuid not null,
    primary key (user_id, role_id),
    constraint role_in_use foreign key (role_id) references identity.roles
);
create index user_roles_by_role on identity.user_roles (role_id);

-- A sign-in: the family of all refresh tokens that descend from it.
create table identity.sessions (
    id           uuid primary key,
    user_id      uuid not null references identity.users,
    created_at   timestamptz not null default clock_timestamp(),
    last_used_at timestamptz not null default clock_timestamp(),
    expires_at   timestamptz not null,             -- absolute: no rotation outlives it
    ended_at     timestamptz,
    end_reason   text check (end_reason in ('logout', 'reuse', 'blocked', 'password_changed', 'revoked', 'expired')),
    user_agent   text not null default '',
    address      text not null default '',
    check ((ended_at is null) = (end_reason is null))
);
create index sessions_by_user on identity.sessions (user_id, last_used_at desc);
create index ended_sessions on identity.sessions (ended_at) where ended_at is not null;

create table identity.refresh_tokens (
    digest     bytea primary key check (length(digest) = 32),   -- SHA-256; the token itself is never stored
    session_id uuid not null references identity.sessions,
    parent     bytea references identity.refresh_tokens,
    issued_at  timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,               -- idle: unused for so long, it is dead
    spent_at   timestamptz,
    constraint one_successor unique (parent)
);
create index refresh_tokens_by_session on identity.refresh_tokens (session_id);

-- Ed25519 keys that sign access tokens; the secret half is encrypted with the configured key.
create table identity.signing_keys (
    id         text primary key check (length(id) between 8 and 64),
    public_key bytea not null check (length(public_key) = 32),
    secret_key bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    active_at  timestamptz not null default clock_timestamp(),
    retired_at timestamptz
);
