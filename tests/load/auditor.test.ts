// The auditor itself, fed with a shop and its histories: silent about a true one, and never silent about a false one.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import type { Attempt, Deed, State, Wish } from "./deeds.ts";
import { faults_of_deeds } from "./judge_answers.ts";
import { faults_at_the_end, faults_in, lost_in, rewritten } from "./judge_shop.ts";
import type { OrderRow, Snapshot, StockRow, Trail } from "./snapshot.ts";

interface World {
  deeds: Deed[];
  end: Snapshot;
  trail: Trail;
}

let clock = 0;
let keys = 0;

function told(wish: Wish, ...answers: Partial<Attempt>[]): Deed {
  const key = `key-${++keys}`;
  const attempts = answers.map((a, i) => ({
    request_id: `${key}-${i}`,
    sent: ++clock,
    answered: ++clock,
    status: 200,
    code: "",
    text: "{}",
    replayed: false,
    retry_after: false,
    ...a,
  }));
  return { wish, key, attempts };
}

const answer_of = (o: OrderRow) =>
  JSON.stringify({
    order: {
      id: o.id,
      email: o.email,
      lines: o.lines.map((l) => ({
        variant_id: l.variant,
        quantity: l.quantity,
        unit_price: { amount: l.unit },
        total: { amount: l.total },
      })),
      totals: { subtotal: { amount: 0 }, total: { amount: o.charged[0] } },
    },
    tracking_token: "t",
  });

function order(id: string, units: number, states: State[], held: "open" | "released" | "shipped"): OrderRow {
  return {
    id,
    email: `${id}@example.com`,
    head: states.at(-1) ?? "pending",
    head_seq: states.length - 1,
    states,
    seqs: states.map((_, i) => i),
    actors: states.map((_, i) => (i === 0 ? "guest" : "staff")),
    at: states.map((_, i) => 1000 * i),
    due: 60_000,
    lines: [{ variant: "mug", quantity: units, unit: 100, total: 100 * units }],
    beside: 490,
    charged: [100 * units + 490],
    payments: held === "released" ? ["requested", "voided"] : ["requested"],
    held: { mug: { [held]: units } },
    moved: {
      mug: {
        reserve: units,
        ...(held === "released" ? { release: units } : {}),
        ...(held === "shipped" ? { ship: units } : {}),
      },
    },
  };
}

const checkout = (id: string, basket: Record<string, number>): Wish => ({
  kind: "checkout",
  cart: `cart-${id}`,
  email: `${id}@example.com`,
  basket,
});
const move = (id: string, to: State): Wish => ({ kind: "move", order: id, to, by: "staff" });

// Ten mugs came; "a" bought two that are on their way, "b" bought three and cancelled, "c" was refused eleven.
function a_true_world(): World {
  clock = keys = 0;
  const a = order("a", 2, ["pending", "confirmed", "processing", "shipped"], "shipped");
  const b = order("b", 3, ["pending", "cancelled"], "released");
  const stock: StockRow = {
    variant: "mug",
    location: "shelf",
    on_hand: 8,
    reserved: 0,
    backorder_limit: 0,
    shortage: 0,
    ledger_on_hand: 8,
    ledger_reserved: 0,
    open: 0,
  };
  const deeds = [
    told({ kind: "adjust", variant: "mug", location: "shelf", quantity: 10 }, { status: 201 }),
    told(checkout("a", { mug: 2 }), { status: 0 }, { status: 201, text: answer_of(a), replayed: true }),
    told(checkout("b", { mug: 3 }), { status: 201, text: answer_of(b) }),
    told(move("a", "confirmed"), {}),
    told(move("a", "processing"), {}),
    told(move("b", "cancelled"), {}),
    told(move("a", "shipped"), { status: 503, retry_after: true }, {}),
    told(checkout("c", { mug: 11 }), { status: 409, code: "out_of_stock" }),
  ];
  const entries: Record<string, number> = {};
  for (const d of deeds.slice(0, -1)) entries[d.attempts[0]?.request_id ?? ""] = 1;
  const events: Record<string, number> = {};
  for (const o of [a, b])
    for (const state of o.states) events[`order.${state === "pending" ? "placed" : state} ${o.id}`] = 1;
  return {
    deeds,
    end: { from: 1000, now: 50_000, stock: [stock], orders: [a, b] },
    trail: { entries, events },
  };
}

