// Spellings of a request that another server might take for the plain one: as bytes on a socket, where nobody tidies them
// up on the way. None reaches what the plain form denies. On a server of its own.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { contents } from "./database.ts";
import { contract, owner, raw, request_text, type Problem, type RawReply } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { sell } from "./shop.ts";
import { hire, make_role } from "./staff.ts";

await own_server();

const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
const HELD = "/v1/admin/orders"; // the one route that the clerk may GET

interface Guarded {
  method: string;
  path: string;
  name: string; // of the permission
}

// These ask which one is meant.
const WHICH = ["/v1/admin/stock/explain"];

async function guarded(): Promise<Guarded[]> {
  return (await contract())
    .operations()
    .flatMap(({ operation, method, path }) =>
      operation["x-permission"] && `${method} ${path}` !== `GET ${HELD}`
        ? [{ method, path: path.replaceAll(/\{\w+\}/g, UNKNOWN), name: `${method} ${path}` }]
        : [],
    );
}

// What comes after the first "/v1/admin", in other words.
const spellings = (path: string): Record<string, string> => {
  const rest = path.slice("/v1/admin/".length);
  return {
    "two slashes before": `/${path}`,
    "two slashes inside": `/v1//admin/${rest}`,
    "two slashes behind": `/v1/admin//${rest}`,
    "a slash at the end": `${path}/`,
    "two at the end": `${path}//`,
    "a dot": `/v1/./admin/${rest}`,
    "a dot at the end": `${path}/.`,
    "a way back": `/v1/shop/../admin/${rest}`,
    "a way back from what is held": `${HELD}/../${rest}`,
    "a way back above the root": `/../v1/admin/${rest}`,
    "there and back again": `${path}/x/..`,
    "an encoded slash": `/v1%2fadmin/${rest}`,
    "an encoded slash in capitals": `/v1/admin%2F${rest}`,
    "an encoded slash at the end": `${path}%2f`,
    "an encoded dot": `/v1/%2e/admin/${rest}`,
    "an encoded way back": `/v1/shop/%2e%2e/admin/${rest}`,
    "a way back encoded whole": `${HELD}/%2e%2e%2f${rest}`,
    "encoded twice": `${HELD}/%252e%252e%252f${rest}`,
    "an encoded letter": `/v1/%61dmin/${rest}`,
    capitals: path.toUpperCase(),
    "a capital": `/v1/Admin/${rest}`,
    parameters: `${path};a=b`,
    "parameters inside": `/v1;a=b/admin/${rest}`,
    "parameters and a way back": `/v1/shop/..;/admin/${rest}`,
    "an encoded NUL": `${path}%00`,
    "a NUL": `${path}\0`,
    "an encoded question mark": `${path}%3f`,
    "a backslash": `\\v1\\admin\\${rest}`,
    "an encoded backslash": `/v1%5cadmin/${rest}`,
    "a fragment": `${path}#`,
    "a file's ending": `${path}.json`,
    "full-width letters": `/v1/%ef%bd%81dmin/${rest}`,
    "an overlong slash": `/v1%c0%afadmin/${rest}`,
    "a space": `/v1/admin/${rest}%20`,
    "a tab": `${path}\t`,
    "an absolute way back": `http://localhost/v1/shop/../admin/${rest}`,
    "an absolute form with two slashes": `http://localhost//v1/admin/${rest}`,
    "no slash at all": path.slice(1),
    "another host as the path": `//localhost${path}`,
  };
};

// The same target for this server; denied as the plain form is.
const same = (path: string): Record<string, string> => ({
  "the plain form": path,
  "a query": `${path}?a=b`,
  "a method in the query": `${path}?_method=GET&method=GET&X-HTTP-Method-Override=GET`,
  "the absolute form": `http://localhost${path}`,
  "the absolute form in capitals": `HTTP://LOCALHOST:80${path}`,
  "another host's absolute form": `https://elsewhere.example${path}`,
});

const overrides = (method: string): string[] => [
  `X-HTTP-Method-Override: ${method}`,
  `X-HTTP-Method: ${method}`,
  `X-Method-Override: ${method}`,
  `_method: ${method}`,
];
const rewrites = (path: string): string[] => [
  `X-Original-URL: ${path}`,
  `X-Rewrite-URL: ${path}`,
  `X-Forwarded-Path: ${path}`,
  `X-Forwarded-Prefix: ${path}`,
  `X-Forwarded-Uri: ${path}`,
];

const as = (token: string, ...fields: string[]) => [`Authorization: Bearer ${token}`, ...fields];

// Refused by us, not by an accident; without a word of what is behind it.
function denied(reply: RawReply, where: string, ...statuses: number[]): Problem {
  assert.ok(statuses.includes(reply.status), `${where}: ${reply.status} ${reply.body}`);
  assert.equal(reply.headers.get("content-type"), "application/problem+json", where);
  return (reply.body === "" ? { detail: "" } : JSON.parse(reply.body)) as Problem;
}

