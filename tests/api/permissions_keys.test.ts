// Every route of the staff by API keys: one that holds exactly its permission, the others, one that holds none, and one
// whose maker lost it. A denial changes nothing. On a server of its own, where nobody else changes rows meanwhile.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { contents, sql } from "./database.ts";
import { furnish, guarded, nonsense, type Guarded } from "./guarded.ts";
import { call, contract, owner, refused, send, type Operation, type Problem, type Reply } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { unique } from "./shop.ts";
import { hire, make_role, type Permission } from "./staff.ts";

await own_server();

const permission_of = (one: Guarded): Permission => ({ method: one.method, route: one.path }) as Permission;

async function key_of(maker: string, ...held: Guarded[]): Promise<string> {
  const body = { name: unique("machine"), permissions: held.map(permission_of) };
  return (await call("createApiKey", { token: maker, body })).body.token;
}

// All rows, but for the minute in which a key was last used: to note that is no change.
async function rows(): Promise<string[]> {
  const keys = "to_jsonb(k) - 'last_used_at'";
  const digest = `select md5(string_agg((${keys})::text, ',' order by id)) from identity.api_keys k`;
  return [...(await contents("identity.api_keys")), ...(await sql(digest))];
}

// Everybody asks at once: the server answers each by the rights of whoever asks.
const ask_all = (routes: Guarded[], token: string): Promise<Reply<unknown>[]> =>
  Promise.all(routes.map((one) => send(one.id, { ...nonsense(one), token })));

function denied(one: Guarded, reply: Reply<unknown>, by: string): void {
  const where = `${one.method} ${one.path} by ${by}`;
  const { code, detail } = reply.body as Problem;
  assert.deepEqual([reply.status, code], [403, "permission_denied"], where);
  assert.ok(detail.includes(`${one.method} ${one.path}`), `${where} names what is missing: ${detail}`);
}

// Let in, and told what is wrong with the rest.
function admitted(one: Guarded, reply: Reply<unknown>, by: string): void {
  const { code } = reply.body as Problem;
  const where = `${one.method} ${one.path} by ${by}: ${reply.status} ${code}`;
  assert.ok([400, 422, 428].includes(reply.status), where);
}

test("an API key with one permission opens its route and no other, and one without opens none", async () => {
  await furnish();
  const token = await owner();
  const routes = await guarded();
  assert.ok(routes.length >= 40, `${routes.length} routes`);
  const keys = new Map<Guarded, string>();
  for (const one of routes) keys.set(one, await key_of(token, one));
  const empty = await key_of(token);
  const before = await rows();
  for (const [own, key] of keys) {
    const by = `a key for ${own.method} ${own.path} alone`;
    (await ask_all(routes, key)).forEach((reply, i) => {
      const one = routes[i] as Guarded;
      (one === own ? admitted : denied)(one, reply, by);
    });
  }
  const replies = await ask_all(routes, empty);
  replies.forEach((reply, i) => denied(routes[i] as Guarded, reply, "a key that holds none"));
  assert.deepEqual(await rows(), before);
});

test("what is for people is refused to a key that holds everything", async () => {
  const routes = await guarded();
  const key = await key_of(await owner(), ...routes);
  const before = await rows();
  // Not those of a shopper's account, where a key is as little as a member of staff.
  const for_people = (await contract()).operations().filter(({ operation, path }) => {
    const signed_in = JSON.stringify(operation.security) === '[{"access_token":[]}]';
    const staffs = !path.startsWith("/v1/shop/account");
    return signed_in && staffs && !operation["x-permission"] && operation.operationId !== "getSession";
  });
  assert.ok(for_people.length >= 6, `${for_people.length} routes`);
  for (const { operation, method, path } of for_people) {
    const id = operation.operationId as Operation;
    const asked = nonsense({ id, method, path, parameters: { id: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" } });
    await refused(id, 403, "person_required", { ...asked, token: key });
  }
  const body = { name: unique("machine"), permissions: [] };
  await refused("createApiKey", 403, "person_required", { token: key, body });
  assert.deepEqual(await rows(), before);
});

test("a key does what its maker may at that moment, permission by permission", async () => {
  const token = await owner();
  const routes = await guarded();
  const role = await make_role(...routes.map(permission_of));
  const maker = await hire(role.id);
  const key = await key_of(maker.token, ...routes);
  const headers = { "if-match": "*" };
  const give = async (held: Guarded[]) => {
    const body = { permissions: held.map(permission_of) };
    await call("setRolePermissions", { token, path: { id: role.id }, headers, body });
  };
  for (const [i, one] of routes.entries()) {
    await give(routes.filter((other) => other !== one));
    const by = `a key whose maker lost ${one.method} ${one.path}`;
    const next = routes[(i + 1) % routes.length] as Guarded;
    const [lost, kept] = await ask_all([one, next], key);
    assert.ok(lost && kept);
    denied(one, lost, by);
    admitted(next, kept, by);
  }
  await give([]);
  const before = await rows();
  const replies = await ask_all(routes, key);
  replies.forEach((reply, i) => denied(routes[i] as Guarded, reply, "a key whose maker lost everything"));
  assert.deepEqual(await rows(), before);
  await give(routes);
  const again = await ask_all(routes, key);
  again.forEach((reply, i) =>
    admitted(routes[i] as Guarded, reply, "a key whose maker has everything again"),
  );
});
