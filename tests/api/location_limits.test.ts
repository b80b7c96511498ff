// Grants limited to locations: an operator of one warehouse sees and moves its stock and its orders' parts, on every
// endpoint that can be limited, and what lies elsewhere is as if it were not there. Two servers on a shop of its own.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";

import { UNKNOWN } from "./bodies.ts";
import { contents, socket_folder } from "./database.ts";
import { call, contract, owner, pointers, refused, running, send, type Answer } from "./harness.ts";
import { end_before_it, own_server } from "./own_server.ts";
import { start_serving, type Up } from "./server.ts";
import { open_location, unique } from "./shop.ts";
import { hire, role_named, within_two_seconds, type Permission } from "./staff.ts";
import { grant, keyed, limitable, limited, two_warehouses, type Limited } from "./warehouses.ts";

const first = await own_server();
const LOCATIONS: Permission = { method: "GET", route: "/v1/admin/locations" };
const ANY = { "if-match": "*" };

let folder = "";
let second: Up | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "carrack-limits-"));
  const key = (await readFile(join(first.data, "secret.key"), "utf8")).trim();
  const url = `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`;
  second = await start_serving(folder, { CARRACK_DATABASE_URL: url, CARRACK_SECRET_KEY: key });
});
end_before_it(async () => {
  await second?.program.end();
  await rm(folder, { recursive: true, force: true });
});

async function on<T>(address: string, what: () => Promise<T>): Promise<T> {
  const here = process.env["CARRACK_API_TESTS"];
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ ...running(), address });
  try {
    return await what();
  } finally {
    process.env["CARRACK_API_TESTS"] = here;
  }
}

const ids = (page: { data: { id: string }[] }) => page.data.map((one) => one.id);

test("which permissions can be limited is said by the contract, the list and a role, and no other is", async () => {
  const token = await owner();
  const every = (await contract()).operations().filter((one) => one.operation["x-permission"]);
  const wanted = (await limitable()).map(({ id }) => id).sort();
  assert.deepEqual(wanted, [
    "adjustStock",
    "countStock",
    "explainStock",
    "getLocation",
    "getOrder",
    "getStock",
    "listLocations",
    "listOrders",
    "listStock",
    "listStockMovements",
    "listStockShortages",
    "loadProduct",
    "transitionOrder",
    "updateLocation",
    "updateStock",
  ]);
  const listed = (await call("listPermissions", { token, query: { limit: 100 } })).body.data;
  assert.deepEqual(listed.flatMap((one) => (one.by_location ? [one.operation] : [])).sort(), wanted);
  const place = await open_location();
  const others = every.filter((one) => !one.operation["x-permission"]?.by_location);
  const permissions = limited(
    others.map(({ method, path }) => ({ permission: { method, route: path } as Permission })),
    place.id,
  );
  const before = await contents();
  const body = { name: unique("role"), permissions };
  const problem = await refused("createRole", 422, "invalid_request", { token, body });
  assert.deepEqual(pointers(problem), others.map((_, i) => `/permissions/${i}/locations`).sort());
  assert.deepEqual(new Set(problem.errors?.map((one) => one.code)), new Set(["not_limitable"]));
  const nowhere = limited(await limitable(), place.id, UNKNOWN).slice(0, 1);
  const unknown = { name: unique("role"), permissions: nowhere };
  assert.deepEqual(pointers(await refused("createRole", 422, "invalid_request", { token, body: unknown })), [
    "/permissions/0/locations/1",
  ]);
  assert.deepEqual(await contents(), before);
});

