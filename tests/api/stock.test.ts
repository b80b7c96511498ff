// Locations, stock and its ledger as staff see them, and what the audit trail says of it.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, pointers, refused } from "./harness.ts";
import { open_location, put_in_stock, sell, unique } from "./shop.ts";

const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
const matching = (etag: string | null) => ({ "if-match": etag ?? "" });
const keyed = () => ({ "idempotency-key": unique("key") });

test("createLocation, getLocation, updateLocation, listLocations: kept by staff", async () => {
  const token = await owner();
  const made = await open_location(7);
  const path = { id: made.id };
  const read = await call("getLocation", { token, path });
  assert.deepEqual(read.body, made);
  await refused("createLocation", 409, "location_code_taken", {
    token,
    body: { code: made.code, name: "Again" },
  });
  await refused("updateLocation", 428, "version_required", { token, path, body: { name: "Blind" } });
  const headers = matching(read.headers.get("etag"));
  const renamed = await call("updateLocation", { token, path, headers, body: { name: "Cellar" } });
  assert.deepEqual(renamed.body, { ...made, name: "Cellar", version: made.version + 1 });
  await refused("updateLocation", 412, "version_stale", { token, path, headers, body: { name: "Late" } });
  await refused("getLocation", 404, "location_not_found", { token, path: { id: UNKNOWN } });
  let after: string | null | undefined;
  const seen: string[] = [];
  do {
    const query = after ? { limit: 2, after } : { limit: 2 };
    const page = (await call("listLocations", { token, query })).body;
    assert.ok(page.data.length <= 2);
    seen.push(...page.data.map((location) => location.code));
    after = page.next;
  } while (after);
  assert.equal(new Set(seen).size, seen.length, "no location twice");
  assert.ok(seen.includes(made.code));
});

test("adjustStock, getStock, listStock, listStockMovements: the ledger adds up to the stock", async () => {
  const token = await owner();
  const [mug, place] = [await sell({ EUR: 100 }), await open_location()];
  const path = { variant_id: mug.variant_id, location_id: place.id };
  await refused("getStock", 404, "stock_not_found", { token, path });
  for (const quantity of [10, 5, -3]) {
    const body = { ...path, quantity, reason: quantity > 0 ? "received" : "damaged" } as const;
    await call("adjustStock", { token, headers: keyed(), body });
  }
  const stock = (await call("getStock", { token, path })).body;
  assert.deepEqual([stock.on_hand, stock.reserved, stock.available], [12, 0, 12]);
  const listed = await call("listStock", { token, query: path });
  assert.deepEqual(listed.body.data, [stock]);
  const ledger = (await call("listStockMovements", { token, query: path })).body.data;
  assert.deepEqual(
    ledger.map((movement) => movement.on_hand_delta),
    [-3, 5, 10],
  );
  await refused("adjustStock", 409, "insufficient_stock", {
    token,
    headers: keyed(),
    body: { ...path, quantity: -13, reason: "lost" },
  });
  assert.deepEqual((await call("getStock", { token, path })).body, stock);
});

test("adjustStock: once under one key, with every fault at once, never for what is not there", async () => {
  const token = await owner();
  const [mug, place] = [await sell({ EUR: 100 }), await open_location()];
  const path = { variant_id: mug.variant_id, location_id: place.id };
  const body = { ...path, quantity: 4, reason: "found" } as const;
  await refused("adjustStock", 400, "idempotency_key_required", { token, body });
  const headers = keyed();
  const first = await call("adjustStock", { token, headers, body });
  const again = await call("adjustStock", { token, headers, body });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(again.body, first.body);
  await refused("adjustStock", 422, "idempotency_key_reused", {
    token,
    headers,
    body: { ...body, quantity: 5 },
  });
  assert.equal((await call("getStock", { token, path })).body.on_hand, 4);
  const problem = await refused("adjustStock", 422, "invalid_request", {
    token,
    headers: keyed(),
    body: { variant_id: "x", quantity: 1_000_001, reason: "because", colour: "red" },
  });
  assert.deepEqual(pointers(problem), ["/colour", "/location_id", "/quantity", "/reason", "/variant_id"]);
  for (const [fields, code] of [
    [["variant_id"], "unknown_variant"],
    [["location_id"], "unknown_location"],
    [["location_id", "variant_id"], "unknown_variant"],
  ] as const) {
    const unknown = Object.fromEntries(fields.map((field) => [field, UNKNOWN]));
    const fault = await refused("adjustStock", 422, code, {
      token,
      headers: keyed(),
      body: { ...body, ...unknown },
    });
    assert.deepEqual(
      pointers(fault),
      fields.map((field) => `/${field}`),
    );
  }
});

test("updateStock: backorders up to a limit, under If-Match", async () => {
  const token = await owner();
  const [mug, place] = [await sell({ EUR: 100 }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, 2);
  const path = { variant_id: mug.variant_id, location_id: place.id };
  const read = await call("getStock", { token, path });
  const headers = matching(read.headers.get("etag"));
  const changed = await call("updateStock", { token, path, headers, body: { backorder_limit: 5 } });
  assert.deepEqual([changed.body.on_hand, changed.body.available], [2, 7]);
  await refused("updateStock", 412, "version_stale", { token, path, headers, body: { backorder_limit: 0 } });
  await refused("updateStock", 428, "version_required", { token, path, body: { backorder_limit: 0 } });
});

test("listAudit: a change has one entry, with its actor, its permission and what it was before", async () => {
  const token = await owner();
  const made = await open_location();
  const read = await call("getLocation", { token, path: { id: made.id } });
  await call("updateLocation", {
    token,
    path: { id: made.id },
    headers: { ...matching(read.headers.get("etag")), "x-request-id": unique("request") },
    body: { name: "Attic" },
  });
  const query = { resource: "locations", resource_id: made.id };
  const entries = (await call("listAudit", { token, query })).body.data;
  assert.deepEqual(
    entries.map((entry) => entry.action),
    ["PATCH /v1/admin/locations/{id}", "POST /v1/admin/locations"],
  );
  const latest = entries[0];
  assert.match(latest?.request_id ?? "", /^request-/);
  assert.equal(latest?.actor.kind, "staff");
  const changes = latest?.changes as { field: string; before: unknown; after: unknown }[];
  assert.deepEqual(
    changes.find((change) => change.field === "name"),
    {
      field: "name",
      before: made.name,
      after: "Attic",
    },
  );
});
