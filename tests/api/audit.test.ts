// The audit trail: each change by staff has one entry, with who, by what right, in which request, and what was before
// and after; what was refused, replayed or changed nothing has none; and no secret stands in it.
import { strict as assert } from "node:assert";
import { before, test } from "node:test";

import { CHANGES, place_order, type Change } from "./changes.ts";
import { sql } from "./database.ts";
import { make } from "./goods.ts";
import { call, contract, owner, refused, running, send, type Answer, type Operation } from "./harness.ts";
import { LEAVING, SILENT, type Asked } from "./own_changes.ts";
import { unique } from "./shop.ts";
import { hire, make_role, PASSWORD, role_named, sign_in } from "./staff.ts";

interface Entry {
  id: string;
  action: string;
  resource: string;
  resource_id: string;
  request_id: string;
  actor: { kind: string; id?: string };
  changes: { field: string; before: unknown; after: unknown }[];
}

let boss: { id: string; token: string };
before(async () => {
  boss = await hire(await role_named("owner"));
});

const entries_of = async (request_id: string): Promise<Entry[]> => {
  const { data } = (await call("listAudit", { token: await owner(), query: { limit: 30 } })).body;
  return (data as unknown as Entry[]).filter((entry) => entry.request_id === request_id);
};

const made_by = (change: Change, request_id: string) => ({
  token: boss.token,
  headers: { "if-match": "*", "x-request-id": request_id, "idempotency-key": request_id },
  ...(change.path ? { path: change.path } : {}),
  ...(change.body ? { body: change.body } : {}),
});

// Questions with a body.
const ASKING: Operation[] = ["explainPermission", "simulatePermissions"];

test("every operation of the staff that changes something leaves one entry that tells it", async () => {
  const writing = (await contract())
    .operations()
    .filter((one) => one.operation["x-permission"] && one.method !== "GET")
    .filter((one) => !ASKING.includes(one.operation.operationId as Operation));
  for (const { operation, method, path } of writing) {
    const id = operation.operationId as Operation;
    const prepare = CHANGES[id];
    assert.ok(prepare, `${id} is new: say here how it changes something`);
    const change = await prepare();
    const request_id = unique(id);
    const reply = await send(id, made_by(change, request_id));
    assert.ok(reply.status < 300, `${id}: ${reply.status} ${JSON.stringify(reply.body)}`);
    const entries = await entries_of(request_id);
    assert.equal(entries.length, 1, `${id} left ${entries.length} entries`);
    const [entry] = entries;
    assert.deepEqual(entry?.actor, { kind: "staff", id: boss.id }, id);
    assert.equal(entry.action, `${method} ${path}`);
    assert.equal(entry.resource, operation["x-permission"]?.resource, id);
    assert.ok(entry.resource_id.length > 0, id);
    const told = entry.changes.find((one) => one.field === change.field);
    assert.ok(told, `${id} tells of ${change.field}: ${JSON.stringify(entry.changes)}`);
    assert.notDeepEqual(told.before, told.after, id);
  }
});

