// Every route of the staff by every role: allowed exactly where the role's rows say so, and a denial changes nothing
// and reads nothing. On a server of its own, where nobody else changes rows meanwhile.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { register } from "./customers.ts";
import { contents } from "./database.ts";
import { furnish, guarded, nonsense, type Guarded } from "./guarded.ts";
import {
  call,
  contract,
  owner,
  refused,
  send,
  type Answer,
  type Operation,
  type Problem,
} from "./harness.ts";
import { own_server } from "./own_server.ts";
import { open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, make_role, role_named, sign_in, within_two_seconds, type Permission } from "./staff.ts";
import { limitable, type Limited } from "./warehouses.ts";

await own_server();

const ROLES = [
  "anonymous",
  "customer",
  "nobody",
  "viewer",
  "operator",
  "manager",
  "machine",
  "warehouse",
  "branch",
  "owner",
] as const;
type Role = (typeof ROLES)[number];
const MACHINE = "Warehouse scanner";

// An API key that holds what a manager does, and people besides. Used once: that is noted, to the minute.
async function machine(): Promise<string> {
  const token = await owner();
  const path = { id: await role_named("manager") };
  const held = (await call("getRole", { token, path })).body.permissions.map(({ id }) => ({ id }));
  const permissions = [...held, { method: "GET" as const, route: "/v1/admin/users" }];
  const key = (await call("createApiKey", { token, body: { name: MACHINE, permissions } })).body;
  await call("getSession", { token: key.token });
  await within_two_seconds("the note", async () => {
    const { body } = await call("getApiKey", { token, path: { id: key.id } });
    return body.last_used_at !== null;
  });
  return key.token;
}

// Roles whose grants are limited to a location: one that holds all that can be limited and nothing else, and a manager's
// with a limit wherever there can be one.
async function limited_roles(): Promise<{ warehouse: string; branch: string }> {
  const token = await owner();
  const at = [(await open_location()).id];
  const could_be = new Set(
    (await limitable()).map(({ permission: { method, route } }) => `${method} ${route}`),
  );
  const made = async (name: string, held: { method: string; route: string }[]) => {
    const permissions = held.map(({ method, route }) =>
      could_be.has(`${method} ${route}`) ? { method, route, locations: at } : { method, route },
    ) as Limited[];
    return (await call("createRole", { token, body: { name, permissions } })).body.id;
  };
  const manager = (await call("getRole", { token, path: { id: await role_named("manager") } })).body;
  return {
    warehouse: await made(
      "warehouse",
      (await limitable()).map(({ permission }) => permission),
    ),
    branch: await made("branch", manager.permissions),
  };
}

async function tokens(): Promise<Record<Role, string | undefined>> {
  const as = async (role: string) => (await hire(await role_named(role))).token;
  const { warehouse, branch } = await limited_roles();
  return {
    anonymous: undefined,
    customer: (await register()).token,
    nobody: (await hire((await make_role()).id)).token, // a role with no permission
    viewer: await as("viewer"),
    operator: await as("operator"),
    manager: await as("manager"),
    machine: await machine(),
    warehouse: (await hire(warehouse)).token,
    branch: (await hire(branch)).token,
    owner: await owner(),
  };
}

const rows_of = async (role: Role): Promise<Set<string>> => {
  if (role === "anonymous" || role === "customer" || role === "nobody") return new Set();
  if (role === "machine") {
    const token = await owner();
    const { data } = (await call("listApiKeys", { token })).body;
    const path = { id: data.find((one) => one.name === MACHINE)?.id ?? "" };
    const { permissions } = (await call("getApiKey", { token, path })).body;
    return new Set(permissions.map((one) => `${one.method} ${one.route}`));
  }
  const found = await call("getRole", { token: await owner(), path: { id: await role_named(role) } });
  const every = (await guarded()).map((one) => `${one.method} ${one.path}`);
  return new Set(
    found.body.everything ? every : found.body.permissions.map((one) => `${one.method} ${one.route}`),
  );
};

