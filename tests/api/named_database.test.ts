// A database that is named and cannot be used, because it is away, too old, or of one role alone: each command says so in a
// sentence with what to do, and leaves everything as it was.
import { strict as assert } from "node:assert";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { carrack, complained } from "./command.ts";
import { contents, drop_database, make_database, socket_folder, sql } from "./database.ts";
import { older_server } from "./older_server.ts";

const folder = mkdtempSync(join(tmpdir(), "carrack-named-"));
after(() => rmSync(folder, { recursive: true, force: true }));

chmodSync(folder, 0o755); // PostgreSQL runs as another user when we are root

const csv = join(folder, "one.csv");
writeFileSync(csv, "Handle,Title,Variant Price\nmug,Mug,1.00\n");
const COMMANDS = [
  ["migrate"],
  ["up", "--listen", "127.0.0.1:0"],
  ["import", "shopify", csv],
  ["keys", "list"],
];
const WHAT_TO_DO =
  /Check that the database server runs, that CARRACK_DATABASE_URL .*names it, and that it lets this machine in\.$/;

interface Finding {
  check: string;
  verdict: "ok" | "warn" | "fail";
  says: string;
  remedy: string;
}

async function doctor(args: string[], env: Record<string, string> = {}) {
  const { code, out, err } = await carrack(["doctor", "--json", ...args], env);
  assert.equal(err, "");
  const all = JSON.parse(out) as Finding[];
  return { code, all, of: (check: string) => all.find((one) => one.check === check) };
}

test("a database that is away: what to do is said, and nothing is made", async () => {
  const silent = createServer(() => undefined); // takes connections and says nothing
  await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
  const { port } = silent.address() as AddressInfo;
  const data = join(folder, "away");
  const away = (at: string) => ["--database-url", `postgresql://nobody@${at}/nowhere`, "--data", data];
  try {
    for (const args of COMMANDS)
      complained(
        await carrack([...args, ...away("127.0.0.1:1")]),
        1,
        /port 1 failed: Connection refused\. .*Check that/,
      );
    for (const [at, said] of [
      ["127.0.0.1:1", /Connection refused/],
      ["no-such-host.invalid", /no-such-host\.invalid/],
      [`127.0.0.1:${port}`, /timeout expired/],
    ] as const) {
      const ended = await carrack(["migrate", ...away(at)]);
      complained(ended, 1, said);
      assert.match(ended.err.trimEnd(), WHAT_TO_DO);
    }
    const { code, of } = await doctor(away("127.0.0.1:1"));
    assert.equal(code, 1);
    assert.equal(of("database")?.verdict, "fail");
    assert.match(of("database")?.remedy ?? "", WHAT_TO_DO);
    assert.doesNotMatch(of("database")?.says ?? "", /Check that/, "told once");
  } finally {
    silent.close();
  }
  assert.equal(existsSync(data), false, "no folder, no secret key");
});

test("a database that refuses us or is not ours to migrate: `up` makes nothing beside it", async () => {
  const data = join(folder, "refused");
  const at = `host=${await socket_folder()}`;
  for (const [url, said] of [
    [`postgresql://carrack_owner@/nowhere?${at}`, /"nowhere" does not exist\. Make that database/],
    [`postgresql://nobody@/carrack?${at}`, /refuses the connection: .*Correct the role and its password/],
  ] as const)
    complained(
      await carrack(["up", "--listen", "127.0.0.1:0", "--data", data, "--database-url", url]),
      1,
      said,
    );
  assert.equal(existsSync(data), false);
});

