// Every POST of the contract that takes an Idempotency-Key, one like the other: done once, answered again byte for
// byte, told apart by body and principal, and nothing kept of what was refused.
import { strict as assert } from "node:assert";
import { before, test } from "node:test";

import { CHANGES, place_order } from "./changes.ts";
import { contents } from "./database.ts";
import { call, contract, owner, running, type Operation } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, role_named } from "./staff.ts";

await own_server();

interface Post {
  path: string; // filled in
  body: string;
}
interface Heard {
  status: number;
  text: string;
  replayed: boolean;
  etag: string | null;
  code: string;
}

let colleague = ""; // another owner's token
before(async () => {
  colleague = (await hire(await role_named("owner"))).token;
});

// What shoppers ask; the staff's stands in CHANGES.
const SHOPPERS: Partial<Record<Operation, () => Promise<{ path: Record<string, string>; body: object }>>> = {
  checkout: async () => {
    const mug = await sell({ EUR: 700 });
    await put_in_stock(mug.variant_id, (await open_location()).id, 3);
    const cart = await fill_cart({ [mug.variant_id]: 1 });
    return { path: { id: cart.id }, body: { payment: { provider: "manual" } } };
  },
  addCartLine: async () => {
    const cart = await call("createCart", { body: { currency: "EUR" } });
    const mug = await sell({ EUR: 700 });
    return { path: { id: cart.body.id }, body: { variant_id: mug.variant_id, quantity: 2 } };
  },
  cancelOrder: async () => {
    const placed = await place_order();
    return { path: { id: placed.order.id }, body: { token: placed.tracking_token } };
  },
};

const keyed = async () =>
  (await contract())
    .operations()
    .filter((one) => one.method === "POST")
    .filter((one) => JSON.stringify(one.operation.parameters ?? []).includes("/idempotency_key"))
    .map((one) => ({
      id: one.operation.operationId as Operation,
      template: one.path,
      staff: Boolean(one.operation["x-permission"]),
    }));

async function prepared(id: Operation, template: string): Promise<Post> {
  const make = SHOPPERS[id] ?? CHANGES[id];
  assert.ok(make, `${id} is new: say in this file, or in changes.ts, how it is asked`);
  const { path = {}, body = {} } = await make();
  return {
    path: template.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? assert.fail(name)),
    body: JSON.stringify(body),
  };
}

async function ask(id: Operation, post: Post, key: string | undefined, token?: string): Promise<Heard> {
  const reply = await fetch(running().address + post.path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "if-match": "*",
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: post.body,
  });
  const text = await reply.text();
  (await contract()).check(id, reply.status, reply.headers, text);
  return {
    status: reply.status,
    text,
    replayed: reply.headers.get("idempotency-replayed") === "true",
    etag: reply.headers.get("etag"),
    code: reply.status < 400 ? "" : (JSON.parse(text) as { code: string }).code,
  };
}

// Another body: a blank more, or another name where a password is in it, which is compared by what it says.
const changed = ({ path, body }: Post): Post => ({
  path,
  body: body.includes('"password"') ? body.replace('"name":"New"', '"name":"Newer"') : `${body} `,
});

const refusal = (heard: Heard) => `${heard.status} ${heard.code}`;

test("each is done once under its key, and answered again byte for byte", async () => {
  const all = await keyed();
  assert.ok(all.length > 10);
  for (const { id, template, staff } of all) {
    const token = staff ? await owner() : undefined;
    const post = await prepared(id, template);
    const key = unique(id);
    const first = await ask(id, post, key, token);
    assert.ok(first.status < 300 && !first.replayed, `${id}: ${first.text}`);
    const then = await contents();
    const again = await ask(id, post, key, token);
    assert.deepEqual({ ...again, replayed: false }, first, id);
    assert.ok(again.replayed, id);
    const other = await ask(id, changed(post), key, token);
    assert.equal(refusal(other), "422 idempotency_key_reused", id);
    assert.deepEqual(await contents(), then, id);
  }
});

test("each is done once when eight ask at the same moment", async () => {
  for (const { id, template, staff } of await keyed()) {
    const token = staff ? await owner() : undefined;
    const post = await prepared(id, template);
    const key = unique(id);
    const got = await Promise.all(Array.from({ length: 8 }, () => ask(id, post, key, token)));
    const told = JSON.stringify(got.map((one) => [one.status, one.replayed, one.code]));
    const done = got.filter((one) => one.status < 300);
    assert.equal(new Set(done.map((one) => one.text)).size, 1, `${id}: ${told}`);
    assert.ok(done.filter((one) => !one.replayed).length <= 1, `${id}: ${told}`);
    for (const one of got)
      if (one.status >= 300) assert.equal(refusal(one), "409 idempotency_key_in_use", `${id}: ${told}`);
    const after = await ask(id, post, key, token);
    assert.ok(after.replayed && after.text === done[0]?.text, id);
  }
});

