// Products through their life: made, changed, published, withdrawn, archived; and what the shop shows of them.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { ANY_VERSION, change, load, make, shirt, shown, UNKNOWN } from "./goods.ts";
import { call, owner, pointers, refused, send, type Answer } from "./harness.ts";
import { unique } from "./shop.ts";
import { matching } from "./staff.ts";

test("createProduct, loadProduct, viewProduct: what was said is what is told, to staff and to shoppers", async () => {
  const token = await owner();
  const category = (await call("createCategory", { token, body: { name: unique("Shirts") } })).body;
  const body = { ...shirt(), published: true, categories: [category.id] };
  const made = await call("createProduct", { token, body });
  const product = made.body;
  const { title, handle, vendor, product_type, description_html, options } = body;
  assert.deepEqual(
    [
      product.title,
      product.handle,
      product.vendor,
      product.product_type,
      product.description_html,
      product.version,
    ],
    [title, handle, vendor, product_type, description_html, 1],
  );
  assert.deepEqual(product.options, options);
  assert.deepEqual(product.tags, ["cotton", "summer"]);
  assert.deepEqual(product.categories, [{ id: category.id, handle: category.handle, name: category.name }]);
  assert.deepEqual(
    product.media.map(({ url, alt }) => [url, alt]),
    body.media.map((one) => [one.url, one.alt ?? ""]),
  );
  const [first, second] = product.variants;
  assert.ok(first && second);
  assert.deepEqual(
    [first.title, first.barcode, first.weight_grams, first.taxable],
    ["S / Red", "4006381333931", 180, true],
  );
  assert.deepEqual(first.prices, [
    { currency: "EUR", amount: 1999, compare_at_amount: null },
    { currency: "USD", amount: 2199, compare_at_amount: 2999 },
  ]);
  assert.deepEqual(
    [second.title, second.requires_shipping, second.taxable, second.prices],
    ["M / Blue", false, false, []],
  );
  const read = await call("loadProduct", { token, path: { id: product.id } });
  assert.deepEqual(read.body, product);
  assert.equal(read.headers.get("etag"), made.headers.get("etag"));

  const [by_id, by_handle] = await Promise.all([
    call("viewProduct", { path: { id: product.id }, query: { currency: "USD" } }),
    call("viewProduct", { path: { id: handle }, query: { currency: "USD" } }),
  ]);
  assert.deepEqual(by_id.body, by_handle.body);
  const [sold, unsold] = by_id.body.variants;
  assert.deepEqual(
    [sold?.price, sold?.compare_at_price],
    [
      { amount: 2199, currency: "USD" },
      { amount: 2999, currency: "USD" },
    ],
  );
  assert.deepEqual([unsold?.price, unsold?.available], [null, 0]);
  for (const secret of ["version", "archived", "barcode", "weight_grams", "prices"])
    assert.ok(!(secret in by_id.body) && !(secret in (sold ?? {})), `a shopper is not told ${secret}`);
  const yen = await call("viewProduct", { path: { id: handle }, query: { currency: "JPY" } });
  assert.ok(yen.body.variants.every((one) => one.price === null));
  await refused("viewProduct", 404, "product_not_found", { path: { id: "no-such-thing" } });
  await refused("viewProduct", 422, "invalid_request", {
    path: { id: handle },
    query: { currency: "dollars" },
  });
  await refused("loadProduct", 404, "product_not_found", { token, path: { id: UNKNOWN } });
});

test("createProduct: a handle is made from the title, and taken once, drafts and archived ones included", async () => {
  const token = await owner();
  const word = unique("ärger");
  const made = await make({ title: `Größe & ${word}!` });
  assert.equal(made.handle, `grosse-${word.replace("ä", "a")}`);
  await refused("createProduct", 409, "handle_taken", { token, body: { title: "T", handle: made.handle } });
  await call("removeProduct", { token, path: { id: made.id }, headers: ANY_VERSION });
  await refused("createProduct", 409, "handle_taken", { token, body: { title: "T", handle: made.handle } });
  for (const next of [2, 3])
    assert.equal((await make({ title: `Größe & ${word}!` })).handle, `${made.handle}-${next}`);
  const other = await make();
  await refused("changeProduct", 409, "handle_taken", {
    token,
    path: { id: other.id },
    headers: ANY_VERSION,
    body: { handle: made.handle },
  });
  assert.equal((await load(other.id)).version, 1);
  assert.match((await make({ title: "東京" })).handle, /^product-[0-9a-f-]{36}$/);
});

