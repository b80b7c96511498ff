// Products that tests of the catalogue make and change, as staff would.
import { strict as assert } from "node:assert";

import { call, owner, send, type Answer } from "./harness.ts";
import { unique } from "./shop.ts";

export const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
export const ANY_VERSION = { "if-match": "*" };
export type Product = Answer<"createProduct">;

export async function make(body: object = {}): Promise<Product> {
  const made = await send("createProduct", {
    token: await owner(),
    body: { title: unique("Thing"), ...body },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body as Product;
}

export async function change(id: string, body: object): Promise<Product> {
  const reply = await send("changeProduct", {
    token: await owner(),
    path: { id },
    headers: ANY_VERSION,
    body,
  });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body as Product;
}

export const load = async (id: string) =>
  (await call("loadProduct", { token: await owner(), path: { id } })).body;
export const shown = async (key: string) => (await send("viewProduct", { path: { id: key } })).status === 200;

export const shirt = () => {
  const sku = unique("SKU");
  return {
    title: "Crème brûlée shirt",
    handle: unique("creme-brulee-shirt"),
    description_html: "<p>Soft <strong>cotton</strong></p>",
    vendor: "Zoë & Söhne",
    product_type: "Shirts",
    options: [
      { name: "Size", values: ["S", "M"] },
      { name: "Colour", values: ["Red", "Blue"] },
    ],
    variants: [
      {
        options: [
          { name: "Size", value: "S" },
          { name: "Colour", value: "Red" },
        ],
        sku: `${sku}-1`,
        barcode: "4006381333931",
        weight_grams: 180,
        prices: [
          { currency: "USD", amount: 2199, compare_at_amount: 2999 },
          { currency: "EUR", amount: 1999 },
        ],
      },
      {
        options: [
          { name: "Colour", value: "Blue" },
          { name: "Size", value: "M" },
        ],
        sku: `${sku}-2`,
        requires_shipping: false,
        taxable: false,
      },
    ],
    media: [
      { url: `https://example.com/${sku}.jpg`, alt: "From the front" },
      { url: `https://example.com/${sku}-b.jpg` },
    ],
    tags: ["summer", "cotton", "summer"],
  };
};
