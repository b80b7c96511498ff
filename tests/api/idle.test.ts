// A shop that nobody asks leaves its database alone, although what is taken away on one server is in force on the other
// within two seconds: nothing is polled. Two servers, with somebody signed in, and then nobody.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { socket_folder, sql } from "./database.ts";
import { call, owner } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { start_serving } from "./server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, role_named } from "./staff.ts";

const first = await own_server();
const SETTLING_MS = 12000; // until what a request leaves behind is done: the audit trail is sealed seconds later
const WATCHED_MS = 8000; // four times as long as anything may take to be in force

const sleep = (ms: number) => new Promise((go) => setTimeout(go, ms));
// The server's connections that said anything, or were made, since then.
const heard_since = (when: string) =>
  sql(`select query from pg_stat_activity where usename like 'carrack%'
          and greatest(backend_start, query_start, state_change) > '${when}'`);
const database_time = async () => (await sql("select clock_timestamp()"))[0] ?? "";

test("two servers, somebody signed in on both, an order that waits for its money, and then nobody: not one statement", async () => {
  const clerk = await hire(await role_named("viewer"));
  const data = await mkdtemp(join(tmpdir(), "carrack-idle-"));
  const other = await start_serving(data, {
    CARRACK_DATABASE_URL: `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`,
    CARRACK_SECRET_KEY: (await readFile(join(first.data, "secret.key"), "utf8")).trim(),
  });
  const asked_of = async (address: string) => {
    const headers = { authorization: `Bearer ${clerk.token}` };
    return (await fetch(`${address}/v1/admin/orders`, { headers })).status;
  };
  try {
    for (const address of [first.address, other.address]) assert.equal(await asked_of(address), 200);
    const before = await database_time();
    const [mug, place] = [await sell({ EUR: 1200 }), await open_location()];
    await put_in_stock(mug.variant_id, place.id, 1);
    const made = await call("checkout", {
      path: { id: (await fill_cart({ [mug.variant_id]: 1 })).id },
      headers: { "idempotency-key": unique("waits") },
      body: { payment: { provider: "manual" } },
    });
    assert.ok(made.body.order.payment_due_at, "its deadline is kept in memory");
    // The one server is told of a change; the other may not look for it.
    await call("updateUser", { token: await owner(), path: { id: clerk.id }, body: { roles: [] } });
    assert.notDeepEqual(await heard_since(before), [], "what is said is heard here");

    await sleep(SETTLING_MS);
    const since = await database_time();
    await sleep(WATCHED_MS);
    assert.deepEqual(await heard_since(since), []);

    for (const address of [first.address, other.address]) assert.equal(await asked_of(address), 403);
    assert.notDeepEqual(await heard_since(since), [], "whoever asks makes it look");
  } finally {
    await other.program.end();
    await rm(data, { recursive: true, force: true });
  }
});