const faults_of = ({ deeds, end, trail }: World) => [
  ...faults_at_the_end(end, deeds, trail),
  ...faults_of_deeds(deeds, end, { with_faults: true }),
];

test("a true history is let alone", () => assert.deepEqual(faults_of(a_true_world()), []));

const first = <T>(all: readonly T[], n = 0): T => all[n] as T;
const last_try = (w: World, deed: number): Attempt => w.deeds[deed]?.attempts.at(-1) as Attempt;

// Each is one untruth, and what has to be said of it.
const UNTRUTHS: [string, (w: World) => void, RegExp][] = [
  ["a lost order", (w) => w.end.orders.splice(0, 1), /^lost: checkout of a@/],
  [
    "a doubled order",
    (w) => w.end.orders.push({ ...order("z", 2, ["pending"], "open"), email: "a@example.com" }),
    /^doubled: 2 orders of the one cart of a@/,
  ],
  [
    "an order nobody asked for",
    (w) => w.end.orders.push(order("z", 1, ["pending"], "open")),
    /^stray: nobody asked for the order of z@/,
  ],
  [
    "an order of one who was refused",
    (w) => w.end.orders.push(order("c", 1, ["pending"], "open")),
    /^stray: c@example\.com was refused, and has an order/,
  ],
  ["stock below zero", (w) => (first(w.end.stock).on_hand = -1), /-1 on hand/],
  ["reserved below zero", (w) => (first(w.end.stock).reserved = -1), /-1 reserved/],
  ["an oversold row", (w) => (first(w.end.stock).reserved = 9), /oversold/],
  [
    "a unit that the ledger does not know",
    (w) => (first(w.end.stock).on_hand = 9),
    /9 on hand, but the ledger says 8/,
  ],
  [
    "a unit that never came, in the ledger too",
    (w) => Object.assign(first(w.end.stock), { on_hand: 9, ledger_on_hand: 9 }),
    /what came minus what was shipped is 8/,
  ],
  [
    "a shortage where nothing is short",
    (w) => (first(w.end.stock).shortage = 2),
    /2 short, with 0 reserved of 8 and 0 to order/,
  ],
  [
    "a shortage that nobody has counted",
    (w) => Object.assign(first(w.end.stock), { reserved: 10, ledger_reserved: 10, open: 10, shortage: 2 }),
    /2 short, and nobody has counted/,
  ],
  [
    "a count that the shelf does not show",
    (w) =>
      w.deeds.push(
        told(
          { kind: "count", variant: "mug", location: "shelf", found: 7 },
          { status: 201, text: '{"difference":-1}' },
        ),
      ),
    /8 on hand, but what came minus what was shipped is 7/,
  ],
  [
    "an order cancelled by the clock before its time",
    (w) => Object.assign(first(w.end.orders, 1), { actors: ["guest", "system"] }),
    /order b of b@example\.com was cancelled by the clock 59000 ms too early/,
  ],
  [
    "an order cancelled by the clock that had no deadline",
    (w) => Object.assign(first(w.end.orders, 1), { actors: ["guest", "system"], due: null }),
    /was cancelled by the clock .* too early/,
  ],
  [
    "a paid order cancelled by the clock",
    (w) =>
      Object.assign(first(w.end.orders, 1), {
        actors: ["guest", "system"],
        due: 500,
        payments: ["requested", "captured", "refund_requested"],
      }),
    /was paid, and cancelled by the clock/,
  ],
  [
    "an order that the clock confirmed",
    (w) => Object.assign(first(w.end.orders), { actors: ["guest", "system", "staff", "staff"] }),
    /was moved from pending to confirmed by the clock/,
  ],
  [
    "an order that the clock forgot",
    (w) => {
      w.end.orders.push({ ...order("z", 1, ["pending"], "open"), due: 10_000 });
      w.end.now = 50_000;
    },
    /is not paid and still pending, 40000 ms after its time/,
  ],
  ["a reservation of nobody", (w) => (first(w.end.stock).open = 1), /0 reserved, but 1 in open reservations/],
  [
    "reserved units that the ledger does not know",
    (w) => (first(w.end.stock).ledger_reserved = 1),
    /0 reserved, but the ledger says 1/,
  ],
  [
    "a cancelled order that holds",
    (w) => (first(w.end.orders, 1).held = { mug: { open: 3 } }),
    /of which open: 3, not 0/,
  ],
  [
    "a reservation of another variant than was bought",
    (w) => (first(w.end.orders, 1).held = { cup: { released: 3 } }),
    /with 3 units, of which released: 0, not 3, of mug/,
  ],
  [
    "a movement under another variant's line",
    (w) => Object.assign(first(w.end.orders).moved, { "cup under a line of mug": { ship: 1 } }),
    /with 0 units, of which ship: 1, not 0, of cup under a line of mug/,
  ],
  [
    "stock given back twice",
    (w) => (first(w.end.orders, 1).moved = { mug: { reserve: 3, release: 6 } }),
    /release: 6, not 3/,
  ],
  ["a move that nobody made", (w) => w.deeds.splice(4, 1), /^stray: nobody moved order a to processing/],
  [
    "an acknowledged move that is gone",
    (w) => Object.assign(first(w.end.orders), order("a", 2, ["pending", "confirmed", "processing"], "open")),
    /^lost: move of order a to shipped/,
  ],
  [
    "a skipped state",
    (w) => Object.assign(first(w.end.orders), { states: ["pending", "shipped"], seqs: [0, 1], head_seq: 1 }),
    /went from pending to shipped/,
  ],
  [
    "a head beside its history",
    (w) => (first(w.end.orders).head = "delivered"),
    /is delivered at step 3, but/,
  ],
  ["a step left out", (w) => (first(w.end.orders).seqs = [0, 1, 3, 4]), /has the steps 0, 1, 3, 4/],
  [
    "two who cancelled the same order",
    (w) => w.deeds.push(told(move("b", "cancelled"), {})),
    /^doubled: 2 were told that they moved order b cancelled/,
  ],
  [
    "one key done twice",
    (w) => w.deeds[5]?.attempts.push({ ...last_try(w, 5), request_id: "again" }),
    /^doubled: move of order b to cancelled .* was done twice under one key/,
  ],
  [
    "two answers under one key",
    (w) => w.deeds[5]?.attempts.push({ ...last_try(w, 5), request_id: "again", replayed: true, text: "{ }" }),
    /two answers under one key/,
  ],
  [
    "done and refused",
    (w) =>
      w.deeds[5]?.attempts.push({
        ...last_try(w, 5),
        request_id: "again",
        status: 409,
        code: "order_changed",
      }),
    /was done, and refused: order_changed/,
  ],
  ["charged too much", (w) => (first(w.end.orders).charged = [691]), /is charged 691, but .* are 690/],
  ["charged twice", (w) => (first(w.end.orders).charged = [690, 690]), /is charged 690 and 690/],
  [
    "a line whose total is wrong",
    (w) => (first(first(w.end.orders).lines).total = 201),
    /has a line of 2 at 100 for 201/,
  ],
  [
    "an order that is not what was answered",
    (w) =>
      Object.assign(first(w.end.orders), {
        lines: [{ variant: "mug", quantity: 2, unit: 50, total: 100 }],
        charged: [590],
      }),
    /order a of a@example\.com is not what the answer said/,
  ],
  [
    "a payment that nobody undid",
    (w) => (first(w.end.orders, 1).payments = ["requested"]),
    /is cancelled, and its payment is requested/,
  ],
  [
    "a refund before the money",
    (w) => (first(w.end.orders, 1).payments = ["requested", "refund_requested"]),
    /from requested to refund_requested/,
  ],
  ["no audit entry", (w) => (w.trail.entries = {}), /^0 audit entries for checkout of b@/],
  ["two audit entries", (w) => (w.trail.entries["key-2-1"] = 1), /^2 audit entries for checkout of a@/],
  [
    "an audit entry of a refused deed",
    (w) => (w.trail.entries["key-8-0"] = 1),
    /^1 audit entries for checkout of c@/,
  ],
  ["no event", (w) => delete w.trail.events["order.shipped a"], /^0 events order\.shipped of order a/],
  ["two events", (w) => (w.trail.events["order.placed b"] = 2), /^2 events order\.placed of order b/],
  ["a server that failed", (w) => (last_try(w, 7).status = 500), /was answered 500/],
  [
    "503 that does not say when to come again",
    (w) => (first(w.deeds[6]?.attempts ?? []).retry_after = false),
    /shipped .* was answered 503/,
  ],
  [
    "a refusal that does not go with the question",
    (w) => (last_try(w, 7).code = "payment_not_allowed"),
    /was answered 409 payment_not/,
  ],
  [
    "refused though there was enough",
    (w) => ((first(w.deeds, 7).wish as { basket: object }).basket = { mug: 8 }),
    /^checkout of c@.* was refused without reason: out_of_stock/,
  ],
  [
    "a legal move refused",
    (w) => w.deeds.push(told(move("a", "delivered"), { status: 409, code: "order_transition_not_allowed" })),
    /^move of order a to delivered .* was refused without reason/,
  ],
  [
    "goods that were there, not shipped",
    (w) => w.deeds.push(told(move("a", "shipped"), { status: 409, code: "insufficient_stock" })),
    /^move of order a to shipped .* was refused without reason: insufficient_stock/,
  ],
  [
    "units that were free, not taken off",
    (w) =>
      w.deeds.push(
        told(
          { kind: "adjust", variant: "mug", location: "shelf", quantity: -5 },
          { status: 409, code: "insufficient_stock" },
        ),
      ),
    /^adjustment by -5 .* was refused without reason/,
  ],
  [
    "a cart said to be ordered that is not",
    (w) => w.deeds.push(told(checkout("d", { mug: 1 }), { status: 409, code: "cart_already_ordered" })),
    /^checkout of d@.* was refused without reason/,
  ],
  [
    "a quantity that the cart never had",
    (w) => ((first(w.deeds, 1).wish as { basket: object }).basket = { mug: 1 }),
    /ordered 2 where the cart had 1/,
  ],
];

