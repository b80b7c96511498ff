// Rights told before they are used or changed: why somebody may do something, what another list would change for whom,
// and copies of roles.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { contents } from "./database.ts";
import {
  call,
  contract,
  owner,
  pointers,
  raw,
  refused,
  request_text,
  send,
  type Answer,
  type Operation,
  type Problem,
} from "./harness.ts";
import { set_up_factor } from "./second_factor.ts";
import { unique } from "./shop.ts";
import { hire, make_role, PASSWORD, role_named, within_two_seconds, type Permission } from "./staff.ts";

const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
const PRODUCTS: Permission = { method: "GET", route: "/v1/admin/products" };
const ORDERS: Permission = { method: "GET", route: "/v1/admin/orders" };
const SET: Permission = { method: "PUT", route: "/v1/admin/roles/{id}/permissions" };
const SIMULATE: Permission = { method: "POST", route: "/v1/admin/permissions/simulate" };
const COPY: Permission = { method: "POST", route: "/v1/admin/roles/{id}/copy" };
const ANY_VERSION = { "if-match": "*" };

type Asked = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

const explained = async (user_id: string, method: string, path: string) =>
  (
    await call("explainPermission", {
      token: await owner(),
      body: { user_id, method: method as Asked, path },
    })
  ).body;

// The operation with nothing right about it but who asks: whoever is let in is told so with another 4xx.
async function let_in(token: string, id: string, method: string, path: string): Promise<boolean> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
  const reply = await send(id, {
    token,
    path: Object.fromEntries(names.map((name) => [name, UNKNOWN])),
    query: { nonsense: "1" },
    headers: { "idempotency-key": unique("key") },
    ...(method === "GET" || method === "DELETE" ? {} : { raw_body: "{ this is no JSON" }),
  });
  const { code } = reply.body as Problem;
  return !["permission_denied", "access_token_invalid", "second_factor_missing"].includes(code);
}

// A copy of a role, whose holders need a second factor.
async function guarded_copy(name: string): Promise<string> {
  const token = await owner();
  const path = { id: await role_named(name) };
  const { id } = (await call("copyRole", { token, path, body: { name: unique(name) } })).body;
  await call("updateRole", { token, path: { id }, headers: ANY_VERSION, body: { second_factor: true } });
  return id;
}

test("explainPermission: for every route and user it says what the server does", async () => {
  const people = {
    owner: await hire(await role_named("owner")),
    manager: await hire(await role_named("manager")),
    operator: await hire(await role_named("operator")),
    both: await hire(await role_named("operator"), await role_named("viewer")),
    nobody: await hire(),
    blocked: await hire(await role_named("manager")),
    unguarded: await hire(await role_named("viewer"), await guarded_copy("manager")),
  };
  const path = { id: people.blocked.id };
  await call("updateUser", { token: await owner(), path, body: { status: "blocked" } });
  const seen = new Set<string>();
  for (const [name, person] of Object.entries(people))
    for (const { operation, method, path } of (await contract()).operations()) {
      const told = await explained(person.id, method, path.replaceAll(/\{\w+\}/g, UNKNOWN));
      const where = `${method} ${path} as ${name}: ${told.reason}`;
      assert.equal(told.allowed, await let_in(person.token, operation.operationId, method, path), where);
      assert.equal(told.permission?.route, operation["x-permission"]?.route, where);
      if (!["blocked", "unguarded"].includes(name))
        assert.equal(told.granted_by.length > 0, told.reason === "granted", where);
      assert.deepEqual(await explained(person.id, method, `${path}?a=b`), told, `${where}, by its template`);
      if (method === "GET") assert.deepEqual(await explained(person.id, "HEAD", path), told, where);
      seen.add(told.reason);
    }
  assert.deepEqual([...seen].sort(), [
    "for_customers",
    "granted",
    "needs_only_sign_in",
    "needs_second_factor",
    "no_grant",
    "no_role",
    "open_to_everyone",
    "user_blocked",
  ]);
});