const ask_once = async (id: Operation, ask: Asked): Promise<Entry[]> => {
  const request_id = unique(id);
  const headers = { "if-match": "*", "x-request-id": request_id, "idempotency-key": request_id };
  const reply = await send(id, { ...ask, headers });
  assert.ok(reply.status < 300, `${id}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return entries_of(request_id);
};

test("whatever people change without a permission leaves the entries that it is to leave, or none for a reason", async () => {
  const writing = (await contract())
    .operations()
    .filter((one) => !one.operation["x-permission"] && one.method !== "GET");
  assert.ok(writing.length > 20);
  for (const { operation, method, path } of writing) {
    const id = operation.operationId as Operation;
    const [leaving, silent] = [LEAVING[id], SILENT[id]];
    assert.ok(
      (leaving === undefined) !== (silent === undefined),
      `${id} is new: say in own_changes.ts which entries it leaves, or why it leaves none`,
    );
    if (silent) assert.deepEqual(await ask_once(id, await silent.ask()), [], `${id}: ${silent.why}`);
    for (const prepare of leaving ?? []) {
      const change = await prepare();
      const entries = await ask_once(id, change.ask);
      assert.equal(entries.length, change.entries.length, `${id} left ${entries.length} entries`);
      for (const [i, wanted] of change.entries.entries()) {
        const entry = entries[i];
        assert.ok(entry);
        // What is not known before is what is there.
        assert.deepEqual(entry, { ...entry, ...wanted, actor: { ...entry.actor, ...wanted.actor } }, id);
        assert.equal(entry.actor.id === undefined, wanted.actor.kind === "guest", id);
        assert.equal(entry.action, `${method} ${path}`);
        assert.ok(entry.resource_id.length > 0 && entry.changes.length > 0, id);
        for (const told of entry.changes)
          if (told.field !== "name") assert.notDeepEqual(told.before, told.after, id); // a name is not told
      }
    }
  }
  const known = new Set(writing.map((one) => one.operation.operationId));
  const stale = [...Object.keys(LEAVING), ...Object.keys(SILENT)].filter((id) => !known.has(id));
  assert.deepEqual(stale, [], "these do not belong in own_changes.ts");
});

test("what is refused leaves no entry unless it reached for rights, what is replayed no second one", async () => {
  const change = await CHANGES.adjustStock?.();
  assert.ok(change);
  const first = made_by(change, unique("first"));
  await send("adjustStock", first);
  const again = unique("again");
  const replay = await send("adjustStock", {
    ...first,
    headers: { ...first.headers, "x-request-id": again },
  });
  assert.equal(replay.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(await entries_of(again), []);

  const path = { id: (await make()).id };
  const handle = (await make()).handle;
  const viewer = (await hire(await role_named("viewer"))).token;
  for (const [status, input] of [
    [401, {}],
    [403, { token: viewer }],
    [409, { token: boss.token, body: { handle } }],
    [412, { token: boss.token, headers: { "if-match": '"9-0"' } }],
    [422, { token: boss.token, body: { title: "" } }],
    [428, { token: boss.token, headers: {} }],
  ] as const) {
    const request_id = unique(`refused-${status}`);
    const given = { path, body: { title: "New" }, headers: { "if-match": "*" }, ...input };
    const reply = await send("changeProduct", {
      ...given,
      headers: { ...given.headers, "x-request-id": request_id },
    });
    assert.equal(reply.status, status, JSON.stringify(reply.body));
    assert.deepEqual(await entries_of(request_id), []);
  }
});

test("whoever reaches beyond their rights is refused, and exactly that stands in the trail", async () => {
  const keeping = await make_role(
    { method: "PATCH", route: "/v1/admin/users/{id}" },
    { method: "POST", route: "/v1/admin/users" },
    { method: "POST", route: "/v1/admin/roles" },
    { method: "PATCH", route: "/v1/admin/roles/{id}" },
    { method: "DELETE", route: "/v1/admin/roles/{id}" },
    { method: "PUT", route: "/v1/admin/roles/{id}/permissions" },
  );
  const orders = { method: "GET", route: "/v1/admin/orders" } as const;
  const stronger = await make_role(orders);
  const clerk = await hire(keeping.id);
  const both = await hire(keeping.id, stronger.id);
  const everything = await role_named("owner");
  const [user, role] = [{ id: clerk.id }, { id: stronger.id }];
  const account = { email: `${unique("friend")}@example.com`, name: "F", password: PASSWORD };
  const permissions = [...keeping.permissions.map(({ id }) => ({ id })), orders];
  const tries: [string, Operation, string, object, string?][] = [
    [clerk.token, "createUser", "rights_exceeded", { body: { ...account, roles: [everything] } }],
    [clerk.token, "updateUser", "rights_exceeded", { path: user, body: { roles: [everything] } }, clerk.id],
    [clerk.token, "createRole", "rights_exceeded", { body: { name: unique("r"), permissions: [orders] } }],
    [clerk.token, "updateRole", "rights_exceeded", { path: role, body: { name: unique("r") } }, stronger.id],
    [clerk.token, "deleteRole", "rights_exceeded", { path: role }, stronger.id],
    [
      clerk.token,
      "setRolePermissions",
      "rights_exceeded",
      { path: role, body: { permissions: [] } },
      stronger.id,
    ],
    [
      both.token,
      "setRolePermissions",
      "own_role",
      { path: { id: keeping.id }, body: { permissions } },
      keeping.id,
    ],
  ];
  for (const [token, id, code, input, resource_id = ""] of tries) {
    const request_id = unique(id);
    const headers = { "if-match": "*", "x-request-id": request_id };
    await refused(id, 403, code, { token, headers, ...input });
    const [entry, ...more] = await entries_of(request_id);
    assert.ok(entry && more.length === 0, id);
    const { method, path, operation } = (await contract()).find(id);
    assert.equal(entry.action, `${method} ${path}`);
    assert.deepEqual([entry.resource, entry.resource_id], [operation["x-permission"]?.resource, resource_id]);
    assert.deepEqual(entry.actor, { kind: "staff", id: token === both.token ? both.id : clerk.id });
    assert.deepEqual(entry.changes, [{ field: "refused", before: null, after: code }]);
  }
});

test("a change to what is there already leaves no entry and makes no version", async () => {
  const token = await owner();
  const matching = { "if-match": "*" };
  const changed: string[] = [];
  for (const id of [
    "updateUser",
    "updateCustomer",
    "updateRole",
    "setRolePermissions",
    "updateLocation",
    "updateStock",
    "changeProduct",
    "changeVariant",
    "setPrices",
    "changeCategory",
    "updateShippingMethod",
  ] as const) {
    const change = await CHANGES[id]?.();
    assert.ok(change);
    const input = { token, path: change.path ?? {}, headers: matching, body: change.body };
    const first = (await send(id, input)).body as { version: number };
    const request_id = unique("same");
    const again = await send(id, { ...input, headers: { ...matching, "x-request-id": request_id } });
    assert.equal(again.status, 200, JSON.stringify(again.body));
    const entries = (await entries_of(request_id)).length;
    const versions = (again.body as { version: number }).version - first.version;
    if (entries + versions > 0) changed.push(`${id}: ${entries} entries, ${versions} versions`);
  }
  assert.deepEqual(changed, []);
});

test("signing in and out stands in the trail, a failed try changes nothing", async () => {
  const clerk = await hire();
  const trail = async () => {
    const query = { actor_id: clerk.id, resource: "sessions" };
    return (await call("listAudit", { token: await owner(), query })).body.data.map((entry) => entry.action);
  };
  assert.deepEqual(await trail(), ["POST /v1/auth/login"]);
  await refused("login", 401, "invalid_credentials", {
    body: { email: clerk.email, password: "a wrong guess" },
  });
  const { refresh_token = "" } = await sign_in(clerk.email);
  await call("refresh", { body: { refresh_token } });
  await call("logout", { token: clerk.token });
  assert.deepEqual(await trail(), ["POST /v1/auth/logout", "POST /v1/auth/login", "POST /v1/auth/login"]);
});

test("a spent token that comes back leaves one entry: the end of its family", async () => {
  const clerk = await hire();
  const first = (await sign_in(clerk.email)).refresh_token ?? "";
  let refresh_token = first;
  for (let i = 0; i < 2; ++i)
    refresh_token = (await call("refresh", { body: { refresh_token } })).body.refresh_token ?? "";
  for (const [token, entries] of [
    [first, 1],
    [refresh_token, 0], // its family has ended
  ] as const) {
    const request_id = unique("refresh");
    const headers = { "x-request-id": request_id };
    await refused("refresh", 401, "refresh_token_invalid", { headers, body: { refresh_token: token } });
    const left = await entries_of(request_id);
    assert.equal(left.length, entries);
    for (const one of left) {
      assert.deepEqual([one.action, one.resource], ["POST /v1/auth/refresh", "sessions"]);
      assert.ok(one.changes.some((told) => told.field === "end_reason" && told.after === "reuse"));
    }
  }
});

test("listAudit: newest first, by actor, resource and id, page by page", async () => {
  const token = await owner();
  const role = await make_role();
  const path = { id: role.id };
  const headers = { "if-match": "*" };
  for (let i = 0; i < 4; ++i)
    await call("updateRole", { token: boss.token, path, headers, body: { description: `Change ${i}` } });
  const query = { resource: "roles", resource_id: role.id };
  const seen: Answer<"listAudit">["data"] = [];
  let after: string | null | undefined;
  do {
    const page = (
      await call("listAudit", { token, query: { ...query, limit: 2, ...(after ? { after } : {}) } })
    ).body;
    seen.push(...page.data);
    after = page.next;
  } while (after);
  const told = (seen as unknown as Entry[]).map((entry) =>
    entry.changes.find((one) => one.field === "description"),
  );
  assert.deepEqual(
    told.slice(0, 4).map((one) => [one?.before, one?.after]),
    [3, 2, 1, 0].map((i) => [i === 0 ? "" : `Change ${i - 1}`, `Change ${i}`]),
  );
  assert.equal(seen.length, 5, "and the making of the role");
  const by_boss = (await call("listAudit", { token, query: { ...query, actor_id: boss.id } })).body.data;
  assert.deepEqual(by_boss, seen.slice(0, 4));
  for (const wrong of [
    { resource_id: role.id },
    { actor_id: "me" },
    { resource: "" },
    { after: "x", until: "now" },
  ])
    assert.equal((await send("listAudit", { token, query: wrong })).status, 422, JSON.stringify(wrong));
});

test("no password, no token, no address of a person stands in the trail or in a log of tables", async () => {
  const secret = unique("Secret password");
  const email = `${unique("person")}@example.com`;
  const token = await owner();
  await call("createUser", { token, body: { email, name: unique("Private Person"), password: secret } });
  const signed_in = await sign_in(email, secret);
  const renewed = (await call("refresh", { body: { refresh_token: signed_in.refresh_token ?? "" } })).body;
  const { order, tracking_token } = await place_order();
  await call("transitionOrder", { token, path: { id: order.id }, body: { to: "confirmed" } });
  const trail = (await sql("select e::text from audit.entries e")).join("\n");
  assert.ok(trail.includes(order.id), "it is the trail that was read");
  const secrets = [
    secret,
    signed_in.access_token,
    signed_in.refresh_token ?? "-",
    renewed.refresh_token ?? "-",
    tracking_token,
    running().owner.password,
    "$argon2",
  ];
  for (const one of [...secrets, email, order.email, "Private Person", "Ångström"])
    assert.ok(!trail.includes(one), `${one} stands in the trail`);
  // Where they are known they are known by digest, or sealed.
  const tables = await sql(
    "select schemaname || '.' || tablename from pg_tables where schemaname !~ '^(pg_|information)'",
  );
  for (const table of tables) {
    const dump = (await sql(`select t::text from ${table} t`)).join("\n");
    for (const one of secrets.filter((text) => text !== "$argon2"))
      assert.ok(!dump.includes(one), `${one} stands in ${table}`);
  }
});
