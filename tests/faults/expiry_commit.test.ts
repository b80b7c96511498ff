// COMMIT of the clock's own cancellation lost, its answer lost, or nobody knows: nobody asks again under a key here, and
// yet each unpaid order is cancelled once, and gives its units back once.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { another_server } from "../api/another_server.ts";
import { socket_folder, sql } from "../api/database.ts";
import { end_before_it, own_server } from "../api/own_server.ts";
import { Auditor } from "../load/auditor.ts";
import { rounds } from "../load/chance.ts";
import { Market } from "../load/market.ts";
import { Gate, type Cut } from "./gate.ts";

// orders.lock_due_heads: runs when something is due, and only the clock runs it.
const EXPIRES = /payment_due_at <= now\(\)\s+for no key update skip locked/;
const UNITS = [2, 1, 3]; // of the orders that run out together
const CUT_MS = 20_000;
const SHUT_MS = 700;

const folder = await mkdtemp(join(tmpdir(), "carrack-expiry-commit-"));
after(() => rm(folder, { recursive: true, force: true }));
await own_server();
const gate = await Gate.open(await socket_folder());
const behind = await another_server(folder, gate.url(), { CARRACK_PAYMENT_TERMS: "manual=1s" });
end_before_it(async () => {
  gate.refuse(false);
  await behind.program.end();
  await gate.close();
});

const auditor = new Auditor({ with_faults: true });
const market = new Market(auditor); // past the gate
const gated = new Market(auditor, () => behind.address);
const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));

async function cut_once(cut: Cut, shut: boolean): Promise<void> {
  const mug = await market.stock(10, [await market.location()]);
  const client = gated.client();
  const orders: string[] = [];
  for (const cart of await market.carts(UNITS.map((units) => ({ [mug]: units })))) {
    const placed = await gated.checkout(client, cart);
    assert.ok(placed);
    orders.push(placed.id);
  }
  client.close();
  const cuts = gate.cuts;
  gate.cut_at_commit(cut, EXPIRES, () => {
    if (!shut) return;
    gate.refuse(true);
    gate.cut_all();
  });
  for (const by = performance.now() + CUT_MS; gate.cuts === cuts && performance.now() < by;) await pause(20);
  assert.equal(gate.cuts, cuts + 1, "no COMMIT of an expiry came by");
  if (shut) await pause(SHUT_MS);
  gate.refuse(false);
  await auditor.wait_for_the_clock();
  const end = await auditor.judge(); // each step, each unit and each event once
  for (const [i, id] of orders.entries()) {
    const order = end.orders.find((o) => o.id === id);
    assert.deepEqual(
      [order?.states, order?.actors.at(-1), order?.moved, order?.payments],
      [
        ["pending", "cancelled"],
        "system",
        { [mug]: { reserve: UNITS[i], release: UNITS[i] } },
        ["requested", "voided"],
      ],
      cut,
    );
  }
  const [row, ...more] = end.stock.filter((r) => r.variant === mug);
  assert.deepEqual([row?.on_hand, row?.reserved, more.length], [10, 0, 0]);
  const entries = await sql(
    `select resource_id from audit.entries where action = 'payment deadline' and resource = 'orders'
        and resource_id in (${orders.map((id) => `'${id}'`).join()})`,
  );
  assert.deepEqual(entries.sort(), [...orders].sort());
}

for (const cut of ["before", "after", "unclear"] as Cut[])
  for (const shut of [false, true])
    test(`the clock is cut at COMMIT (${cut})${shut ? ", and nobody let in for a while" : ""}: once`, async () => {
      for (let round = 0; round < rounds(1); ++round) await cut_once(cut, shut);
    });
