// The shop behind a real PgBouncer in transaction mode: everything that a shop does, by more clients at once than the
// pooler has connections.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { socket_folder, sql } from "./database.ts";
import { carrack } from "./command.ts";
import { call, owner, running, send } from "./harness.ts";
import { start_pooler, type Pooler } from "./pgbouncer.ts";
import { bring_up, check_metrics, start_serving, type Up } from "./server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

const CONNECTIONS = 2;
const SHOPPERS = 24;
const STOCK = 15;

let pooler: Pooler;
let behind: Up | undefined;
const data = await mkdtemp(join(tmpdir(), "carrack-pooled-"));

before(async () => {
  pooler = await start_pooler(CONNECTIONS);
  const key = await readFile(join(running().data, "secret.key"), "utf8");
  behind = await start_serving(data, {
    CARRACK_DATABASE_URL: pooler.url,
    CARRACK_POOLER: "transaction",
    CARRACK_SECRET_KEY: key.trim(),
  });
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ ...running(), address: behind.address });
});

after(async () => {
  try {
    if (behind) await check_metrics(behind.address);
  } finally {
    await behind?.program.end();
    await pooler?.stop();
    await rm(data, { recursive: true, force: true });
  }
});

const keyed = (key = unique("key")) => ({ "idempotency-key": key });
const body = { payment: { provider: "manual" } } as const;
const at_once = <T>(count: number, what: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => what(n)));

test("browsing: many readers share the pooler's few connections", async () => {
  const mug = await sell({ EUR: 1200 });
  const before = await pooler.stat("xact_count");
  const seen = await at_once(100, (n) =>
    n % 2 === 0
      ? call("viewProduct", { path: { id: mug.handle } }).then((reply) => reply.body.id)
      : call("browseProducts", { query: { limit: 5 } }).then((reply) => reply.body.data[0]?.id),
  );
  assert.deepEqual([...new Set(seen)], [mug.product_id], "it is the newest of all, too");
  assert.ok((await pooler.stat("xact_count")) > before, "it went through the pooler");
});

// Turn after turn, so that questions come while answers go.
test("browsing for seconds: no question and no answer goes astray between the pooler's connections", async () => {
  const mug = await sell({ EUR: 1200 });
  const until = Date.now() + 4000;
  const browse = async (n: number) => {
    for (let round = n; Date.now() < until; ++round)
      if (round % 2 === 0) {
        const seen = await call("viewProduct", { path: { id: mug.handle } });
        assert.equal(seen.body.id, mug.product_id);
      } else {
        const listed = await call("browseProducts", { query: { limit: 5 } });
        assert.equal(listed.body.data[0]?.id, mug.product_id);
      }
  };
  await at_once(60, browse);
});

test("shoppers at one instant: as many orders as there is stock, each once, all accounted for", async () => {
  const [mug, place] = [await sell({ EUR: 1999 }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, STOCK);
  const carts = await at_once(SHOPPERS, () => fill_cart({ [mug.variant_id]: 1 }));
  const statuses = await at_once(SHOPPERS, async (n) => {
    const ask = { path: { id: carts[n]?.id ?? "" }, headers: keyed(), body };
    const first = await send("checkout", ask);
    if (first.status === 201) {
      const again = await send("checkout", ask);
      assert.equal(again.headers.get("idempotency-replayed"), "true");
      assert.deepEqual(again.body, first.body);
    }
    return first.status;
  });
  assert.deepEqual(
    [statuses.filter((s) => s === 201).length, statuses.filter((s) => s === 409).length],
    [STOCK, SHOPPERS - STOCK],
  );
  assert.deepEqual(
    await sql(`select on_hand, reserved, (select sum(quantity) from inventory.reservations r
                 where r.variant_id = s.variant_id and r.state = 'open')
               from inventory.stock s where variant_id = '${mug.variant_id}'`),
    [`${STOCK}|${STOCK}|${STOCK}`],
  );
});

test("staff: orders to the door and back, all at once", async () => {
  const [mug, place] = [await sell({ EUR: 500 }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, 100);
  const token = await owner();
  await at_once(8, async (n) => {
    const cart = await fill_cart({ [mug.variant_id]: 2 });
    const made = await call("checkout", { path: { id: cart.id }, headers: keyed(), body });
    const path = { id: made.body.order.id };
    const route =
      n % 2 === 0 ? (["confirmed", "processing", "shipped", "delivered"] as const) : (["cancelled"] as const);
    for (const to of route) {
      const moved = await call("transitionOrder", { token, path, body: { to } });
      assert.equal(moved.body.status, to);
    }
  });
  const stock = await call("getStock", {
    token,
    path: { variant_id: mug.variant_id, location_id: place.id },
  });
  assert.deepEqual([stock.body.on_hand, stock.body.reserved], [100 - 4 * 2, 0]);
});

// A statement that one of them had prepared would be met by another client of the pooler under its name.
test("migrate, up and doctor prepare nothing on connections that they share", async () => {
  const one = await start_pooler(1);
  const folder = await mkdtemp(join(tmpdir(), "carrack-pooled-up-"));
  const env = {
    CARRACK_DATABASE_URL: one.url,
    CARRACK_DATABASE_OWNER_URL: `postgresql://carrack_owner@/carrack?host=${encodeURIComponent(await socket_folder())}`,
    CARRACK_POOLER: "transaction",
    CARRACK_SECRET_KEY: (await readFile(join(running().data, "secret.key"), "utf8")).trim(),
  };
  try {
    await sql(`insert into identity.permissions (method, route, resource, operation)
               values ('GET', '/v1/admin/pooled', 'old', 'getPooled')`);
    const migrated = await carrack(["migrate", "--json"], env);
    assert.equal(migrated.code, 0, migrated.err);
    assert.deepEqual(JSON.parse(migrated.out).retired, [
      { permission: "GET /v1/admin/pooled", roles: [], api_keys: [] },
    ]);
    assert.deepEqual(await one.ask("select name from pg_prepared_statements"), [], "by migrate");
    const up = await bring_up(folder, { ...env, CARRACK_SAMPLE: "true" });
    await up.program.end();
    assert.deepEqual(await one.ask("select name from pg_prepared_statements"), [], "by up");
    const doctor = await carrack(["doctor", "--data", folder], env);
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /The server answers through a pooler, as configured/);
    assert.deepEqual(await one.ask("select name from pg_prepared_statements"), [], "by doctor");
  } finally {
    await one.stop();
    await rm(folder, { recursive: true, force: true });
    await sql("delete from identity.permissions where operation = 'getPooled'");
  }
});
