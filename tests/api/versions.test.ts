// Everything that staff edit, by every route that edits it: If-Match is heeded, and asked for where a lost update costs
// money, goods or rights. Made from the OpenAPI document, on a shop in which everything that is named is there.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { BODIES, names_in } from "./bodies.ts";
import type { Found } from "./contract.ts";
import { register } from "./customers.ts";
import { contents } from "./database.ts";
import { call, contract, owner, send, type Operation, type Problem } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { fill_cart, open_location, put_in_stock, sell, ship, unique } from "./shop.ts";
import { hire, make_role } from "./staff.ts";

await own_server();

// What there is one way to do, once: nothing of it can be overwritten.
const WITHOUT_VERSION = ["removeUsersSecondFactor", "revokeApiKey"];
// What makes something new, or asks.
const NO_EDIT = [
  "copyRole",
  "createApiKey",
  "createCategory",
  "createLocation",
  "createProduct",
  "createRole",
  "createShippingMethod",
  "createUser",
  "explainPermission",
  "simulatePermissions",
];
const REQUIRED = [
  "changeMedia",
  "changeProduct",
  "changeVariant",
  "countStock",
  "deleteRole",
  "removeMedia",
  "removeProduct",
  "removeVariant",
  "setPrices",
  "setRolePermissions",
  "updateLocation",
  "updateRole",
  "updateShippingMethod",
  "updateStock",
];

type Heeded = "required" | "honoured" | "no";

function heeded({ operation }: Found): Heeded {
  const named = (operation.parameters ?? []).map((one) => (one as { $ref?: string }).$ref?.split("/").pop());
  if (named.includes("if_match")) return "required";
  return named.includes("if_match_optional") ? "honoured" : "no";
}

async function edits(): Promise<(Found & { id: Operation; how: Heeded })[]> {
  return (await contract())
    .operations()
    .filter(({ method, path }) => method !== "GET" && path.startsWith("/v1/admin/"))
    .map((one) => ({ ...one, id: one.operation.operationId as Operation, how: heeded(one) }));
}

const named = (all: { id: Operation }[]) => all.map(({ id }) => id as string).sort();

test("which routes heed If-Match, and which insist on it", async () => {
  const all = await edits();
  assert.deepEqual(named(all.filter(({ how }) => how === "no")), [...NO_EDIT, ...WITHOUT_VERSION].sort());
  assert.deepEqual(named(all.filter(({ how }) => how === "required")), REQUIRED);
});

// The parameters of each path's beginning.
async function furnish(): Promise<Record<string, Record<string, string>>> {
  const token = await owner();
  const mug = await sell({ EUR: 1200 });
  const place = await open_location();
  await put_in_stock(mug.variant_id, place.id, 5);
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const payment = { payment: { provider: "manual" } } as const;
  const keyed = { "idempotency-key": unique("checkout") };
  const order = (await call("checkout", { path: { id: cart.id }, headers: keyed, body: payment })).body.order;
  const picture = await call("addMedia", {
    token,
    path: { id: mug.product_id },
    body: { url: "https://example.com/a.jpg" },
  });
  const category = (await call("createCategory", { token, body: { name: unique("Shelf") } })).body;
  const role = await make_role();
  return {
    "/v1/admin/products/": {
      id: mug.product_id,
      variant_id: mug.variant_id,
      media_id: picture.body.media[0]?.id ?? "",
    },
    "/v1/admin/categories/": { id: category.id },
    "/v1/admin/roles/": { id: (await make_role()).id },
    "/v1/admin/users/": { id: (await hire(role.id)).id },
    "/v1/admin/customers/": { id: (await register()).id },
    "/v1/admin/locations/": { id: place.id },
    "/v1/admin/stock/": { variant_id: mug.variant_id, location_id: place.id },
    "/v1/admin/orders/": { id: order.id },
    "/v1/admin/shipping-methods/": { id: await ship({ EUR: 5 }) },
  };
}

test("a stale If-Match is refused by every route that heeds it, a missing one by those that insist", async () => {
  const there = await furnish();
  const token = await owner();
  const stock = there["/v1/admin/stock/"];
  const bodies: Partial<Record<Operation, object>> = {
    ...BODIES,
    adjustStock: { ...stock, quantity: 1, reason: "found" },
    countStock: { ...stock, counted: 1 },
  };
  const before = await contents();
  const asked: string[] = [];
  for (const { id, how, path, method } of await edits()) {
    if (how === "no") continue;
    const [, ids] = Object.entries(there).find(([begins]) => path.startsWith(begins)) ?? [];
    assert.ok(ids, `${id} is new: say here what it edits`);
    const body = bodies[id];
    assert.ok(body || method === "DELETE", `${id} is new: say in bodies.ts which body would do`);
    const parameters = Object.fromEntries(names_in(path).map((name) => [name, ids[name] ?? ""]));
    const ask = async (if_match: Record<string, string>) => {
      const headers = { "idempotency-key": unique("k"), ...if_match };
      const reply = await send(id, { token, path: parameters, headers, ...(body ? { body } : {}) });
      return [reply.status, (reply.body as Problem | undefined)?.code];
    };
    for (const stale of ['"999999-x"', 'W/"1-x"', '"x"', '"999998-x", "999999-x"'])
      assert.deepEqual(await ask({ "if-match": stale }), [412, "version_stale"], `${id} with ${stale}`);
    if (how === "required") assert.deepEqual(await ask({}), [428, "version_required"], id);
    asked.push(id);
  }
  assert.ok(asked.length >= 22, asked.join());
  assert.deepEqual(await contents(), before);
});

test("expected_seq: a move from a step that the order has left is refused, and changes nothing", async () => {
  const token = await owner();
  const path = { id: (await furnish())["/v1/admin/orders/"]?.["id"] ?? "" };
  const move = (to: string, expected_seq: number, headers = {}) =>
    send("transitionOrder", { token, path, headers, body: { to, expected_seq } });
  const etag = (await call("getOrder", { token, path })).headers.get("etag") ?? "";
  const before = await contents();
  for (const seq of [1, 7]) {
    const reply = await move("confirmed", seq);
    assert.deepEqual([reply.status, (reply.body as Problem).code], [409, "order_changed"]);
  }
  assert.deepEqual(await contents(), before);
  assert.equal((await move("confirmed", 0, { "if-match": etag })).status, 200);
  const late = await move("processing", 1, { "if-match": etag });
  assert.deepEqual([late.status, (late.body as Problem).code], [412, "version_stale"]);
  assert.equal((await move("processing", 0)).status, 409);
  assert.equal((await move("processing", 1)).status, 200);
});
