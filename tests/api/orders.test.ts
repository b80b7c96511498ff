// An order from the checkout to the door, and everything that must not happen to it on the way.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, pointers, refused, send, type Answer, type Problem } from "./harness.ts";
import { address, fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
const STATES = ["pending", "confirmed", "processing", "shipped", "delivered", "cancelled"] as const;
type State = (typeof STATES)[number];
const LEGAL: Record<State, State[]> = {
  pending: ["confirmed", "cancelled"],
  confirmed: ["processing", "cancelled"],
  processing: ["shipped", "cancelled"],
  shipped: ["delivered"],
  delivered: [],
  cancelled: [],
};
const ROUTE: Record<State, State[]> = {
  pending: [],
  confirmed: ["confirmed"],
  processing: ["confirmed", "processing"],
  shipped: ["confirmed", "processing", "shipped"],
  delivered: ["confirmed", "processing", "shipped", "delivered"],
  cancelled: ["cancelled"],
};

const keyed = (key = unique("key")) => ({ "idempotency-key": key });
const eur = (amount: number) => ({ amount, currency: "EUR" });
const pay = { payment: { provider: "manual" } } as const;

interface Stocked {
  variant_id: string;
  location_id: string;
}

async function stocked(quantity: number, price = 1999): Promise<Stocked> {
  const [mug, place] = [await sell({ EUR: price }), await open_location()];
  await put_in_stock(mug.variant_id, place.id, quantity);
  return { variant_id: mug.variant_id, location_id: place.id };
}

async function place(lines: Record<string, number>): Promise<Answer<"checkout">> {
  const cart = await fill_cart(lines);
  return (await call("checkout", { path: { id: cart.id }, headers: keyed(), body: pay })).body;
}

async function move(id: string, to: State): Promise<Answer<"transitionOrder">> {
  return (await call("transitionOrder", { token: await owner(), path: { id }, body: { to } })).body;
}

async function shelf(of: Stocked): Promise<[number, number]> {
  const stock = (await call("getStock", { token: await owner(), path: { ...of } })).body;
  return [stock.on_hand, stock.reserved];
}

test("checkout: the order keeps what was bought as it was, and reserves it", async () => {
  const mug = await stocked(10);
  const cart = await fill_cart({ [mug.variant_id]: 3 });
  const placed = (await call("checkout", { path: { id: cart.id }, headers: keyed(), body: pay })).body;
  const { order } = placed;
  assert.equal(order.status, "pending");
  assert.equal(order.email, cart.email);
  assert.deepEqual(order.shipping_address, address);
  assert.deepEqual(
    order.lines.map((line) => [line.quantity, line.unit_price, line.total]),
    [[3, eur(1999), eur(5997)]],
  );
  assert.deepEqual(order.totals, { ...cart.totals, total: eur(5997 + 490) });
  assert.deepEqual(await shelf(mug), [10, 3]);
  assert.equal((await call("getCart", { path: { id: cart.id } })).body.ordered, true);
  await refused("updateCart", 409, "cart_already_ordered", { path: { id: cart.id }, body: { email: null } });
  await refused("checkout", 409, "cart_already_ordered", {
    path: { id: cart.id },
    headers: keyed(),
    body: pay,
  });
});

test("checkout: under one key there is one order; without a key there is none", async () => {
  const mug = await stocked(10);
  const path = { id: (await fill_cart({ [mug.variant_id]: 1 })).id };
  await refused("checkout", 400, "idempotency_key_required", { path, body: pay });
  const headers = keyed();
  const sixteen = await Promise.all(
    Array.from({ length: 16 }, () => send("checkout", { path, headers, body: pay })),
  );
  const made = sixteen.filter((reply) => reply.status === 201);
  for (const reply of sixteen)
    assert.ok(reply.status === 201 || reply.status === 409, JSON.stringify(reply.body));
  assert.equal(new Set(made.map((reply) => (reply.body as Answer<"checkout">).order.id)).size, 1);
  const again = await call("checkout", { path, headers, body: pay });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(again.body, made[0]?.body);
  assert.deepEqual(await shelf(mug), [10, 1]);
});

test("checkout: refused whole when the stock or the cart is not enough", async () => {
  const [few, many] = [await stocked(2), await stocked(50)];
  const cart = await fill_cart({ [many.variant_id]: 5, [few.variant_id]: 3 });
  const out = await refused("checkout", 409, "out_of_stock", {
    path: { id: cart.id },
    headers: keyed(),
    body: pay,
  });
  assert.ok(
    (out.errors ?? []).some((e) => e.pointer.startsWith("/lines/1")),
    JSON.stringify(out),
  );
  assert.deepEqual(
    [await shelf(few), await shelf(many)],
    [
      [2, 0],
      [50, 0],
    ],
  );
  const empty = (await call("createCart", { body: { currency: "EUR" } })).body;
  await refused("checkout", 409, "cart_not_ready", { path: { id: empty.id }, headers: keyed(), body: pay });
  await refused("checkout", 404, "cart_not_found", { path: { id: UNKNOWN }, headers: keyed(), body: pay });
  await refused("checkout", 422, "invalid_request", {
    path: { id: cart.id },
    headers: keyed(),
    body: { payment: { provider: "manual", amount: 1 }, total: eur(1) },
  });
});

test("checkout: If-Match is the cart as it was shown, lines, prices and all", async () => {
  const mug = await stocked(10);
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const path = { id: cart.id };
  const order = (etag: string | null) =>
    ({ path, headers: { ...keyed(), "if-match": etag ?? "" }, body: pay }) as const;
  const seen = (await call("getCart", { path })).headers.get("etag");
  const line = { ...path, line: cart.lines[0]?.id ?? "" };
  const changed = await call("updateCartLine", { path: line, body: { quantity: 3 } });
  await refused("checkout", 412, "version_stale", order(seen));
  assert.deepEqual(await shelf(mug), [10, 0]);
  const placed = await call("checkout", order(changed.headers.get("etag")));
  assert.equal(placed.body.order.lines[0]?.quantity, 3);
});

test("checkout: of 40 shoppers at once for 10 units, 10 get one", async () => {
  const mug = await stocked(10);
  const carts = await Promise.all(Array.from({ length: 40 }, () => fill_cart({ [mug.variant_id]: 1 })));
  const replies = await Promise.all(
    carts.map((cart) => send("checkout", { path: { id: cart.id }, headers: keyed(), body: pay })),
  );
  const refusals = replies
    .filter((reply) => reply.status !== 201)
    .map((reply) => (reply.body as Problem).code);
  assert.deepEqual(
    refusals,
    Array.from({ length: 30 }, () => "out_of_stock"),
  );
  assert.deepEqual(await shelf(mug), [10, 10]);
});

test("trackOrder: by its token alone, 304 while nothing changes", async () => {
  const mug = await stocked(5);
  const { order, tracking_token } = await place({ [mug.variant_id]: 1 });
  const path = { id: order.id };
  const seen = await call("trackOrder", { path, query: { token: tracking_token } });
  assert.deepEqual(seen.body, order);
  const unchanged = { "if-none-match": seen.headers.get("etag") ?? "" };
  assert.equal(
    (await send("trackOrder", { path, query: { token: tracking_token }, headers: unchanged })).status,
    304,
  );
  await move(order.id, "confirmed");
  const moved = await send("trackOrder", { path, query: { token: tracking_token }, headers: unchanged });
  assert.deepEqual((moved.body as Answer<"trackOrder">).history[1]?.actor, {
    kind: "staff",
    id: null,
    name: null,
  });
  assert.equal((moved.body as Answer<"trackOrder">).status, "confirmed");
  await refused("trackOrder", 404, "order_not_found", { path, query: { token: "guessed" } });
  await refused("trackOrder", 404, "order_not_found", {
    path: { id: UNKNOWN },
    query: { token: tracking_token },
  });
});

test("transitionOrder: every pair of the six states; only seven are ways, and stock moves with two", async () => {
  for (const from of STATES) {
    const mug = await stocked(9);
    for (const to of [...STATES, "lost"] as State[]) {
      const { order } = await place({ [mug.variant_id]: 2 });
      for (const step of ROUTE[from]) await move(order.id, step);
      const before = (await call("getOrder", { token: await owner(), path: { id: order.id } })).body;
      assert.equal(before.status, from);
      assert.deepEqual([...before.allowed_transitions].sort(), [...LEGAL[from]].sort());
      const shelf_before = await shelf(mug);
      if (LEGAL[from].includes(to)) {
        const after = await move(order.id, to);
        assert.deepEqual([after.status, after.version], [to, before.version + 1]);
      } else {
        const [status, code] =
          to === ("lost" as string) ? [422, "invalid_request"] : [409, "order_transition_not_allowed"];
        await refused("transitionOrder", status as number, code as string, {
          token: await owner(),
          path: { id: order.id },
          body: { to },
        });
        assert.deepEqual(
          (await call("getOrder", { token: await owner(), path: { id: order.id } })).body,
          before,
        );
        assert.deepEqual(await shelf(mug), shelf_before);
      }
      // What is still held goes back, so that the next round finds the same shelf.
      const now = (await call("getOrder", { token: await owner(), path: { id: order.id } })).body;
      if (now.allowed_transitions.includes("cancelled")) await move(order.id, "cancelled");
      if (["shipped", "delivered"].includes(now.status))
        await put_in_stock(mug.variant_id, mug.location_id, 2);
      assert.deepEqual(await shelf(mug), [9, 0], `${from} to ${to}`);
    }
  }
});

test("transitionOrder: delivered step by step, each step with its actor and its audit entry", async () => {
  const mug = await stocked(5);
  const token = await owner();
  const { order } = await place({ [mug.variant_id]: 2 });
  for (const to of ROUTE.delivered) await move(order.id, to);
  const seen = (await call("getOrder", { token, path: { id: order.id } })).body;
  assert.deepEqual(
    seen.history.map((step) => step.status),
    ["pending", ...ROUTE.delivered],
  );
  assert.deepEqual(
    seen.history.map((step) => step.actor.kind),
    ["guest", "staff", "staff", "staff", "staff"],
  );
  assert.deepEqual(await shelf(mug), [3, 0]);
  const trail = await call("listAudit", { token, query: { resource: "orders", resource_id: order.id } });
  assert.equal(trail.body.data.length, 5);
});

test("transitionOrder: who came first is served first", async () => {
  const token = await owner();
  const mug = await stocked(8);
  const stock = await call("getStock", { token, path: { ...mug } });
  await call("updateStock", {
    token,
    path: { ...mug },
    headers: { "if-match": stock.headers.get("etag") ?? "" },
    body: { backorder_limit: 5 },
  });
  const [older, younger] = [await place({ [mug.variant_id]: 8 }), await place({ [mug.variant_id]: 5 })];
  for (const { order } of [older, younger]) for (const to of ROUTE.processing) await move(order.id, to);
  const ship_younger = { token, path: { id: younger.order.id }, body: { to: "shipped" } } as const;
  await refused("transitionOrder", 409, "insufficient_stock", ship_younger);
  assert.deepEqual(await shelf(mug), [8, 13]);
  await move(older.order.id, "shipped");
  await refused("transitionOrder", 409, "insufficient_stock", ship_younger);
  await put_in_stock(mug.variant_id, mug.location_id, 5);
  await move(younger.order.id, "shipped");
  assert.deepEqual(await shelf(mug), [0, 0]);
});

test("transitionOrder: of two who saw the same step, one moves it", async () => {
  const mug = await stocked(5);
  const { order } = await place({ [mug.variant_id]: 1 });
  const token = await owner();
  const path = { id: order.id };
  const moves = await Promise.all(
    (["confirmed", "cancelled"] as const).map((to) =>
      send("transitionOrder", { token, path, body: { to, expected_seq: 0 } }),
    ),
  );
  assert.deepEqual(moves.map((reply) => reply.status).sort(), [200, 409]);
  await refused("transitionOrder", 409, "order_changed", {
    token,
    path,
    body: { to: "confirmed", expected_seq: 0 },
  });
});

test("cancelOrder: a shopper takes it back, once, and the stock with it", async () => {
  const mug = await stocked(5);
  const { order, tracking_token } = await place({ [mug.variant_id]: 3 });
  const path = { id: order.id };
  await refused("cancelOrder", 404, "order_not_found", { path, body: { token: "guessed" } });
  assert.deepEqual(await shelf(mug), [5, 3]);
  const cancelled = await call("cancelOrder", { path, body: { token: tracking_token, reason: "Too late" } });
  assert.equal(cancelled.body.status, "cancelled");
  assert.equal(cancelled.body.history.at(-1)?.reason, "Too late");
  assert.deepEqual(await shelf(mug), [5, 0]);
  await refused("cancelOrder", 409, "order_transition_not_allowed", {
    path,
    body: { token: tracking_token },
  });
  assert.deepEqual(await shelf(mug), [5, 0]);
});

test("recordPayment: captured once, given back after a cancellation", async () => {
  const mug = await stocked(5);
  const token = await owner();
  const { order } = await place({ [mug.variant_id]: 1 });
  const path = { id: order.id };
  await refused("recordPayment", 409, "payment_not_allowed", {
    token,
    path,
    headers: keyed(),
    body: { kind: "refunded" },
  });
  const paid = await call("recordPayment", { token, path, headers: keyed(), body: { kind: "captured" } });
  assert.equal(paid.body.payments[0]?.state, "captured");
  await refused("recordPayment", 409, "payment_not_allowed", {
    token,
    path,
    headers: keyed(),
    body: { kind: "captured" },
  });
  const cancelled = await move(order.id, "cancelled");
  assert.equal(cancelled.payments[0]?.state, "refund_requested");
  const refunded = await call("recordPayment", { token, path, headers: keyed(), body: { kind: "refunded" } });
  assert.equal(refunded.body.payments[0]?.state, "refunded");
  assert.deepEqual(
    refunded.body.payments[0]?.events.map((event) => event.amount),
    Array.from({ length: 4 }, () => order.totals.total),
  );
});

test("listOrders: by status, number, e-mail and name, page by page without a gap", async () => {
  const mug = await stocked(9);
  const placed: Answer<"checkout">["order"][] = [];
  for (let i = 0; i < 3; ++i) placed.push((await place({ [mug.variant_id]: 1 })).order);
  const token = await owner();
  const one = placed[1];
  assert.ok(one);
  for (const q of [one.email, String(one.number), `#${one.number}`]) {
    const found = await call("listOrders", { token, query: { q } });
    assert.deepEqual(
      found.body.data.map((order) => order.id),
      [one.id],
      q,
    );
  }
  const named = await call("listOrders", { token, query: { q: "ångstr", limit: 100 } });
  assert.ok(named.body.data.some((order) => order.id === one.id));
  assert.deepEqual(
    pointers(await refused("listOrders", 422, "invalid_request", { token, query: { q: "zo" } })),
    ["/q"],
  );
  await move(one.id, "confirmed");
  const pages: string[] = [];
  let after: string | null | undefined;
  do {
    const query = { status: "pending", limit: 7, ...(after ? { after } : {}) } as const;
    const page = (await call("listOrders", { token, query })).body;
    assert.ok(page.data.every((order) => order.status === "pending"));
    pages.push(...page.data.map((order) => order.id));
    after = page.next;
  } while (after && pages.length < 500);
  assert.equal(new Set(pages).size, pages.length);
  assert.deepEqual(
    [0, 1, 2].map((i) => pages.includes(placed[i]?.id ?? "")),
    [true, false, true],
  );
  await refused("getOrder", 404, "order_not_found", { token, path: { id: UNKNOWN } });
  await refused("listOrders", 401, "authentication_required", {});
});
