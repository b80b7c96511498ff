// Every permission that can be limited, limited to one location and held in three ways: alone by a role, alone by an API
// key, and by a role that holds all the others without a limit. What lies there is answered; what lies elsewhere is as what
// there is not, and stays as it was. A permission that becomes limitable has to be put into a table here.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { UNKNOWN } from "./bodies.ts";
import { contents } from "./database.ts";
import { call, owner, send, type Operation } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { unique } from "./shop.ts";
import { hire, make_role } from "./staff.ts";
import { grant, keyed, limitable, limited, two_warehouses, type Limited } from "./warehouses.ts";

await own_server();

type Shop = Awaited<ReturnType<typeof two_warehouses>>;
interface Target {
  order: string;
  location: string;
}
type Ask = (at: Target, variant_id: string) => object;

const stock = (at: Target, variant_id: string) => ({ variant_id, location_id: at.location });
const ASKED: Partial<Record<Operation, Ask>> = {
  listStockShortages: (at) => ({ query: { location_id: at.location } }),
  getOrder: (at) => ({ path: { id: at.order } }),
  transitionOrder: (at) => ({ path: { id: at.order }, body: { to: "confirmed" } }),
  getLocation: (at) => ({ path: { id: at.location } }),
  updateLocation: (at) => ({ path: { id: at.location }, body: { name: unique("Yard") } }),
  getStock: (at, variant) => ({ path: stock(at, variant) }),
  updateStock: (at, variant) => ({ path: stock(at, variant), body: { backorder_limit: 7 } }),
  adjustStock: (at, variant) => ({ body: { ...stock(at, variant), quantity: 2, reason: "found" } }),
  countStock: (at, variant) => ({ body: { ...stock(at, variant), counted: 5 } }),
  explainStock: (at, variant) => ({ query: stock(at, variant) }),
  listStock: (at, variant) => ({ query: stock(at, variant) }),
  listStockMovements: (at, variant) => ({ query: stock(at, variant) }),
};

// What is asked for as a whole: what of it is seen.
const SEEN: Partial<Record<Operation, (shop: Shop, token: string) => Promise<[unknown, unknown]>>> = {
  listOrders: async (shop, token) => [
    (await call("listOrders", { token })).body.data.map((one) => one.id),
    [shop.in_both, shop.in_north],
  ],
  listLocations: async (shop, token) => [
    (await call("listLocations", { token })).body.data.map((one) => one.id),
    [shop.north.id],
  ],
  loadProduct: async (shop, token) => {
    const path = { id: shop.mug.product_id };
    return [(await call("loadProduct", { token, path })).body.variants.map((one) => one.available), [0]];
  },
};

type Holder = (own: Limited, others: Limited[]) => Promise<string>;
const HOLDERS: Record<string, Holder> = {
  "a role that holds it alone": async (own) => (await hire((await make_role(own)).id)).token,
  "an API key": async (own) => {
    const body = { name: unique("machine"), permissions: [own] };
    return (await call("createApiKey", { token: await owner(), body })).body.token;
  },
  "a role that holds the others everywhere": async (own, others) => {
    const role = await make_role();
    await grant(role.id, [own, ...others]);
    return (await hire(role.id)).token;
  },
};

async function answer(id: Operation, token: string, input: object) {
  const reply = await send(id, { token, headers: { "if-match": "*", ...keyed() }, ...input });
  return { status: reply.status, body: { ...(reply.body as object), request_id: "" } };
}

// All rows, but for when a key was last used.
const rows = () => contents("identity.api_keys");

test("the tables here have every permission that can be limited", async () => {
  const all = (await limitable()).map(({ id }) => id).sort();
  assert.deepEqual([...Object.keys(ASKED), ...Object.keys(SEEN)].sort(), all);
});

for (const [who, hold] of Object.entries(HOLDERS))
  test(`limited to a location and held by ${who}: there, and nowhere else`, async () => {
    const shop = await two_warehouses();
    const here = { order: shop.in_north, location: shop.north.id };
    const elsewhere = { order: shop.in_south, location: shop.south.id };
    const nowhere = { order: UNKNOWN, location: UNKNOWN };
    const all = await limitable();
    const tokens = new Map<Operation, string>();
    for (const one of all) {
      const [own] = limited([one], shop.north.id);
      const others = all.filter((other) => other !== one).map(({ permission }) => permission);
      assert.ok(own);
      tokens.set(one.id, await hold(own, others));
    }
    const token_of = (id: Operation) => tokens.get(id) ?? "";
    const asked = Object.entries(ASKED) as [Operation, Ask][];

    const before = await rows();
    for (const [id, ask] of asked) {
      const seen = await answer(id, token_of(id), ask(elsewhere, shop.mug.variant_id));
      assert.ok([200, 404, 422].includes(seen.status), `${id}: ${seen.status}`);
      assert.deepEqual(seen, await answer(id, token_of(id), ask(nowhere, shop.mug.variant_id)), id);
    }
    for (const [id, look] of Object.entries(SEEN) as [Operation, (typeof SEEN)["listOrders"] & object][]) {
      const [seen, wanted] = await look(shop, token_of(id));
      assert.deepEqual(seen, wanted, id);
      const [everything] = await look(shop, await owner());
      assert.notDeepEqual(everything, wanted, `${id} has more to show`);
    }
    assert.deepEqual(await rows(), before);

    // Nothing lies there any more of what its orders were promised.
    const found = { ...stock(here, shop.mug.variant_id), counted: 0 };
    await call("countStock", { token: await owner(), headers: { "if-match": "*", ...keyed() }, body: found });
    for (const [id, ask] of asked) {
      const seen = await answer(id, token_of(id), ask(here, shop.mug.variant_id));
      assert.ok([200, 201].includes(seen.status), `${id}: ${JSON.stringify(seen)}`);
      if (id.startsWith("list")) assert.notDeepEqual((seen.body as { data?: [] }).data, [], id);
    }
  });
