// What every endpoint has in common: methods, addresses, conditions, JSON and its limits.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, pointers, raw, refused, request_text, send, type Problem } from "./harness.ts";

const OFFERS = "/v1/shop/shipping-methods";
const CARTS = "/v1/shop/carts";
const UNKNOWN = "01936f1e-7a2b-4cc3-9d41-8a5e0c3b2f10";

function problem_of(reply: { status: number; headers: Map<string, string>; body: string }): Problem {
  assert.equal(reply.headers.get("content-type"), "application/problem+json", reply.body);
  const problem = JSON.parse(reply.body) as Problem;
  assert.equal(problem.status, reply.status);
  assert.equal(problem.request_id, reply.headers.get("x-request-id"));
  return problem;
}

const post = (body: string, fields: string[] = ["Content-Type: application/json"]) =>
  raw(request_text(`POST ${CARTS}`, [...fields, `Content-Length: ${Buffer.byteLength(body)}`], body));

test("HEAD answers as GET does, without the body", async () => {
  const get = await raw(request_text(`GET ${OFFERS}?currency=EUR`));
  const head = await raw(request_text(`HEAD ${OFFERS}?currency=EUR`));
  assert.equal(head.status, 200);
  assert.equal(head.body, "");
  for (const name of ["content-type", "content-length", "etag"])
    assert.equal(head.headers.get(name), get.headers.get(name), name);
});

test("OPTIONS names the methods of an address", async () => {
  const reply = await raw(request_text(`OPTIONS ${CARTS}/${UNKNOWN}`));
  assert.equal(reply.status, 204);
  assert.deepEqual(reply.headers.get("allow")?.split(", ").sort(), ["GET", "HEAD", "OPTIONS", "PATCH"]);
  assert.equal((await raw(request_text("OPTIONS /nowhere"))).status, 404);
});

test("an unknown address is 404, a known one by another method 405 with Allow", async () => {
  for (const path of [
    "/",
    "/v1",
    "/v1/shop/cart",
    `${CARTS}/`,
    `/v1//shop/carts`,
    `${CARTS}/../carts`,
    "/v1/shop/%63arts",
  ]) {
    const reply = await raw(request_text(`PUT ${path}`, ["Content-Length: 0"]));
    assert.equal(problem_of(reply).code, "not_found", path);
  }
  const wrong = await raw(request_text(`DELETE ${CARTS}/${UNKNOWN}`));
  assert.equal(wrong.status, 405);
  assert.equal(problem_of(wrong).code, "method_not_allowed");
  assert.match(wrong.headers.get("allow") ?? "", /GET.*PATCH/);
});

test("X-Request-Id is kept when it is one, and made when it is not", async () => {
  const mine = await send("getCart", { path: { id: UNKNOWN }, headers: { "x-request-id": "mine-1.2_3" } });
  assert.equal(mine.headers.get("x-request-id"), "mine-1.2_3");
  for (const bad of ["has space", "é", "x".repeat(129), '"><script>']) {
    const reply = await raw(Buffer.from(request_text(`GET ${OFFERS}`, [`X-Request-Id: ${bad}`]), "latin1"));
    const id = reply.headers.get("x-request-id") ?? "";
    assert.match(id, /^[0-9A-Za-z._-]{1,128}$/);
    assert.notEqual(id, bad);
  }
  const made = new Set<string>();
  for (let i = 0; i < 5; ++i)
    made.add((await send("getCart", { path: { id: UNKNOWN } })).headers.get("x-request-id") ?? "");
  assert.equal(made.size, 5);
});

