// What whoever runs the shop reads of real requests: the log's line for each, and the metrics that are served.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { call, owner, raw, running, send } from "./harness.ts";
import { settings } from "./second_server.ts";
import { start_serving, type Up } from "./server.ts";
import { sell, type Sold } from "./shop.ts";

const folder = await mkdtemp(join(tmpdir(), "carrack-observed-"));
let server: Up;
let mug: Sold;
let me: string;

// Nobody else asks this one anything, so that its figures are known.
before(async () => {
  mug = await sell({ EUR: 1200 });
  me = (await call("getSession", { token: await owner() })).body.user.id;
  server = await start_serving(folder, await settings());
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ ...running(), address: server.address });
});
after(async () => {
  await server.program.end();
  await rm(folder, { recursive: true, force: true });
});

type Line = Record<string, string | number>;

// The one line about this request.
async function line_of(id: string): Promise<Line> {
  const with_it = () =>
    server.program
      .output()
      .split("\n")
      .filter((line) => line.includes(`"request_id":"${id}"`));
  await server.program.until(`the log has ${id}`, 20_000, () => (with_it().length > 0 ? true : undefined));
  assert.equal(with_it().length, 1, with_it().join("\n"));
  return JSON.parse(with_it()[0] ?? "") as Line;
}

test("each request has one line: who, what, how it went, how long, at which cost", async () => {
  const token = await owner();
  const cases: { id: string; ask: () => Promise<unknown>; says: Line; statements: "none" | "some" }[] = [
    {
      id: "a-guest",
      ask: () => send("viewProduct", { path: { id: mug.handle }, headers: { "x-request-id": "a-guest" } }),
      says: { actor: "", method: "GET", route: "/v1/shop/products/{id}", status: 200 },
      statements: "some",
    },
    {
      id: "the-owner",
      ask: () => send("listUsers", { token, query: { limit: 1 }, headers: { "x-request-id": "the-owner" } }),
      says: { actor: me, method: "GET", route: "/v1/admin/users", status: 200 },
      statements: "some",
    },
    {
      id: "a-write",
      ask: () => send("createCart", { body: { currency: "EUR" }, headers: { "x-request-id": "a-write" } }),
      says: { actor: "", method: "POST", route: "/v1/shop/carts", status: 201 },
      statements: "some",
    },
    {
      id: "a-refusal",
      ask: () => send("listUsers", { headers: { "x-request-id": "a-refusal" } }),
      says: {
        actor: "",
        method: "GET",
        route: "/v1/admin/users",
        status: 401,
        code: "authentication_required",
      },
      statements: "none",
    },
    {
      id: "a-miss",
      ask: () =>
        raw(
          "GET /v1/secret-%0aforged HTTP/1.1\r\nHost: a\r\nX-Request-Id: a-miss\r\nConnection: close\r\n\r\n",
        ),
      says: { actor: "", method: "GET", route: "", status: 404, code: "not_found" },
      statements: "none",
    },
    {
      id: "a-look",
      ask: () => raw("HEAD /livez HTTP/1.1\r\nHost: a\r\nX-Request-Id: a-look\r\nConnection: close\r\n\r\n"),
      says: { actor: "", method: "HEAD", route: "/livez", status: 200 },
      statements: "none",
    },
  ];
  for (const { id, ask, says, statements } of cases) {
    const began = Date.now();
    await ask();
    const line = await line_of(id);
    for (const [name, value] of Object.entries(says)) assert.equal(line[name], value, `${id}: ${name}`);
    assert.equal(line["message"], "request");
    assert.equal(line["level"], "info");
    assert.equal(line["remote"], "127.0.0.1");
    assert.equal("code" in line, "code" in says, id);
    const at = Date.parse(String(line["time"]));
    assert.ok(at >= began - 1 && at <= Date.now() + 1, `${id}: ${line["time"]}`);
    for (const name of ["total_us", "database_us", "statements", "round_trips", "bytes"])
      assert.ok(Number.isInteger(line[name]), `${id}: ${name} is ${line[name]}`);
    const [total, database, sent, trips, bytes] = [
      "total_us",
      "database_us",
      "statements",
      "round_trips",
      "bytes",
    ].map((name) => Number(line[name])) as [number, number, number, number, number];
    assert.ok(total >= database && bytes > 100, id);
    if (statements === "none") assert.deepEqual([sent, trips, database], [0, 0, 0], id);
    else
      assert.ok(sent > 0 && trips > 0 && trips <= sent + 1 && database > 0, `${id}: ${JSON.stringify(line)}`);
  }
  const log = server.program.output();
  assert.ok(
    !log.includes("forged") && !log.includes(token) && !log.includes(mug.handle),
    "nothing that was sent",
  );
});

