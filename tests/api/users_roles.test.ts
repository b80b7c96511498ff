// Users, roles and what they hold, as staff keeps them.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, contract, owner, pointers, refused, send, type Answer } from "./harness.ts";
import { unique } from "./shop.ts";
import {
  hire,
  make_role,
  matching,
  PASSWORD,
  role_named,
  within_two_seconds,
  type Permission,
} from "./staff.ts";

const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";

const KEEPING_STAFF: Permission[] = [
  { method: "GET", route: "/v1/admin/users" },
  { method: "POST", route: "/v1/admin/users" },
  { method: "PATCH", route: "/v1/admin/users/{id}" },
  { method: "POST", route: "/v1/admin/roles" },
  { method: "PATCH", route: "/v1/admin/roles/{id}" },
  { method: "PUT", route: "/v1/admin/roles/{id}/permissions" },
  { method: "DELETE", route: "/v1/admin/roles/{id}" },
];
const PRODUCTS: Permission = { method: "GET", route: "/v1/admin/products" };
const ORDERS: Permission = { method: "GET", route: "/v1/admin/orders" };

const LAST_USED = "-last_used_at"; // how cursors of listSessions begin

const rights_of = (role: Answer<"getRole">) => role.permissions.map((one) => `${one.method} ${one.route}`);

async function all_users(query: object): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null | undefined;
  do {
    const page = (
      await call("listUsers", { token: await owner(), query: { ...query, ...(after ? { after } : {}) } })
    ).body;
    seen.push(...page.data.map((one) => one.id));
    after = page.next;
  } while (after);
  assert.equal(new Set(seen).size, seen.length, "nobody twice");
  return seen;
}

test("createUser, getUser, updateUser: staff is kept by staff, in every script", async () => {
  const token = await owner();
  const viewer = await role_named("viewer");
  const email = `${unique("zoë")}@example.com`.normalize("NFC");
  const body = {
    email: email.replace("ë", "e"),
    name: "Zoë 김철수 مريم",
    password: PASSWORD,
    roles: [viewer],
  };
  const made = await call("createUser", { token, body });
  assert.deepEqual([made.body.name, made.body.status, made.body.version], [body.name, "active", 1]);
  assert.deepEqual(made.body.roles, [{ id: viewer, name: "viewer" }]);
  assert.ok(!JSON.stringify(made.body).includes("password"));
  const path = { id: made.body.id };
  const seen = await call("getUser", { token, path });
  assert.deepEqual(seen.body, made.body);
  assert.equal(
    (await send("getUser", { token, path, headers: { "if-none-match": seen.headers.get("etag") ?? "" } }))
      .status,
    304,
  );
  await refused("createUser", 409, "email_taken", {
    token,
    body: { ...body, email: body.email.toUpperCase() },
  });
  const renamed = await call("updateUser", { token, path, headers: matching(seen), body: { name: "Zoë" } });
  assert.deepEqual(
    { ...renamed.body, updated_at: "" },
    { ...made.body, name: "Zoë", version: 2, updated_at: "" },
  );
  await refused("updateUser", 412, "version_stale", {
    token,
    path,
    headers: matching(seen),
    body: { name: "Late" },
  });
  assert.deepEqual((await call("getUser", { token, path })).body, renamed.body);
  const bare = (await call("updateUser", { token, path, body: { roles: [] } })).body;
  assert.deepEqual(bare.roles, []);
});

test("createUser, updateUser: every fault at once, and nobody is made", async () => {
  const token = await owner();
  const email = `${unique("half")}@example.com`;
  const faulty = { email: "nobody", name: "", password: "short", roles: "viewer", is_admin: true };
  const problem = await refused("createUser", 422, "invalid_request", { token, body: faulty });
  assert.deepEqual(pointers(problem), ["/email", "/is_admin", "/name", "/password", "/roles"]);
  const unknown_role = { email, name: "N", password: PASSWORD, roles: [await role_named("viewer"), UNKNOWN] };
  const missing = await send("createUser", { token, body: unknown_role });
  assert.ok([404, 422].includes(missing.status), JSON.stringify(missing.body));
  assert.deepEqual(await all_users({ q: email }), []);
  await refused("getUser", 404, "user_not_found", { token, path: { id: UNKNOWN } });
  await refused("updateUser", 404, "user_not_found", { token, path: { id: UNKNOWN }, body: { name: "N" } });
  const clerk = await hire();
  const patch = { name: null, status: "promoted", email: "other@example.com", password: "another password" };
  const refusal = await refused("updateUser", 422, "invalid_request", {
    token,
    path: { id: clerk.id },
    body: patch,
  });
  assert.deepEqual(pointers(refusal), ["/email", "/name", "/password", "/status"]);
  await refused("getUser", 422, "invalid_request", { token, path: { id: "1; drop table identity.users" } });
});

