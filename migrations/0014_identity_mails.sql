-- identity: mails to send, and the tokens they carry.
alter table identity.users add column email_verified_at timestamptz;

-- Used once, by whoever got the mail. Only the token's digest is here.
create table identity.mail_tokens (
    digest     bytea primary key check (length(digest) = 32),  -- SHA-256
    purpose    text not null check (purpose in ('password_reset', 'email_verification')),
    user_id    uuid not null references identity.users,
    email      text not null,   -- where it was sent
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index mail_tokens_by_user on identity.mail_tokens (user_id);
create index mail_tokens_by_age on identity.mail_tokens (expires_at);

create table identity.mails (
    id           uuid primary key,
    template     text not null check (template in ('password_reset', 'email_verification')),
    recipient    text not null,
    sealed       bytea not null,  -- the token, under the configured key; empty once it was delivered
    queued_at    timestamptz not null default clock_timestamp(),
    delivered_at timestamptz
);
create index mails_waiting on identity.mails (id) where delivered_at is null;
create index mails_by_age on identity.mails (queued_at);

-- Who asked for mail, so that nobody floods a mailbox; as identity.tries, they name nobody.
create table identity.mail_requests (
    id      uuid primary key,
    account bytea not null check (length(account) = 32),
    network text not null,
    at      timestamptz not null default clock_timestamp()
);
create index mail_requests_by_account on identity.mail_requests (account, at);
create index mail_requests_by_network on identity.mail_requests (network, at);
create index mail_requests_by_age on identity.mail_requests (at);
