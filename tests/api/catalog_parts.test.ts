// What a product is made of: its variants, their prices, its pictures.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { ANY_VERSION, make, shirt, UNKNOWN } from "./goods.ts";
import { call, owner, pointers, refused } from "./harness.ts";
import { unique } from "./shop.ts";
import { matching } from "./staff.ts";

test("addVariant, changeVariant, removeVariant: each names one value of every option, once", async () => {
  const token = await owner();
  const product = await make(shirt());
  const path = { id: product.id };
  const choices = (size: string, colour: string) => [
    { name: "Size", value: size },
    { name: "Colour", value: colour },
  ];
  const sku = unique("XL");
  const added = await call("addVariant", {
    token,
    path,
    body: { options: choices("XL", "Red"), sku, prices: [{ currency: "EUR", amount: 5 }] },
  });
  assert.deepEqual(added.body.options[0]?.values, ["S", "M", "XL"], "a new value widens the option");
  const variant = added.body.variants.at(-1);
  assert.ok(variant?.title === "XL / Red" && variant.sku === sku);
  await refused("addVariant", 409, "variant_taken", { token, path, body: { options: choices("XL", "Red") } });
  await refused("addVariant", 409, "sku_taken", {
    token,
    path,
    body: { options: choices("S", "Blue"), sku },
  });
  const incomplete = await refused("addVariant", 422, "invalid_request", {
    token,
    path,
    body: {
      options: [
        { name: "Size", value: "S" },
        { name: "Cut", value: "Slim" },
      ],
    },
  });
  assert.deepEqual(pointers(incomplete), ["/options", "/options/1/name"]);
  await refused("addVariant", 412, "version_stale", {
    token,
    path,
    headers: { "if-match": '"1-0"' },
    body: { options: choices("L", "Red") },
  });

  const of_variant = { ...path, variant_id: variant.id };
  await refused("changeVariant", 428, "version_required", { token, path: of_variant, body: { sku: null } });
  const media_id = product.media[0]?.id ?? "";
  const body = {
    sku: null,
    barcode: "123",
    weight_grams: 7,
    taxable: false,
    media_id,
    options: choices("XL", "Blue"),
  };
  const changed = await call("changeVariant", { token, path: of_variant, headers: ANY_VERSION, body });
  const now = changed.body.variants.find((one) => one.id === variant.id);
  assert.deepEqual(
    [now?.title, now?.sku, now?.barcode, now?.weight_grams, now?.taxable, now?.media_id, now?.prices],
    ["XL / Blue", null, "123", 7, false, media_id, variant.prices],
  );
  await refused("changeVariant", 409, "variant_taken", {
    token,
    path: of_variant,
    headers: ANY_VERSION,
    body: { options: choices("S", "Red") },
  });
  const other = await make(shirt());
  await refused("changeVariant", 409, "sku_taken", {
    token,
    path: of_variant,
    headers: ANY_VERSION,
    body: { sku: other.variants[0]?.sku },
  });
  const foreign = await refused("changeVariant", 422, "invalid_request", {
    token,
    path: of_variant,
    headers: ANY_VERSION,
    body: { media_id: other.media[0]?.id },
  });
  assert.deepEqual(pointers(foreign), ["/media_id"]);
  for (const id of ["changeVariant", "removeVariant"] as const)
    await refused(id, 404, "variant_not_found", {
      token,
      path: { id: other.id, variant_id: variant.id },
      headers: ANY_VERSION,
      ...(id === "changeVariant" ? { body: { taxable: true } } : {}),
    });
  const left = await call("removeVariant", { token, path: of_variant, headers: ANY_VERSION });
  assert.deepEqual(
    left.body.variants.map((one) => one.id),
    product.variants.map((one) => one.id),
  );
  await refused("removeVariant", 404, "variant_not_found", { token, path: of_variant, headers: ANY_VERSION });
  // What it was called is free again.
  await call("addVariant", { token, path, body: { options: choices("XL", "Blue"), sku } });
});