test("every route by every role: allowed as the rows say, denied without effect or a look at the body", async () => {
  await furnish();
  const token_of = await tokens();
  const routes = await guarded();
  assert.ok(routes.length >= 40, `${routes.length} routes`);
  const allowed: Record<string, number> = {};
  for (const role of ROLES) {
    const rows = await rows_of(role);
    const before = await contents();
    for (const one of routes) {
      const where = `${one.method} ${one.path} as ${role}`;
      const token = token_of[role];
      const input = nonsense(one);
      const reply = await send(one.id, token === undefined ? input : { ...input, token });
      const { code, detail } = reply.body as Problem;
      if (role === "anonymous")
        assert.deepEqual([reply.status, code], [401, "authentication_required"], where);
      else if (role === "customer")
        assert.deepEqual([reply.status, code], [401, "access_token_invalid"], where);
      else if (!rows.has(`${one.method} ${one.path}`)) {
        assert.deepEqual([reply.status, code], [403, "permission_denied"], where);
        assert.ok(detail.includes(`${one.method} ${one.path}`), `${where} names what is missing: ${detail}`);
      } else {
        assert.ok([400, 422, 428].includes(reply.status), `${where}: ${reply.status} ${code}`);
        allowed[role] = (allowed[role] ?? 0) + 1;
      }
    }
    assert.deepEqual(await contents(), before, `${role} changed something`);
  }
  assert.equal(allowed["owner"], routes.length);
  assert.equal(allowed["machine"], (allowed["manager"] ?? 0) + 1);
  assert.equal(allowed["warehouse"], (await limitable()).length);
  assert.equal(
    allowed["branch"],
    allowed["manager"],
    "a limit takes away no route, only what lies elsewhere",
  );
  for (const role of ["anonymous", "customer", "nobody"]) assert.equal(allowed[role], undefined, role);
});

test("each permission alone opens its own route and no other, and nothing comes of asking", async () => {
  const token = await owner();
  const routes = await guarded();
  const place = (await open_location()).id;
  const could_be = new Set((await limitable()).map(({ id }) => id));
  const role = await make_role();
  const clerk = await hire(role.id);
  const path = { id: role.id };
  // With a limit too, where there can be one.
  const grants = routes.flatMap((own): { own: Guarded; permission: Limited }[] => {
    const permission = { method: own.method, route: own.path } as Permission;
    const free = { own, permission };
    return could_be.has(own.id) ? [free, { own, permission: { ...permission, locations: [place] } }] : [free];
  });
  assert.ok(grants.length >= routes.length + 10);
  for (const { own, permission } of grants) {
    const permissions = [permission];
    await call("setRolePermissions", { token, path, headers: { "if-match": "*" }, body: { permissions } });
    const before = await contents();
    const replies = await Promise.all(
      routes.map((one) => send(one.id, { ...nonsense(one), token: clerk.token })),
    );
    replies.forEach((reply, i) => {
      const one = routes[i] as Guarded;
      const where = `${one.method} ${one.path} by ${own.method} ${own.path} alone`;
      const { code, detail } = reply.body as Problem;
      if (one === own) assert.ok([400, 422, 428].includes(reply.status), `${where}: ${reply.status} ${code}`);
      else {
        assert.deepEqual([reply.status, code], [403, "permission_denied"], where);
        assert.ok(detail.includes(`${one.method} ${one.path}`), `${where} names what is missing: ${detail}`);
      }
    });
    assert.deepEqual(await contents(), before, `with ${own.method} ${own.path} alone something changed`);
  }
});

test("the sample roles are what their names say", async () => {
  const [viewer, operator, manager] = [
    await rows_of("viewer"),
    await rows_of("operator"),
    await rows_of("manager"),
  ];
  // Exactly: what a new resource means to a viewer is decided when it is made.
  const sights = (await contract()).operations().flatMap(({ operation, method, path }) => {
    const { resource } = operation["x-permission"] ?? {};
    return method !== "GET" ||
      !resource ||
      ["users", "customers", "roles", "api-keys", "audit", "integrity"].includes(resource)
      ? []
      : [`GET ${path}`];
  });
  assert.ok(sights.length >= 10);
  assert.deepEqual(
    [...viewer].sort(),
    sights.sort(),
    "a viewer sees the shop, no people, and changes nothing",
  );
  assert.ok(
    manager.has("PATCH /v1/admin/products/{id}") &&
      manager.has("PATCH /v1/admin/stock/{variant_id}/{location_id}"),
  );
  for (const row of manager)
    assert.doesNotMatch(row, /\/(users|roles|permissions|api-keys|audit)/, "a manager leaves people alone");
  assert.ok(operator.has("POST /v1/admin/orders/{id}/transitions"));
  for (const row of operator)
    assert.match(
      row,
      /^GET |^POST \/v1\/admin\/orders\/\{id\}\/transitions$/,
      "an operator only moves orders on",
    );
});

