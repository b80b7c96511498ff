// `carrack up` through its life: the first start, a crash, a power cut, a clean end, a database that is too new.
import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { carrack } from "./command.ts";
import { contents, sql } from "./database.ts";
import { bring_up, type Up } from "./server.ts";

const above = await mkdtemp(join(tmpdir(), "carrack-up-"));
await chmod(above, 0o755);
const data = join(above, "shop");
const pid_file = join(data, "postgres/data/postmaster.pid");
let shop: Up;
after(async () => {
  await shop?.program.crash();
  await kill_database();
  await rm(above, { recursive: true, force: true });
});

const OWNER = "first@example.com";
let password = "";

const database_process = () =>
  existsSync(pid_file) ? Number(readFileSync(pid_file, "utf8").split("\n")[0]) : 0;

const lives = (pid: number) =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`).length > 0;

async function gone(pid: number): Promise<void> {
  for (const by = Date.now() + 20_000; lives(pid);) {
    assert.ok(Date.now() < by, `process ${pid} is still there`);
    await new Promise((go) => setTimeout(go, 20));
  }
}

// Its pid file says so in the eighth line, once what the one before left has been recovered.
function another_database(than: number): boolean {
  const lines = existsSync(pid_file) ? readFileSync(pid_file, "utf8").split("\n") : [];
  const process = Number(lines[0] ?? 0);
  return process !== than && lives(process) && lines[7]?.trim() === "ready";
}

async function kill_database(): Promise<void> {
  const pid = database_process();
  if (pid === 0 || !lives(pid)) return;
  process.kill(pid, "SIGKILL");
  await gone(pid);
}

async function start(more: Record<string, string> = {}): Promise<void> {
  shop = await bring_up(data, { CARRACK_OWNER_EMAIL: OWNER, ...more });
  const owner = { email: OWNER, password };
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ address: shop.address, owner, data });
}

async function ask(method: string, path: string, body?: object, token?: string) {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const reply = await fetch(shop.address + path, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, string> };
}

async function token(): Promise<string> {
  const reply = await ask("POST", "/v1/auth/login", { email: OWNER, password });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body["access_token"] ?? "";
}

const product_is_there = async () => (await ask("GET", "/v1/shop/products/kept")).body["title"] === "Kept";

test("the first start prints where to look and, once, the owner's password", async () => {
  await start();
  const said = shop.program.output();
  password = /Password +(\S+)/.exec(said)?.[1] ?? "";
  assert.ok(password.length >= 12 && said.includes(OWNER) && said.includes(`${shop.address}/docs`), said);
  assert.equal((await stat(join(data, "secret.key"))).mode & 0o777, 0o600);
  assert.match(said, /Mails +\S+\/mails \(written there, none are sent\)/);
  const body = { title: "Kept", handle: "kept", published: true };
  assert.equal((await ask("POST", "/v1/admin/products", body, await token())).status, 201);
  const docs = await (await fetch(`${shop.address}/docs`)).text();
  assert.doesNotMatch(docs, /(src|href)="(https?:)?\/\//, "the page fetches nothing from elsewhere");
  const picture = await fetch(`${shop.address}/sample/rope-sea.svg`);
  assert.equal(picture.headers.get("content-type"), "image/svg+xml");
  assert.equal(picture.headers.get("cache-control"), "public, max-age=604800");
  assert.match(await picture.text(), /^<svg xmlns=/);
  assert.equal((await ask("GET", "/sample/rope-plaid.svg")).status, 404);
});

test("killed with -9: the cluster that is left is taken over, and everything is there", async () => {
  const cluster = database_process();
  const before = await token();
  await shop.program.crash();
  assert.ok(lives(cluster), "the database outlives its keeper");
  await start();
  assert.equal(database_process(), cluster, "it is the same one");
  assert.ok(await product_is_there());
  assert.doesNotMatch(shop.program.output(), /Password/, "the password is told once");
  await token();
  assert.equal(
    (await ask("GET", "/v1/auth/session", undefined, before)).status,
    200,
    "nobody was signed out",
  );
});

test("both killed with -9, the stale pid file left behind: started anew, and everything is there", async () => {
  await shop.program.crash();
  await kill_database();
  assert.ok(existsSync(pid_file));
  await start();
  assert.ok(await product_is_there());
});

test("both killed with -9 and the pid file emptied by it: started anew, and everything is there", async () => {
  for (const left of ["", "garbage\n"]) {
    await shop.program.crash();
    await kill_database();
    await writeFile(pid_file, left);
    await start();
    assert.ok(await product_is_there());
  }
});

test("its database killed under it: there again within seconds, without a word from us", async () => {
  const killed = database_process();
  await kill_database();
  // The dead one's own processes answer until they notice: another one has to be ready, and each of the server's
  // loops has to have found it.
  const is_ready = async () => (await fetch(`${shop.address}/readyz`)).status === 200;
  const by = Date.now() + 20_000;
  while (!(another_database(killed) && (await is_ready()) && (await product_is_there()))) {
    assert.ok(Date.now() < by, shop.program.output());
    await new Promise((go) => setTimeout(go, 50));
  }
});

test("SIGTERM ends it with 0 and its database with it; commands start one for themselves", async () => {
  const cluster = database_process();
  await sql(`insert into identity.permissions (method, route, resource, operation)
             values ('GET', '/v1/admin/old', 'old', 'getOld');
             update identity.permissions set retired_at = now() where method = 'GET' and route = '/v1/admin/products';
             insert into identity.grants select r.id, p.id from identity.roles r, identity.permissions p
             where r.name = 'viewer' and p.operation = 'getOld'`);
  await shop.program.end();
  await gone(cluster);
  assert.equal(existsSync(pid_file), false);
  const migrated = await carrack(["migrate", "--json", "--data", data]);
  assert.equal(migrated.code, 0, migrated.err);
  assert.deepEqual(JSON.parse(migrated.out).retired, [
    { permission: "GET /v1/admin/old", roles: ["viewer"], api_keys: [] },
  ]);
  const [back, ...others] = JSON.parse(migrated.out).revived;
  assert.deepEqual([back.permission, others.length], ["GET /v1/admin/products", 0]);
  assert.match(migrated.err, /GET \/v1\/admin\/old is retired: its route is gone\. Held by: viewer\./);
  assert.match(migrated.err, /GET \/v1\/admin\/products counts again: its route is back\. Held by: .*viewer/);
  assert.equal(existsSync(pid_file), false, "and stop it again");
  await start();
  assert.ok(await product_is_there());
});

test("--sample where there is a shop already: it is said, and nothing is changed", async () => {
  const stamps = ["ops.versions", "ops.grants"]; // the latter say when they were last looked at
  const before = await contents(...stamps);
  await shop.program.end();
  await start({ CARRACK_SAMPLE: "true" });
  const said = shop.program.output();
  assert.equal(
    said.match(/There is a shop in this database already, so --sample changes nothing\./g)?.length,
    1,
  );
  assert.doesNotMatch(said, /The sample shop has staff|Password/);
  assert.deepEqual(await contents(...stamps), before);
});

test("a database that a newer Carrack has migrated is refused by every command and left as it is", async () => {
  const looked = () => (shop.program.output().includes('"the database fits"') ? true : undefined);
  await shop.program.until("it had looked at its database", 20_000, looked);
  await sql(`insert into ops.migrations (number, name, checksum)
             select 9999, 'from_tomorrow', checksum from ops.migrations where number = 1`);
  const csv = join(above, "one.csv");
  await writeFile(csv, "Handle,Title,Variant Price\nnew,New,1.00\n");
  const refused = async (...args: string[]) => {
    const { code, out, err } = await carrack([...args, "--data", data]);
    assert.equal(code, 1, err);
    assert.equal(out, "");
    const complaint = err
      .trimEnd()
      .split("\n")
      .filter((line) => line.startsWith("carrack: "));
    assert.equal(complaint.length, 1, err);
    assert.match(complaint[0] ?? "", /newer Carrack.*from_tomorrow.*use that version or a newer one/);
  };
  await refused("migrate");
  await refused("import", "shopify", csv);
  assert.equal((await ask("GET", "/v1/shop/products/new")).status, 404);
  const cluster = database_process();
  await shop.program.end();
  await gone(cluster);
  for (const command of ["up", "serve"]) await refused(command, "--listen", "127.0.0.1:0");
  assert.equal(existsSync(pid_file), false, "no database is left running");
});
