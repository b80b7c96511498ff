// Things that tests sell, made through the API as staff would make them.
import { randomBytes } from "node:crypto";
import { strict as assert } from "node:assert";

import { call, owner, type Answer } from "./harness.ts";

// A word that no other test uses, for handles, codes and SKUs.
export const unique = (word: string) => `${word}-${randomBytes(5).toString("hex")}`;

export interface Sold {
  product_id: string;
  variant_id: string;
  handle: string;
}

export async function sell(prices: Record<string, number>, published = true): Promise<Sold> {
  const handle = unique("mug");
  const made = await call("createProduct", {
    token: await owner(),
    body: {
      title: `The ${handle}`,
      handle,
      published,
      variants: [
        { sku: handle, prices: Object.entries(prices).map(([currency, amount]) => ({ currency, amount })) },
      ],
    },
  });
  const variant = made.body.variants[0];
  assert.ok(variant);
  return { product_id: made.body.id, variant_id: variant.id, handle };
}

export async function ship(rates: Record<string, number>): Promise<string> {
  const made = await call("createShippingMethod", {
    token: await owner(),
    body: {
      code: unique("post"),
      name: "Post",
      rates: Object.entries(rates).map(([currency, amount]) => ({ currency, amount })),
    },
  });
  return made.body.id;
}

export async function open_location(priority = 0): Promise<Answer<"createLocation">> {
  const code = unique("place");
  return (
    await call("createLocation", { token: await owner(), body: { code, name: `The ${code}`, priority } })
  ).body;
}

export async function put_in_stock(variant_id: string, location_id: string, quantity: number): Promise<void> {
  await call("adjustStock", {
    token: await owner(),
    headers: { "idempotency-key": unique("received") },
    body: { variant_id, location_id, quantity, reason: "received" },
  });
}

export const address = {
  name: "Zoë Ångström",
  company: "Łódź & Söhne",
  line1: "東京都千代田区 1-1",
  city: "Genève",
  postal_code: "1201",
  country: "CH",
};

// A cart that can be ordered: so many of each variant, an address, an e-mail and a way to ship.
export async function fill_cart(lines: Record<string, number>): Promise<Answer<"updateCart">> {
  const path = { id: (await call("createCart", { body: { currency: "EUR" } })).body.id };
  for (const [variant_id, quantity] of Object.entries(lines))
    await call("addCartLine", { path, body: { variant_id, quantity } });
  const shipping_method_id = await ship({ EUR: 490 });
  const body = { email: `${unique("zoe")}@example.com`, shipping_address: address, shipping_method_id };
  return (await call("updateCart", { path, body })).body;
}
