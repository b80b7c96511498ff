-- ops: a stored answer is sealed, so it does not get smaller by compression, and it is read whole or not at all: it stays
-- in its row. Owned by the layer `work`.
alter table ops.idempotency_keys alter column sealed_body set storage external;
alter table ops.idempotency_keys set (toast_tuple_target = 8160);
