// Orders that nobody pays: each server cancels those that it has taken by itself, one that starts finds what became due
// meanwhile, several never do it twice, and whoever wakes a sleeping shop has it done at once.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { socket_folder, sql } from "./database.ts";
import { call, owner, raw, request_text, running } from "./harness.ts";
import { end_before_it, own_server } from "./own_server.ts";
import { check_metrics, start_serving, type Up } from "./server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

await own_server();
const folder = await mkdtemp(join(tmpdir(), "carrack-expiry-"));
const others = new Set<Up>();
end_before_it(async () => {
  for (const other of others) await other.program.end();
  await rm(folder, { recursive: true, force: true });
});

// On the same database; its orders wait two seconds for their money.
async function impatient(env: Record<string, string> = {}): Promise<Up> {
  const url = `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`;
  const up = await start_serving(folder, {
    CARRACK_DATABASE_URL: url,
    CARRACK_SECRET_KEY: (await readFile(join(running().data, "secret.key"), "utf8")).trim(),
    CARRACK_PAYMENT_TERMS: "manual=2s",
    ...env,
  });
  others.add(up);
  return up;
}

async function ended(up: Up): Promise<void> {
  others.delete(up);
  await check_metrics(up.address);
  await up.program.end();
}

interface Placed {
  id: string;
  token: string;
  due: string | null;
}

async function place(at: string, variant: string): Promise<Placed> {
  const cart = await fill_cart({ [variant]: 1 });
  const reply = await fetch(`${at}/v1/shop/carts/${cart.id}/checkout`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": unique("checkout") },
    body: JSON.stringify({ payment: { provider: "manual" } }),
  });
  assert.equal(reply.status, 201);
  const { order, tracking_token } = (await reply.json()) as {
    order: { id: string; payment_due_at: string | null };
    tracking_token: string;
  };
  return { id: order.id, token: tracking_token, due: order.payment_due_at };
}

const seen = async ({ id, token }: Placed) =>
  (await call("trackOrder", { path: { id }, query: { token } })).body;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; ++i) {
    if (await holds()) return;
    await new Promise((go) => setTimeout(go, 50));
  }
  assert.fail(`${what} did not happen`);
}

