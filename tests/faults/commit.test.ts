// COMMIT lost, its answer lost, or nobody knows: under its key every deed is done once, and whoever asks again hears so.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { another_server } from "../api/another_server.ts";
import { socket_folder } from "../api/database.ts";
import { end_before_it, own_server } from "../api/own_server.ts";
import { Auditor } from "../load/auditor.ts";
import { rounds } from "../load/chance.ts";
import type { Client } from "../load/client.ts";
import { is_good, type Attempt } from "../load/deeds.ts";
import { Market, type Placed } from "../load/market.ts";
import { Gate, type Cut } from "./gate.ts";

const KEPT = /insert into ops\.idempotency_keys/;

const folder = await mkdtemp(join(tmpdir(), "carrack-commit-"));
after(() => rm(folder, { recursive: true, force: true }));
await own_server();
const gate = await Gate.open(await socket_folder());
const behind = await another_server(folder, gate.url());
end_before_it(async () => {
  gate.refuse(false);
  await behind.program.end();
  await gate.close();
});

const auditor = new Auditor({ with_faults: true });
const market = new Market(auditor); // past the gate
const gated = new Market(auditor, () => behind.address);

// Each with an order to do it to, made past the gate.
const DEEDS: Record<
  string,
  (
    client: Client,
    mug: string,
    place: string,
    order: () => Promise<Placed>,
  ) => Promise<() => Promise<unknown>>
> = {
  checkout: async (client, mug) => {
    const [cart] = await market.carts([{ [mug]: 2 }]);
    assert.ok(cart);
    return () => gated.checkout(client, cart);
  },
  move: async (client, _mug, _place, order) => {
    const { id } = await order();
    return () => gated.move(client, id, "confirmed");
  },
  "move to shipped": async (client, _mug, _place, order) => {
    const { id } = await order();
    const staff = market.client();
    for (const to of ["confirmed", "processing"] as const) await market.move(staff, id, to);
    staff.close();
    return () => gated.move(client, id, "shipped");
  },
  cancel: async (client, _mug, _place, order) => {
    const placed = await order();
    return () => gated.cancel(client, placed);
  },
  pay: async (client, _mug, _place, order) => {
    const { id } = await order();
    return () => gated.pay(client, id, "captured");
  },
  adjust: async (client, mug, place) => () => gated.adjust(client, mug, place, 7),
  count: async (client, mug, place) => () => gated.count(client, mug, place, 12),
};

async function cut_once(cut: Cut, shut: boolean, what: string): Promise<void> {
  const place = await market.location();
  const mug = await market.stock(10, [place]);
  const client = gated.client();
  const shopper = market.client();
  const order = async () => {
    const [cart] = await market.carts([{ [mug]: 1 }]);
    const placed = cart && (await market.checkout(shopper, cart));
    assert.ok(placed);
    return placed;
  };
  const deed = await DEEDS[what]?.(client, mug, place, order);
  assert.ok(deed);
  const cuts = gate.cuts;
  gate.cut_at_commit(cut, KEPT, () => {
    if (!shut) return;
    gate.refuse(true);
    gate.cut_all();
  });
  const doing = deed();
  const attempts = () => auditor.deeds.at(-1)?.attempts ?? [];
  if (shut) {
    // The first answer is 503; then the way is free again, and the same key finds the truth.
    while (!attempts().some((a: Attempt) => a.answered < Infinity))
      await new Promise((go) => setTimeout(go, 10));
    gate.refuse(false);
  }
  await doing;
  const heard = attempts();
  assert.equal(gate.cuts, cuts + 1);
  const statuses = heard.map((a) => a.status);
  if (shut) assert.equal(statuses[0], 503, `${what}, ${cut}: ${statuses.join(", ")}`);
  else assert.equal(heard.length, 1, `${what}, ${cut}: ${statuses.join(", ")}`);
  const last = heard.at(-1);
  assert.ok(last && is_good(last), `${what}, ${cut}: ${statuses.join(", ")}`);
  if (cut === "after") assert.ok(last.replayed, "it was done before, and says so");
  client.close();
  shopper.close();
}

// With nobody to ask, each costs the seconds that a request waits for its database: a few of them, unless rounds are asked for.
const FEW: Record<Cut, string[]> = {
  before: ["checkout"],
  after: ["checkout", "cancel"],
  unclear: ["move to shipped"],
};
const all = Object.keys(DEEDS);
const long = rounds(0) > 0;

for (const cut of ["before", "after", "unclear"] as Cut[]) {
  test(`cut at COMMIT (${cut}): it is asked for under its key`, async () => {
    for (let round = 0; round < rounds(2); ++round) for (const what of all) await cut_once(cut, false, what);
    await auditor.judge();
  });
  test(`cut at COMMIT (${cut}), nobody to ask: 503, and the same key finds it`, async () => {
    for (let round = 0; round < rounds(1); ++round)
      for (const what of long ? all : FEW[cut]) await cut_once(cut, true, what);
    await auditor.judge();
  });
}
