-- audit: a machine with an API key is an actor of its own.
alter table audit.entries
    drop constraint entries_actor_kind_check,
    add constraint entries_actor_kind_check
        check (actor_kind in ('staff', 'machine', 'customer', 'guest', 'system', 'provider'));