test("listUsers: newest first, by part of a name, by status and role, page by page", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  const hired = [await hire(role.id), await hire(role.id), await hire(role.id)];
  const newest = hired.map((one) => one.id).reverse();
  assert.deepEqual(await all_users({ role_id: role.id, limit: 1 }), newest);
  assert.deepEqual(await all_users({ role_id: role.id, limit: 2 }), newest);
  const [first, second, third] = hired;
  assert.ok(first && second && third);
  assert.deepEqual(await all_users({ q: second.email.slice(0, 12) }), [second.id]);
  await call("updateUser", { token, path: { id: third.id }, body: { status: "blocked" } });
  assert.deepEqual(await all_users({ role_id: role.id, status: "blocked" }), [third.id]);
  assert.deepEqual(await all_users({ role_id: role.id, status: "active" }), [second.id, first.id]);
  assert.deepEqual(await all_users({ q: "%" }), [], "a percent sign means itself");
  await refused("listUsers", 422, "cursor_invalid", { token, query: { after: "bm9uZQ" } });
});

test("lists of people's rights refuse what is no cursor of theirs, however well it is made", async () => {
  const token = await owner();
  const made = (...parts: string[]) => Buffer.from(parts.join("\n")).toString("base64url");
  const last_used = "2026-01-01T00:00:00.000000Z";
  for (const after of [
    "bm9uZQ",
    made("id", "one"),
    made("id", "1x"),
    made("id", "99999999999"),
    made("id", "1", "2"),
  ])
    await refused("listPermissions", 422, "cursor_invalid", { token, query: { after } });
  for (const after of ["bm9uZQ", made(LAST_USED, "never", token), made(LAST_USED, last_used, "nobody")])
    await refused("listSessions", 422, "cursor_invalid", { token, query: { after } });
});

test("updateUser: what is so already changes nothing, and no version", async () => {
  const token = await owner();
  const [one, other] = [await make_role(ORDERS), await make_role(ORDERS)];
  const { id } = await hire(one.id, other.id);
  const before = await call("getUser", { token, path: { id } });
  const body = { name: before.body.name, status: "active" as const, roles: [other.id, one.id, other.id] };
  const after = await call("updateUser", { token, path: { id }, body });
  assert.deepEqual(after.body, before.body);
  assert.equal(after.headers.get("etag"), before.headers.get("etag"));
});

