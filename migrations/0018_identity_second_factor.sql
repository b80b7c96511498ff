-- identity: a second factor for sign-ins, and roles that require it. Owned by the domain `identity`.
create table identity.second_factors (
    user_id      uuid primary key references identity.users,
    secret       bytea not null,                      -- encrypted with the configured key
    created_at   timestamptz not null default clock_timestamp(),
    confirmed_at timestamptz,                         -- counts from then on
    last_step    bigint not null default 0            -- of the last code that was used: none is good twice
);

create table identity.recovery_codes (
    user_id uuid not null references identity.second_factors on delete cascade,
    digest  bytea not null check (length(digest) = 32),   -- SHA-256 of 80 random bits
    used_at timestamptz,
    primary key (user_id, digest)
);

alter table identity.roles add column second_factor boolean not null default false;
