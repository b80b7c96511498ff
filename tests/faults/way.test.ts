// The way to the database breaks under a crowd, in every manner that the gate knows.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { another_server } from "../api/another_server.ts";
import { socket_folder } from "../api/database.ts";
import { end_before_it, own_server } from "../api/own_server.ts";
import { Auditor } from "../load/auditor.ts";
import { Chance, rounds } from "../load/chance.ts";
import { Crowd } from "../load/crowd.ts";
import { Market } from "../load/market.ts";
import { Gate } from "./gate.ts";

const folder = await mkdtemp(join(tmpdir(), "carrack-way-"));
after(() => rm(folder, { recursive: true, force: true }));
await own_server();
const gate = await Gate.open(await socket_folder());
const SETTINGS = { CARRACK_PAYMENT_TERMS: "manual=1s" }; // unpaid orders run out, whatever the way is like
const behind = await another_server(folder, gate.url(), SETTINGS);
end_before_it(() => behind.program.end());
end_before_it(() => gate.close());

const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));
// On a busy machine it takes a while until one comes by.
async function until(holds: () => boolean): Promise<void> {
  for (const by = performance.now() + 20_000; !holds() && performance.now() < by;) await pause(20);
}

const ANY_CHANGE = /insert into ops\.idempotency_keys/;

const BREAKS: Record<string, (chance: Chance) => Promise<void>> = {
  "all connections cut": async () => gate.cut_all(),
  "cut, and nobody let in for a while": async (chance) => {
    gate.refuse(true);
    gate.cut_all();
    await pause(50 + chance.below(400));
    gate.refuse(false);
  },
  slow: async (chance) => {
    gate.delay_ms = 5 + chance.below(60);
    await pause(400);
    gate.delay_ms = 0;
  },
  "a row in half": async () => gate.tear_a_row(),
  "COMMIT lost": async () => gate.cut_at_commit("before", ANY_CHANGE),
  "COMMIT unanswered": async () => gate.cut_at_commit("after", ANY_CHANGE),
  "COMMIT unclear": async () => gate.cut_at_commit("unclear", ANY_CHANGE, () => gate.cut_all()),
};

test("cut, slow, torn, shut, at COMMIT: nothing acknowledged is lost, nothing doubled", async () => {
  const chance = new Chance();
  const auditor = new Auditor({ with_faults: true });
  const market = new Market(auditor, () => behind.address);
  const locations = [await market.location(0), await market.location(1)];
  const variants: string[] = [];
  for (let i = 0; i < 6; ++i) variants.push(await market.stock(60, locations));
  for (let round = 0; round < rounds(2); ++round)
    for (const [what, happens] of Object.entries(BREAKS)) {
      await market.renew_token();
      const crowd = new Crowd(market, { variants, locations }, chance, true);
      await crowd.bring_carts(200);
      const cuts = gate.cuts;
      crowd.begin({ shoppers: 16, staff: 8, suppliers: 2 });
      await pause(chance.below(200));
      await happens(chance);
      await pause(300);
      if (what.startsWith("COMMIT")) await until(() => !gate.is_armed());
      await crowd.end();
      if (what.startsWith("COMMIT")) {
        assert.equal(gate.is_armed(), false, `${what}: no COMMIT came by`);
        assert.ok(gate.cuts > cuts);
      }
      if (what === "a row in half") assert.ok(gate.is_torn());
      await auditor.look();
    }
  await auditor.wait_for_the_clock();
  const end = await auditor.judge();
  const lost = auditor.deeds
    .flatMap((d) => d.attempts)
    .filter((a) => a.status !== 0 && a.status >= 500).length;
  const expired = end.orders.filter((o) => o.actors.includes("system")).length;
  const counts = auditor.deeds.filter((d) => d.wish.kind === "count").length;
  console.log(
    `${end.orders.length} orders, ${expired} of them not paid in time; ${auditor.deeds.length} deeds, ${counts} of them counts; ` +
      `${lost} answers 503`,
  );
  assert.ok(expired > 0 && counts > 0, "the clock cancels, and shelves are counted");
});