test("getCart: a conditional GET is 304 until the cart changes", async () => {
  const cart = await call("createCart", { body: { currency: "EUR" } });
  const path = { id: cart.body.id };
  const first = await call("getCart", { path });
  const etag = first.headers.get("etag");
  assert.ok(etag);
  assert.equal((await send("getCart", { path, headers: { "if-none-match": etag } })).status, 304);
  assert.equal(
    (await send("getCart", { path, headers: { "if-none-match": `"other", W/${etag}` } })).status,
    304,
  );
  assert.equal((await send("getCart", { path, headers: { "if-none-match": '"other"' } })).status, 200);
  await call("updateCart", { path, body: { email: "ada@example.com" } });
  assert.equal((await send("getCart", { path, headers: { "if-none-match": etag } })).status, 200);
});

test("listShippingOffers: unknown, repeated and badly typed query parameters are named all at once", async () => {
  const problem = await refused("listShippingOffers", 422, "invalid_request", {
    query: { currency: "eur", limit: "many", colour: "red" },
  });
  assert.deepEqual(pointers(problem), ["/colour", "/currency", "/limit"]);
  const twice = await raw(request_text(`GET ${OFFERS}?limit=1&limit=2`));
  assert.ok(twice.status === 400 || twice.status === 422, twice.body);
  for (const query of [
    "limit=0",
    "limit=101",
    "limit=1e1",
    "limit=",
    "limit=99999999999999999999",
    "limit=%zz",
    "limit=%00",
    "after=%ff",
  ]) {
    const reply = await raw(request_text(`GET ${OFFERS}?${query}`));
    assert.ok(reply.status === 400 || reply.status === 422, `${query}: ${reply.status} ${reply.body}`);
    problem_of(reply);
  }
});

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

test("createCart: JSON that is none, or cannot be meant, is refused with a problem", async () => {
  const bodies: [string, string][] = [
    ["nothing closed", '{"currency":"EUR"'],
    ["a trailing comma", '{"currency":"EUR",}'],
    ["two documents", '{"currency":"EUR"}{}'],
    ["single quotes", "{'currency':'EUR'}"],
    ["a comment", '{/* euro */"currency":"EUR"}'],
    ["NaN", '{"currency":NaN}'],
    ["a raw line feed in a string", '{"currency":"EU\nR"}'],
    ["a lone surrogate", '{"currency":"\\ud800"}'],
    ["an unknown escape", '{"currency":"\\x"}'],
    ["a byte order mark", "\ufeff{}"],
    ["the same key twice", '{"currency":"EUR","currency":"USD"}'],
    ["the same key twice, one escaped", '{"currency":"EUR","c\\u0075rrency":"USD"}'],
    ["depth 1,000", `{"currency":${nested(1000)}}`],
    ["depth 30,000", nested(30_000)],
    ["an array", "[]"],
    ["a string", '"EUR"'],
    ["null", "null"],
    ["a null that clears nothing", '{"currency":null}'],
    ["a number for a text", '{"currency":978}'],
    ["an unknown field", '{"currency":"EUR","total":1}'],
    ["a key to pollute prototypes", '{"__proto__":{"currency":"EUR"}}'],
    ["only white space", "  \r\n "],
  ];
  for (const [what, body] of bodies) {
    const reply = await post(body);
    assert.ok(reply.status === 400 || reply.status === 422, `${what}: ${reply.status} ${reply.body}`);
    problem_of(reply);
  }
  const not_utf8 = Buffer.concat([
    Buffer.from('{"currency":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}'),
  ]);
  const head = request_text(`POST ${CARTS}`, [
    "Content-Type: application/json",
    `Content-Length: ${not_utf8.length}`,
  ]);
  const reply = await raw(Buffer.concat([Buffer.from(head), not_utf8]));
  assert.ok(reply.status === 400 || reply.status === 422, reply.body);
});