test("changeProduct, removeProduct: draft, published, withdrawn, archived and back; shoppers see the published", async () => {
  const token = await owner();
  const tag = unique("life");
  const product = await make({ tags: [tag] });
  const { id, handle } = product;
  const path = { id };
  const states = async () => {
    const found: string[] = [];
    for (const state of ["draft", "published", "archived"] as const)
      if ((await call("listProducts", { token, query: { state, tag } })).body.data.length > 0)
        found.push(state);
    const browsed = (await call("browseProducts", { query: { tag } })).body.data.map((one) => one.id);
    assert.deepEqual(browsed, found.includes("published") ? [id] : []);
    for (const key of [id, handle]) assert.equal(await shown(key), found.includes("published"), key);
    return found;
  };
  assert.deepEqual(await states(), ["draft"]);
  const published = await change(id, { published: true });
  assert.ok(published.published_at);
  assert.deepEqual(await states(), ["published"]);
  await change(id, { published: false });
  assert.deepEqual(await states(), ["draft"]);
  await change(id, { published: true });
  const { version } = await load(id);
  await refused("removeProduct", 428, "version_required", { token, path });
  await refused("removeProduct", 412, "version_stale", {
    token,
    path,
    headers: { "if-match": `"${version - 1}-x"` },
  });
  const headers = matching(await call("loadProduct", { token, path }));
  assert.equal((await call("removeProduct", { token, path, headers })).status, 204);
  assert.deepEqual(await states(), ["archived"]);
  assert.ok((await load(id)).archived_at);
  await change(id, { archived: false });
  assert.deepEqual(await states(), ["published"]);
  for (const missing of ["changeProduct", "removeProduct"] as const)
    await refused(missing, 404, "product_not_found", {
      token,
      path: { id: UNKNOWN },
      headers: ANY_VERSION,
      ...(missing === "changeProduct" ? { body: { title: "T" } } : {}),
    });
});

test("changeProduct: at the version seen; what changes nothing makes no version; null is no value", async () => {
  const token = await owner();
  const product = await make({ tags: ["a"], vendor: "V" });
  const path = { id: product.id };
  const seen = await call("loadProduct", { token, path });
  assert.equal(seen.headers.get("etag"), (await call("loadProduct", { token, path })).headers.get("etag"));
  const unchanged = { "if-none-match": seen.headers.get("etag") ?? "" };
  assert.equal((await send("loadProduct", { token, path, headers: unchanged })).status, 304);
  await refused("changeProduct", 428, "version_required", { token, path, body: { title: "Blind" } });
  const changed = await call("changeProduct", {
    token,
    path,
    headers: matching(seen),
    body: { title: "New", tags: [] },
  });
  assert.deepEqual(
    [changed.body.title, changed.body.tags, changed.body.vendor, changed.body.version],
    ["New", [], "V", 2],
  );
  await refused("changeProduct", 412, "version_stale", {
    token,
    path,
    headers: matching(seen),
    body: { title: "Late" },
  });
  for (const nonsense of ['W/"2-0"', '"x"', '"-1-0"', "2", '""', '"99999999999999999999-0"']) {
    const headers = { "if-match": nonsense };
    await refused("changeProduct", 412, "version_stale", { token, path, headers, body: { title: "Late" } });
  }
  const now = await load(product.id);
  const same = await call("changeProduct", { token, path, headers: ANY_VERSION, body: { title: now.title } });
  assert.equal(same.body.version, now.version);
  assert.equal((await send("loadProduct", { token, path, headers: unchanged })).status, 200);
  const problem = await refused("changeProduct", 422, "invalid_request", {
    token,
    path,
    headers: ANY_VERSION,
    body: { title: null, published: "yes", tags: null, version: 7, id: UNKNOWN },
  });
  assert.deepEqual(pointers(problem), ["/id", "/published", "/tags", "/title", "/version"]);
});

