-- identity: API keys, by which machines use the shop. Owned by the domain `identity`.
create table identity.api_keys (
    id           uuid primary key,                                  -- version 7: its order is the order of making
    name         text not null check (length(name) between 1 and 100),
    prefix       text not null check (length(prefix) = 16),          -- of the key: shown, so that people tell keys apart
    digest       bytea not null check (length(digest) = 32),         -- SHA-256; the key itself is never stored
    maker_id     uuid not null references identity.users,            -- a key may do no more than its maker may
    created_at   timestamptz not null default clock_timestamp(),
    expires_at   timestamptz,
    last_used_at timestamptz,                                       -- to the minute
    revoked_at   timestamptz,
    constraint api_keys_digest_unique unique (digest),
    check (expires_at > created_at)
);

create table identity.api_key_grants (
    key_id        uuid not null references identity.api_keys,
    permission_id int not null references identity.permissions,
    primary key (key_id, permission_id)
);