test("a change that somebody may not make is not made, with a body that would do", async () => {
  const viewer = await hire(await role_named("viewer"));
  const operator = await hire(await role_named("operator"));
  const mug = await sell({ EUR: 700 });
  const place = await open_location();
  await put_in_stock(mug.variant_id, place.id, 3);
  const path = { id: mug.product_id };
  const if_match = { "if-match": "*" };
  const before = await contents();
  const denied = async (id: Operation, input: object) =>
    Promise.all(
      [viewer, operator].map(({ token }) =>
        refused(id, 403, "permission_denied", {
          token,
          headers: { ...if_match, "idempotency-key": unique("k") },
          ...input,
        }),
      ),
    );
  await denied("changeProduct", { path, body: { title: "Mine" } });
  await denied("removeProduct", { path });
  await denied("setPrices", { path: { ...path, variant_id: mug.variant_id }, body: { prices: [] } });
  await denied("createUser", { body: { email: "m@example.com", name: "M", password: "long enough by far" } });
  await denied("updateUser", { path: { id: viewer.id }, body: { roles: [await role_named("owner")] } });
  await denied("setRolePermissions", { path: { id: await role_named("viewer") }, body: { permissions: [] } });
  const stock = { variant_id: mug.variant_id, location_id: place.id };
  await denied("updateStock", { path: stock, body: { backorder_limit: 1000 } });
  await denied("adjustStock", { body: { ...stock, quantity: -3, reason: "lost" } });
  assert.deepEqual(await contents(), before);
});

test("updateUser: the last owner can neither be blocked nor lose the role", async () => {
  const token = await owner();
  const query = { role_id: await role_named("owner"), status: "active" } as const;
  const owners = (await call("listUsers", { token, query })).body.data;
  const [last] = owners;
  assert.ok(last && owners.length === 1);
  const path = { id: last.id };
  const trail = async () => {
    const query = { resource: "users", resource_id: last.id, limit: 100 };
    const { data } = (await call("listAudit", { token, query })).body;
    return data.filter((entry) => JSON.stringify(entry.changes).includes('"after":"last_owner"')).length;
  };
  for (const body of [{ status: "blocked" }, { roles: [] }, { roles: [await role_named("manager")] }]) {
    const before = await trail();
    await refused("updateUser", 409, "last_owner", { token, path, body });
    assert.equal((await trail()) - before, 1, "and the trail says that it was tried");
  }
  assert.deepEqual((await call("getUser", { token, path })).body, last);
});

test("of two owners who demote each other at once, one stays", async () => {
  const [owner_role, viewer_role] = [await role_named("owner"), await role_named("viewer")];
  for (let round = 0; round < 5; ++round) {
    const [one, other] = [await hire(owner_role), await hire(owner_role)];
    const token = await owner();
    const query = { role_id: owner_role, status: "active", limit: 100 } as const;
    // Only these two are left: the shop's own owner steps back, and is made one again afterwards.
    const first = (await call("listUsers", { token, query })).body.data.at(-1);
    assert.ok(first);
    const demote = (by: string, whom: string) =>
      send("updateUser", { token: by, path: { id: whom }, body: { roles: [viewer_role] } });
    assert.equal((await demote(one.token, first.id)).status, 200);
    const outcome = await Promise.all([demote(one.token, other.id), demote(other.token, one.id)]);
    const statuses = outcome.map((reply) => reply.status).sort();
    assert.equal(statuses[0], 200, JSON.stringify(statuses));
    assert.ok([403, 409].includes(statuses[1] ?? 0), JSON.stringify(statuses));
    const winner = outcome[0]?.status === 200 ? one : other;
    const left = await call("listUsers", { token: (await sign_in(winner.email)).access_token, query });
    assert.deepEqual(
      left.body.data.map((user: Answer<"getUser">) => user.id),
      [winner.id],
    );
    const { token: winners } = winner;
    await call("updateUser", { token: winners, path: { id: first.id }, body: { roles: [owner_role] } });
    await call("updateUser", { token: winners, path: { id: winner.id }, body: { roles: [] } });
  }
});
