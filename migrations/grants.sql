-- What the application role may do, set at every migration. History cannot be rewritten by it: no UPDATE,
-- DELETE or TRUNCATE where rows are history. `:app_role` is replaced by the role's quoted name. `migrate` notes what the
-- role may do then, column by column, and `verify` tells what it has gained or lost since.
grant usage on schema ops, identity, audit, catalog, inventory, sales to :app_role;
revoke all on all tables in schema ops, identity, audit, catalog, inventory, sales from :app_role;

grant select, insert, update, delete on all tables in schema identity, catalog to :app_role;
-- Whose account it is stays what it was when it was made: no shopper becomes staff.
revoke update on identity.users from :app_role;
grant update (email, name, password_hash, status, version, updated_at, email_verified_at) on identity.users to :app_role;
grant select, insert, update, delete on ops.outbox, ops.idempotency_keys, ops.settings to :app_role;
grant select, update on ops.versions to :app_role;
grant select on ops.migrations to :app_role;
grant usage on all sequences in schema ops, identity, sales to :app_role;

grant select, insert on audit.entries, audit.seals, audit.integrity_runs to :app_role;

-- Of stock and sales: rows are added, and of those that stand for something that changes, the columns that do. What was
-- bought, the ledger and every history stay as they were written; the state machines are not the server's at all.
grant select, insert on all tables in schema inventory, sales to :app_role;
revoke insert on sales.order_status, sales.order_transition, sales.payment_transition from :app_role;
grant update (name, priority, archived_at, version) on inventory.locations to :app_role;
grant update (on_hand, reserved, backorder_limit, shortage, version) on inventory.stock to :app_role;
grant update (state) on inventory.reservations to :app_role;
grant update (name, position, archived_at, version) on sales.shipping_methods to :app_role;
grant update (amount), delete on sales.shipping_rates to :app_role;
grant update (email, shipping_method_id, order_id, version, updated_at), delete on sales.carts to :app_role;
grant update (quantity), delete on sales.cart_lines to :app_role;
grant update (name, company, line1, line2, city, region, postal_code, country, phone), delete on sales.cart_addresses to :app_role;
grant update (seq, status, changed_at, payment_due_at) on sales.order_heads to :app_role;
grant update (status) on sales.order_places to :app_role;
