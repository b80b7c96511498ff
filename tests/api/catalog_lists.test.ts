// Lists of products: sorted, filtered, searched, and walked page by page without a gap or a repetition.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { ANY_VERSION, change, make, type Product } from "./goods.ts";
import { call, owner, pointers, refused } from "./harness.ts";
import { unique } from "./shop.ts";

type Asked = Record<string, string | number>;

// Every page, one after the other; a page is never longer than asked for.
async function walk(list: "listProducts" | "browseProducts", query: Asked, limit: number) {
  const seen: string[] = [];
  let after: string | null | undefined;
  do {
    const asked = { ...query, limit, ...(after ? { after } : {}) };
    const page = (await call(list, { token: await owner(), query: asked as never })).body;
    assert.ok(page.data.length <= limit);
    assert.ok(!page.next || page.data.length === limit, "a page with a successor is full");
    seen.push(...page.data.map((one) => one.id));
    after = page.next;
  } while (after && seen.length < 200);
  return seen;
}

const ids = (products: Product[]) => products.map((one) => one.id);

// In the order of the database: by code point, and by id where texts are equal.
const by_title = (a: Product, b: Product) =>
  Buffer.compare(Buffer.from(a.title), Buffer.from(b.title)) || (a.id < b.id ? -1 : 1);

test("listProducts: each sort order, each page size: nothing is left out, nothing comes twice", async () => {
  const tag = unique("walk");
  const titles = [
    "b",
    "B",
    "a",
    "ä",
    "Same",
    "Same",
    "Same",
    "🚀".repeat(300),
    `${"\\".repeat(299)}"`,
    "東京",
  ];
  const made: Product[] = [];
  for (const title of titles)
    made.push(await make({ title, handle: unique("walk"), tags: [tag], published: true }));
  const updated: Product[] = [];
  for (const one of [...made].reverse()) updated.push(await change(one.id, { vendor: "touched" }));
  const titled = ids([...made].sort(by_title));
  const orders: Record<string, string[]> = {
    created_at: ids(made),
    "-created_at": ids(made).reverse(),
    updated_at: ids(updated),
    "-updated_at": ids(updated).reverse(),
    title: titled,
    "-title": [...titled].reverse(),
  };
  for (const [sort, expected] of Object.entries(orders))
    for (const limit of [1, 3, 10, 100])
      assert.deepEqual(await walk("listProducts", { tag, sort }, limit), expected, `${sort} by ${limit}`);
  assert.deepEqual(
    await walk("listProducts", { tag }, 4),
    ids(made).reverse(),
    "newest first when nothing is said",
  );
  for (const [sort, expected] of [
    ["title", titled],
    ["-title", [...titled].reverse()],
    ["-published_at", ids(made).reverse()],
  ] as const)
    for (const limit of [1, 3, 100])
      assert.deepEqual(await walk("browseProducts", { tag, sort }, limit), expected, `${sort} by ${limit}`);
});

test("a walk goes on while products come and go", async () => {
  const tag = unique("moving");
  const made: Product[] = [];
  for (let i = 0; i < 6; ++i) made.push(await make({ title: `T${i}`, tags: [tag], published: true }));
  const query = { tag, sort: "title", limit: 2 } as const;
  const first = (await call("browseProducts", { query })).body;
  await change(made[1]?.id ?? "", { published: false });
  await change(made[2]?.id ?? "", { archived: true });
  await make({ title: "T0b", tags: [tag], published: true });
  await make({ title: "T4b", tags: [tag], published: true });
  const rest: string[] = [];
  for (let after = first.next; after;) {
    const page = (await call("browseProducts", { query: { ...query, after } })).body;
    rest.push(...page.data.map((one) => one.title));
    after = page.next;
  }
  assert.deepEqual(rest, ["T3", "T4", "T4b", "T5"]);
});

test("a cursor belongs to its list and its order; nonsense is none", async () => {
  const token = await owner();
  const tag = unique("cursor");
  for (let i = 0; i < 2; ++i) await make({ tags: [tag], published: true });
  const { next } = (await call("listProducts", { token, query: { tag, sort: "title", limit: 1 } })).body;
  assert.ok(next);
  for (const [list, query] of [
    ["listProducts", { sort: "-title", after: next }],
    ["listProducts", { after: next }],
    ["listProducts", { sort: "title", after: `${next}A` }],
    ["listProducts", { sort: "title", after: next.slice(1) }],
    ["browseProducts", { sort: "-title", after: next }],
    ["listProducts", { after: Buffer.from("-created_at\nyesterday\nme").toString("base64url") }],
    ["listProducts", { sort: "title", after: Buffer.from("title\n\0\n\0").toString("base64url") }],
  ] as const) {
    const problem = await refused(list, 422, "cursor_invalid", { token, query });
    assert.deepEqual(pointers(problem), ["/after"]);
  }
  const wrong = { sort: "price", limit: 0, state: "sold", after: "", colour: "red" };
  const problem = await refused("listProducts", 422, "invalid_request", { token, query: wrong });
  assert.deepEqual(pointers(problem), ["/after", "/colour", "/limit", "/sort", "/state"]);
  const shop = await refused("browseProducts", 422, "invalid_request", {
    query: { sort: "created_at", limit: 101, state: "draft" },
  });
  assert.deepEqual(pointers(shop), ["/limit", "/sort", "/state"]);
});

