// `carrack import` beside the running server: what it says, its exit codes, and that the shop sells what came in.
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { contents } from "./database.ts";
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

test("variants that a file has no longer are told by name, and come back with the next", async () => {
  const header = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n";
  const handle = unique("shirt");
  const whole = `${header}${handle},Shirt,Size,S,1.00\n${handle},,,M,1.00\n${handle},,,L,1.00\n`;
  const cut = file("cut.csv", whole.slice(0, whole.lastIndexOf(handle)));
  assert.equal(carrack_import("shopify", file("whole.csv", whole)).code, 0);

  const planned = carrack_import("shopify", cut, "--dry-run");
  assert.match(planned.out, /1 variant would be archived, not being in the file; .*:\n +shirt-\S+: L\n/);
  const { code, out } = carrack_import("shopify", cut, "--json");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).files[0].variants_archived, [{ handle, title: "L" }]);

  const again = carrack_import("shopify", join(folder, "whole.csv"));
  assert.doesNotMatch(again.out, /archived/);
  const shown = await call("viewProduct", { path: { id: handle } });
  assert.deepEqual(
    shown.body.variants.map((v) => v.title),
    ["S", "M", "L"],
  );
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

// Each file's line is the whole of what is said of it.
test("files that are no such thing: one line each, nothing is written of them, the good one comes in", async () => {
  const utf16 = (text: string) => Buffer.from(text, "utf16le");
  const rows = `${HEADER}pot,Pot,,1.00,1\n`;
  const whole = readFileSync(join(real, "home-and-garden.csv"));
  const nothing = "nothing is imported of it: ";
  const cases: [string, string][] = [
    [join(folder, "missing.csv"), "there is no such file."],
    [folder, "this is a folder; name the CSV files in it."],
    [file("empty.csv", ""), `${nothing}The file is empty.`],
    [file("barren.csv", HEADER), `${nothing}The file has a header but no products.`],
    [
      file("picture.csv", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])),
      `${nothing}line 1, column 1: the byte 0x89 is not UTF-8; save the file as UTF-8`,
    ],
    [
      file("latin.csv", Buffer.from(`${HEADER}caf\xe9,Cafe,,1.00,1\n`, "latin1")),
      `${nothing}line 2, column 1: the byte 0xE9 is not UTF-8; save the file as UTF-8`,
    ],
    [
      file("cut.csv", `${HEADER}cut,"Cut of`),
      `${nothing}line 2, column 2 (Title): the quotation mark that opens this field is never closed; the file is cut off, ` +
        "or a mark within the text is not doubled",
    ],
    [
      file("other.csv", "a,b\n1,2\n"),
      `${nothing}line 1: not a Shopify product CSV: the columns Handle, Title, Variant Price are missing`,
    ],
    [
      file("marked.csv", utf16(`\ufeff${rows}`)),
      `${nothing}The file is UTF-16 (little-endian); save it as UTF-8.`,
    ],
    [file("wide.csv", utf16(rows)), `${nothing}The file is UTF-16 (little-endian); save it as UTF-8.`],
    [file("big.csv", utf16(rows).swap16()), `${nothing}The file is UTF-16 (big-endian); save it as UTF-8.`],
    [
      file("book.csv", Buffer.from("504b0304140006000800", "hex")),
      `${nothing}The file is a ZIP archive or an Excel workbook, not a CSV; export it as CSV (UTF-8).`,
    ],
    [
      file("old-book.csv", Buffer.from("d0cf11e0a1b11ae10000", "hex")),
      `${nothing}The file is an old Excel workbook, not a CSV; export it as CSV (UTF-8).`,
    ],
    [file("packed.csv", gzipSync(whole)), `${nothing}The file is compressed with gzip; unpack it first.`],
  ];
  const paths = cases.map(([path]) => path);
  const said = cases.map(([path, words]) => `${path}: ${words}\n`).join("");
  const before = await contents("ops.versions");
  const alone = carrack_import("shopify", ...paths);
  assert.equal(alone.code, 1);
  assert.equal(alone.err, said);
  assert.deepEqual(await contents("ops.versions"), before, "nothing is written");

  const good = file("good.csv", `${HEADER}${unique("good")},Good,,1.00,1\n`);
  const { code, out, err } = carrack_import("shopify", ...paths, good);
  assert.equal(code, 1);
  assert.equal(err, said);
  assert.match(out, /good\.csv: 1 product/);
  assert.ok(out.includes(`1 of ${cases.length + 1} files imported`), out);
  assert.notDeepEqual(await contents("ops.versions"), before);
});

test("how far it has come is drawn on a terminal alone, and taken away before the outcome is told", () => {
  const args = ["import", "shopify", join(real, "home-and-garden.csv"), "--data", running().data];
  const line = [binary(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("CARRACK_"));
  const env = Object.fromEntries(others);
  const typescript = join(folder, "typescript");
  const watched = spawnSync("script", ["-qec", line, typescript], { env, encoding: "utf8", input: "" });
  assert.equal(watched.status, 0, watched.stdout + watched.stderr);
  const [before = "", ...drawn] = watched.stdout.split("\r\x1b[K");
  assert.equal(before, "");
  assert.match(drawn[0] ?? "", /home-and-garden\.csv ░{30} 0 of 20 products$/);
  assert.match(drawn.at(-2) ?? "", /home-and-garden\.csv [█░]{30} \d+ of 20 products$/);
  assert.match(drawn.at(-1) ?? "", /^\S*home-and-garden\.csv: 20 products/);
  const { out, err } = carrack_import("shopify", join(real, "home-and-garden.csv"));
  assert.doesNotMatch(out + err, /[\x1b\r█░]/);
});

test("a wrong command line is told apart from a wrong file", () => {
  for (const args of [[], ["etsy", "x.csv"], ["shopify"], ["shopify", "x.csv", "--dryrun"]]) {
    const { code, out, err } = carrack_import(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, /^carrack: .*\n$/);
  }
});
