-- identity: accounts of shoppers, apart from those of the staff. Owned by the domain `identity`.

-- A shopper may have told no name, and has shown that the address is theirs: before that there is no account.
alter table identity.users
    alter column name drop not null,
    add constraint staff_have_names check (kind = 'customer' or name is not null),
    add constraint customers_have_shown_their_address check (kind = 'staff' or email_verified_at is not null),
    add constraint users_of_a_kind unique (id, kind);

-- Roles, API keys and second factors are for the staff: the column that refers to the kind can be nothing else.
alter table identity.user_roles
    drop constraint user_roles_user_id_fkey,
    add column user_kind text not null generated always as ('staff'::text) stored,
    add constraint roles_are_for_staff foreign key (user_id, user_kind) references identity.users (id, kind);
alter table identity.api_keys
    drop constraint api_keys_maker_id_fkey,
    add column maker_kind text not null generated always as ('staff'::text) stored,
    add constraint api_keys_are_for_staff foreign key (maker_id, maker_kind) references identity.users (id, kind);
alter table identity.second_factors
    drop constraint second_factors_user_id_fkey,
    add column user_kind text not null generated always as ('staff'::text) stored,
    add constraint second_factors_are_for_staff foreign key (user_id, user_kind) references identity.users (id, kind);

-- Blocked ones of a kind, newest first as all of them.
drop index identity.blocked_users;
create index blocked_users on identity.users (kind, id desc) where status = 'blocked';

-- Accounts to come: whoever has the mail with the token makes one of it, once. Only the token's digest is here.
create table identity.registrations (
    digest        bytea primary key check (length(digest) = 32),  -- SHA-256
    email         text not null check (length(email) between 3 and 254),
    name          text check (length(name) between 1 and 200),
    password_hash text not null,
    created_at    timestamptz not null default clock_timestamp(),
    expires_at    timestamptz not null
);
create index registrations_by_email on identity.registrations (lower(email));
create index registrations_by_age on identity.registrations (expires_at);

alter table identity.mails
    drop constraint mails_template_check,
    add constraint mails_template_check
        check (template in ('password_reset', 'email_verification', 'registration', 'account_exists'));
