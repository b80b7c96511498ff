// Baskets that get in each other's way: mixed quantities in opposite orders, one cart from several tabs, one order cancelled
// by many, one key used by many.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call } from "../api/harness.ts";
import { own_server } from "../api/own_server.ts";
import { Auditor } from "./auditor.ts";
import { Chance, rounds } from "./chance.ts";
import { attempt, deed_of, insist } from "./client.ts";
import { is_good, placed_by, type Basket } from "./deeds.ts";
import { Market, type Cart, type Placed } from "./market.ts";

await own_server();
const chance = new Chance();
const auditor = new Auditor();
const market = new Market(auditor);
const at_once = <T>(how_many: number, what: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: how_many }, (_, n) => what(n)));

async function with_client<T>(what: (client: ReturnType<Market["client"]>) => Promise<T>): Promise<T> {
  const client = market.client();
  try {
    return await what(client);
  } finally {
    client.close();
  }
}

async function one_cart(basket: Basket): Promise<Cart> {
  const [cart] = await market.carts([basket]);
  assert.ok(cart);
  return cart;
}

async function one_order(basket: Basket): Promise<Placed> {
  const cart = await one_cart(basket);
  const placed = await with_client((client) => market.checkout(client, cart));
  assert.ok(placed);
  return placed;
}

const row_of = async (variant: string) => (await auditor.judge()).stock.find((r) => r.variant === variant);

test("mixed quantities in opposite orders, from two locations: never oversold, nobody deadlocked", async () => {
  auditor.begin();
  const places = [await market.location(0), await market.location(1)];
  for (let round = 0; round < rounds(2); ++round) {
    const goods: string[] = [];
    for (let i = 0; i < 6; ++i) goods.push(await market.stock(40, places));
    const baskets = Array.from({ length: 120 }, (_, n) => {
      const some = (n % 2 === 0 ? goods : [...goods].reverse()).filter(() => chance.one_in(2));
      return Object.fromEntries((some.length > 0 ? some : goods).map((v) => [v, 1 + chance.below(5)]));
    });
    const carts = await market.carts(baskets);
    const placed = await Promise.all(
      carts.map((cart) => with_client((client) => market.checkout(client, cart))),
    );
    const served = placed.filter((one) => one !== undefined).length;
    assert.ok(served > 0 && served < carts.length, `${served} of ${carts.length} were served`);
  }
  await auditor.judge();
});

test("two lines of one variant are one demand", async () => {
  const place = await market.location();
  const [enough, few] = [await market.stock(6, [place]), await market.stock(5, [place])];
  for (const [variant_id, units] of [
    [enough, 6],
    [few, 5],
  ] as const) {
    const cart = await one_cart({});
    const path = { id: cart.id };
    await at_once(2, () => call("addCartLine", { path, body: { variant_id, quantity: 3 } }));
    cart.basket = { [variant_id]: 6 };
    const placed = await with_client((client) => market.checkout(client, { ...cart }));
    assert.equal(placed !== undefined, units === 6);
  }
  assert.deepEqual([(await row_of(enough))?.reserved, (await row_of(few))?.reserved], [6, 0]);
});

test("sixteen cancel one order at once: the stock is back once, the money once", async () => {
  const place = await market.location();
  for (let round = 0; round < rounds(3); ++round) {
    const mug = await market.stock(5, [place]);
    const order = await one_order({ [mug]: 3 });
    await with_client((client) => market.pay(client, order.id, "captured"));
    const told = await at_once(16, (n) =>
      with_client((client) =>
        n % 2 === 0 ? market.cancel(client, order) : market.move(client, order.id, "cancelled"),
      ),
    );
    assert.equal(told.filter(is_good).length, 1);
    const end = await auditor.judge();
    const row = end.stock.find((r) => r.variant === mug);
    assert.deepEqual([row?.on_hand, row?.reserved], [5, 0]);
    const stored = end.orders.find((o) => o.id === order.id);
    assert.deepEqual(stored?.payments, ["requested", "captured", "refund_requested"]);
  }
});

test("a cart edited while its checkout runs: what is charged is what was ordered", async () => {
  const place = await market.location();
  for (let round = 0; round < rounds(8); ++round) {
    const mug = await market.stock(1_000, [place], 1 + chance.below(5_000));
    const cart = await one_cart({ [mug]: 1 });
    const line = (await call("getCart", { path: { id: cart.id } })).body.lines[0]?.id ?? "";
    const editing = with_client(async (client) => {
      for (let i = 0; i < 6; ++i)
        if ((await market.edit(client, cart, line, mug, 1 + chance.below(50))).status !== 200) return;
    });
    await new Promise((go) => setTimeout(go, chance.below(12)));
    const placed = await with_client((client) => market.checkout(client, cart));
    assert.ok(placed);
    await editing;
  }
  await auditor.judge();
});

test("sixteen copies of one key: one order; every answer is that order, or asks to come again", async () => {
  const place = await market.location();
  for (let round = 0; round < rounds(3); ++round) {
    const mug = await market.stock(50, [place]);
    const cart = await one_cart({ [mug]: 2 });
    const { deed, question } = market.checkout_of(cart);
    const told = await at_once(16, () => with_client((client) => attempt(client, deed, question)));
    assert.ok(told.some(is_good));
    await with_client((client) => insist(client, deed, question));
    assert.equal((await row_of(mug))?.reserved, 2);

    const id = placed_by(deed)?.order.id ?? "";
    const move = auditor.hear(deed_of({ kind: "move", order: id, to: "confirmed", by: "staff" }));
    const path = `/v1/admin/orders/${id}/transitions`;
    const token = await market.token();
    const moving = { method: "POST", path, token, body: { to: "confirmed" } };
    await at_once(16, () => with_client((client) => attempt(client, move, moving)));
    await with_client((client) => insist(client, move, moving));
    assert.ok(move.attempts.some(is_good));
  }
  await auditor.judge();
});
