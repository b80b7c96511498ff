// PostgreSQL stopped under a server that runs, and started again: what it can do without, it does; for the rest it says
// when to come again; and afterwards everything is as it was.
import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { contract, owner, type Operation, type Problem } from "./harness.ts";
import { settings } from "./second_server.ts";
import { bring_up, start_serving, type Up } from "./server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

const above = await mkdtemp(join(tmpdir(), "carrack-away-"));
await chmod(above, 0o755);
const data = join(above, "shop");
const pid_file = join(data, "postgres/data/postmaster.pid");
const somebody = { email: "owner@example.com", password: "a long enough password for the tests" };

let keeper: Up | undefined;
let served: Up | undefined;
after(async () => {
  await served?.program.crash();
  await keeper?.program.end().catch(() => undefined);
  await stop_database();
  await rm(above, { recursive: true, force: true });
});

const start_keeper = () =>
  bring_up(data, { CARRACK_OWNER_EMAIL: somebody.email, CARRACK_OWNER_PASSWORD: somebody.password });

async function until(what: string, seen: () => boolean | Promise<boolean>): Promise<void> {
  for (const by = Date.now() + 60_000; !(await seen());) {
    assert.ok(Date.now() < by, `not within a minute: ${what}`);
    await new Promise((go) => setTimeout(go, 25));
  }
}

// As an operator does, with "fast" shutdown: connections are told, and ended.
async function stop_database(): Promise<void> {
  if (!existsSync(pid_file)) return;
  process.kill(Number(readFileSync(pid_file, "utf8").split("\n")[0]), "SIGINT");
  await until("the database is stopped", () => !existsSync(pid_file));
}

interface Asked {
  id: Operation;
  method: string;
  path: string;
  status: number; // while all is well
  body?: object;
  headers?: Record<string, string>;
}

async function ask({ id, method, path, body, headers = {} }: Asked) {
  const reply = await fetch((served?.address ?? "") + path, {
    method,
    headers: { ...(body ? { "content-type": "application/json" } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await reply.text();
  (await contract()).check(id, reply.status, reply.headers, text);
  return { status: reply.status, headers: reply.headers, text };
}

const look = async (path: string) => {
  const reply = await fetch((served?.address ?? "") + path);
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
};

test("without its database a server says so, and is whole again when it is back", async () => {
  keeper = await start_keeper();
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ address: keeper.address, owner: somebody, data });
  await contract();
  const [mug, place] = [await sell({ EUR: 1999 }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, 5);
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const token = { authorization: `Bearer ${await owner()}` };
  served = await start_serving(join(above, "served"), await settings());

  const key = { "idempotency-key": unique("order") };
  const all: Asked[] = [
    { id: "viewProduct", method: "GET", path: `/v1/shop/products/${mug.handle}`, status: 200 },
    { id: "browseProducts", method: "GET", path: "/v1/shop/products", status: 200 },
    { id: "createCart", method: "POST", path: "/v1/shop/carts", status: 201, body: { currency: "EUR" } },
    {
      id: "updateCart",
      method: "PATCH",
      path: `/v1/shop/carts/${cart.id}`,
      status: 200,
      body: { email: "a@example.com" },
    },
    { id: "listUsers", method: "GET", path: "/v1/admin/users", status: 200, headers: token },
    {
      id: "createLocation",
      method: "POST",
      path: "/v1/admin/locations",
      status: 201,
      headers: token,
      body: { code: unique("place"), name: "A" },
    },
    { id: "login", method: "POST", path: "/v1/auth/login", status: 200, body: somebody },
    {
      id: "checkout",
      method: "POST",
      path: `/v1/shop/carts/${cart.id}/checkout`,
      status: 201,
      headers: key,
      body: { payment: { provider: "manual" } },
    },
  ];
  assert.equal((await ask(all[0] as Asked)).status, 200, "its connections are open");

  await keeper.program.crash(); // else it would start another
  await stop_database();
  await until("it is not ready", async () => (await look("/readyz")).status === 503);
  const unready = await look("/readyz");
  assert.equal(unready.headers.get("content-type"), "application/problem+json");
  assert.equal((JSON.parse(unready.text) as Problem).code, "database_unavailable");
  for (const path of ["/livez", "/openapi.json", "/docs", "/metrics"])
    assert.equal((await look(path)).status, 200, path);
  for (const one of all) {
    const { status, headers, text } = await ask(one);
    assert.equal(status, 503, `${one.id}: ${text}`);
    assert.equal((JSON.parse(text) as Problem).code, "database_unavailable", one.id);
    assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/, one.id);
    assert.doesNotMatch(text, /postgres|socket|\/tmp/i, "how it is set up is nobody's business");
  }
  // What is wrong with a request is still said.
  assert.equal((await look("/v1/shop/nothing")).status, 404);
  assert.equal((await look("/v1/shop/products?limit=0")).status, 422);

  keeper = await start_keeper();
  await until("it is ready", async () => (await look("/readyz")).status === 200);
  for (const one of all) {
    let reply = await ask(one);
    // Each of its loops finds out for itself.
    await until(
      `${one.id} is answered`,
      async () => reply.status !== 503 || (reply = await ask(one)).status !== 503,
    );
    assert.equal(reply.status, one.status, `${one.id}: ${reply.text}`);
  }
  assert.match((await look("/metrics")).text, /^carrack_db_reconnects_total [1-9]\d*$/m);
  await served.program.end();
  served = undefined;
});
