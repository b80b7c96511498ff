-- sales: a machine with an API key moves orders on as itself. Owned by the domain `orders`.
alter table sales.order_status_history
    drop constraint order_status_history_actor_kind_check,
    add constraint order_status_history_actor_kind_check
        check (actor_kind in ('staff', 'machine', 'customer', 'guest', 'system', 'provider'));