async function stocked(units: number): Promise<string> {
  const [mug, place] = [await sell({ EUR: 1999 }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, units);
  return mug.variant_id;
}

const reserved = async (variant: string) =>
  (await sql(`select reserved from inventory.stock where variant_id = '${variant}'`)).join();
const expired_by = async (up: { address: string }) =>
  Number(
    /^carrack_orders_expired_total (\d+)$/m.exec(await (await fetch(`${up.address}/metrics`)).text())?.[1] ??
      0,
  );

test("an unpaid order is cancelled by the server that took it; a paid and a confirmed one are not", async () => {
  const server = await impatient();
  const mug = await stocked(10);
  const unpaid = await place(server.address, mug);
  assert.ok(unpaid.due);
  const [paid, confirmed] = [await place(server.address, mug), await place(server.address, mug)];
  const token = await owner();
  const headers = { "idempotency-key": unique("paid") };
  const done = await call("recordPayment", {
    token,
    headers,
    path: { id: paid.id },
    body: { kind: "captured" },
  });
  assert.equal(done.body.payment_due_at, null);
  await call("transitionOrder", { token, path: { id: confirmed.id }, body: { to: "confirmed" } });
  await until("the cancellation", async () => (await seen(unpaid)).status === "cancelled");
  const order = await seen(unpaid);
  assert.equal(order.payment_due_at, null);
  assert.deepEqual(
    order.history.map((step) => [step.status, step.actor.kind, step.reason]),
    [
      ["pending", "guest", null],
      ["cancelled", "system", "It was not paid in time."],
    ],
  );
  assert.deepEqual([(await seen(paid)).status, (await seen(confirmed)).status], ["pending", "confirmed"]);
  assert.equal(await reserved(mug), "2");
  const { data } = (await call("listAudit", { token, query: { resource: "orders", resource_id: unpaid.id } }))
    .body;
  assert.deepEqual(
    data.map((entry) => [entry.actor.kind, entry.action]),
    [
      ["system", "payment deadline"],
      ["guest", "POST /v1/shop/carts/{id}/checkout"],
    ],
  );
  await ended(server);
});

test("two servers that know of the same deadlines cancel each order once, and nobody is shown an error", async () => {
  const two = [await impatient(), await impatient()] as const;
  const mug = await stocked(60);
  const orders: Placed[] = [];
  for (let i = 0; i < 24; ++i) orders.push(await place(two[i % 2 === 0 ? 0 : 1].address, mug));
  await until("the cancellations", async () => (await reserved(mug)) === "0");
  const ids = orders.map((order) => `'${order.id}'`).join();
  assert.deepEqual(
    await sql(`select count(*), count(distinct order_id) from sales.order_status_history
                where status = 'cancelled' and order_id in (${ids})`),
    ["24|24"],
  );
  assert.deepEqual(
    await sql(`select count(*), count(distinct m.order_line_id) from inventory.movements m
                 join sales.order_lines l on l.id = m.order_line_id and l.order_id in (${ids}) where m.kind = 'release'`),
    ["24|24"],
  );
  assert.equal((await expired_by(two[0])) + (await expired_by(two[1])), 24);
  for (const server of two) {
    assert.doesNotMatch(server.program.output(), /could not be/);
    await ended(server);
  }
});

test("what became due while no server knew of it is found by the next one that starts", async () => {
  const first = await impatient();
  const mug = await stocked(5);
  const order = await place(first.address, mug);
  others.delete(first);
  await first.program.crash();
  await until(
    "the deadline",
    async () =>
      (
        await sql(
          `select payment_due_at < clock_timestamp() from sales.order_heads where order_id = '${order.id}'`,
        )
      ).join() !== "f",
  );
  const next = await impatient();
  await until("the cancellation", async () => (await seen(order)).status === "cancelled");
  assert.equal(await reserved(mug), "0");
  await ended(next);
});

interface Tick {
  expired: number;
  more: boolean;
  next_due_at: string | null;
}
const due_in = (order: string, wait: string) =>
  sql(`update sales.orders set payment_due_at = now() + interval '${wait}' where id = '${order}';
       update sales.order_heads h set payment_due_at = o.payment_due_at
         from sales.orders o where o.id = h.order_id and o.id = '${order}'`);
const tick = (at: string, headers: Record<string, string> = {}) =>
  fetch(`${at}/v1/internal/tick`, { method: "POST", headers });

test("a tick does what is due and says when to come again", async () => {
  const { address } = running();
  const mug = await stocked(9);
  const [late, later] = [await place(address, mug), await place(address, mug)];
  await due_in(late.id, "-1 hour");
  await due_in(later.id, "1 hour");
  const reply = await tick(address);
  assert.equal(reply.status, 200);
  const told = (await reply.json()) as Tick;
  assert.deepEqual([told.expired, told.more], [1, false]);
  assert.ok(Date.parse(told.next_due_at ?? "") > Date.now());
  assert.deepEqual([(await seen(late)).status, (await seen(later)).status], ["cancelled", "pending"]);
  const entries = await sql(
    `select request_id <> '' from audit.entries where action = 'payment deadline' and resource_id = '${late.id}'`,
  );
  assert.deepEqual(entries, ["t"]);
  assert.equal(((await (await tick(address)).json()) as Tick).expired, 0);
});

test("a tick is for this machine, or for whoever holds the token", async () => {
  assert.equal((await raw(request_text("GET /v1/internal/tick"))).status, 405);
  for (const field of ["X-Forwarded-For: 192.0.2.1", "Via: 1.1 proxy", "Origin: https://elsewhere.example"])
    assert.equal(
      (await raw(request_text("POST /v1/internal/tick", [field, "Content-Length: 0"]))).status,
      404,
      field,
    );
  const open = await impatient({ CARRACK_PUBLIC_URL: "https://shop.example" });
  assert.equal((await tick(open.address)).status, 404);
  await ended_quietly(open);
  const secret = "a token for the tick alone";
  const guarded = await impatient({
    CARRACK_PUBLIC_URL: "https://shop.example",
    CARRACK_INTERNAL_TOKEN: secret,
  });
  assert.equal((await tick(guarded.address)).status, 401);
  assert.equal((await tick(guarded.address, { authorization: `Bearer ${secret}!` })).status, 401);
  const told = await tick(guarded.address, { authorization: `Bearer ${secret}`, via: "1.1 proxy" });
  assert.equal(told.status, 200);
  assert.equal(((await told.json()) as Tick).expired, 0);
  await ended_quietly(guarded);
});

// Its metrics are not for us.
async function ended_quietly(up: Up): Promise<void> {
  others.delete(up);
  await up.program.end();
}
