// A flash sale: two hundred shoppers at one instant, one variant, fifty in stock.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { own_server } from "../api/own_server.ts";
import { Auditor } from "./auditor.ts";
import { is_long, rounds } from "./chance.ts";
import { attempt } from "./client.ts";
import { Market } from "./market.ts";

const SHOPPERS = 200;
const UNITS = 50;
const P99_MS = 2000;

await own_server();

test("of two hundred shoppers for fifty units fifty get one, and the others are told why not", async () => {
  const auditor = new Auditor();
  const market = new Market(auditor);
  const place = await market.location();
  for (let round = 0; round < rounds(4); ++round) {
    const mug = await market.stock(UNITS, [place]);
    const carts = await market.carts(Array.from({ length: SHOPPERS }, () => ({ [mug]: 1 })));
    const shoppers = carts.map((cart) => ({ client: market.client(), ...market.checkout_of(cart) }));
    await Promise.all(shoppers.map((s) => s.client.connect()));
    const told = await Promise.all(shoppers.map((s) => attempt(s.client, s.deed, s.question)));
    for (const s of shoppers) s.client.close();

    const answers = new Map<string, number>();
    for (const a of told) {
      const what = `${a.status} ${a.code}`.trim();
      answers.set(what, (answers.get(what) ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(answers), { 201: UNITS, "409 out_of_stock": SHOPPERS - UNITS });
    const took = told.map((a) => a.answered - a.sent).sort((a, b) => a - b);
    const at = (part: number) => took[Math.ceil(took.length * part) - 1] ?? 0;
    const [p50, p99, last] = [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(0));
    console.log(`round ${round + 1}: p50 ${p50} ms, p99 ${p99} ms, last ${last} ms`);
    if (is_long()) assert.ok(at(0.99) < P99_MS, "it took too long"); // a short run is a test, and no test is timed
    await auditor.look();
  }
  const end = await auditor.judge();
  assert.equal(end.orders.length, UNITS * rounds(4));
});