for (const [what, spoil, said] of UNTRUTHS)
  test(`told of: ${what}`, () => {
    const world = a_true_world();
    spoil(world);
    const faults = faults_of(world);
    assert.ok(
      faults.some((fault) => said.test(fault)),
      `it said: ${faults.join("\n") || "nothing"}`,
    );
  });

test("what was acknowledged before a look has to be seen by it, and what came after need not", () => {
  const { deeds, end } = a_true_world();
  const nothing_yet = { ...end, from: 0, orders: [] };
  assert.deepEqual(lost_in(nothing_yet, deeds), []);
  assert.ok(lost_in({ ...nothing_yet, from: 1000 }, deeds).length > 0);
});

test("between two looks histories grow, and nothing else happens to them", () => {
  const [before, after] = [a_true_world().end, a_true_world().end];
  first(before.orders).states = ["pending", "confirmed"];
  assert.deepEqual(rewritten(before, after), []);
  assert.match(first(rewritten(after, before)), /order a .* has been rewritten/);
  assert.match(first(rewritten(after, { ...after, orders: [] })), /has gone/);
  first(first(after.orders, 1).lines).quantity = 4;
  assert.match(first(rewritten(before, after)), /order b .* has been rewritten/);
});

test("a deed whose outcome nobody knows may have had its effect, once", () => {
  for (const there of [true, false]) {
    const world = a_true_world();
    const d = told(checkout("d", { mug: 1 }), { status: 0 });
    world.deeds.push(d);
    if (there) {
      world.end.orders.push(order("d", 1, ["pending"], "open"));
      Object.assign(first(world.end.stock), { reserved: 1, ledger_reserved: 1, open: 1 });
      world.trail.entries[`${d.key}-0`] = 1;
      world.trail.events["order.placed d"] = 1;
    }
    assert.deepEqual(faults_of(world), []);
  }
});

test("where one of two locations owes units, a shipment may be refused though others are free", () => {
  const { deeds, end } = a_true_world();
  const refused = told(move("a", "shipped"), { status: 409, code: "insufficient_stock" });
  deeds.push(refused, told({ kind: "adjust", variant: "mug", location: "cellar", quantity: 1 }, {}));
  const undue = (limits: Record<string, number>) =>
    faults_of_deeds(deeds, end, { limits, with_faults: true }).filter((f) => f.includes("without reason"));
  assert.deepEqual(undue({ mug: 1 }), []);
  assert.match(first(undue({})), /^move of order a to shipped .* was refused without reason/);
});

test("faults_in is silent about a shop without anything", () => {
  assert.deepEqual(faults_in({ from: 0, now: 0, stock: [], orders: [] }), []);
});
