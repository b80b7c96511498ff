// `carrack import` beside the running server: what it says, its exit codes, and that the shop sells what came in.
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { call, owner, running } from "./harness.ts";
import { binary } from "./program.ts";
import { unique } from "./shop.ts";

const real = resolve(dirname(fileURLToPath(import.meta.url)), "../data/shopify");
const folder = mkdtempSync(join(tmpdir(), "carrack-import-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function carrack_import(...args: string[]) {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("CARRACK_"));
  const done = spawnSync(binary(), ["import", ...args, "--data", running().data], {
    env: Object.fromEntries(others),
    encoding: "utf8",
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const HEADER = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\n";

test("a real file comes in, once, and is sold at once", async () => {
  const args = ["shopify", join(real, "home-and-garden.csv"), "--json"];
  const planned = carrack_import(...args, "--dry-run");
  assert.equal(planned.code, 0, planned.err);
  const plan = JSON.parse(planned.out);
  assert.equal(plan.dry_run, true);
  assert.equal(plan.files[0].products.created, 20);
  const first = carrack_import(...args);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(JSON.parse(first.out).files[0].products, plan.files[0].products);
  const shown = await call("viewProduct", { path: { id: "clay-plant-pot" } });
  assert.equal(shown.status, 200);
  assert.equal(shown.body.title, "Clay Plant Pot");

  const again = JSON.parse(carrack_import(...args).out).files[0];
  assert.deepEqual(again.products, { created: 0, updated: 0, unchanged: 20 });
  assert.equal(again.stock.rows_changed, 0);
  const trail = await call("listAudit", { token: await owner(), query: { resource: "stock" } });
  assert.ok(trail.body.data.some((e) => e.action === "carrack import" && e.actor.kind === "system"));
});

test("every fault is named with its line and column, and nothing comes in", async () => {
  const handle = unique("faulty");
  const bad = file("bad.csv", `${HEADER}${handle},Good,,1.00,1\nb,B,,1.005,x\n,C,,1.00,1\n`);
  const { code, out, err } = carrack_import("shopify", bad);
  assert.equal(code, 1);
  assert.equal(out, "");
  assert.match(err, /nothing is imported of it; 3 faults/);
  assert.match(err, /line 3, column 4 \(Variant Price\): '1\.005'/);
  assert.match(err, /line 3, column 5 \(Variant Inventory Qty\): 'x'/);
  assert.match(err, /line 4, column 1 \(Handle\)/);
  const answer = await fetch(`${running().address}/v1/shop/products/${handle}`);
  await answer.arrayBuffer();
  assert.equal(answer.status, 404);
});

test("every fault is told: the first hundred at a glance, all on request", () => {
  const rows = Array.from({ length: 1200 }, (_, n) => `bad-${n},Bad,,x,1\n`).join("");
  const bad = file("many.csv", HEADER + rows);
  const glance = carrack_import("shopify", bad);
  assert.match(glance.err, /1200 faults:/);
  assert.match(glance.err, /and 1100 more; --all-faults shows them all, and so does --json/);
  assert.equal(carrack_import("shopify", bad, "--all-faults").err.match(/\(Variant Price\)/g)?.length, 1200);
  const [told] = JSON.parse(carrack_import("shopify", bad, "--json").out).files;
  assert.deepEqual([told.faults_total, told.faults.length], [1200, 1200]);
  const latin = Buffer.from(`${HEADER}a,"caf\xe9, bar",,1,1\nb,B,,1,1\nc,C,s\xe9,1,1\n`, "latin1");
  const { err } = carrack_import("shopify", file("latin-1.csv", latin));
  assert.match(err, /2 faults/);
  assert.match(err, /line 2, column 2: the byte 0xE9 is not UTF-8/);
  assert.match(err, /line 4, column 3: the byte 0xE9 is not UTF-8/);
  const priceless = carrack_import("shopify", file("priceless.csv", "Handle,Title\na,A\nb,B\n"));
  assert.match(priceless.err, /line 1: .*the column Variant Price is missing/);
});

test("files that are no such thing: one sentence each, the good one comes in all the same", () => {
  const good = file("good.csv", `${HEADER}${unique("good")},Good,,1.00,1\n`);
  const cases: [string, RegExp][] = [
    [join(folder, "missing.csv"), /missing\.csv: there is no such file\.\n/],
    [folder, /this is a folder/],
    [file("latin.csv", Buffer.from(`${HEADER}caf\xe9,Caf\xe9,,1.00,1\n`, "latin1")), /UTF-8/],
    [file("cut.csv", `${HEADER}cut,"Cut of`), /cut\.csv: .*line 2, column 2 \(Title\): .*never closed/],
    [file("picture.csv", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])), /picture\.csv.*:/],
    [file("empty.csv", ""), /empty/],
    [file("other.csv", "a,b\n1,2\n"), /not a Shopify product CSV/],
  ];
  const { code, out, err } = carrack_import("shopify", ...cases.map(([path]) => path), good);
  assert.equal(code, 1);
  for (const [, said] of cases) assert.match(err, said);
  assert.match(out, /good\.csv: 1 product/);
  assert.match(out, /1 of 8 files imported/);
});

test("a wrong command line is told apart from a wrong file", () => {
  for (const args of [[], ["etsy", "x.csv"], ["shopify"], ["shopify", "x.csv", "--dryrun"]]) {
    const { code, out, err } = carrack_import(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, /^carrack: .*\n$/);
  }
});
