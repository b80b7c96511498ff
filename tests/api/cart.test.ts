// A shopper's cart from the first line to the last change, and the shipping methods that staff keep for it.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, pointers, refused, send, type Answer } from "./harness.ts";
import { address, sell, ship, unique } from "./shop.ts";

const UNKNOWN = "01936f1e-7a2b-4cc3-9d41-8a5e0c3b2f10";
const eur = (amount: number) => ({ amount, currency: "EUR" });

const new_cart = async () => (await call("createCart", { body: { currency: "EUR" } })).body;

test("createCart: an empty cart in the currency asked for, or the shop's own", async () => {
  const cart = await new_cart();
  assert.match(cart.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(cart.lines, []);
  assert.equal(cart.version, 1);
  assert.deepEqual(cart.totals, {
    subtotal: eur(0),
    discount: eur(0),
    shipping: eur(0),
    tax: eur(0),
    total: eur(0),
  });
  for (const body of [undefined, {}]) {
    const own = await send("createCart", body === undefined ? {} : { body });
    assert.equal(own.status, 201);
    assert.match((own.body as Answer<"createCart">).currency, /^[A-Z]{3}$/);
  }
  await refused("createCart", 422, "invalid_request", { body: { currency: "XYZ" } });
});

test("getCart: what a write answered is what is read; another id is 404", async () => {
  const cart = await new_cart();
  assert.deepEqual((await call("getCart", { path: { id: cart.id } })).body, cart);
  await refused("getCart", 404, "cart_not_found", { path: { id: UNKNOWN } });
  await refused("getCart", 422, "invalid_request", { path: { id: "1' or '1'='1" } });
});

test("addCartLine: adds up, prices from the catalogue", async () => {
  const [mug, cup] = [await sell({ EUR: 1999, USD: 2199 }), await sell({ EUR: 250 })];
  const path = { id: (await new_cart()).id };
  await call("addCartLine", { path, body: { variant_id: mug.variant_id, quantity: 1 } });
  await call("addCartLine", { path, body: { variant_id: cup.variant_id, quantity: 4 } });
  const cart = (await call("addCartLine", { path, body: { variant_id: mug.variant_id, quantity: 2 } })).body;
  assert.equal(cart.version, 4);
  assert.deepEqual(
    cart.lines.map((line) => [
      line.variant_id,
      line.product_handle,
      line.quantity,
      line.unit_price,
      line.total,
    ]),
    [
      [mug.variant_id, mug.handle, 3, eur(1999), eur(5997)],
      [cup.variant_id, cup.handle, 4, eur(250), eur(1000)],
    ],
  );
  assert.deepEqual(cart.totals?.total, eur(6997));
  assert.deepEqual((await call("getCart", { path })).body, cart);
});

test("addCartLine: refuses what cannot be bought, and writes nothing", async () => {
  const [dollars_only, draft, dear] = [
    await sell({ USD: 5 }),
    await sell({ EUR: 5 }, false),
    await sell({ EUR: 10 ** 12 }),
  ];
  const cart = await new_cart();
  const path = { id: cart.id };
  const add = (variant_id: unknown, quantity: unknown) => ({ path, body: { variant_id, quantity } });
  for (const variant of [dollars_only.variant_id, draft.variant_id, UNKNOWN]) {
    const problem = await refused("addCartLine", 422, "variant_not_for_sale", add(variant, 1));
    assert.deepEqual(pointers(problem), ["/variant_id"]);
  }
  assert.deepEqual(pointers(await refused("addCartLine", 422, "invalid_request", add("x", 0))), [
    "/quantity",
    "/variant_id",
  ]);
  for (const quantity of [0, -1, 10_001, "1", true, null])
    await refused("addCartLine", 422, "invalid_request", add(dear.variant_id, quantity));
  await refused("addCartLine", 409, "cart_total_too_large", add(dear.variant_id, 1001));
  for (const extra of [{ unit_price: eur(1) }, { total: 0 }, { price: 1 }])
    await refused("addCartLine", 422, "invalid_request", {
      path,
      body: { variant_id: dear.variant_id, quantity: 1, ...extra },
    });
  await refused("addCartLine", 404, "cart_not_found", {
    path: { id: UNKNOWN },
    body: { variant_id: dear.variant_id, quantity: 1 },
  });
  assert.deepEqual((await call("getCart", { path })).body, cart);
});

test("addCartLine: repeated under one Idempotency-Key adds once", async () => {
  const mug = await sell({ EUR: 100 });
  const path = { id: (await new_cart()).id };
  const body = { variant_id: mug.variant_id, quantity: 2 };
  const headers = { "idempotency-key": unique("key") };
  const first = await call("addCartLine", { path, body, headers });
  const again = await call("addCartLine", { path, body, headers });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(again.body, first.body);
  await refused("addCartLine", 422, "idempotency_key_reused", {
    path,
    body: { ...body, quantity: 3 },
    headers,
  });
});

test("updateCartLine, removeCartLine: change, remove, and miss", async () => {
  const mug = await sell({ EUR: 100 });
  const path = { id: (await new_cart()).id };
  const cart = (await call("addCartLine", { path, body: { variant_id: mug.variant_id, quantity: 1 } })).body;
  const line = { ...path, line: cart.lines[0]?.id ?? "" };
  const changed = await call("updateCartLine", { path: line, body: { quantity: 10_000 } });
  assert.deepEqual(changed.body.totals?.total, eur(1_000_000));
  await refused("addCartLine", 422, "quantity_too_large", {
    path,
    body: { variant_id: mug.variant_id, quantity: 1 },
  });
  await refused("updateCartLine", 422, "invalid_request", { path: line, body: { quantity: 0 } });
  const other = { id: (await new_cart()).id, line: line.line };
  await refused("updateCartLine", 404, "cart_line_not_found", { path: other, body: { quantity: 1 } });
  await refused("removeCartLine", 404, "cart_line_not_found", { path: other });
  assert.deepEqual((await call("removeCartLine", { path: line })).body.lines, []);
  await refused("removeCartLine", 404, "cart_line_not_found", { path: line });
});

test("updateCart: sets, keeps and clears, with every fault at once", async () => {
  const method = await ship({ EUR: 490 });
  const path = { id: (await new_cart()).id };
  const set = await call("updateCart", {
    path,
    body: {
      email: "zoe@example.com",
      shipping_address: address,
      shipping_method_id: method,
    },
  });
  assert.deepEqual(set.body.shipping_address, address);
  assert.deepEqual(set.body.shipping_method, { id: method, name: "Post", price: eur(490) });
  assert.deepEqual(set.body.totals?.total, eur(490));
  const kept = await call("updateCart", { path, body: { billing_address: address } });
  assert.deepEqual(kept.body.shipping_address, address);
  const cleared = await call("updateCart", {
    path,
    body: {
      email: null,
      shipping_address: null,
      billing_address: null,
      shipping_method_id: null,
      discount_codes: [],
    },
  });
  for (const field of ["email", "shipping_address", "billing_address", "shipping_method"] as const)
    assert.equal(cleared.body[field], null, field);
  const problem = await refused("updateCart", 422, "invalid_request", {
    path,
    body: {
      email: "zoe",
      shipping_address: { ...address, country: "ch", line1: "x".repeat(201), planet: "Earth" },
      discount_codes: ["A", ""],
    },
  });
  assert.deepEqual(pointers(problem), [
    "/discount_codes/1",
    "/email",
    "/shipping_address/country",
    "/shipping_address/line1",
    "/shipping_address/planet",
  ]);
  const codes = await refused("updateCart", 422, "discount_code_unknown", {
    path,
    body: { discount_codes: ["SUMMER", "WINTER"] },
  });
  assert.deepEqual(pointers(codes), ["/discount_codes/0", "/discount_codes/1"]);
  const nowhere = await refused("updateCart", 422, "shipping_method_not_offered", {
    path,
    body: { shipping_method_id: UNKNOWN },
  });
  assert.deepEqual(pointers(nowhere), ["/shipping_method_id"]);
  const both = await refused("updateCart", 422, "discount_code_unknown", {
    path,
    body: { shipping_method_id: UNKNOWN, discount_codes: ["SUMMER"] },
  });
  assert.deepEqual(pointers(both), ["/discount_codes/0", "/shipping_method_id"]);
});

test("getCart: shows nothing of a product that left the shop", async () => {
  const mug = await sell({ EUR: 100 });
  const path = { id: (await new_cart()).id };
  await call("addCartLine", { path, body: { variant_id: mug.variant_id, quantity: 2 } });
  const token = await owner();
  const product = { id: mug.product_id };
  const read = await call("loadProduct", { token, path: product });
  await call("changeProduct", {
    token,
    path: product,
    headers: { "if-match": read.headers.get("etag") ?? "" },
    body: { published: false, title: "The secret next mug" },
  });
  const { lines, totals } = (await call("getCart", { path })).body;
  assert.deepEqual(lines, [
    {
      id: lines[0]?.id,
      variant_id: mug.variant_id,
      product_handle: null,
      product_title: null,
      variant_title: null,
      sku: null,
      image_url: null,
      quantity: 2,
      for_sale: false,
      unit_price: null,
      total: null,
    },
  ]);
  assert.deepEqual(totals?.total, eur(0));
});

test("updateCart: If-Match is honoured when it is sent", async () => {
  const cart = await call("createCart", { body: {} });
  const path = { id: cart.body.id };
  const etag = cart.headers.get("etag") ?? "";
  await call("updateCart", { path, body: { email: "a@example.com" }, headers: { "if-match": etag } });
  await refused("updateCart", 412, "version_stale", {
    path,
    body: { email: null },
    headers: { "if-match": etag },
  });
  assert.equal((await call("getCart", { path })).body.email, "a@example.com");
});

test("addCartLine: twenty at once lose nothing", async () => {
  const mug = await sell({ EUR: 100 });
  const path = { id: (await new_cart()).id };
  const body = { variant_id: mug.variant_id, quantity: 1 };
  await Promise.all(Array.from({ length: 20 }, () => call("addCartLine", { path, body })));
  const cart = (await call("getCart", { path })).body;
  assert.deepEqual([cart.lines.length, cart.lines[0]?.quantity, cart.version], [1, 20, 21]);
});

test("createShippingMethod, updateShippingMethod, listShippingMethods, listShippingOffers: kept by staff", async () => {
  const token = await owner();
  const code = unique("express");
  const body = { code, name: "Express", rates: [{ amount: 1290, currency: "CHF" }] };
  const made = await call("createShippingMethod", { token, body });
  await refused("createShippingMethod", 409, "shipping_method_code_taken", { token, body });
  await refused("createShippingMethod", 401, "authentication_required", { body });
  const offered = async () => {
    const page = await call("listShippingOffers", { query: { currency: "CHF", limit: 100 } });
    return page.body.data.find((offer) => offer.code === code);
  };
  assert.deepEqual((await offered())?.price, { amount: 1290, currency: "CHF" });
  const path = { id: made.body.id };
  await refused("updateShippingMethod", 428, "version_required", { token, path, body: { archived: true } });
  const etag = made.headers.get("etag") ?? "";
  const gone = await call("updateShippingMethod", {
    token,
    path,
    body: { archived: true },
    headers: { "if-match": etag },
  });
  assert.equal(gone.body.archived, true);
  assert.equal(await offered(), undefined);
  const all = await call("listShippingMethods", { token, query: { limit: 100 } });
  assert.deepEqual(
    all.body.data.find((method) => method.id === path.id),
    gone.body,
  );
});