test("viewProduct: 304 until the product changes", async () => {
  const product = await make({ published: true });
  const path = { id: product.handle };
  const etag = (await call("viewProduct", { path })).headers.get("etag") ?? "";
  assert.equal((await send("viewProduct", { path, headers: { "if-none-match": etag } })).status, 304);
  await change(product.id, { title: "Renamed" });
  const fresh = await send("viewProduct", { path, headers: { "if-none-match": etag } });
  assert.equal((fresh.body as Answer<"viewProduct">).title, "Renamed");
});

test("createProduct: every fault at once, and nothing is made", async () => {
  const token = await owner();
  const vendor = unique("Vendor");
  const problem = await refused("createProduct", 422, "invalid_request", {
    token,
    body: {
      title: "",
      handle: "Not A Handle",
      vendor: vendor.padEnd(201, "x"),
      published: 1,
      options: [{ name: "Size", values: [] }],
      variants: [
        {
          sku: "",
          weight_grams: -1,
          prices: [
            { currency: "EURO", amount: 1.5 },
            { currency: "EUR", amount: -1 },
          ],
        },
        { prices: [{ amount: 1 }], colour: "red" },
      ],
      media: [{ url: "javascript:alert(1)" }, { url: "/relative.jpg", alt: "x".repeat(501) }],
      categories: ["1"],
      tags: ["", "x".repeat(101)],
      total: 1,
    },
  });
  assert.deepEqual(
    pointers(problem),
    [
      "/categories/0",
      "/handle",
      "/media/0/url",
      "/media/1/alt",
      "/media/1/url",
      "/options/0/values",
      "/published",
      "/tags/0",
      "/tags/1",
      "/title",
      "/total",
      "/variants/0/prices/0/amount",
      "/variants/0/prices/0/currency",
      "/variants/0/prices/1/amount",
      "/variants/0/sku",
      "/variants/0/weight_grams",
      "/variants/1/colour",
      "/variants/1/prices/0/currency",
      "/vendor",
    ].sort(),
  );
  // Well formed, but not a product.
  const meaning = await refused("createProduct", 422, "invalid_request", {
    token,
    body: {
      title: "T",
      handle: UNKNOWN,
      vendor,
      options: [
        { name: "Size", values: ["S", "S"] },
        { name: "Size", values: ["M"] },
      ],
      variants: [
        { options: [{ name: "Colour", value: "Red" }], sku: "same" },
        {
          options: [{ name: "Size", value: "XL" }],
          sku: "same",
          prices: [
            { currency: "EUR", amount: 1 },
            { currency: "EUR", amount: 2 },
          ],
        },
      ],
      media: [{ url: "https://example.com/a" }, { url: "https://example.com/a" }],
      categories: [UNKNOWN],
    },
  });
  const named = pointers(meaning);
  for (const pointer of [
    "/handle",
    "/options/0/values/1",
    "/options/1/name",
    "/variants/0/options/0/name",
    "/variants/1/options/0/value",
    "/variants/1/prices/1/currency",
    "/variants/1/sku",
    "/media/1/url",
    "/categories/0",
  ])
    assert.ok(named.includes(pointer), `${pointer} in ${named.join(" ")}`);
  assert.deepEqual((await call("listProducts", { token, query: { vendor } })).body.data, []);
});

test("createProduct: under one key one product; the key with another body is refused", async () => {
  const token = await owner();
  const headers = { "idempotency-key": unique("key") };
  const body = { title: unique("Once"), vendor: unique("Vendor") };
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => send("createProduct", { token, headers, body })),
  );
  for (const reply of replies) assert.ok([201, 409].includes(reply.status), JSON.stringify(reply.body));
  const again = await call("createProduct", { token, headers, body });
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  await refused("createProduct", 422, "idempotency_key_reused", {
    token,
    headers,
    body: { ...body, title: "Other" },
  });
  const found = (await call("listProducts", { token, query: { vendor: body.vendor } })).body.data;
  assert.deepEqual(
    found.map((one) => one.id),
    [again.body.id],
  );
});
