// What stock and orders were at an instant, why a row is what it is, and counts that find less than is promised, as staff
// see them over HTTP.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, pointers, refused, send } from "./harness.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

const ANY = { "if-match": "*" };
const keyed = () => ({ "idempotency-key": unique("key") });

async function place(variant_id: string, quantity: number) {
  const cart = await fill_cart({ [variant_id]: quantity });
  const body = { payment: { provider: "manual" } } as const;
  return (await call("checkout", { path: { id: cart.id }, headers: keyed(), body })).body.order;
}

async function shelf(units: number) {
  const [mug, where] = [await sell({ EUR: 900 }), await open_location()];
  await put_in_stock(mug.variant_id, where.id, units);
  return { variant_id: mug.variant_id, location_id: where.id };
}

// The server's clock may lie before the database's by less than this file runs, so instants are the rows' own.
const row_of = async (at: object, query: object = {}) =>
  (await call("listStock", { token: await owner(), query: { ...at, ...query } })).body.data[0];

test("listStock, explainStock, getOrder: what they were at an instant", async () => {
  const token = await owner();
  const at = await shelf(9);
  const order = await place(at.variant_id, 4);
  const path = { id: order.id };
  const moved = await call("transitionOrder", { token, path, body: { to: "confirmed" } });
  await call("transitionOrder", { token, path, body: { to: "cancelled", reason: "Changed their mind" } });

  const told = await call("explainStock", { token, query: at });
  assert.deepEqual(
    told.body.data.map((one) => [one.kind, one.on_hand, one.reserved, one.order?.number]),
    [
      ["release", 9, 0, order.number],
      ["reserve", 9, 4, order.number],
      ["receive", 9, 0, undefined],
    ],
  );
  assert.deepEqual(
    told.body.kinds.map((one) => [one.kind, one.movements, one.on_hand_delta, one.reserved_delta]),
    [
      ["receive", 1, 9, 0],
      ["release", 1, 0, -4],
      ["reserve", 1, 0, 4],
    ],
  );
  const [released, reserved, received] = told.body.data;
  assert.ok(released && reserved && received);
  assert.equal(released.actor.kind, "staff");
  assert.ok(released.actor.name);
  assert.equal(reserved.order?.line_id, order.lines[0]?.id);
  const same = { "if-none-match": told.headers.get("etag") ?? "" };
  assert.equal((await send("explainStock", { token, query: at, headers: same })).status, 304);

  const then = await row_of(at, { at: reserved.at });
  assert.deepEqual([then?.on_hand, then?.reserved, then?.available, then?.version], [9, 4, 5, null]);
  assert.equal((await row_of(at, { at: received.at }))?.reserved, 0);
  const now = (await call("getStock", { token, path: at })).body;
  assert.deepEqual(await row_of(at), now);
  assert.deepEqual(await row_of(at, { at: released.at }), { ...now, version: null });
  const back = await call("explainStock", { token, query: { ...at, at: reserved.at, limit: 1 } });
  assert.deepEqual([back.body.reserved, back.body.data[0]?.id], [4, reserved.id]);
  assert.ok(back.body.next);

  const confirmed_at = moved.body.history[1]?.at ?? "";
  const as_it_was = await call("getOrder", { token, path, query: { at: confirmed_at } });
  assert.deepEqual(
    [as_it_was.body.status, as_it_was.body.version, as_it_was.body.allowed_transitions],
    ["confirmed", 2, []],
  );
  assert.deepEqual(as_it_was.body, { ...moved.body, allowed_transitions: [] });
  const unchanged = { "if-none-match": as_it_was.headers.get("etag") ?? "" };
  const again = await send("getOrder", { token, path, query: { at: confirmed_at }, headers: unchanged });
  assert.equal(again.status, 304);
  const placed = (await call("getOrder", { token, path, query: { at: order.placed_at } })).body;
  assert.deepEqual([placed.status, placed.history.length, placed.payments.length], ["pending", 1, 1]);
  const early = { token, path, query: { at: "2001-01-01T00:00:00Z" } };
  await refused("getOrder", 404, "order_not_yet_placed", early);
  const late = { at: "2999-01-01T00:00:00+01:00" };
  for (const [id, input] of [
    ["getOrder", { path, query: late }],
    ["listStock", { query: late }],
    ["explainStock", { query: { ...at, ...late } }],
  ] as const)
    assert.deepEqual(pointers(await refused(id, 422, "invalid_request", { token, ...input })), ["/at"]);
});

