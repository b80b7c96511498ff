// The tree of categories, as staff grows it and shoppers walk it.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { make } from "./goods.ts";
import { call, owner, pointers, refused, type Answer } from "./harness.ts";
import { unique } from "./shop.ts";

const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
type Category = Answer<"createCategory">;

async function grow(name: string, parent?: Category, position?: number): Promise<Category> {
  const body = {
    name,
    handle: unique("node"),
    ...(parent ? { parent_id: parent.id } : {}),
    ...(position === undefined ? {} : { position }),
  };
  return (await call("createCategory", { token: await owner(), body })).body;
}

const tree = async () => (await call("listCategories", { token: await owner() })).body.data;

// Those of the tree that lie below `top`, as the list tells them.
async function below(top: Category): Promise<[string, number][]> {
  const all = await tree();
  const at = all.findIndex((one) => one.id === top.id);
  const rest = all.slice(at + 1);
  const end = rest.findIndex((one) => one.depth <= (all[at]?.depth ?? 0));
  return rest.slice(0, end < 0 ? rest.length : end).map((one) => [one.name, one.depth]);
}

test("createCategory, listCategories, browseCategories: parents before children, siblings in their order", async () => {
  const top = await grow(unique("Top"));
  const second = await grow("Second", top, 2);
  await grow("First", top, 1);
  await grow("b", second);
  await grow("a", second);
  const expected = [
    ["First", 1],
    ["Second", 1],
    ["a", 2],
    ["b", 2],
  ];
  assert.deepEqual(await below(top), expected);
  const shop = (await call("browseCategories", {})).body;
  const staff = await tree();
  assert.equal(shop.next, null);
  assert.deepEqual(
    shop.data.map(({ id, parent_id, handle, name, depth }) => [id, parent_id, handle, name, depth]),
    staff.map(({ id, parent_id, handle, name, depth }) => [id, parent_id, handle, name, depth]),
  );
  for (const id of ["listCategories", "browseCategories"] as const) {
    const token = await owner();
    const ids: string[] = [];
    for (let after: string | null | undefined; after !== null;) {
      const query = { limit: 2, ...(after ? { after } : {}) };
      const page = (await call(id, { token, query })).body;
      assert.ok(page.data.length <= 2);
      ids.push(...page.data.map((one) => one.id));
      after = page.next;
    }
    assert.deepEqual(
      ids,
      staff.map((one) => one.id),
      "page by page the same",
    );
    await refused(id, 422, "cursor_invalid", { token, query: { after: "x" } });
  }
  const seen = new Set<string | null>([null]);
  for (const one of staff) {
    assert.ok(seen.has(one.parent_id), `${one.name} comes after its parent`);
    seen.add(one.id);
  }
});

test("createCategory: a handle from the name, taken once; every fault at once", async () => {
  const token = await owner();
  const name = unique("Töpfe & Pfannen");
  const made = (await call("createCategory", { token, body: { name } })).body;
  assert.match(made.handle, /^topfe-pfannen-[0-9a-f]+$/);
  await refused("createCategory", 409, "category_handle_taken", { token, body: { name } });
  const body = { name: "", handle: "Ä", parent_id: "top", position: -1, depth: 3 };
  const problem = await refused("createCategory", 422, "invalid_request", { token, body });
  assert.deepEqual(pointers(problem), ["/depth", "/handle", "/name", "/parent_id", "/position"]);
  for (const [wrong, pointer] of [
    [{ name: "N", parent_id: UNKNOWN }, "/parent_id"],
    [{ name: "N", handle: UNKNOWN }, "/handle"],
  ] as const)
    assert.deepEqual(
      pointers(await refused("createCategory", 422, "invalid_request", { token, body: wrong })),
      [pointer],
    );
  const headers = { "idempotency-key": unique("key") };
  const once = { name: unique("Once") };
  const first = await call("createCategory", { token, headers, body: once });
  const again = await call("createCategory", { token, headers, body: once });
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
});

test("changeCategory: renamed, reordered, moved with all that lies below; never below itself, never too deep", async () => {
  const token = await owner();
  const [left, right] = [await grow(unique("Left")), await grow(unique("Right"))];
  const branch = await grow("Branch", left);
  const leaf = await grow("Leaf", branch);
  const move = (one: Category, body: object) => call("changeCategory", { token, path: { id: one.id }, body });
  const renamed = (await move(branch, { name: "Bough", position: 3 })).body;
  assert.deepEqual([renamed.name, renamed.position, renamed.version], ["Bough", 3, 2]);
  assert.equal(
    (await move(branch, { name: "Bough" })).body.version,
    2,
    "what changes nothing makes no version",
  );
  const moved = (await move(branch, { parent_id: right.id })).body;
  assert.equal(moved.depth, 1);
  assert.deepEqual(await below(left), []);
  assert.deepEqual(await below(right), [
    ["Bough", 1],
    ["Leaf", 2],
  ]);
  for (const parent of [branch, leaf])
    await refused("changeCategory", 409, "category_cycle", {
      token,
      path: { id: branch.id },
      body: { parent_id: parent.id },
    });
  await refused("changeCategory", 412, "version_stale", {
    token,
    path: { id: branch.id },
    headers: { "if-match": '"1-0"' },
    body: { name: "Late" },
  });
  await refused("changeCategory", 409, "category_handle_taken", {
    token,
    path: { id: branch.id },
    body: { handle: leaf.handle },
  });
  await refused("changeCategory", 404, "category_not_found", {
    token,
    path: { id: UNKNOWN },
    body: { name: "N" },
  });
  let deep = right;
  for (let depth = 1; depth < 10; ++depth) deep = await grow(`Level ${depth}`, deep);
  assert.equal(deep.depth, 9);
  await refused("createCategory", 409, "category_too_deep", {
    token,
    body: { name: "N", parent_id: deep.id },
  });
  await refused("changeCategory", 409, "category_too_deep", {
    token,
    path: { id: left.id },
    body: { parent_id: deep.id },
  });
  const root = (await move(branch, { parent_id: null })).body;
  assert.deepEqual([root.parent_id, root.depth], [null, 0]);
});

test("removeCategory: neither with categories nor with products in it", async () => {
  const token = await owner();
  const top = await grow(unique("Top"));
  const leaf = await grow("Leaf", top);
  const product = await make({ categories: [leaf.id] });
  const remove = (one: Category) => ({ token, path: { id: one.id } });
  const stale = { ...remove(leaf), headers: { "if-match": '"7-0"' } };
  await refused("removeCategory", 412, "version_stale", stale);
  await refused("removeCategory", 409, "category_has_children", remove(top));
  await refused("removeCategory", 409, "category_in_use", remove(leaf));
  await call("changeProduct", {
    token,
    path: { id: product.id },
    headers: { "if-match": "*" },
    body: { categories: [] },
  });
  assert.equal((await call("removeCategory", remove(leaf))).status, 204);
  assert.equal((await call("removeCategory", remove(top))).status, 204);
  await refused("removeCategory", 404, "category_not_found", remove(top));
});
