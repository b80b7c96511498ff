// The document itself: valid by a validator that is not ours, complete, and the same from file and server.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { escaped, type Found } from "./contract.ts";
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

const names_token = (security: unknown[] = []) =>
  security.some((way) => "access_token" in (way as Record<string, unknown>));
const asks_for_token = (security: unknown[] = []) =>
  names_token(security) && security.every((way) => Object.keys(way as object).length > 0);

test("an operation for staff names its permission and asks for a token; one for everybody asks for none", async () => {
  for (const { operation, path, method } of (await contract()).operations()) {
    const needs_token = asks_for_token(operation.security);
    if (path.startsWith("/v1/admin/")) {
      assert.ok(needs_token, operation.operationId);
      const { method: verb, route } = operation["x-permission"] ?? {};
      assert.deepEqual([verb, route], [method, path], operation.operationId);
      for (const status of ["401", "403"])
        assert.ok(operation.responses[status], `${operation.operationId} ${status}`);
    }
    if (path.startsWith("/v1/shop/account")) assert.ok(needs_token, operation.operationId);
    else if (path.startsWith("/v1/shop/")) {
      assert.ok(!needs_token, operation.operationId);
      // A guest's as well as a customer's: who brings a token brings a good one.
      const of_somebody = ["checkout", "trackOrder", "cancelOrder"].includes(operation.operationId);
      assert.equal(names_token(operation.security), of_somebody, operation.operationId);
      assert.equal("401" in operation.responses, of_somebody, operation.operationId);
    }
  }
});

test("without a token every operation for staff answers 401, whatever is sent", async () => {
  for (const { operation, path, method } of (await contract()).operations()) {
    if (!asks_for_token(operation.security)) continue;
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
  assert.deepEqual(without.sort(), [
    "beginSecondFactor",
    "changePassword",
    "confirmSecondFactor",
    "createCart",
    "explainPermission",
    "forgotPassword",
    "login",
    "logout",
    "refresh",
    "register",
    "requestEmailVerification",
    "resetPassword",
    "simulatePermissions",
    "verifyEmail",
  ]);
});

const pointer_to = ({ path, method }: Found, ...rest: string[]) =>
  ["paths", path, method.toLowerCase(), ...rest].map(escaped).join("/");

test("every operation shows a body and an answer that its own schemas accept", async () => {
  const judge = await contract();
  for (const found of judge.operations()) {
    const { operation } = found;
    const json = "application/json";
    const body = operation.requestBody?.content[json];
    if (body) {
      assert.ok(body.example, `${operation.operationId} shows no body`);
      const at = pointer_to(found, "requestBody", "content", json, "schema");
      assert.equal(
        judge.faults(at, body.example),
        "",
        `${operation.operationId}: ${JSON.stringify(body.example)}`,
      );
    }
    const [status, good] = Object.entries(operation.responses).find(([s]) => s.startsWith("2")) ?? [];
    assert.ok(status && good, operation.operationId);
    if (status === "202" || status === "204") continue; // there is nothing to say
    const answer = good.content?.[json];
    assert.ok(answer?.example, `${operation.operationId} shows no answer`);
    const at = pointer_to(found, "responses", status, "content", json, "schema");
    assert.equal(
      judge.faults(at, answer.example),
      "",
      `${operation.operationId}: ${JSON.stringify(answer.example)}`,
    );
  }
});

test("examples look like a shop, not like a schema", async () => {
  const shown = JSON.stringify(
    (await contract())
      .operations()
      .map(({ operation }) => [
        operation.requestBody?.content["application/json"]?.example,
        Object.values(operation.responses).map((r) => r.content?.["application/json"]?.example),
      ]),
  );
  // What the walk writes when nobody gave it a word: the member's own name.
  const unspoken = [...shown.matchAll(/"(\w+)":"([^"]*)"/g)].filter(
    ([, name, value]) => name!.replaceAll("_", " ") === value,
  );
  assert.deepEqual(
    unspoken.map(([text]) => text),
    [],
  );
});

test("every problem is shown once, under the status it travels with", async () => {
  const { document } = await contract();
  for (const { operation } of (await contract()).operations())
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400 || status === "default") continue;
      const { schema, examples } = response.content?.["application/problem+json"] ?? {};
      assert.deepEqual(schema, { $ref: "#/components/schemas/problem" }, operation.operationId);
      for (const code of Object.keys(examples ?? {})) {
        const { value } = document.components.examples[code]!;
        assert.deepEqual([value.code, String(value.status)], [code, status], operation.operationId);
        assert.equal((await contract()).faults("components/schemas/problem", value), "", code);
      }
    }
  for (const code of [
    "idempotency_key_invalid",
    "bad_request",
    "not_found",
    "method_not_allowed",
    "request_timeout",
    "internal_error",
  ])
    assert.ok(document.components.examples[code], code);
});