test("each tells one caller's key from another's", async () => {
  for (const { id, template, staff } of await keyed()) {
    const key = unique("shared");
    const [mine, theirs] = [await prepared(id, template), await prepared(id, template)];
    const first = await ask(id, mine, key, staff ? await owner() : undefined);
    // A guest is whoever holds the capability in the path.
    const second = await ask(id, theirs, key, staff ? colleague : undefined);
    for (const heard of [first, second])
      assert.ok(heard.status < 300 && !heard.replayed, `${id}: ${heard.text}`);
    assert.notEqual(first.text === "" ? id : first.text, second.text);
  }
});

test("each tells its keys from another route's", async () => {
  const key = unique("everywhere");
  for (const { id, template, staff } of await keyed()) {
    const token = staff ? await owner() : undefined;
    const post = await prepared(id, template);
    const first = await ask(id, post, key, token);
    assert.ok(first.status < 300 && !first.replayed, `${id}: ${first.text}`);
    const again = await ask(id, post, key, token);
    assert.ok(again.replayed && again.text === first.text, id);
  }
});

test("each refuses a key that is none, and keeps nothing of what it refused", async () => {
  for (const { id, template, staff } of await keyed()) {
    const token = staff ? await owner() : undefined;
    const post = await prepared(id, template);
    const before_it = await contents();
    for (const wrong of ["two words", "", "k".repeat(256)])
      assert.equal(refusal(await ask(id, post, wrong, token)), "400 idempotency_key_invalid", id);
    const key = unique(id);
    const refused = await ask(id, { ...post, path: `${post.path}?nonsense=1` }, key, token);
    assert.equal(refused.status, 422, `${id}: ${refused.text}`);
    assert.deepEqual(await contents(), before_it, id);
    const done = await ask(id, post, key, token);
    assert.ok(done.status < 300 && !done.replayed, `${id}: ${done.text}`);
  }
});

test("a refusal is not kept under its key: when the stock has come, the same question is done", async () => {
  const [mug, place] = [await sell({ EUR: 700 }), await open_location()];
  const cart = await fill_cart({ [mug.variant_id]: 2 });
  const at = { variant_id: mug.variant_id, location_id: place.id };
  const body = JSON.stringify({ ...at, quantity: -3, reason: "lost" });
  const posts: [Operation, string, Post, string?][] = [
    [
      "checkout",
      "409 out_of_stock",
      { path: `/v1/shop/carts/${cart.id}/checkout`, body: '{"payment":{"provider":"manual"}}' },
    ],
    ["adjustStock", "409 insufficient_stock", { path: "/v1/admin/stock/adjustments", body }, await owner()],
  ];
  for (const [id, code, post, token] of posts) {
    const key = unique(id);
    const then = await contents();
    for (let i = 0; i < 2; ++i) {
      const heard = await ask(id, post, key, token);
      assert.deepEqual([refusal(heard), heard.replayed], [code, false], id);
    }
    assert.deepEqual(await contents(), then, id);
    await put_in_stock(mug.variant_id, place.id, 3);
    const done = await ask(id, post, key, token);
    assert.ok(done.status === 201 && !done.replayed, `${id}: ${done.text}`);
    const again = await ask(id, post, key, token);
    assert.ok(again.replayed && again.text === done.text, id);
  }
});

test("where a key is required nothing is done without one", async () => {
  const required = (await contract()).operations().filter((one) => {
    const codes = JSON.stringify(one.operation);
    return one.method === "POST" && codes.includes("idempotency_key_required");
  });
  const ids = required.map((one) => one.operation.operationId as Operation).sort();
  for (const id of ["adjustStock", "checkout", "recordPayment"] as const) assert.ok(ids.includes(id), id);
  for (const { operation, path } of required) {
    const id = operation.operationId as Operation;
    const post = await prepared(id, path);
    const then = await contents();
    const token = operation["x-permission"] ? await owner() : undefined;
    assert.equal(refusal(await ask(id, post, undefined, token)), "400 idempotency_key_required", id);
    assert.deepEqual(await contents(), then, id);
  }
});