test("createRole, getRole, updateRole, listRoles: roles are rows", async () => {
  const token = await owner();
  const name = unique("Rôle 役割");
  const body = { name, description: "Sees orders", permissions: [ORDERS, PRODUCTS, ORDERS] };
  const made = await call("createRole", { token, body });
  assert.deepEqual(rights_of(made.body).sort(), ["GET /v1/admin/orders", "GET /v1/admin/products"]);
  assert.equal(made.body.everything, false);
  const path = { id: made.body.id };
  const seen = await call("getRole", { token, path });
  assert.deepEqual(seen.body, made.body);
  await refused("createRole", 409, "role_name_taken", { token, body: { name } });
  await refused("updateRole", 428, "version_required", { token, path, body: { description: "" } });
  const change = { name: `${name}!`, description: "" };
  const renamed = await call("updateRole", { token, path, headers: matching(seen), body: change });
  assert.deepEqual([renamed.body.name, renamed.body.description, renamed.body.version], [`${name}!`, "", 2]);
  await refused("updateRole", 412, "version_stale", { token, path, headers: matching(seen), body: change });
  const taken = await refused("updateRole", 409, "role_name_taken", {
    token,
    path,
    headers: { "if-match": "*" },
    body: { name: "viewer" },
  });
  assert.ok(
    !/roles_name_unique|identity/.test(JSON.stringify(taken)),
    "no name of the database leaves the server",
  );
  const listed = (await call("listRoles", { token, query: { q: name } })).body.data;
  assert.deepEqual(
    listed.map((one) => [one.id, one.permission_count, one.user_count]),
    [[made.body.id, 2, 0]],
  );
  await refused("getRole", 404, "role_not_found", { token, path: { id: UNKNOWN } });
  const faulty = {
    name: "",
    description: "x".repeat(501),
    permissions: [{ id: 0 }, { method: "HEAD" }],
    everything: true,
  };
  const problem = await refused("createRole", 422, "invalid_request", { token, body: faulty });
  const named = pointers(problem);
  for (const pointer of [
    "/name",
    "/description",
    "/everything",
    "/permissions/0/id",
    "/permissions/1/method",
  ])
    assert.ok(named.includes(pointer), `${pointer} in ${named.join(" ")}`);
});

test("listRoles: by name, page by page, whatever stands in the names", async () => {
  const token = await owner();
  const mark = unique("page");
  const names = ["\\", '"quoted"', "a\\nb", "🚀".repeat(80), "ثالث", "' or 1=1"].map(
    (one) => `${mark} ${one}`,
  );
  for (const name of names) await call("createRole", { token, body: { name } });
  const seen: string[] = [];
  let after: string | null | undefined;
  do {
    const page = (
      await call("listRoles", { token, query: { q: mark, limit: 1, ...(after ? { after } : {}) } })
    ).body;
    seen.push(...page.data.map((one) => one.name));
    after = page.next;
  } while (after && seen.length < 50);
  assert.deepEqual([...seen].sort(), [...names].sort());
});

test("listPermissions: exactly what the document says staff may be allowed", async () => {
  const token = await owner();
  const seen: Answer<"listPermissions">["data"] = [];
  let after: string | null | undefined;
  do {
    const page = (await call("listPermissions", { token, query: { limit: 7, ...(after ? { after } : {}) } }))
      .body;
    seen.push(...page.data);
    after = page.next;
  } while (after);
  const told = (await contract()).operations().flatMap(({ operation, method, path }) => {
    const permission = operation["x-permission"];
    return permission ? [`${method} ${path} ${permission.resource} ${operation.operationId}`] : [];
  });
  assert.deepEqual(
    seen.map((one) => `${one.method} ${one.route} ${one.resource} ${one.operation}`).sort(),
    told.sort(),
  );
  assert.ok(seen.every((one) => !one.retired));
  const prices = (await call("listPermissions", { token, query: { resource: "prices" } })).body.data;
  assert.deepEqual(
    prices.map((one) => one.operation),
    ["setPrices"],
  );
});

test("setRolePermissions: in force within two seconds, both ways; only at the version that was seen", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  const clerk = await hire(role.id);
  const path = { id: role.id };
  const seen = await call("getRole", { token, path });
  const may = async (id: "listOrders" | "listProducts") =>
    (await send(id, { token: clerk.token })).status === 200;
  assert.deepEqual([await may("listOrders"), await may("listProducts")], [true, false]);
  const denial = await refused("listProducts", 403, "permission_denied", { token: clerk.token });
  assert.match(denial.detail, /GET \/v1\/admin\/products\b/);

  const body = { permissions: [PRODUCTS] };
  await refused("setRolePermissions", 428, "version_required", { token, path, body });
  const set = await call("setRolePermissions", { token, path, headers: matching(seen), body });
  assert.deepEqual(rights_of(set.body), ["GET /v1/admin/products"]);
  await within_two_seconds("granting", () => may("listProducts"));
  await within_two_seconds("taking away", async () => !(await may("listOrders")));
  await refused("setRolePermissions", 412, "version_stale", { token, path, headers: matching(seen), body });

  const nonsense = {
    permissions: [PRODUCTS, { method: "GET", route: "/v1/admin/nowhere" }, {}, { id: 2147483647 }],
  };
  const problem = await refused("setRolePermissions", 422, "invalid_request", {
    token,
    path,
    headers: { "if-match": "*" },
    body: nonsense,
  });
  assert.deepEqual(
    [...new Set(pointers(problem).map((one) => one.split("/").slice(0, 3).join("/")))],
    ["/permissions/1", "/permissions/2", "/permissions/3"],
  );
  assert.deepEqual(rights_of((await call("getRole", { token, path })).body), ["GET /v1/admin/products"]);
  await refused("setRolePermissions", 409, "role_holds_everything", {
    token,
    path: { id: await role_named("owner") },
    headers: { "if-match": "*" },
    body,
  });
});