test("a warehouse operator sees their own part, by every endpoint that shows some", async () => {
  const shop = await two_warehouses();
  const { token } = shop.operator;
  const mug = shop.mug.variant_id;
  const everything = (await call("listOrders", { token: await owner(), query: { limit: 100 } })).body;
  for (const id of [shop.in_north, shop.in_south, shop.in_both]) assert.ok(ids(everything).includes(id));

  assert.deepEqual(ids((await call("listOrders", { token })).body), [shop.in_both, shop.in_north]);
  const own = (await call("getOrder", { token, path: { id: shop.in_north } })).body;
  assert.deepEqual([own.partial, own.allowed_transitions], [false, ["confirmed", "cancelled"]]);
  const part = (await call("getOrder", { token, path: { id: shop.in_both } })).body;
  assert.deepEqual([part.partial, part.allowed_transitions], [true, []]);
  assert.deepEqual(
    part.lines.map((line) => [line.variant_id, line.allocations]),
    [[mug, [{ location_id: shop.north.id, quantity: 1, state: "open" }]]],
  );
  const [summary] = (await call("listOrders", { token })).body.data;
  assert.deepEqual([summary?.quantity, summary?.partial], [1, true]);

  const stock = (await call("listStock", { token })).body.data;
  assert.deepEqual(
    stock.map((row) => [row.variant_id, row.location_id, row.on_hand, row.reserved]),
    [[mug, shop.north.id, 3, 3]],
  );
  assert.deepEqual(ids((await call("listLocations", { token })).body), [shop.north.id]);
  const movements = (await call("listStockMovements", { token, query: { variant_id: mug } })).body.data;
  assert.deepEqual(new Set(movements.map((one) => one.location_id)), new Set([shop.north.id]));
  assert.equal(movements.length, 3);
  const path = { id: shop.mug.product_id };
  const available = async (by: string) =>
    (await call("loadProduct", { token: by, path })).body.variants.map((one) => one.available);
  assert.deepEqual(await available(token), [0]);
  assert.deepEqual(await available(await owner()), [7]);
});

test("what lies elsewhere is as what there is not, by every endpoint that takes an id, and nothing changes", async () => {
  const shop = await two_warehouses();
  const { token } = shop.operator;
  const mug = shop.mug.variant_id;
  const at = (location_id: string) => ({ variant_id: mug, location_id });
  const asked: Record<string, (elsewhere: boolean) => object> = {
    getOrder: (e) => ({ path: { id: e ? shop.in_south : UNKNOWN } }),
    transitionOrder: (e) => ({ path: { id: e ? shop.in_south : UNKNOWN }, body: { to: "confirmed" } }),
    getLocation: (e) => ({ path: { id: e ? shop.south.id : UNKNOWN } }),
    updateLocation: (e) => ({ path: { id: e ? shop.south.id : UNKNOWN }, body: { name: "Mine" } }),
    getStock: (e) => ({ path: at(e ? shop.south.id : UNKNOWN) }),
    updateStock: (e) => ({ path: at(e ? shop.south.id : UNKNOWN), body: { backorder_limit: 9 } }),
    adjustStock: (e) => ({
      body: { ...at(e ? shop.south.id : UNKNOWN), quantity: -1, reason: "lost" },
    }),
    listStock: (e) => ({ query: { location_id: e ? shop.south.id : UNKNOWN } }),
    listStockMovements: (e) => ({ query: at(e ? shop.south.id : UNKNOWN) }),
    listStockShortages: (e) => ({ query: { location_id: e ? shop.south.id : UNKNOWN } }),
    explainStock: (e) => ({ query: at(e ? shop.south.id : UNKNOWN) }),
    countStock: (e) => ({ body: { ...at(e ? shop.south.id : UNKNOWN), counted: 1 } }),
  };
  const before = await contents();
  for (const [id, input] of Object.entries(asked)) {
    const answer = async (elsewhere: boolean) => {
      const reply = await send(id, { token, headers: { ...ANY, ...keyed() }, ...input(elsewhere) });
      return { status: reply.status, body: { ...(reply.body as object), request_id: "" } };
    };
    const seen = await answer(true);
    assert.ok([200, 404, 422].includes(seen.status), `${id}: ${seen.status}`);
    assert.deepEqual(seen, await answer(false), id);
  }
  for (const to of ["confirmed", "cancelled"] as const)
    await refused("transitionOrder", 403, "order_lies_elsewhere_too", {
      token,
      path: { id: shop.in_both },
      body: { to },
    });
  await refused("listStockMovements", 422, "invalid_request", { token });
  assert.deepEqual(await contents(), before);
});

