// `carrack verify` beside a running server: what it prints, how it ends, and what GET /v1/admin/integrity tells of it.
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { carrack } from "./command.ts";
import { socket_folder, sql } from "./database.ts";
import { call, owner, refused, running } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

await own_server();
const folder = mkdtempSync(join(tmpdir(), "carrack-verify-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Finding {
  check: string;
  verdict: string;
  count: number;
  rows: { subject: string; says: string }[];
}
interface Outcome {
  whole: boolean;
  checks: number;
  wrong: number;
  repaired: number;
  seal: number;
  seal_digest: string | null;
  findings: Finding[];
}

const verify = (...flags: string[]) => carrack(["verify", "--data", running().data, ...flags]);

async function outcome(code: number, ...flags: string[]): Promise<Outcome> {
  const ended = await verify("--json", ...flags);
  assert.equal(ended.code, code, ended.out + ended.err);
  return JSON.parse(ended.out) as Outcome;
}

const wrong = (of: Outcome) => of.findings.filter((f) => f.verdict === "wrong").map((f) => f.check);

async function trade(): Promise<string> {
  const mug = await sell({ EUR: 900 });
  await put_in_stock(mug.variant_id, (await open_location()).id, 5);
  const cart = await fill_cart({ [mug.variant_id]: 2 });
  const headers = { "idempotency-key": unique("k") };
  const body = { payment: { provider: "manual" } } as const;
  return (await call("checkout", { path: { id: cart.id }, headers, body })).body.order.id;
}

test("getIntegrity: nothing before the first verification, and nobody reads it without the permission", async () => {
  assert.deepEqual((await call("getIntegrity", { token: await owner() })).body, { last_run: null });
  await refused("getIntegrity", 401, "authentication_required", {});
});

test("an imported catalogue and a shop that trades are whole, and the last run is shown", async () => {
  const csv = join(folder, "products.csv");
  writeFileSync(
    csv,
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n" +
      "tee,Täglich-Shirt,Size,S,TEE-S,4,19.00\ntee,,,M,TEE-M,6,19.00\nmug,Mug,,,MUG,3,9.00\n",
  );
  const imported = await carrack(["import", "shopify", csv, "--data", running().data]);
  assert.equal(imported.code, 0, imported.err);
  await trade();
  const plain = await verify();
  assert.equal(plain.code, 0, plain.out + plain.err);
  assert.match(plain.out, /^ok +inventory\.ledger +\S/m);
  assert.match(plain.out, /^All of \d+ checks hold\.$/m);
  const found = await outcome(0);
  assert.deepEqual([found.whole, wrong(found), found.repaired], [true, [], 0]);
  const { last_run } = (await call("getIntegrity", { token: await owner() })).body;
  assert.ok(last_run);
  assert.deepEqual(
    [last_run.whole, last_run.checks, last_run.wrong, last_run.seal, last_run.seal_digest],
    [true, found.checks, 0, found.seal, found.seal_digest],
  );
  assert.deepEqual(last_run.findings, found.findings);
  // By the server's URL alone, as from another machine.
  const url = `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`;
  assert.equal((await carrack(["verify", "--database-url", url])).code, 0);
});

test("what is wrong is named, with exit code 1, shown over HTTP, and repaired where it can be", async () => {
  const order = await trade();
  await sql(`update sales.order_heads set changed_at = now() where order_id = '${order}';
             update inventory.stock set on_hand = on_hand + 1
              where variant_id = (select variant_id from sales.order_lines where order_id = '${order}')`);
  const plain = await verify();
  assert.equal(plain.code, 1);
  assert.match(
    plain.out,
    new RegExp(`^WRONG +orders\\.heads .*\\n +order ${order}: its head has moments of its own:`, "m"),
  );
  assert.match(plain.out, /^2 of \d+ checks do not hold\.$/m);
  const { last_run } = (await call("getIntegrity", { token: await owner() })).body;
  assert.deepEqual([last_run?.whole, last_run?.wrong], [false, 2]);
  const mended = await outcome(0, "--repair");
  assert.deepEqual([mended.whole, mended.repaired], [true, 2]);
  const trail = await call("listAudit", {
    token: await owner(),
    query: { resource: "orders", resource_id: order },
  });
  assert.equal(trail.body.data[0]?.action, "carrack verify --repair");
  assert.equal(trail.body.data[0]?.actor.kind, "system");
});

test("an entry of the audit trail that somebody changed is named, whoever it was", async () => {
  await sql(
    "update audit.entries set actor_id = gen_random_uuid() where id = (select ids[1] from audit.seals where seq = 1)",
  );
  const id = (await sql("select ids[1] from audit.seals where seq = 1"))[0] ?? "";
  const found = await outcome(1);
  assert.deepEqual(wrong(found), ["audit.entries"]);
  const rows = found.findings.find((f) => f.check === "audit.entries")?.rows;
  assert.deepEqual(rows, [
    { subject: `audit entry ${id}`, says: "it was changed after seal 1 had sealed it" },
  ]);
});

test("the server seals by itself what was written, some seconds after", async () => {
  await trade();
  const unsealed = () =>
    sql(`select count(*) from audit.entries e where not exists
           (select from audit.seals s where e.id = any(s.ids))`);
  const by = Date.now() + 60_000;
  while ((await unsealed())[0] !== "0") {
    assert.ok(Date.now() < by, "nobody seals");
    await new Promise((go) => setTimeout(go, 200));
  }
});

test("verify says in a sentence why it cannot look, with the exit codes of the other commands", async () => {
  const nowhere = await carrack(["verify", "--data", join(folder, "none")]);
  assert.equal(nowhere.code, 2, nowhere.err);
  const away = await carrack(["verify", "--database-url", "postgresql://nobody@127.0.0.1:1/nowhere"]);
  assert.equal(away.code, 1);
  assert.equal(away.out, "");
});