test("deleteRole: not while somebody holds it, and it says who", async () => {
  const token = await owner();
  const role = await make_role(ORDERS);
  const clerk = await hire(role.id);
  const path = { id: role.id };
  await refused("deleteRole", 428, "version_required", { token, path });
  const headers = matching(await call("getRole", { token, path }));
  const problem = await refused("deleteRole", 409, "role_in_use", { token, path, headers });
  assert.match(problem.detail, /A clerk/);
  await call("updateUser", { token, path: { id: clerk.id }, body: { roles: [] } });
  assert.equal((await call("deleteRole", { token, path, headers })).status, 204);
  await refused("deleteRole", 404, "role_not_found", { token, path, headers });
  await refused("getRole", 404, "role_not_found", { token, path });
});

test("nobody gives, changes or takes away rights that they do not hold", async () => {
  const token = await owner();
  const [keeping, products] = [await make_role(...KEEPING_STAFF), await make_role(PRODUCTS)];
  const everything = await role_named("owner");
  const clerk = await hire(keeping.id);
  const stronger = await hire(keeping.id, products.id);
  const as_clerk = { token: clerk.token, headers: { "if-match": "*" } };
  const before = await Promise.all([call("listUsers", { token }), call("listRoles", { token })]);

  const body = { email: `${unique("friend")}@example.com`, name: "F", password: PASSWORD };
  for (const role of [products.id, everything])
    await refused("createUser", 403, "rights_exceeded", {
      ...as_clerk,
      body: { ...body, roles: [keeping.id, role] },
    });
  await refused("createRole", 403, "rights_exceeded", {
    ...as_clerk,
    body: { name: unique("trick"), permissions: [PRODUCTS] },
  });
  for (const role of [products.id, everything])
    await refused("updateRole", 403, "rights_exceeded", {
      ...as_clerk,
      path: { id: role },
      body: { name: unique("x") },
    });
  await refused("setRolePermissions", 403, "rights_exceeded", {
    ...as_clerk,
    path: { id: products.id },
    body: { permissions: [] },
  });
  await refused("deleteRole", 403, "rights_exceeded", { ...as_clerk, path: { id: products.id } });
  for (const change of [{ roles: [keeping.id, products.id] }, { roles: [everything] }])
    await refused("updateUser", 403, "rights_exceeded", {
      ...as_clerk,
      path: { id: clerk.id },
      body: change,
    });
  for (const change of [{ status: "blocked" }, { roles: [] }])
    await refused("updateUser", 403, "rights_exceeded", {
      ...as_clerk,
      path: { id: stronger.id },
      body: change,
    });
  // Whoever holds two roles does not make one of them as strong as both.
  await refused("setRolePermissions", 403, "own_role", {
    token: stronger.token,
    headers: { "if-match": "*" },
    path: { id: keeping.id },
    body: { permissions: [...KEEPING_STAFF, PRODUCTS] },
  });
  const after = await Promise.all([call("listUsers", { token }), call("listRoles", { token })]);
  assert.deepEqual(
    after.map((one) => one.body),
    before.map((one) => one.body),
    "nothing changed",
  );
  // Within their own rights they may.
  const made = await call("createUser", { ...as_clerk, body: { ...body, roles: [keeping.id] } });
  assert.deepEqual(made.body.roles, [{ id: keeping.id, name: keeping.name }]);
});