test("setPrices: replaces them all, one for each currency, at the version seen", async () => {
  const token = await owner();
  const product = await make({ ...shirt(), published: true });
  const variant_id = product.variants[0]?.id ?? "";
  const path = { id: product.id, variant_id };
  const prices = [
    { currency: "JPY", amount: 1_000_000_000_000 },
    { currency: "KWD", amount: 0, compare_at_amount: 1 },
  ];
  await refused("setPrices", 428, "version_required", { token, path, body: { prices } });
  const headers = matching(await call("loadProduct", { token, path: { id: product.id } }));
  const set = await call("setPrices", { token, path, headers, body: { prices } });
  assert.deepEqual(set.body.variants[0]?.prices, [{ ...prices[0], compare_at_amount: null }, prices[1]]);
  await refused("setPrices", 412, "version_stale", { token, path, headers, body: { prices: [] } });
  const shop = async (currency: string) =>
    (await call("viewProduct", { path: { id: product.id }, query: { currency } })).body.variants[0]?.price;
  assert.deepEqual(await shop("JPY"), { amount: 1_000_000_000_000, currency: "JPY" });
  assert.equal(await shop("EUR"), null);
  for (const [wrong, pointer] of [
    [
      [
        { currency: "EUR", amount: 1 },
        { currency: "EUR", amount: 2 },
      ],
      "/prices/1/currency",
    ],
    [[{ currency: "XXQ", amount: 1 }], "/prices/0/currency"],
    [[{ currency: "EUR", amount: "1" }], "/prices/0/amount"],
    [[{ currency: "EUR", amount: 9223372036854775807n.toString() }], "/prices/0/amount"],
    [Array.from({ length: 51 }, () => ({ currency: "EUR", amount: 1 })), "/prices"],
  ] as const) {
    const problem = await refused("setPrices", 422, "invalid_request", {
      token,
      path,
      headers: ANY_VERSION,
      body: { prices: wrong },
    });
    assert.ok(pointers(problem).includes(pointer), `${pointer}: ${JSON.stringify(problem.errors)}`);
  }
  await call("setPrices", { token, path, headers: ANY_VERSION, body: { prices: [] } });
  assert.equal(await shop("JPY"), null);
  const elsewhere = { id: product.id, variant_id: UNKNOWN };
  await refused("setPrices", 404, "variant_not_found", {
    token,
    path: elsewhere,
    headers: ANY_VERSION,
    body: { prices },
  });
});

test("addMedia, removeMedia: pictures in the order they came, each once", async () => {
  const token = await owner();
  const product = await make(shirt());
  const path = { id: product.id };
  const url = "https://example.com/side view.jpg?size=L&x=ü".replace(" ", "%20").replace("ü", "%C3%BC");
  const added = await call("addMedia", { token, path, body: { url, alt: "Side 側面" } });
  const picture = added.body.media.at(-1);
  assert.ok(picture);
  assert.deepEqual([added.body.media.length, picture.url, picture.alt], [3, url, "Side 側面"]);
  await refused("addMedia", 409, "media_taken", { token, path, body: { url } });
  for (const wrong of [
    "ftp://example.com/a",
    "javascript:alert(1)",
    "//example.com/a",
    "https://",
    "a b",
    `https://example.com/${"x".repeat(2048)}`,
  ])
    assert.deepEqual(
      pointers(await refused("addMedia", 422, "invalid_request", { token, path, body: { url: wrong } })),
      ["/url"],
    );
  const variant_id = product.variants[0]?.id ?? "";
  await call("changeVariant", {
    token,
    path: { ...path, variant_id },
    headers: ANY_VERSION,
    body: { media_id: picture.id },
  });
  const of_picture = { ...path, media_id: picture.id };
  await refused("removeMedia", 428, "version_required", { token, path: of_picture });
  const left = await call("removeMedia", { token, path: of_picture, headers: ANY_VERSION });
  assert.deepEqual(left.body.media, product.media);
  assert.equal(left.body.variants[0]?.media_id, null, "no variant shows what is gone");
  await refused("removeMedia", 404, "media_not_found", { token, path: of_picture, headers: ANY_VERSION });
});