test("what is not HTTP has its line, too, with the reason", async () => {
  const reply = await raw("GET /livez HTTP/1.1\r\nHost : a\r\n\r\n");
  const line = await line_of(reply.headers.get("x-request-id") ?? "");
  assert.equal(line["status"], 400);
  assert.equal(line["code"], "bad_request");
  assert.equal(line["reason"], "a header field's name is not a token");
  assert.equal(line["route"], "");
});

const DATABASE = [
  "read_connections gauge",
  "transaction_connections gauge",
  "idle_connections gauge",
  "waiting gauge",
  "statements_total counter",
  "errors_total counter",
  "reconnects_total counter",
  "syncs_total counter",
  "deadlines_total counter",
  "cancels_total counter",
  "retries_total counter",
  "lock_timeouts_total counter",
  "shed_total counter",
];

// Prometheus' text format 0.0.4, line by line: the value of each series, and each family's type.
function parse(text: string): { series: Map<string, number>; types: Map<string, string> } {
  const [series, types] = [new Map<string, number>(), new Map<string, string>()];
  const label = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
  const sample = new RegExp(
    String.raw`^(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{${label}(?:,${label})*\})?) ([-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf)|NaN)$`,
  );
  assert.ok(text.endsWith("\n"));
  for (const line of text.slice(0, -1).split("\n")) {
    if (/^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* \S.*$/.test(line)) continue;
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      assert.ok(!types.has(type[1] ?? ""), `twice: ${line}`);
      types.set(type[1] ?? "", type[2] ?? "");
      continue;
    }
    const [, name = "", family = "", value = ""] = sample.exec(line) ?? [];
    assert.ok(name, `not of the format: ${line}`);
    assert.ok(!series.has(name), `twice: ${line}`);
    const of_histogram = types.get(family.replace(/_(bucket|sum|count)$/, "")) === "histogram";
    assert.ok(types.has(family) || of_histogram, `no type before: ${line}`);
    series.set(name, Number(value.replace("Inf", "Infinity")));
  }
  return { series, types };
}

test("the served metrics are well-formed, and count what was asked", async () => {
  const page = async () => {
    const reply = await fetch(`${server.address}/metrics`);
    assert.equal(reply.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    return parse(await reply.text());
  };
  const earlier = await page();
  for (let i = 0; i < 3; ++i) await call("viewProduct", { path: { id: mug.handle } });
  const { series, types } = await page();
  const grown = (name: string) => {
    assert.ok(series.has(name), name);
    return (series.get(name) ?? 0) - (earlier.series.get(name) ?? 0);
  };
  const of_database = [...types].filter(([name]) => name.startsWith("carrack_db_"));
  assert.deepEqual(
    of_database.map(([name, type]) => `${name.replace("carrack_db_", "")} ${type}`).sort(),
    [...DATABASE].sort(),
  );
  for (const [name] of of_database) assert.ok((series.get(name) ?? -1) >= 0, name);
  assert.ok((series.get("carrack_db_read_connections") ?? 0) >= 1);
  assert.ok(grown("carrack_db_statements_total") >= 3 && grown("carrack_db_syncs_total") >= 1);
  assert.equal(grown('http_requests_total{route="/v1/shop/products/{id}",method="GET",status="200"}'), 3);
  assert.ok(grown('carrack_statements_total{operation="viewProduct"}') >= 3);
  assert.ok(grown("carrack_request_database_seconds_count") >= 3);
});
