// Every route that takes an id, asked with somebody else's: another product's variant, another cart's line, an order with
// another order's token, a thing of another kind. Answered word for word as one that is not there, and without effect.
// On a server of its own.
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { BODIES, names_in, UNKNOWN } from "./bodies.ts";
import { contents, sql } from "./database.ts";
import { call, contract, owner, send, type Operation, type Problem } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire } from "./staff.ts";

await own_server();

type Ids = Record<string, string>;

// A product with a picture, and a cart with it in a line; and an order.
async function furnish() {
  const mug = await sell({ EUR: 1200 });
  await put_in_stock(mug.variant_id, (await open_location()).id, 5);
  const token = await owner();
  const pictured = await call("addMedia", {
    token,
    path: { id: mug.product_id },
    body: { url: "https://example.com/a.jpg" },
  });
  const media_id = pictured.body.media.at(-1)?.id ?? "";
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const headers = { "idempotency-key": unique("checkout") };
  const bought = await fill_cart({ [mug.variant_id]: 1 });
  const body = { payment: { provider: "manual" } } as const;
  const placed = (await call("checkout", { path: { id: bought.id }, headers, body })).body;
  return {
    product: { id: mug.product_id, variant_id: mug.variant_id, media_id },
    cart: { id: cart.id, line: cart.lines[0]?.id ?? "" },
    order: { id: placed.order.id, token: placed.tracking_token },
  };
}

async function add_customer(): Promise<string> {
  const id = randomUUID();
  await sql(`insert into identity.users (id, kind, email, name, email_verified_at)
             values ('${id}', 'customer', '${unique("ada")}@example.com', 'Ada', now())`);
  return id;
}

async function asked(id: Operation, path: Ids, token: string, order_token: string) {
  const body = BODIES[id] as object | undefined;
  const reply = await send(id, {
    token,
    path,
    headers: { "if-match": "*", "idempotency-key": unique("k") },
    ...(id === "trackOrder" ? { query: { token: order_token } } : {}),
    ...(body ? { body: id === "cancelOrder" ? { ...body, token: order_token } : body } : {}),
  });
  return { status: reply.status, problem: { ...(reply.body as Problem), request_id: "" } };
}

test("somebody else's id in any route: as one that is not there, and everything as it was", async () => {
  const [mine, theirs] = [await furnish(), await furnish()];
  const hidden = await sell({ EUR: 900 }, false);
  const customer = await add_customer();
  const token = await owner();
  const another_kind = (path: string) => (path.startsWith("/v1/shop/carts/") ? mine.order.id : mine.cart.id);
  const inner: Ids = { ...theirs.product, line: theirs.cart.line };
  const outer = (path: string) => (path.includes("/products/") ? mine.product.id : mine.cart.id);
  const clerk = await hire();
  const [session] = (await call("listSessions", { token: clerk.token })).body.data;
  assert.ok(session);
  const before = await contents();
  let compared = 0;
  for (const { operation, method, path } of (await contract()).operations()) {
    const names = names_in(path);
    if (names.length === 0) continue;
    const all = (value: string): Ids => Object.fromEntries(names.map((name) => [name, value]));
    const pairs: [Ids, Ids][] = [[all(another_kind(path)), all(UNKNOWN)]];
    const last = names.at(-1) ?? "";
    if (names.length === 2 && names[0] === "id") {
      const foreign = inner[last];
      assert.ok(foreign, `${path} is new: say here whose ${last} would be somebody else's`);
      pairs.push([
        { id: outer(path), [last]: foreign },
        { id: outer(path), [last]: UNKNOWN },
      ]);
    }
    if (path.startsWith("/v1/shop/orders/")) pairs.push([{ id: mine.order.id }, { id: UNKNOWN }]);
    if (path.startsWith("/v1/auth/sessions/")) pairs.push([{ id: session.id }, { id: UNKNOWN }]);
    if (path.startsWith("/v1/admin/users/")) pairs.push([{ id: customer }, { id: UNKNOWN }]);
    if (path.startsWith("/v1/admin/customers/")) pairs.push([{ id: clerk.id }, { id: UNKNOWN }]);
    if (path === "/v1/shop/products/{id}") pairs.push([{ id: hidden.product_id }, { id: UNKNOWN }]);
    for (const [foreign, missing] of pairs) {
      const id = operation.operationId as Operation;
      const where = `${method} ${path} ${JSON.stringify(foreign)}`;
      const answer = await asked(id, foreign, token, theirs.order.token);
      assert.equal(answer.status, 404, `${where}: ${JSON.stringify(answer.problem)}`);
      assert.deepEqual(answer, await asked(id, missing, token, theirs.order.token), where);
      ++compared;
    }
  }
  assert.ok(compared >= 40, `${compared} compared`);
  assert.deepEqual(await contents(), before);
});

test("the ids with which nothing was found are good for whom they belong to", async () => {
  const mine = await furnish();
  const { id, token } = mine.order;
  assert.equal((await call("trackOrder", { path: { id }, query: { token } })).body.id, id);
  const path = { id: mine.cart.id, line: mine.cart.line };
  assert.equal((await call("updateCartLine", { path, body: { quantity: 2 } })).body.lines[0]?.quantity, 2);
  const { variant_id, media_id } = mine.product;
  const of = { token: await owner(), headers: { "if-match": "*" } };
  const product = { id: mine.product.id };
  await call("changeMedia", { ...of, path: { ...product, media_id }, body: { alt: "A mug" } });
  await call("changeVariant", { ...of, path: { ...product, variant_id }, body: { weight_grams: 1 } });
});
