-- identity: grants that hold at some locations only. Owned by the domain `identity`.

-- Whether what the permission opens honours limits; as its endpoint declares.
alter table identity.permissions
    add column by_location boolean not null default false,
    add constraint permissions_limitable unique (id, by_location);

-- A limited grant holds at its locations, and nowhere while it has none: losing a row never widens it. Only of a permission
-- that can be limited is there such a grant.
alter table identity.grants
    add column limited boolean not null default false,
    add column by_location boolean generated always as (case when limited then true end) stored,
    add constraint grants_kind unique (role_id, permission_id, limited),
    add constraint grant_can_be_limited foreign key (permission_id, by_location)
        references identity.permissions (id, by_location);

-- Locations are inventory's, which stands above this domain: known here as ids alone.
create table identity.grant_locations (
    role_id       uuid not null,
    permission_id int not null,
    location_id   uuid not null,
    limited       boolean not null default true check (limited),
    primary key (role_id, permission_id, location_id),
    constraint location_of_limited_grant foreign key (role_id, permission_id, limited)
        references identity.grants (role_id, permission_id, limited) on delete cascade
);

-- The same for what API keys were given.
alter table identity.api_key_grants
    add column limited boolean not null default false,
    add column by_location boolean generated always as (case when limited then true end) stored,
    add constraint api_key_grants_kind unique (key_id, permission_id, limited),
    add constraint api_key_grant_can_be_limited foreign key (permission_id, by_location)
        references identity.permissions (id, by_location);

create table identity.api_key_grant_locations (
    key_id        uuid not null,
    permission_id int not null,
    location_id   uuid not null,
    limited       boolean not null default true check (limited),
    primary key (key_id, permission_id, location_id),
    constraint location_of_limited_key_grant foreign key (key_id, permission_id, limited)
        references identity.api_key_grants (key_id, permission_id, limited) on delete cascade
);