test("countStock, listStockShortages: what is missing is recorded, named, and worked off", async () => {
  const token = await owner();
  const at = await shelf(10);
  const orders = [
    await place(at.variant_id, 4),
    await place(at.variant_id, 3),
    await place(at.variant_id, 2),
  ];
  const count = (counted: number, headers: Record<string, string> = { ...keyed(), ...ANY }) =>
    call("countStock", { token, headers, body: { ...at, counted, note: "Third shelf" } });
  const body = { ...at, counted: 5 };
  await refused("countStock", 428, "version_required", { token, headers: keyed(), body });
  await refused("countStock", 400, "idempotency_key_required", { token, headers: ANY, body });
  const etag = (await call("getStock", { token, path: at })).headers.get("etag") ?? "";
  const headers = { ...keyed(), "if-match": etag };
  const found = await count(5, headers);
  assert.deepEqual(
    [found.body.on_hand, found.body.shortage, found.body.difference, found.body.available],
    [5, 4, -5, 0],
  );
  const named = found.body.orders.map((one) => [one.number, one.quantity, one.missing, one.shortage]);
  assert.deepEqual(named, [
    [orders[2]?.number, 2, 2, 2],
    [orders[1]?.number, 3, 2, 2],
  ]);
  const replayed = await count(5, headers);
  assert.equal(replayed.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(replayed.body, found.body);
  await refused("countStock", 412, "version_stale", {
    token,
    headers: { ...keyed(), "if-match": etag },
    body,
  });
  assert.equal((await count(5)).body.difference, 0);

  const listed = async () => (await call("listStockShortages", { token, query: at })).body.data;
  assert.deepEqual(
    (await listed()).map((row) => [row.shortage, row.orders, row.more_orders]),
    [[4, found.body.orders, false]],
  );
  const ledger = (await call("listStockMovements", { token, query: at })).body.data;
  assert.deepEqual(
    [ledger[0]?.reason, ledger[0]?.on_hand_delta, ledger[0]?.note],
    ["counted", -5, "Third shelf"],
  );
  const cart = await fill_cart({ [at.variant_id]: 1 });
  const payment = { payment: { provider: "manual" } } as const;
  const buy = { path: { id: cart.id }, headers: keyed(), body: payment };
  await refused("checkout", 409, "out_of_stock", buy);

  const cancelled = { token, path: { id: orders[2]?.id ?? "" }, body: { to: "cancelled" } } as const;
  await call("transitionOrder", cancelled);
  assert.deepEqual(
    (await listed()).map((row) => [row.shortage, row.orders.map((one) => one.number)]),
    [[2, [orders[1]?.number]]],
  );
  await refused("checkout", 409, "out_of_stock", { ...buy, headers: keyed() });
  await put_in_stock(at.variant_id, at.location_id, 2);
  assert.deepEqual(await listed(), []);
  await refused("checkout", 409, "out_of_stock", { ...buy, headers: keyed() });
  await put_in_stock(at.variant_id, at.location_id, 1);
  await call("checkout", { ...buy, headers: keyed() });
});

test("countStock: every fault at once, and never for what is not there", async () => {
  const token = await owner();
  const at = await shelf(3);
  const faults = await refused("countStock", 422, "invalid_request", {
    token,
    headers: { ...keyed(), ...ANY },
    body: { variant_id: "x", counted: -1, reason: "lost" },
  });
  assert.deepEqual(pointers(faults), ["/counted", "/location_id", "/reason", "/variant_id"]);
  const nowhere = { variant_id: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" };
  const body = { ...at, ...nowhere, counted: 1 };
  const unknown = await refused("countStock", 422, "unknown_variant", {
    token,
    headers: { ...keyed(), ...ANY },
    body,
  });
  assert.deepEqual(pointers(unknown), ["/variant_id"]);
  await refused("explainStock", 404, "stock_not_found", { token, query: { ...at, ...nowhere } });
});
