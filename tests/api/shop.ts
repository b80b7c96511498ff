// Things that tests sell, made through the API as staff would make them.
import { randomBytes } from "node:crypto";
import { strict as assert } from "node:assert";

import { call, owner } from "./harness.ts";

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