test("a server that is too old is refused by every command, and nothing is written there or here", async () => {
  const older = await older_server("14");
  const data = join(folder, "too-old");
  const env = {
    CARRACK_DATABASE_URL: older.url("carrack_app"),
    CARRACK_DATABASE_OWNER_URL: older.url("carrack_owner"),
  };
  const too_old =
    /The server is PostgreSQL 14\.\d+, which is too old\. Use a server of version 15 or newer\.$/;
  try {
    const before = await contents("ops.versions");
    for (const args of COMMANDS) complained(await carrack([...args, "--data", data], env), 1, too_old);
    assert.equal(existsSync(data), false, "no folder, no secret key");

    const serving = await carrack(["serve", "--listen", "127.0.0.1:0", "--data", data], env);
    assert.equal(serving.code, 1, serving.err);
    const complaints = serving.err.split("\n").filter((line) => line.startsWith("carrack: "));
    assert.equal(complaints.length, 1, serving.err);
    assert.match(complaints[0] ?? "", too_old);

    const { code, all, of } = await doctor(["--data", data], env);
    assert.equal(code, 1);
    assert.deepEqual(
      all.filter((one) => one.verdict === "fail").map((one) => [one.check, one.remedy]),
      [["version", "Use a server of version 15 or newer."]],
    );
    assert.equal(of("tables"), undefined, "whatever its tables are like");
    assert.ok(older.greetings() > COMMANDS.length);
    assert.deepEqual(await contents("ops.versions"), before);
  } finally {
    await older.stop();
  }
});

test("a private database whose programs are gone is named by every command and left as it is", async () => {
  const data = join(folder, "of-another-time");
  mkdirSync(join(data, "postgres/data"), { recursive: true });
  writeFileSync(join(data, "postgres/data/PG_VERSION"), "9\n");
  const said =
    /was made by PostgreSQL 9 and needs that version's programs .*install the package postgresql-9\.$/;
  for (const args of [...COMMANDS, ["serve", "--listen", "127.0.0.1:0"]])
    complained(await carrack([...args, "--data", data]), 1, said);
  assert.equal((await doctor(["--data", data])).code, 1);
  assert.deepEqual(readdirSync(join(data, "postgres/data")), ["PG_VERSION"]);
});

test("one role only: migrated and served all the same, with a warning that says how to have two", async () => {
  const name = "one_role";
  await make_database(name, "carrack_owner");
  const url = (role: string, host: string) => `postgresql://${role}@/${name}?host=${host}`;
  const data = join(folder, "one-role");
  try {
    const host = await socket_folder();
    const alone = { CARRACK_DATABASE_URL: url("carrack_owner", host) };
    const warning = /The server is used as one role only.*nothing but the program keeps history append-only/;
    const to_be = await doctor(["--data", data], alone);
    assert.equal(to_be.of("history")?.verdict, "warn");

    const migrated = await carrack(["migrate", "--json"], alone);
    assert.equal(migrated.code, 0, migrated.err);
    assert.equal(JSON.parse(migrated.out).single_role, true);
    assert.match(migrated.err, warning);

    const one = await doctor(["--data", data], alone);
    assert.equal(one.code, 0, JSON.stringify(one.all));
    assert.equal(one.of("history")?.verdict, "warn");
    assert.match(
      one.of("history")?.says ?? "",
      /^The role carrack_owner may rewrite audit\.entries, .*sales/,
    );
    assert.match(one.of("history")?.remedy ?? "", warning);
    const printed = await carrack(["doctor", "--data", data], alone);
    assert.equal(printed.code, 0, printed.out);
    assert.match(printed.out, /^warn {2}history +The role carrack_owner may rewrite/m);
    assert.match(printed.out, /^0 to mend, \d+ to think about\.$/m);

    // What the warning says to do mends it.
    const two = {
      CARRACK_DATABASE_URL: url("carrack_app", host),
      CARRACK_DATABASE_OWNER_URL: url("carrack_owner", host),
    };
    const again = await carrack(["migrate", "--json"], two);
    assert.equal(again.code, 0, again.err);
    assert.equal(JSON.parse(again.out).single_role, false);
    assert.doesNotMatch(again.err, warning);
    const mended = await doctor(["--data", data], two);
    assert.equal(mended.code, 0, JSON.stringify(mended.all));
    assert.equal(mended.of("history")?.verdict, "ok");
  } finally {
    await drop_database(name);
  }
  assert.equal((await sql(`select 1 from pg_database where datname = '${name}'`)).length, 0);
});