async function clerk(): Promise<string> {
  return (await hire((await make_role({ method: "GET", route: HELD })).id)).token;
}

test("a path in other words reaches nothing that the plain one denies", async () => {
  const token = await clerk();
  const before = await contents();
  for (const { method, path, name } of await guarded()) {
    const ask = (target: string) => raw(request_text(`${method} ${target}`, as(token)));
    for (const [how, target] of Object.entries(same(path))) {
      const { detail } = denied(await ask(target), `${name}, ${how}`, 403);
      assert.ok(detail.includes(name), `${name}, ${how}: ${detail}`);
    }
    for (const [how, target] of Object.entries(spellings(path))) {
      const where = `${name}, ${how}: ${target}`;
      const reply = await ask(target);
      const { detail } = denied(reply, where, 400, 403, 404, 405);
      // One that is another id of the same kind leads to the same permission or to one not held either.
      if (reply.status === 403) assert.ok(!detail.includes(` ${HELD}.`), where);
    }
  }
  assert.deepEqual(await contents(), before);
});

test("a method in other words is none, and an overriding field overrides nothing", async () => {
  const token = await clerk();
  const plain = await raw(request_text(`GET ${HELD}`, as(token)));
  assert.equal(plain.status, 200, "the clerk holds something");
  const before = await contents();
  for (const { method, path, name } of await guarded()) {
    const small = method.toLowerCase();
    for (const word of [small, method[0] + small.slice(1), `${method}X`, `_${method}`, "TRACE", "CONNECT"])
      denied(await raw(request_text(`${word} ${path}`, as(token))), `${name} as ${word}`, 400);
    denied(await raw(request_text(`HEAD ${path}`, as(token))), `HEAD for ${name}`, 403, 404, 405);
    // What is held, with fields that ask for this instead: the answer is of what is held.
    const fields = as(token, ...overrides(method), ...rewrites(path));
    const tricked = await raw(request_text(`GET ${HELD}`, fields));
    assert.deepEqual([tricked.status, tricked.body], [200, plain.body], name);
    // This, with fields and a body that claim that it was what is held.
    const claims = as(token, ...overrides("GET"), ...rewrites(HELD));
    denied(await raw(request_text(`${method} ${path}`, claims)), `${name} as GET`, 403);
    for (const [type, body] of [
      ["application/json", '{"_method":"GET"}'],
      ["application/x-www-form-urlencoded", "_method=GET"],
    ] as const) {
      const sent = [...claims, `Content-Type: ${type}`, `Content-Length: ${body.length}`];
      const where = `${name} with ${body}`;
      denied(await raw(request_text(`${method} ${path}`, sent, body)), where, 400, 403, 415);
    }
    // Another method of the same address is a permission of its own.
    for (const other of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      if (path === HELD && other === "GET") continue;
      const reply = await raw(request_text(`${other} ${path}`, as(token, ...overrides(method))));
      denied(reply, `${name} by ${other}`, 403, 404, 405);
    }
  }
  assert.deepEqual(await contents(), before);
});

test("an id that is a way elsewhere leads nowhere, also for whoever may do everything", async () => {
  await sell({ EUR: 100 });
  const token = await owner();
  const before = await contents();
  for (const { method, path } of (await contract()).operations()) {
    if (!path.includes("{") || !path.startsWith("/v1/admin/")) continue;
    for (const id of [
      "%2e%2e",
      "%2e",
      "..",
      ".",
      "%2e%2e%2fusers",
      "..%2fproducts",
      "%2fv1%2fadmin%2fproducts",
      "%5c..%5cproducts",
      "x%00",
      "%00",
      "*",
      "%2a",
      "{id}",
      "%7bid%7d",
    ]) {
      const target = path.replaceAll(/\{\w+\}/g, id);
      const fields = as(token, "If-Match: *", "Idempotency-Key: tricks");
      const reply = await raw(request_text(`${method} ${target}`, fields));
      denied(reply, `${method} ${target}`, 400, 404, 405, 422);
    }
  }
  assert.deepEqual(await contents(), before);
});

test("the plain forms do reach it: as sent, by HEAD, and in the absolute form", async () => {
  const token = await owner();
  for (const { method, path, name } of await guarded()) {
    if (method !== "GET" || path.includes(UNKNOWN) || WHICH.includes(path)) continue;
    const plain = await raw(request_text(`GET ${path}`, as(token)));
    assert.equal(plain.status, 200, name);
    const absolute = await raw(request_text(`GET http://localhost${path}`, as(token)));
    assert.deepEqual([absolute.status, absolute.body], [200, plain.body], name);
    const head = await raw(request_text(`HEAD ${path}`, as(token)));
    assert.deepEqual([head.status, head.body], [200, ""], name);
    assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(plain.body)), name);
  }
});
