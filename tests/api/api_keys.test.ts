// API keys over HTTP: a machine acts under its own name, and nobody reads its key a second time.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, refused, send } from "./harness.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, make_role, within_two_seconds, type Permission } from "./staff.ts";

const READ: Permission = { method: "GET", route: "/v1/admin/orders/{id}" };
const MOVE: Permission = { method: "POST", route: "/v1/admin/orders/{id}/transitions" };
const ADJUST: Permission = { method: "POST", route: "/v1/admin/stock/adjustments" };

async function make_key(...permissions: Permission[]) {
  const name = unique("scanner");
  const made = await call("createApiKey", { token: await owner(), body: { name, permissions } });
  return made.body;
}

async function place_order() {
  const mug = await sell({ EUR: 1200 });
  const place = await open_location();
  await put_in_stock(mug.variant_id, place.id, 5);
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const headers = { "idempotency-key": unique("checkout") };
  const body = { payment: { provider: "manual" as const } };
  const { order } = (await call("checkout", { path: { id: cart.id }, headers, body })).body;
  return { order, variant_id: mug.variant_id, location_id: place.id };
}

test("createApiKey: what the machine does stands under its name, in histories, in the ledger and in the trail", async () => {
  const key = await make_key(READ, MOVE, ADJUST);
  const { order, variant_id, location_id } = await place_order();
  const { token } = key;
  const path = { id: order.id };
  const moved = await call("transitionOrder", { token, path, body: { to: "confirmed" } });
  const actor = { kind: "machine", id: key.id, name: key.name };
  assert.deepEqual(moved.body.history.at(-1)?.actor, actor);
  const seen = await call("getOrder", { token, path });
  assert.deepEqual(seen.body.history.at(-1)?.actor, actor);

  const headers = { "idempotency-key": unique("adjust") };
  const body = { variant_id, location_id, quantity: 1, reason: "found" as const };
  const adjusted = await call("adjustStock", { token, headers, body });
  const again = await call("adjustStock", { token, headers, body });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(again.body, adjusted.body);
  // The same words under the same key from somebody else are another request.
  const others = await call("adjustStock", { token: await owner(), headers, body });
  assert.equal(others.headers.get("idempotency-replayed"), null);

  const query = { actor_id: key.id };
  const trail = (await call("listAudit", { token: await owner(), query })).body.data;
  assert.equal(trail.length, 2);
  for (const entry of trail) assert.deepEqual(entry.actor, { kind: "machine", id: key.id });
});

test("getApiKey, listApiKeys: the beginning of a key, when it was last used, never the key", async () => {
  const key = await make_key(READ);
  assert.match(key.token, /^carrack_[0-9a-f]{8}_[\w-]{43}$/);
  assert.equal((await call("getSession", { token: key.token })).body.machine?.id, key.id);
  const token = await owner();
  await within_two_seconds("the last use", async () => {
    const { body } = await call("getApiKey", { token, path: { id: key.id } });
    assert.ok(!JSON.stringify(body).includes(key.token));
    return body.last_used_at !== null;
  });
  const { data } = (await call("listApiKeys", { token, query: { limit: 100 } })).body;
  const listed = data.find((one) => one.id === key.id);
  assert.equal(listed?.prefix, key.token.slice(0, 16));
  assert.equal(listed?.permission_count, 1);
  assert.ok(!JSON.stringify(data).includes(key.token));
  const missing = { path: { id: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" } };
  await refused("getApiKey", 404, "api_key_not_found", { token, ...missing });
  await refused("revokeApiKey", 404, "api_key_not_found", { token, ...missing });
});

test("revokeApiKey: within two seconds the key is nothing any more", async () => {
  const key = await make_key(READ);
  const { order } = await place_order();
  const input = { token: key.token, path: { id: order.id } };
  await call("getOrder", input);
  await call("revokeApiKey", { token: await owner(), path: { id: key.id } });
  await within_two_seconds("a revoked key", async () => (await send("getOrder", input)).status === 401);
  await refused("getOrder", 401, "access_token_invalid", input);
});

test("an API key makes no API keys, and signing out with one ends nothing", async () => {
  const role = await make_role(READ, { method: "POST", route: "/v1/admin/api-keys" });
  const { token } = await hire(role.id);
  const body = {
    name: unique("robot"),
    permissions: [READ, { method: "POST" as const, route: "/v1/admin/api-keys" }],
  };
  const key = (await call("createApiKey", { token, body })).body;
  await refused("createApiKey", 403, "person_required", { token: key.token, body });
  await call("logout", { token: key.token });
  await call("getSession", { token: key.token });
  await call("getSession", { token });
});