const names_of = (
  { operation }: Found,
  place: string,
  shared: Record<string, { name: string; in: string }>,
) =>
  (operation.parameters ?? [])
    .map((p) => p as { name: string; in: string; $ref?: string })
    .map((p) => (p.$ref ? shared[p.$ref.split("/").pop()!]! : p))
    .filter((p) => p.in === place)
    .map((p) => p.name);

test("parameters that mean the same everywhere say what they mean", async () => {
  for (const { operation } of (await contract()).operations())
    for (const given of operation.parameters ?? []) {
      const p = given as {
        name?: string;
        in?: string;
        description?: string;
        schema?: Record<string, unknown>;
      };
      if (p.in !== "query" || !["limit", "after", "sort", "q"].includes(p.name ?? "")) continue;
      assert.ok(p.description, `${operation.operationId} ${p.name}`);
      if (p.name === "limit")
        assert.deepEqual([p.schema?.["default"], p.schema?.["maximum"]], [20, 100], operation.operationId);
    }
});

test("the fields of an answer are declared where they are sent", async () => {
  const { document } = await contract();
  for (const found of (await contract()).operations()) {
    const { operation, method } = found;
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status === "304" || status === "default") continue;
      const told = Object.keys(response.headers ?? {});
      const where = `${operation.operationId} ${status}`;
      assert.ok(told.includes("X-Request-Id"), where);
      assert.equal(told.includes("WWW-Authenticate"), status === "401", where);
      assert.equal(told.includes("Retry-After"), status === "429" || status === "503", where);
      for (const field of ["RateLimit", "RateLimit-Policy"])
        assert.equal(told.includes(field), status === "429", where);
      if (method === "GET" && status === "200") assert.ok(told.includes("ETag"), where);
      if (!status.startsWith("2")) continue;
      const keyed = names_of(found, "header", document.components.parameters).includes("Idempotency-Key");
      assert.equal(told.includes("Idempotency-Replayed"), keyed, where);
      const signs = ["login", "refresh", "logout", "deleteSessions"].includes(operation.operationId);
      assert.equal(told.includes("Set-Cookie"), signs, where);
    }
  }
});

test("refresh and logout take the cookies that login sets, of the staff and of shoppers", async () => {
  const { document } = await contract();
  const schemes = ["refresh_cookie", "shop_refresh_cookie"];
  const named = schemes.map((one) => document.components.securitySchemes[one]);
  for (const scheme of named) assert.deepEqual([scheme?.type, scheme?.in], ["apiKey", "cookie"]);
  for (const found of (await contract()).operations()) {
    const takes = ["refresh", "logout"].includes(found.operation.operationId);
    const cookies = names_of(found, "cookie", document.components.parameters);
    assert.deepEqual(cookies, takes ? named.map((one) => one?.name) : [], found.operation.operationId);
    const secured = (found.operation.security ?? []).flatMap((one) => Object.keys(one as object));
    for (const scheme of schemes) assert.equal(secured.includes(scheme), takes);
  }
});

test("where If-Match is heeded, it is offered and 412 is declared", async () => {
  const { document } = await contract();
  const heeded: string[] = [];
  for (const found of (await contract()).operations()) {
    const offered = names_of(found, "header", document.components.parameters).includes("If-Match");
    assert.equal("412" in found.operation.responses, offered, found.operation.operationId);
    if (offered && found.method === "POST") heeded.push(found.operation.operationId);
  }
  for (const id of [
    "addCartLine",
    "transitionOrder",
    "recordPayment",
    "adjustStock",
    "addVariant",
    "addMedia",
  ])
    assert.ok(heeded.includes(id), id);
});

test("an audit entry says which fields changed, from what and to what", async () => {
  const { document } = await contract();
  const entry = document.components.schemas["audit_entry"] as {
    properties: { changes: { type: string; items: { $ref: string } } };
  };
  assert.equal(entry.properties.changes.type, "array");
  const name = entry.properties.changes.items.$ref.split("/").pop() ?? "";
  const change = document.components.schemas[name] as { required: string[] };
  assert.deepEqual(change.required.sort(), ["after", "before", "field"]);
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
