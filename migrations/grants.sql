-- What the application role may do, set at every migration. History cannot be rewritten by it: no UPDATE,
-- DELETE or TRUNCATE where rows are history. `:app_role` is replaced by the role's quoted name.
grant usage on schema ops, identity, audit, catalog, inventory, sales to :app_role;
revoke all on all tables in schema ops, identity, audit, catalog, inventory, sales from :app_role;

grant select, insert, update, delete on all tables in schema identity, catalog, inventory, sales to :app_role;
grant select, insert, update, delete on ops.outbox, ops.idempotency_keys, ops.settings to :app_role;
grant select, update on ops.versions to :app_role;
grant select on ops.migrations to :app_role;
grant usage on all sequences in schema ops, identity, sales to :app_role;

revoke all on audit.entries, sales.order_status_history, sales.payment_events, inventory.movements from :app_role;
grant select, insert on audit.entries, sales.order_status_history, sales.payment_events, inventory.movements to :app_role;

-- The state machine and what was bought are not the server's to change.
revoke insert, update, delete on sales.order_status, sales.order_transition from :app_role;
revoke update, delete on sales.orders, sales.order_lines, sales.order_adjustments, sales.order_addresses, sales.payments from :app_role;
revoke delete on inventory.stock, inventory.reservations, sales.order_heads from :app_role;