test("listProducts, browseProducts: filters alone and together; drafts and archived ones are staff's alone", async () => {
  const tag = unique("filter");
  const vendor = unique("Vendor");
  const top = (await call("createCategory", { token: await owner(), body: { name: unique("Top") } })).body;
  const below = (
    await call("createCategory", { token: await owner(), body: { name: unique("Below"), parent_id: top.id } })
  ).body;
  const published = await make({ tags: [tag], vendor, published: true, categories: [below.id] });
  const draft = await make({ tags: [tag], vendor, categories: [top.id] });
  const archived = await make({ tags: [tag], published: true, categories: [top.id] });
  await call("removeProduct", { token: await owner(), path: { id: archived.id }, headers: ANY_VERSION });
  const staff = (query: Asked) => walk("listProducts", { sort: "created_at", ...query }, 100);
  const shop = (query: Asked) => walk("browseProducts", query, 100);
  const [p, d, a] = [published.id, draft.id, archived.id];
  assert.deepEqual(await staff({ tag }), [p, d, a]);
  assert.deepEqual(await staff({ tag, state: "published" }), [p]);
  assert.deepEqual(await staff({ tag, state: "draft" }), [d]);
  assert.deepEqual(await staff({ tag, state: "archived" }), [a]);
  assert.deepEqual(await staff({ vendor }), [p, d]);
  assert.deepEqual(await staff({ vendor, state: "archived" }), []);
  for (const category of [top.id, top.handle]) {
    assert.deepEqual(await staff({ category }), [p, d, a], "with what lies below");
    assert.deepEqual(await staff({ category, vendor, state: "draft", tag }), [d]);
    assert.deepEqual(await shop({ category }), [p]);
  }
  assert.deepEqual(await staff({ category: below.handle }), [p]);
  assert.deepEqual(await shop({ category: below.id, tag }), [p]);
  assert.deepEqual(await shop({ tag }), [p]);
  for (const query of [
    { category: "no-such-category" },
    { tag: `${tag}x` },
    { category: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" },
  ]) {
    assert.deepEqual(await staff(query), []);
    assert.deepEqual(await shop(query), []);
  }
});

test("listProducts, browseProducts: words, phrases, fragments; what is typed means itself", async () => {
  const token = await owner();
  const word = unique("Quux").replace("-", "");
  const lamp = await make({
    title: `${word} Lamp 100% wool_blend`,
    description_html: "<p>Hanging over the kitchen table</p>",
    vendor: "Lumière",
    published: true,
    variants: [{ sku: `${word}-LMP-01` }],
  });
  const vase = await make({ title: `${word} Vase`, published: true });
  const staff = async (q: string) =>
    (await walk("listProducts", { q, sort: "created_at" }, 100)).filter((id) =>
      [lamp.id, vase.id].includes(id),
    );
  const shop = async (q: string) =>
    (await walk("browseProducts", { q, sort: "title" }, 100)).filter((id) => [lamp.id, vase.id].includes(id));
  for (const find of [staff, shop]) {
    assert.deepEqual(await find(word), [lamp.id, vase.id]);
    assert.deepEqual(await find(word.toLowerCase()), [lamp.id, vase.id]);
    assert.deepEqual(await find(`${word} kitchen`), [lamp.id]);
    assert.deepEqual(await find(`"${word} vase"`), [vase.id]);
    assert.deepEqual(await find(`${word} -lamp`), [vase.id]);
    assert.deepEqual(await find(`${word} nothing`), []);
  }
  assert.deepEqual(await staff(`${word}-lmp`), [lamp.id], "a fragment of a SKU");
  assert.deepEqual(await shop(`${word}-LMP-01`), [lamp.id], "a SKU");
  assert.deepEqual(await shop(`${word.slice(0, 6)} LUMIÈ`), [lamp.id], "beginnings of words, accents or not");
  assert.deepEqual(await shop("lumiere"), [lamp.id]);
  assert.deepEqual(await staff("umiere 00"), []);
  assert.deepEqual(await staff("100% wool_bl"), [lamp.id]);
  assert.deepEqual(await staff("1_0 wool"), [], "_ stands for nothing else");
  for (const typed of [
    "'",
    '"',
    "(",
    ":*",
    "&|!",
    "<->",
    "\\",
    "%",
    "-",
    "or or",
    "\u{1F680}",
    "a".repeat(200),
  ]) {
    await call("browseProducts", { query: { q: typed } });
    await call("listProducts", { token, query: { q: typed } });
  }
  for (const q of ["", "a".repeat(201)])
    assert.deepEqual(pointers(await refused("browseProducts", 422, "invalid_request", { query: { q } })), [
      "/q",
    ]);
});
