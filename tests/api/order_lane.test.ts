// Many shoppers at the same moment, on one server and on two: nothing is sold twice, and nobody who was told of an
// order has none.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { another_server } from "./another_server.ts";
import { sql } from "./database.ts";
import { running } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { fill_cart, open_location, put_in_stock, sell } from "./shop.ts";

await own_server();
const folder = await mkdtemp(join(tmpdir(), "carrack-lane-"));
after(() => rm(folder, { recursive: true, force: true }));

// Carts like one that was filled over HTTP.
async function carts(how_many: number, lines: Record<string, number>): Promise<string[]> {
  const like = (await fill_cart(lines)).id;
  const rows = await sql(`
    create temporary table made as select gen_random_uuid() as key, gen_random_uuid() as id from generate_series(1, ${how_many});
    insert into sales.carts (id, key_digest, currency, email, shipping_method_id)
    select m.id, sha256(uuid_send(m.key)), c.currency, c.email, c.shipping_method_id
      from made m, sales.carts c where c.key_digest = sha256(uuid_send('${like}'));
    insert into sales.cart_lines (id, cart_id, variant_id, quantity)
    select gen_random_uuid(), m.id, l.variant_id, l.quantity
      from made m, sales.cart_lines l join sales.carts c on c.id = l.cart_id where c.key_digest = sha256(uuid_send('${like}'));
    insert into sales.cart_addresses (cart_id, kind, name, line1, city, country)
    select m.id, a.kind, a.name, a.line1, a.city, a.country
      from made m, sales.cart_addresses a join sales.carts c on c.id = a.cart_id
     where c.key_digest = sha256(uuid_send('${like}'));
    select key from made`);
  return rows.filter((row) => /^[0-9a-f-]{36}$/.test(row));
}

interface Told {
  status: number; // 0: no answer
  code: string;
  order: string;
}

async function checkout(at: string, cart: string): Promise<Told> {
  try {
    const reply = await fetch(`${at}/v1/shop/carts/${cart}/checkout`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `order-${cart}` },
      body: JSON.stringify({ payment: { provider: "manual" } }),
    });
    const body = (await reply.json()) as { code?: string; order?: { id: string } };
    return { status: reply.status, code: body.code ?? "", order: body.order?.id ?? "" };
  } catch {
    return { status: 0, code: "", order: "" };
  }
}

async function stocked(units: number): Promise<string> {
  const [mug, place] = [await sell({ EUR: 1999 }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, units);
  return mug.variant_id;
}

const orders_of = async (variant: string) =>
  (await sql(`select order_id from sales.order_lines where variant_id = '${variant}'`)).sort();

test("two servers sell fifty units to two hundred shoppers, and not one more", async () => {
  const second = await another_server(folder);
  try {
    for (let round = 0; round < 3; ++round) {
      const mug = await stocked(50);
      const all = await carts(200, { [mug]: 1 });
      assert.equal(all.length, 200);
      const told = await Promise.all(
        all.map((cart, i) => checkout(i % 2 === 0 ? running().address : second.address, cart)),
      );
      const placed = told.filter((t) => t.status === 201);
      assert.equal(placed.length, 50);
      assert.equal(told.filter((t) => t.status === 409 && t.code === "out_of_stock").length, 150);
      assert.deepEqual(placed.map((t) => t.order).sort(), await orders_of(mug));
    }
    const metrics = await (await fetch(`${second.address}/metrics`)).text();
    assert.match(metrics, /^carrack_order_batch_size_count [1-9]\d*$/m);
    assert.match(metrics, /^carrack_order_lane_wait_seconds_count [1-9]\d*$/m);
    assert.match(metrics, /^carrack_order_batch_splits_total 0$/m);
  } finally {
    await second.program.end();
  }
});

test("a server that is told to stop places what it has begun, and says so", async () => {
  const mug = await stocked(10_000);
  const all = await carts(400, { [mug]: 1 });
  const stopping = await another_server(folder);
  const told = all.map((cart) => checkout(stopping.address, cart));
  await Promise.race(told);
  await stopping.program.end(); // SIGTERM, and an exit code of 0
  const answers = await Promise.all(told);
  assert.ok(
    answers.every((t) => t.status === 201 || t.status === 0),
    JSON.stringify(answers.slice(0, 5)),
  );
  const placed = answers.filter((t) => t.status === 201).map((t) => t.order);
  assert.ok(placed.length > 0);
  assert.deepEqual(placed.sort(), await orders_of(mug));
  // Whoever was sent away asks the next one, under the same key, and has one order.
  const again = await Promise.all(all.map((cart) => checkout(running().address, cart)));
  assert.ok(again.every((t) => t.status === 201));
  assert.equal((await orders_of(mug)).length, 400);
  assert.equal(new Set(again.map((t) => t.order)).size, 400);
});

const token_of = async (at: string) => {
  const reply = await fetch(`${at}/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(running().owner),
  });
  return ((await reply.json()) as { access_token: string }).access_token;
};

// One half is to be confirmed, the other cancelled.
const aim_of = (n: number) => (n % 2 === 0 ? "confirmed" : "cancelled");

async function move(at: string, token: string, order: string, n: number): Promise<number> {
  try {
    const reply = await fetch(`${at}/v1/admin/orders/${order}/transitions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "idempotency-key": `move-${order}`,
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ to: aim_of(n) }),
    });
    await reply.arrayBuffer();
    return reply.status;
  } catch {
    return 0; // no answer
  }
}

const moved = async (mug: string) =>
  sql(`select h.order_id || ' ' || h.status from sales.order_heads h join sales.order_lines l on l.order_id = h.order_id
        where l.variant_id = '${mug}' and h.status <> 'pending' order by 1`);

// More at once than may wait for a batch: the rest go alone.
test("a server that is told to stop moves the orders that it has begun to move, and says so", async () => {
  const mug = await stocked(10_000);
  const { address } = running();
  const placed = await Promise.all((await carts(900, { [mug]: 1 })).map((cart) => checkout(address, cart)));
  const stopping = await another_server(folder);
  const token = await token_of(stopping.address);
  const told = placed.map(({ order }, n) => move(stopping.address, token, order, n));
  await Promise.race(told);
  await stopping.program.end(); // SIGTERM, and an exit code of 0
  const answers = await Promise.all(told);
  assert.ok(
    answers.every((status) => status === 200 || status === 0),
    JSON.stringify(answers.slice(0, 5)),
  );
  const done = placed.flatMap(({ order }, n) => (answers[n] === 200 ? [`${order} ${aim_of(n)}`] : []));
  assert.ok(done.length > 0);
  assert.deepEqual(done.sort(), await moved(mug));
  const again = await Promise.all(placed.map(({ order }, n) => move(address, token, order, n)));
  assert.ok(again.every((status) => status === 200));
  assert.deepEqual(placed.map(({ order }, n) => `${order} ${aim_of(n)}`).sort(), await moved(mug));
  const held = await sql(
    `select sum(on_hand) || ' ' || sum(reserved) from inventory.stock where variant_id = '${mug}'`,
  );
  assert.deepEqual(held, ["10000 450"]);
});
