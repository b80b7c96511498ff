// A flash sale: two hundred shoppers at one instant, one variant, fifty in stock.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { own_server } from "../api/own_server.ts";
import { Auditor } from "./auditor.ts";
import { rounds } from "./chance.ts";
import { attempt } from "./client.ts";
import { Market } from "./market.ts";

const SHOPPERS = 200;
const UNITS = 50;

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
    const at = (part: number) => (took[Math.ceil(took.length * part) - 1] ?? 0).toFixed(0);
    console.log(`round ${round + 1}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, last ${at(1)} ms`);
    await auditor.look();
  }
  const end = await auditor.judge();
  assert.equal(end.orders.length, UNITS * rounds(4));
});