test("changeMedia, changeVariant: another text for a picture, another place for either", async () => {
  const token = await owner();
  const product = await make(shirt());
  const [first, second] = product.media;
  assert.ok(first && second);
  const path = { id: product.id, media_id: second.id };
  await refused("changeMedia", 428, "version_required", { token, path, body: { alt: "x" } });
  const body = { alt: "Side", position: 0 };
  const moved = (await call("changeMedia", { token, path, headers: ANY_VERSION, body })).body;
  assert.deepEqual(moved.media, [{ ...second, alt: "Side" }, first]);
  const unknown = { id: product.id, media_id: UNKNOWN };
  await refused("changeMedia", 404, "media_not_found", { token, path: unknown, headers: ANY_VERSION, body });

  const ids = product.variants.map((one) => one.id);
  const last = await call("changeVariant", {
    token,
    path: { id: product.id, variant_id: ids[0] ?? "" },
    headers: ANY_VERSION,
    body: { position: 10_000 },
  });
  const expected = [...ids.slice(1), ids[0]];
  assert.deepEqual(
    last.body.variants.map((one) => one.id),
    expected,
  );
  const read = (await call("loadProduct", { token, path: { id: product.id } })).body;
  assert.deepEqual(
    read.variants.map((one) => one.id),
    expected,
  );
});

type Option = { name: string; was?: string; values: string[]; existing?: string };

test("changeProduct: options are renamed, put in another order, and lose values that no variant has", async () => {
  const token = await owner();
  const product = await make(shirt());
  const path = { id: product.id };
  const change = async (options: Option[]) =>
    (await call("changeProduct", { token, path, headers: ANY_VERSION, body: { options } })).body;
  const [size, colour] = product.options;
  assert.ok(size?.name === "Size" && colour?.name === "Colour");
  const changed = await change([
    { name: "Farbe", was: "Colour", values: colour.values },
    { name: "Size", values: [...size.values, "XXL"].reverse() },
  ]);
  assert.deepEqual(changed.options, [
    { name: "Farbe", values: colour.values },
    { name: "Size", values: ["XXL", ...[...size.values].reverse()] },
  ]);
  for (const [i, one] of changed.variants.entries()) {
    const before = product.variants[i]?.options ?? [];
    assert.deepEqual(
      one.options.map((choice) => choice.value),
      before.map((choice) => choice.value).reverse(),
    );
    assert.equal(one.title, one.options.map((choice) => choice.value).join(" / "));
  }
  const wider = await change([
    { name: "Size", values: size.values },
    { name: "Farbe", values: colour.values },
    { name: "Cut", values: ["Slim", "Wide"], existing: "Slim" },
  ]);
  assert.ok(wider.variants.every((one) => one.options.at(-1)?.value === "Slim"));
  const read = (await call("loadProduct", { token, path })).body;
  assert.deepEqual([read.options, read.variants], [wider.options, wider.variants]);
  for (const [options, expected] of [
    [[{ name: "Size", values: ["none"] }], "/options/0/values"],
    [[{ name: "Cut", values: ["Slim"] }], "/options"],
    [wider.options.slice(0, 2).concat({ name: "Size", values: size.values }), "/options/2/name"],
    [[{ name: "New", values: ["a"] }], "/options/0"],
    [[{ name: "Size", was: "Weight", values: size.values }], "/options/0/was"],
  ] as const) {
    const problem = await refused("changeProduct", 422, "invalid_request", {
      token,
      path,
      headers: ANY_VERSION,
      body: { options },
    });
    assert.ok(pointers(problem).includes(expected), `${expected}: ${JSON.stringify(problem.errors)}`);
  }
  assert.deepEqual((await call("loadProduct", { token, path })).body.version, read.version);
});
