-- identity: passwords that were tried, so that nobody guesses on; and where accounts sign in from.
create table identity.tries (
    id      uuid primary key,
    account bytea not null check (length(account) = 32),  -- keyed digest of kind and e-mail address, known or not: names nobody
    network text not null,      -- where it came from: the address, of IPv6 the /64
    known   boolean not null,   -- the account had signed in from there before
    pending boolean not null default true,  -- its password is being compared; one that was right leaves no row
    at      timestamptz not null default clock_timestamp()
);
create index tries_by_account on identity.tries (account, at);
create index tries_by_network on identity.tries (network, at);
create index tries_by_age on identity.tries (at);

alter table identity.sessions add column network text not null default '';
update identity.sessions set network = address where position(':' in address) = 0;
create index sessions_by_network on identity.sessions (user_id, network, created_at desc);