test("a warehouse operator moves what lies wholly at theirs, and keeps its stock", async () => {
  const shop = await two_warehouses();
  const { token } = shop.operator;
  const path = { id: shop.in_north };
  for (const to of ["confirmed", "processing", "shipped", "delivered"] as const) {
    const moved = (await call("transitionOrder", { token, path, body: { to } })).body;
    assert.equal(moved.status, to);
    const listed = (await call("listOrders", { token, query: { status: to } })).body;
    assert.deepEqual(ids(listed), [shop.in_north], `listed as ${to}`);
  }
  const place = { variant_id: shop.mug.variant_id, location_id: shop.north.id };
  const body = { ...place, quantity: 4, reason: "received" } as const;
  await call("adjustStock", { token, headers: keyed(), body });
  const changed = { token, path: place, headers: ANY, body: { backorder_limit: 2 } };
  const stock = (await call("updateStock", changed)).body;
  assert.deepEqual([stock.on_hand, stock.reserved, stock.available], [5, 1, 6]);
  const renamed = { token, path: { id: shop.north.id }, headers: ANY, body: { name: "North yard" } };
  assert.equal((await call("updateLocation", renamed)).body.name, "North yard");
  // Who may at both locations moves the order that lies at both.
  await grant(shop.role.id, limited(await limitable(), shop.north.id, shop.south.id));
  const both = (await call("getOrder", { token, path: { id: shop.in_both } })).body;
  assert.deepEqual([both.partial, both.allowed_transitions.length, both.lines.length], [false, 2, 2]);
  await call("transitionOrder", { token, path: { id: shop.in_both }, body: { to: "cancelled" } });
});

test("an edit of a product shows no more of its stock than looking at it does", async () => {
  const shop = await two_warehouses();
  const edits: Permission = { method: "PATCH", route: "/v1/admin/products/{id}" };
  const path = { id: shop.mug.product_id };
  const shown = async () => {
    const { token } = shop.operator;
    const seen = (await call("loadProduct", { token, path })).body.variants;
    const body = { title: unique("A mug") };
    const edited = (await call("changeProduct", { token, path, headers: ANY, body })).body.variants;
    return [seen, edited].map((all) => all.map((one) => one.available));
  };
  await grant(shop.role.id, [...limited(await limitable(), shop.north.id), edits]);
  const [here, edited] = await shown();
  assert.deepEqual(edited, here);
  await grant(shop.role.id, [...limited(await limitable(), shop.north.id, shop.south.id), edits]);
  assert.notDeepEqual((await shown())[1], here, "there is more elsewhere");
});

test("seeing everything and moving a part: the buttons are those of the part", async () => {
  const shop = await two_warehouses();
  const all = await limitable();
  const moving = all.filter(({ id }) => id === "transitionOrder");
  const seeing = all.filter(({ id }) => id !== "transitionOrder").map(({ permission }) => permission);
  await grant(shop.role.id, [...limited(moving, shop.north.id), ...seeing]);
  const { token } = shop.operator;
  const buttons = async (id: string) => {
    const order = (await call("getOrder", { token, path: { id } })).body;
    assert.equal(order.partial, false);
    return order.allowed_transitions;
  };
  assert.deepEqual(await buttons(shop.in_north), ["confirmed", "cancelled"]);
  assert.deepEqual([await buttons(shop.in_both), await buttons(shop.in_south)], [[], []]);
});