test("explainPermission: by which roles, or which would do", async () => {
  const [viewer, operator] = [await role_named("viewer"), await role_named("operator")];
  const clerk = await hire(viewer, operator);
  const made = await make_role(ORDERS);
  const names = (roles: { name: string }[]) => roles.map((one) => one.name);

  const before = await contents();
  const read = await explained(clerk.id, "GET", "/v1/admin/orders");
  assert.deepEqual(await contents(), before, "asking leaves no trace");
  assert.deepEqual(
    read.granted_by.map(({ role, by }) => [role.id, role.name, by]),
    [
      [operator, "operator", "grant"],
      [viewer, "viewer", "grant"],
    ],
  );
  for (const name of ["manager", "owner", made.name]) assert.ok(names(read.would_grant).includes(name), name);
  assert.ok(!names(read.would_grant).includes("viewer"));
  assert.deepEqual([read.permission?.resource, read.permission?.operation], ["orders", "listOrders"]);

  const write = await explained(clerk.id, "PATCH", `/v1/admin/products/${UNKNOWN}`);
  assert.deepEqual([write.allowed, write.reason, write.granted_by], [false, "no_grant", []]);
  assert.ok(!names(write.would_grant).includes(made.name) && names(write.would_grant).includes("manager"));

  const whole = await hire(await role_named("owner"));
  const { granted_by } = await explained(whole.id, "DELETE", `/v1/admin/roles/${UNKNOWN}`);
  assert.deepEqual(
    granted_by.map(({ role, by }) => [role.name, by]),
    [["owner", "everything"]],
  );
});

test("explainPermission: who lacks a second factor is told which role requires it, and has one is let in", async () => {
  const role = await guarded_copy("viewer");
  const clerk = await hire(role, await role_named("operator"));
  const [, viewer] = (await call("getUser", { token: await owner(), path: { id: clerk.id } })).body.roles;
  const told = await explained(clerk.id, "GET", "/v1/admin/orders");
  assert.deepEqual([told.allowed, told.reason], [false, "needs_second_factor"]);
  assert.deepEqual(told.second_factor_required_by, [{ id: role, name: viewer?.name }]);
  assert.equal(told.granted_by.length, 2, "what would count with one");
  assert.ok(!(await let_in(clerk.token, "listOrders", "GET", "/v1/admin/orders")));
  await set_up_factor(clerk);
  const then = await explained(clerk.id, "GET", "/v1/admin/orders");
  assert.deepEqual([then.allowed, then.reason, then.second_factor_required_by], [true, "granted", []]);
  assert.ok(await let_in(clerk.token, "listOrders", "GET", "/v1/admin/orders"));
});

test("explainPermission: a path that leads nowhere does so there as well", async () => {
  const clerk = await hire(await role_named("owner"));
  for (const path of [
    "/",
    "/v1/admin",
    "/v1/admin/",
    "/v1/admin/orders/",
    "//v1/admin/orders",
    "/v1//admin/orders",
    "/v1/admin/./orders",
    "/v1/admin/products/../orders",
    "/v1/admin/order%73",
    "/v1%2fadmin/orders",
    "/V1/admin/orders",
    "/v1/admin/orders;a=1",
  ]) {
    const told = await explained(clerk.id, "GET", path);
    assert.deepEqual([told.allowed, told.reason, told.permission], [false, "no_such_route", null], path);
    const reply = await raw(request_text(`GET ${path}`, [`Authorization: Bearer ${clerk.token}`]));
    assert.equal(reply.status, 404, path);
  }
  const wrong = await explained(clerk.id, "DELETE", "/v1/admin/orders");
  assert.equal(wrong.reason, "no_such_route");
  assert.match(wrong.detail, /GET, HEAD/);
  for (const path of ["/livez", "/docs", "/openapi.json", "/.well-known/jwks.json"])
    assert.equal((await explained(clerk.id, "GET", path)).reason, "open_to_everyone", path);
  const token = await owner();
  for (const path of ["v1/admin/orders", "https://shop.example/v1", "/v1/a b", "*", "/%zz", "/\u00e9"]) {
    const body = { user_id: clerk.id, method: "GET", path };
    assert.deepEqual(pointers(await refused("explainPermission", 422, "invalid_request", { token, body })), [
      "/path",
    ]);
  }
  const nobody = { user_id: UNKNOWN, method: "GET", path: "/livez" };
  await refused("explainPermission", 404, "user_not_found", { token, body: nobody });
});