test("addCartLine: integers are exact or refused, never rounded", async () => {
  const path = { id: (await call("createCart", { body: {} })).body.id };
  for (const number of [
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "1e400",
    "-1e400",
    "1.5",
    "0.1e1",
    "-0.0",
    "1e-400",
    "9".repeat(500),
  ]) {
    const problem = await refused("addCartLine", 422, "invalid_request", {
      path,
      raw_body: `{"variant_id":"${UNKNOWN}","quantity":${number}}`,
    }).catch(async (why: unknown) => {
      // A number that JSON allows and nobody can hold may also be called malformed.
      const reply = await send("addCartLine", {
        path,
        raw_body: `{"variant_id":"${UNKNOWN}","quantity":${number}}`,
      });
      if (reply.status !== 400) throw why;
      return undefined;
    });
    if (problem) assert.deepEqual(pointers(problem), ["/quantity"], number);
  }
  for (const number of ["01", "+1", "0x1", ".5", "1."]) {
    const reply = await send("addCartLine", {
      path,
      raw_body: `{"variant_id":"${UNKNOWN}","quantity":${number}}`,
    });
    assert.equal(reply.status, 400, number);
  }
});

test("a body that is too large is 413, by its length or by its bytes", async () => {
  const large = JSON.stringify({ currency: "EUR", padding: "x".repeat(70_000) });
  const told = await raw(
    request_text(`POST ${CARTS}`, ["Content-Type: application/json", `Content-Length: ${large.length}`]),
  );
  assert.equal(told.status, 413);
  assert.equal(problem_of(told).code, "body_too_large");
  const chunk = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
  const chunked = await raw(
    request_text(`POST ${CARTS}`, ["Content-Type: application/json", "Transfer-Encoding: chunked"], chunk),
  );
  assert.equal(chunked.status, 413);
  assert.ok(chunked.closed);
});

test("a body that is not said to be JSON is 415", async () => {
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin1",
    "application/jsonx",
  ])
    assert.equal((await post("{}", [`Content-Type: ${type}`])).status, 415, type);
  assert.equal((await post("{}", [])).status, 415);
  assert.equal((await post("{}", ["Content-Type: application/json", "Content-Encoding: gzip"])).status, 415);
  assert.equal((await post("{}", ["Content-Type: application/json; charset=UTF-8"])).status, 201);
});

test("what is not HTTP is refused and the connection closed", async () => {
  const cases: [string, string][] = [
    ["no Host", "GET /livez HTTP/1.1\r\n\r\n"],
    ["two Hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    [
      "a length and chunks",
      `POST ${CARTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["two lengths", `POST ${CARTS} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ["a negative length", `POST ${CARTS} HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}`],
    [
      "another encoding",
      `POST ${CARTS} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["a space before the colon", "GET /livez HTTP/1.1\r\nHost : a\r\n\r\n"],
    ["a folded field", "GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"],
    ["bare line feeds", "GET /livez HTTP/1.1\nHost: a\n\n"],
    ["a NUL in a field", "GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"],
    ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["another version", "GET /livez HTTP/3.0\r\nHost: a\r\n\r\n"],
    ["no HTTP at all", "hello\r\n\r\n"],
  ];
  for (const [what, bytes] of cases) {
    const reply = await raw(bytes);
    assert.equal(reply.status, 400, `${what}: ${reply.body}`);
    assert.equal(problem_of(reply).code, "bad_request", what);
    assert.ok(reply.closed, `${what}: the connection is still open`);
  }
});

test("pipelined requests are answered in order on one connection", async () => {
  const one = (id: string) => `GET ${OFFERS} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n\r\n`;
  const last = `GET ${OFFERS} HTTP/1.1\r\nHost: a\r\nX-Request-Id: c\r\nConnection: close\r\n\r\n`;
  const reply = await raw(one("a") + one("b") + last);
  assert.equal(reply.headers.get("x-request-id"), "a");
  const ids = [...reply.body.matchAll(/^x-request-id: (\w)\r$/gim)].map((m) => m[1]);
  assert.deepEqual(ids, ["b", "c"]);
});

test("liveness and readiness answer without a token", async () => {
  for (const path of ["/livez", "/readyz"])
    assert.equal((await raw(request_text(`GET ${path}`))).status, 200, path);
});