test("a changed limit is in force on both servers within two seconds", async () => {
  const shop = await two_warehouses();
  const { token } = shop.operator;
  const other = second?.address ?? "";
  const seen = async (): Promise<string[]> => ids((await call("listLocations", { token })).body).sort();
  const where = [shop.north.id, shop.south.id].sort();
  const both = async (what: string, wanted: string[]) => {
    for (const address of [first.address, other])
      await within_two_seconds(`${what} at ${address}`, () =>
        on(address, async () => JSON.stringify(await seen()) === JSON.stringify(wanted)),
      );
  };
  await both("the first limit", [shop.north.id]);
  await grant(shop.role.id, limited(await limitable(), ...where));
  await both("the wider limit", where);
  await on(other, () => grant(shop.role.id, limited([{ permission: LOCATIONS }], shop.south.id)));
  await both("the other limit", [shop.south.id]);
});

test("the session, explanations and simulations tell the limits", async () => {
  const shop = await two_warehouses();
  const token = await owner();
  await grant(shop.role.id, limited([{ permission: LOCATIONS }], shop.north.id));
  const session = (await call("getSession", { token: shop.operator.token })).body;
  assert.deepEqual(
    session.permissions.map((one) => [one.operation, one.locations]),
    [["listLocations", [shop.north.id]]],
  );
  const explained = async () =>
    (
      await call("explainPermission", {
        token,
        body: { user_id: shop.operator.id, method: "GET", path: LOCATIONS.route },
      })
    ).body;
  const told = await explained();
  assert.deepEqual([told.allowed, told.reason, told.locations], [true, "granted", [shop.north.id]]);
  assert.deepEqual(
    told.granted_by.map((one) => [one.role.id, one.by, one.locations]),
    [[shop.role.id, "grant", [shop.north.id]]],
  );
  assert.match(told.detail, /at these locations/);

  const simulated = async (permissions: Limited[]): Promise<Answer<"simulatePermissions">> =>
    (await call("simulatePermissions", { token, body: { role_id: shop.role.id, permissions } })).body;
  const before = await contents();
  const wider = await simulated(limited([{ permission: LOCATIONS }], shop.north.id, shop.south.id));
  const id = told.permission?.id ?? 0;
  const now = [shop.north.id];
  const change = { permission_id: id, before: now, after: [shop.north.id, shop.south.id].sort() };
  assert.deepEqual([wider.gained, wider.lost, wider.moved, wider.user_count], [[], [], [change], 1]);
  assert.deepEqual(
    wider.users.map((one) => [one.id, one.gained, one.lost, one.moved]),
    [[shop.operator.id, [], [], [change]]],
  );
  const free = await simulated([LOCATIONS]);
  assert.deepEqual(free.moved, [{ permission_id: id, before: now, after: null }]);
  assert.deepEqual(
    (await simulated([])).lost.map((one) => one.id),
    [id],
  );
  assert.deepEqual(await contents(), before, "asking changes nothing");

  const viewer = await hire(shop.role.id, await role_named("viewer"));
  const beside = await explained();
  assert.equal(beside.locations?.length, 1);
  const unlimited = { user_id: viewer.id, method: "GET" as const, path: LOCATIONS.route };
  const both = (await call("explainPermission", { token, body: unlimited })).body;
  assert.deepEqual([both.allowed, both.locations, both.granted_by.length], [true, undefined, 2]);
  assert.equal((await simulated([LOCATIONS])).user_count, 1, "the viewer sees all of them as it is");
});

test("a copied role and an API key carry the limits", async () => {
  const shop = await two_warehouses();
  const token = await owner();
  const path = { id: shop.role.id };
  const copy = (await call("copyRole", { token, path, body: { name: unique("copy") } })).body;
  const own = (await call("getRole", { token, path })).body;
  assert.deepEqual(copy.permissions, own.permissions);
  assert.ok(own.permissions.every((one) => one.locations?.[0] === shop.north.id));
  const permissions = limited([{ permission: LOCATIONS }], shop.south.id);
  const key = (await call("createApiKey", { token, body: { name: "South", permissions } })).body;
  assert.deepEqual(ids((await call("listLocations", { token: key.token })).body), [shop.south.id]);
});