test("simulatePermissions: tells for whom a change would change what, and changes nothing", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  const other = await make_role(ORDERS);
  const alone = await hire(role.id);
  const beside = await hire(role.id, other.id);
  await hire(role.id, await role_named("owner"));
  const keys = await make_role({ method: "POST", route: "/v1/admin/api-keys" });
  const path = { id: beside.id };
  const roles = [role.id, other.id, keys.id];
  const headers = ANY_VERSION;
  await call("updateUser", { token, path, headers, body: { roles } });
  const machine = (name: string) =>
    call("createApiKey", { token: beside.token, body: { name, permissions: [ORDERS] } });
  const revoked = (await machine("c")).body.id;
  for (const name of ["b", "a"]) await machine(name);
  await call("revokeApiKey", { token, path: { id: revoked } });
  const body = { role_id: role.id, permissions: [PRODUCTS] };
  const before = await contents();
  const told = (await call("simulatePermissions", { token, body })).body;
  assert.deepEqual(await contents(), before);

  const [gained, lost] = [told.gained[0], told.lost[0]];
  assert.ok(gained && lost && told.gained.length === 1 && told.lost.length === 1);
  assert.deepEqual([gained.route, lost.route], [PRODUCTS.route, ORDERS.route]);
  assert.deepEqual([told.role, told.refused], [{ id: role.id, name: role.name }, null]);
  const as_told = Object.fromEntries(told.users.map((one) => [one.id, [one.gained, one.lost]]));
  assert.deepEqual(as_told, {
    [alone.id]: [[gained.id], [lost.id]],
    [beside.id]: [[gained.id], []],
  });
  assert.equal(told.user_count, 2);
  assert.deepEqual(
    told.users.map((one) => [one.id, one.api_keys.map((key) => key.name)]).sort(),
    [
      [alone.id, []],
      [beside.id, ["a", "b"]],
    ].sort(),
  );

  const rights = async (of: { token: string }) =>
    (await call("getSession", { token: of.token })).body.permissions.map((one) => one.route).sort();
  const { permissions } = body;
  await call("setRolePermissions", {
    token,
    path: { id: role.id },
    headers: ANY_VERSION,
    body: { permissions },
  });
  await within_two_seconds("the change", async () => (await rights(alone))[0] === PRODUCTS.route);
  assert.deepEqual(await rights(alone), [PRODUCTS.route]);
  assert.deepEqual(await rights(beside), ["/v1/admin/api-keys", ORDERS.route, PRODUCTS.route]);
  const again = (await call("simulatePermissions", { token, body })).body;
  assert.deepEqual([again.gained, again.lost, again.users, again.user_count], [[], [], [], 0]);
});

test("simulatePermissions: a second factor that a role comes to require, or no longer does", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  const other = await make_role(PRODUCTS);
  const lacking = await hire(role.id, other.id);
  const protected_ = await hire(role.id);
  const elsewhere = await hire(role.id, await guarded_copy("viewer"));
  await set_up_factor(protected_);
  const ids = async (of: { token: string }) =>
    (await call("getSession", { token: of.token })).body.permissions.map((one) => one.operation).sort();
  const all = (await call("listPermissions", { token, query: { limit: 100, resource: "orders" } })).body.data;
  const orders = all.find((one) => one.route === ORDERS.route && one.method === "GET");
  assert.ok(orders);
  const path = { id: role.id };
  const simulated = async (body: { permissions?: Permission[]; second_factor?: boolean }) => {
    const before = await contents();
    const told = (await call("simulatePermissions", { token, body: { role_id: role.id, ...body } })).body;
    assert.deepEqual(await contents(), before);
    assert.equal(told.refused, null);
    return told;
  };

  const required = await simulated({ second_factor: true });
  assert.deepEqual([required.gained, required.lost], [[], []], "the role's own list stays");
  assert.deepEqual(
    required.users.map((one) => [one.id, one.gained, one.lost.length]),
    [[lacking.id, [], 2]],
    "not who has one, nor who was shut out before",
  );
  assert.ok(required.users[0]?.lost.includes(orders.id) && required.user_count === 1);
  await call("updateRole", { token, path, headers: ANY_VERSION, body: { second_factor: true } });
  for (const [person, reason] of [
    [lacking, "needs_second_factor"],
    [protected_, "granted"],
    [elsewhere, "needs_second_factor"],
  ] as const)
    assert.equal((await explained(person.id, "GET", ORDERS.route)).reason, reason);
  await within_two_seconds(
    "the requirement",
    async () => (await send("listOrders", { token: lacking.token })).status === 403,
  );
  assert.deepEqual(await ids(protected_), ["listOrders"]);

  // A longer list means nothing to whom none of it counts, and a lifted requirement everything.
  const longer = await simulated({ permissions: [ORDERS, PRODUCTS] });
  assert.deepEqual(
    longer.users.map((one) => one.id),
    [protected_.id],
  );
  const lifted = await simulated({ permissions: [ORDERS, PRODUCTS], second_factor: false });
  const gained = Object.fromEntries(lifted.users.map((one) => [one.id, one.gained.length]));
  assert.deepEqual(gained, { [lacking.id]: 2, [protected_.id]: 1 });
});

