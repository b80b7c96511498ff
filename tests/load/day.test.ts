// A day in the shop, on two servers: shoppers, staff, suppliers and second thoughts, with the auditor looking all along.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { another_server } from "../api/another_server.ts";
import { running } from "../api/harness.ts";
import { end_before_it, own_server } from "../api/own_server.ts";
import { check_metrics } from "../api/server.ts";
import { Auditor } from "./auditor.ts";
import { Chance, seconds } from "./chance.ts";
import { Crowd } from "./crowd.ts";
import { Market } from "./market.ts";

const CARTS = 500; // made at a time

const folder = await mkdtemp(join(tmpdir(), "carrack-day-"));
after(() => rm(folder, { recursive: true, force: true }));
const SETTINGS = { CARRACK_PAYMENT_TERMS: "manual=1s" }; // so that unpaid orders run out while others think of them
await own_server(SETTINGS);
const second = await another_server(folder, undefined, SETTINGS);
end_before_it(() => second.program.end());

test("whoever was told of something has it, and the shop is true in every moment", async () => {
  const chance = new Chance();
  const limits: Record<string, number> = {};
  const auditor = new Auditor({ limits });
  let turn = 0;
  const market = new Market(auditor, () => (++turn % 2 === 0 ? second.address : running().address));
  const locations = [await market.location(0), await market.location(1)];
  const variants: string[] = [];
  for (let i = 0; i < 8; ++i) variants.push(await market.stock(40, locations, 1 + chance.below(9_000)));
  for (const variant of variants.slice(0, 2)) {
    await market.allow_backorders(variant, locations[1] ?? "", 15);
    limits[variant] = 15;
  }
  const crowd = new Crowd(market, { variants, locations }, chance, true);
  await crowd.bring_carts(CARTS);
  auditor.begin();
  crowd.begin({ shoppers: 24, staff: 12, suppliers: 2 });
  for (const until = performance.now() + seconds(12) * 1000; performance.now() < until;) {
    if (crowd.carts_left() < CARTS / 2) await crowd.bring_carts(CARTS);
    await market.renew_token();
    await new Promise((go) => setTimeout(go, 50));
  }
  await crowd.end();
  await auditor.wait_for_the_clock();
  const end = await auditor.judge();
  await check_metrics(second.address);
  const asked = auditor.deeds.reduce((n, d) => n + d.attempts.length, 0);
  const expired = end.orders.filter((o) => o.actors.includes("system")).length;
  const counts = auditor.deeds.filter((d) => d.wish.kind === "count").length;
  console.log(
    `${end.orders.length} orders, ${expired} of them not paid in time; ${counts} counts, ${auditor.short} times something seen to be short; ` +
      `${asked} requests, ${auditor.looks} looks at the database`,
  );
  assert.ok(expired > 0 && counts > 0, "the clock cancels, and shelves are counted");
  assert.ok(end.orders.length > 50 && auditor.looks > 3);
  const states = new Set(end.orders.flatMap((o) => o.states));
  assert.deepEqual([...states].sort(), [
    "cancelled",
    "confirmed",
    "delivered",
    "pending",
    "processing",
    "shipped",
  ]);
});
