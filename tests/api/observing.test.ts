// What a running server says of itself: a line in its log for each request, and the figures that Prometheus reads.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { socket_folder } from "./database.ts";
import { call, owner, raw, refused, request_text, running, send } from "./harness.ts";
import { check_metrics, start_serving, type Up } from "./server.ts";
import { sell } from "./shop.ts";

let server: Up;
const data = await mkdtemp(join(tmpdir(), "carrack-observed-"));

before(async () => {
  const key = await readFile(join(running().data, "secret.key"), "utf8");
  server = await start_serving(data, {
    CARRACK_DATABASE_URL: `postgresql://carrack_app@/carrack?host=${encodeURIComponent(await socket_folder())}`,
    CARRACK_SECRET_KEY: key.trim(),
  });
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ ...running(), address: server.address });
});

after(async () => {
  try {
    await check_metrics(server.address);
  } finally {
    await server.program.end();
    await rm(data, { recursive: true, force: true });
  }
});

type Line = Record<string, string | number>;

// Each line that it has written is one JSON object; the last may be on its way.
const lines = (): Line[] =>
  server.program
    .output()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

async function line_of(headers: Headers | Map<string, string>): Promise<Line> {
  const id = headers.get("x-request-id");
  assert.ok(id);
  const told = () => lines().filter((line) => line["message"] === "request" && line["request_id"] === id);
  const line = await server.program.until("the request stood in the log", 20_000, () => told()[0]);
  assert.equal(told().length, 1, "once");
  return line;
}

const KEYS = ["time", "level", "message", "request_id", "actor", "method", "route", "status"].concat([
  "total_us",
  "database_us",
  "statements",
  "round_trips",
  "bytes",
  "remote",
]);

test("a request's line: who asked for what, how it was answered, and what that cost", async () => {
  const token = await owner();
  const me = (await call("getSession", { token })).body.user.id;
  const mug = await sell({ EUR: 1200 });

  const read = await call("loadProduct", { token, path: { id: mug.product_id } });
  const seen = await line_of(read.headers);
  assert.deepEqual(Object.keys(seen), KEYS);
  const { actor, method, route, status, level, remote } = seen;
  assert.deepEqual(
    { actor, method, route, status, level, remote },
    {
      actor: me,
      method: "GET",
      route: "/v1/admin/products/{id}",
      status: 200,
      level: "info",
      remote: "127.0.0.1",
    },
  );
  const figure = (line: Line, name: string): number => {
    assert.ok(Number.isInteger(line[name]), `${name}: ${JSON.stringify(line)}`);
    return line[name] as number;
  };
  assert.equal(figure(seen, "statements"), 1, "a product is one statement");
  assert.equal(figure(seen, "round_trips"), 1);
  assert.ok(figure(seen, "database_us") > 0 && figure(seen, "database_us") <= figure(seen, "total_us"));
  assert.ok(figure(seen, "bytes") > JSON.stringify(read.body).length);
  assert.ok(!Number.isNaN(Date.parse(String(seen["time"]))), JSON.stringify(seen));

  const body = { currency: "EUR" };
  const made = await line_of((await call("createCart", { body })).headers);
  assert.deepEqual([made["actor"], made["method"], made["route"]], ["", "POST", "/v1/shop/carts"]);
  assert.deepEqual([made["status"], figure(made, "statements") > 0], [201, true]);
});