test("simulatePermissions: a lifted requirement is refused as lifting it would be", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  await call("updateRole", {
    token,
    path: { id: role.id },
    headers: ANY_VERSION,
    body: { second_factor: true },
  });
  const keeping = await make_role(ORDERS, SIMULATE, { method: "PATCH", route: "/v1/admin/roles/{id}" });
  const looking = await make_role(ORDERS, SIMULATE);
  const [keeper, looker] = [await hire(keeping.id), await hire(looking.id)];
  await set_up_factor(keeper);
  const headers = ANY_VERSION;
  await call("updateRole", { token, path: { id: keeping.id }, headers, body: { second_factor: true } });
  const everything = await role_named("owner");
  for (const [by, role_id, code] of [
    [keeper.token, keeping.id, "own_role"],
    [keeper.token, role.id, null],
    [keeper.token, everything, "rights_exceeded"],
    [looker.token, role.id, "permission_denied"],
    [token, everything, null],
  ] as const) {
    const body = { role_id, second_factor: false };
    assert.equal((await call("simulatePermissions", { token: by, body })).body.refused, code, `${role_id}`);
    const made = await send("updateRole", {
      token: by,
      path: { id: role_id },
      headers,
      body: { second_factor: false },
    });
    assert.equal(made.status < 300 ? null : (made.body as Problem).code, code);
  }
});

test("simulatePermissions: refused as the change itself would be", async () => {
  const everything = await role_named("owner");
  const small = await make_role(ORDERS);
  const keeping = await make_role(ORDERS, SET, SIMULATE);
  const looking = await make_role(ORDERS, SIMULATE);
  const keeper = await hire(keeping.id);
  const stronger = await hire(keeping.id, (await make_role(PRODUCTS)).id);
  const looker = await hire(looking.id);
  const whole = await owner();
  const cases: [string, string, Permission[], string | null][] = [
    [keeper.token, small.id, [], null],
    [keeper.token, small.id, [PRODUCTS], "rights_exceeded"],
    [stronger.token, keeping.id, [ORDERS, SET, SIMULATE, PRODUCTS], "own_role"],
    [looker.token, small.id, [], "permission_denied"],
    [looker.token, everything, [], "permission_denied"],
    [whole, everything, [], "role_holds_everything"],
    [whole, small.id, [PRODUCTS], null],
  ];
  for (const [token, role_id, permissions, code] of cases) {
    const where = `${role_id} ${JSON.stringify(permissions)}`;
    const before = await contents();
    const told = (await call("simulatePermissions", { token, body: { role_id, permissions } })).body;
    assert.deepEqual(await contents(), before, "not even an entry in the trail");
    assert.equal(told.refused, code, where);
    const made = await send("setRolePermissions", {
      token,
      path: { id: role_id },
      headers: ANY_VERSION,
      body: { permissions },
    });
    assert.equal(made.status < 300 ? null : (made.body as Problem).code, code, where);
  }
  const faulty = { permissions: [ORDERS, { method: "GET", route: "/v1/nowhere" }, {}, { id: 2147483647 }] };
  const said = async (id: Operation, input: object) =>
    (await refused(id, 422, "invalid_request", { token: whole, ...input })).errors;
  assert.deepEqual(
    await said("simulatePermissions", { body: { ...faulty, role_id: small.id } }),
    await said("setRolePermissions", { path: { id: small.id }, headers: ANY_VERSION, body: faulty }),
  );
  const nothing = { role_id: UNKNOWN, permissions: [] };
  await refused("simulatePermissions", 404, "role_not_found", { token: whole, body: nothing });
});

