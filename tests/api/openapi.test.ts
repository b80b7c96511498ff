// The document itself: valid by a validator that is not ours, complete, and the same from file and server.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { contract, raw, request_text, running } from "./harness.ts";
import { faults_in } from "./server.ts";

test("the document is valid OpenAPI 3.1", async () => {
  const { document } = await contract();
  const validator = new Validator();
  const outcome = await validator.validate({ ...structuredClone(document) });
  assert.ok(outcome.valid, JSON.stringify(outcome.errors, null, 2));
  assert.equal(validator.version, "3.1");
});

test("every reference of the document resolves", async () => {
  const { document } = await contract();
  const missing: string[] = [];
  const look = (at: unknown): void => {
    if (Array.isArray(at)) at.forEach(look);
    else if (at !== null && typeof at === "object")
      for (const [key, value] of Object.entries(at)) {
        if (key === "$ref" && typeof value === "string") {
          let target: unknown = document;
          for (const token of value.replace("#/", "").split("/"))
            target = (target as Record<string, unknown> | undefined)?.[token];
          if (target === undefined) missing.push(value);
        } else look(value);
      }
  };
  look(document);
  assert.deepEqual(missing, []);
});

test("path parameters of every operation are declared, and only those", async () => {
  for (const { operation, path } of (await contract()).operations()) {
    const in_path = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    const declared = (operation.parameters ?? [])
      .filter((p): p is { name: string; in: string } => (p as { in?: string }).in === "path")
      .map((p) => p.name)
      .sort();
    assert.deepEqual(declared, in_path, operation.operationId);
  }
});

test("an operation for staff names its permission and asks for a token; one for everybody asks for none", async () => {
  for (const { operation, path, method } of (await contract()).operations()) {
    const needs_token = (operation.security ?? []).length > 0;
    if (path.startsWith("/v1/admin/")) {
      assert.ok(needs_token, operation.operationId);
      const { method: verb, route } = operation["x-permission"] ?? {};
      assert.deepEqual([verb, route], [method, path], operation.operationId);
      for (const status of ["401", "403"])
        assert.ok(operation.responses[status], `${operation.operationId} ${status}`);
    }
    if (path.startsWith("/v1/shop/carts")) assert.ok(!needs_token, operation.operationId);
  }
});

test("without a token every operation for staff answers 401, whatever is sent", async () => {
  for (const { operation, path, method } of (await contract()).operations()) {
    if ((operation.security ?? []).length === 0) continue;
    const filled = path.replace(/\{\w+\}/g, "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10");
    const reply = await raw(request_text(`${method} ${filled}?nonsense=1`));
    assert.equal(reply.status, 401, `${operation.operationId}: ${reply.body}`);
    assert.equal(reply.headers.get("content-type"), "application/problem+json", operation.operationId);
  }
});

test("the document is served with an ETag and needs not be sent twice", async () => {
  const first = await fetch(`${running().address}/openapi.json`);
  assert.match(first.headers.get("content-type") ?? "", /^application\/json/);
  const etag = first.headers.get("etag");
  await first.arrayBuffer();
  assert.ok(etag);
  const again = await fetch(`${running().address}/openapi.json`, { headers: { "if-none-match": etag } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
});

test("the contract notices an answer that the document does not allow", async () => {
  const judge = await contract();
  const told = new Headers({ "content-type": "application/json", "x-request-id": "a" });
  const good = { data: [], next: null };
  const check = (body: unknown, status = 200, headers = told) =>
    judge.check("listShippingOffers", status, headers, JSON.stringify(body));
  check(good);
  assert.throws(() => check({ ...good, more: 1 }), /additional properties/);
  assert.throws(() => check({ data: [] }), /required/);
  assert.throws(() => check({ data: [{ id: "x" }], next: null }), /required/);
  assert.throws(() => check(good, 201), /does not name/);
  assert.throws(() => check(good, 422), /does not promise/);
  assert.throws(() => check(good, 200, new Headers({ "content-type": "application/json" })), /X-Request-Id/);
  assert.throws(
    () => check(good, 200, new Headers({ "content-type": "text/plain", "x-request-id": "a" })),
    /promise/,
  );
});

test("every POST offers the Idempotency-Key but those whose answer is not kept", async () => {
  const without: string[] = [];
  for (const { operation, method } of (await contract()).operations()) {
    const offered = JSON.stringify(operation.parameters ?? []).includes("/idempotency_key");
    if (method === "POST" && !offered) without.push(operation.operationId);
    if (method !== "POST") assert.ok(!offered, operation.operationId);
  }
  assert.deepEqual(without.sort(), ["createCart", "login", "logout", "refresh"]);
});

test("the judge of metrics sees an answer of 500 and a budget that was exceeded, and nothing else", () => {
  const clean = [
    'http_requests_total{route="/v1/shop/carts",method="POST",status="201"} 500',
    'http_requests_total{route="/readyz",method="GET",status="503"} 2',
    'http_requests_total{route="unmatched",method="other",status="404"} 5',
    'carrack_statement_budget_exceeded_total{operation="login"} 0',
  ];
  const faults = [
    'http_requests_total{route="/v1/shop/carts",method="POST",status="500"} 1',
    'http_requests_total{route="/v1/shop/carts",method="GET",status="503"} 12',
    'carrack_statement_budget_exceeded_total{operation="login"} 3',
  ];
  assert.deepEqual(faults_in([...clean, ...faults].join("\n")), faults);
});