test("the line of a refusal says its code; what no route took names none, and no secret is told", async () => {
  const key = "a-secret-of-mine";
  const path = { id: "01936f1e-7a2b-4cc3-9d41-8a5e0c3b2f10" };
  const problem = await refused("loadProduct", 401, "authentication_required", { path });
  const denied = await line_of(new Map([["x-request-id", problem.request_id]]));
  assert.deepEqual(
    [denied["status"], denied["code"], denied["actor"], denied["statements"]],
    [401, "authentication_required", "", 0],
  );
  const missing = await send("viewProduct", { path: { id: "none-of-that-name" } });
  const unknown = await line_of(missing.headers);
  assert.deepEqual(
    [unknown["route"], unknown["code"]],
    ["/v1/shop/products/{id}", (missing.body as { code: string }).code],
  );

  const nowhere = await raw(request_text(`GET /nowhere?token=${key}`));
  const unmatched = await line_of(nowhere.headers);
  assert.deepEqual([unmatched["route"], unmatched["status"], unmatched["code"]], ["", 404, "not_found"]);
  assert.ok(!server.program.output().includes(key));
});

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},)*${LABEL})\\})? (\\S+)$`);
const VALUE = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/;

interface Family {
  kind: string;
  samples: { name: string; labels: string; value: number }[];
}

// By the rules of Prometheus' text format, version 0.0.4: a family's lines stand together, behind its HELP and TYPE.
function read_metrics(page: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let [helped, current] = ["", ""];
  assert.ok(page.endsWith("\n"));
  for (const line of page.slice(0, -1).split("\n")) {
    const [, what, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (what === "HELP") {
      assert.ok(!families.has(name) && rest !== "", line);
      helped = name;
    } else if (what === "TYPE") {
      assert.equal(name, helped, line);
      assert.match(rest, /^(counter|gauge|histogram)$/);
      families.set((current = name), { kind: rest, samples: [] });
    } else {
      const [, metric = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
      assert.match(value, VALUE, line);
      assert.ok(!series.has(metric + labels), `twice: ${line}`);
      series.add(metric + labels);
      const family = families.get(current);
      const base = family?.kind === "histogram" ? metric.replace(/_(bucket|sum|count)$/, "") : metric;
      assert.equal(base, current, line);
      family?.samples.push({ name: metric, labels, value: Number(value.replace("Inf", "Infinity")) });
    }
  }
  return families;
}

// Of each series: its buckets rise to +Inf, which is the count.
function check_histogram(name: string, { samples }: Family): void {
  const counts = new Map<string, number[]>();
  for (const one of samples.filter((sample) => sample.name === `${name}_bucket`)) {
    const others = one.labels.replace(/,?le="[^"]*"/, "");
    counts.set(others, [...(counts.get(others) ?? []), one.value]);
    if (one.labels.includes('le="+Inf"')) {
      const total = samples.find((sample) => sample.name === `${name}_count` && sample.labels === others);
      assert.equal(total?.value, one.value, `${name}{${others}}`);
    }
  }
  for (const rising of counts.values())
    assert.deepEqual(
      rising,
      rising.toSorted((a, b) => a - b),
      name,
    );
}

const OF_THE_DATABASE = [
  ...["read_connections", "transaction_connections", "idle_connections", "waiting"],
  ...["statements_total", "errors_total", "reconnects_total", "syncs_total", "deadlines_total"],
  ...["cancels_total", "retries_total", "lock_timeouts_total", "shed_total"],
].map((name) => `carrack_db_${name}`);

test("/metrics as it is served is what Prometheus reads, the database's figures with it", async () => {
  const page = async () => {
    const reply = await fetch(`${server.address}/metrics`);
    assert.equal(reply.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    return read_metrics(await reply.text());
  };
  const first = await page();
  assert.deepEqual(
    [...first.keys()].filter((name) => name.startsWith("carrack_db_")).sort(),
    [...OF_THE_DATABASE].sort(),
  );
  const value = (families: Map<string, Family>, name: string, labels = "") =>
    families.get(name)?.samples.find((one) => one.labels === labels)?.value ?? NaN;
  await call("createCart", { body: { currency: "EUR" } });
  await call("browseProducts", {});
  const second = await page();
  for (const [name, family] of second) {
    if (family.kind === "histogram") check_histogram(name, family);
    if (!name.startsWith("carrack_db_")) continue;
    assert.equal(family.kind, name.endsWith("_total") ? "counter" : "gauge", name);
    assert.equal(family.samples.length, 1, name);
  }
  for (const name of ["carrack_db_statements_total", "carrack_db_syncs_total"])
    assert.ok(value(second, name) > value(first, name), name);
  for (const lane of ["read", "transaction"])
    assert.ok(value(second, `carrack_db_${lane}_connections`) >= 1, lane);
  const counted = 'route="/v1/shop/carts"';
  const requests = second.get("http_requests_total")?.samples.filter((one) => one.labels.includes(counted));
  assert.ok(requests?.some((one) => one.labels.includes('status="201"') && one.value >= 1));
  assert.ok(value(second, "carrack_statements_total", 'operation="createCart"') >= 1);
});