test("copyRole: the same rights under another name, once, and in the trail", async () => {
  const token = await owner();
  const role = await make_role(ORDERS, PRODUCTS);
  const path = { id: role.id };
  const headers = { "idempotency-key": unique("copy") };
  const name = unique("copy");
  const made = await call("copyRole", { token, path, headers, body: { name } });
  assert.deepEqual([made.status, made.body.name, made.body.everything], [201, name, false]);
  assert.deepEqual(made.body.permissions, role.permissions);
  assert.deepEqual((await call("getRole", { token, path: { id: made.body.id } })).body, made.body);
  const again = await call("copyRole", { token, path, headers, body: { name } });
  assert.deepEqual([again.body, again.headers.get("idempotency-replayed")], [made.body, "true"]);
  const trail = (await call("listAudit", { token, query: { resource: "roles", resource_id: made.body.id } }))
    .body.data;
  assert.deepEqual(
    trail.map((one) => one.action),
    ["POST /v1/admin/roles/{id}/copy"],
  );
  await refused("copyRole", 409, "role_name_taken", { token, path, body: { name } });
  await refused("copyRole", 404, "role_not_found", {
    token,
    path: { id: UNKNOWN },
    body: { name: unique("copy") },
  });
  const told = { name: unique("copy"), description: "On trial" };
  assert.equal((await call("copyRole", { token, path, body: told })).body.description, "On trial");
});

test("copyRole: a second factor that the role requires is required by the copy", async () => {
  const token = await owner();
  const path = { id: await guarded_copy("viewer") };
  const { body } = await call("copyRole", { token, path, body: { name: unique("copy") } });
  assert.equal(body.second_factor, true);
  const clerk = await hire(body.id);
  await refused("listOrders", 403, "second_factor_missing", { token: clerk.token });
  const plain = { id: await role_named("viewer") };
  assert.equal(
    (await call("copyRole", { token, path: plain, body: { name: unique("c") } })).body.second_factor,
    false,
  );
});

test("copyRole: within one's own rights; of everything, what there is now", async () => {
  const token = await owner();
  const role = await make_role(ORDERS, PRODUCTS);
  const clerk = await hire((await make_role(ORDERS, COPY)).id);
  const everything = { id: await role_named("owner") };
  const but_the_trail = () => contents("audit.entries");
  const before = await but_the_trail();
  for (const path of [{ id: role.id }, everything])
    await refused("copyRole", 403, "rights_exceeded", {
      token: clerk.token,
      path,
      body: { name: unique("c") },
    });
  assert.deepEqual(await but_the_trail(), before);
  const copy = (await call("copyRole", { token, path: everything, body: { name: unique("whole") } })).body;
  const whole: Answer<"getRole"> = (await call("getRole", { token, path: everything })).body;
  assert.equal(copy.everything, false);
  assert.deepEqual(copy.permissions, whole.permissions);
});

test("deleteRole: in use, it names five who hold it and counts the rest", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  const names = ["Ada", "Bela", "Chidi", "Dunya", "Emre", "Fumiko", "Grace"];
  for (const name of names)
    await call("createUser", {
      token,
      body: { email: `${unique("holder")}@example.com`, name, password: PASSWORD, roles: [role.id] },
    });
  const problem = await refused("deleteRole", 409, "role_in_use", {
    token,
    path: { id: role.id },
    headers: ANY_VERSION,
  });
  assert.match(problem.detail, /Held by Ada, Bela, Chidi, Dunya, Emre and 2 more/);
});
