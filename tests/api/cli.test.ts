// The command line as somebody meets it who makes mistakes: one clear sentence, the right exit code, nothing half done.
import { strict as assert } from "node:assert";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { carrack, complained } from "./command.ts";
import { contents, socket_folder } from "./database.ts";
import { running } from "./harness.ts";
import { Program } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "carrack-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const AWAY = "postgresql://nobody@127.0.0.1:1/nowhere";
const csv = file("one.csv", "Handle,Title,Variant Price\nmug,Mug,1.00\n");

const commands = async (): Promise<string[]> =>
  [...(await carrack(["--help"])).out.matchAll(/^ {2}(\w+) {2,}\S/gm)].map((found) => found[1] ?? "");

test("--help tells every command, and each command's --help its flags, settings and variables", async () => {
  const names = await commands();
  for (const name of [
    "up",
    "serve",
    "migrate",
    "import",
    "keys",
    "doctor",
    "verify",
    "config",
    "openapi",
    "version",
  ])
    assert.ok(names.includes(name), name);
  for (const name of names) {
    // Whatever the surroundings are like: help is what one asks for when they are wrong.
    const { code, out, err } = await carrack([name, "--help"], {
      CARRACK_LISTEN: "nowhere",
      CARRACK_WRONG: "1",
    });
    assert.deepEqual([code, err], [0, ""], name);
    assert.ok(out.startsWith(`carrack ${name}`), out);
    assert.ok(out.includes("--help"), name);
    // None of them changes what these print.
    const shown = !["openapi", "version"].includes(name);
    for (const word of ["--data DIR", "CARRACK_DATA", "CARRACK_DATABASE_URL"])
      assert.equal(out.includes(word), shown, `${name}: ${word}`);
    assert.equal((await carrack(["help", name])).out, out);
  }
  for (const args of [[], ["help"], ["-h"]]) assert.equal((await carrack(args)).code, 0);
});

test("a wrong command line: every fault in a sentence of its own, what was meant, exit code 2", async () => {
  complained(await carrack(["serv"]), 2, /no command "serv"\. Did you mean serve\?/);
  complained(
    await carrack(["--data", "x", "up"]),
    2,
    /Flags come after the command: write carrack up --data …/,
  );
  complained(await carrack(["help", "serv"]), 2, /no command "serv"\. Did you mean serve\?/);
  complained(
    await carrack(["up", "--listne", "x", "--listen"]),
    2,
    /--listne\. Did you mean --listen\?/,
    /--listen needs a value/,
    /"x"/,
  );
  complained(await carrack(["migrate", "now"]), 2, /"now"/);
  complained(await carrack(["openapi", "--sample"]), 2, /--sample/);
  complained(await carrack(["up", "--listen", "8080"]), 2, /--listen: "8080" .*127\.0\.0\.1:8080/);
  complained(await carrack(["up", "--sample=maybe"]), 2, /--sample/);
  complained(
    await carrack(["serve", "--threads", "0", "--drain-seconds", "-1"]),
    2,
    /--threads/,
    /--drain-seconds/,
  );
  complained(await carrack(["version", "--json=yes"]), 2, /--json takes no value/);
});

test("a wrong configuration: unknown keys, variables and values, from wherever they come", async () => {
  const config = (text: string) => carrack(["config", "--config", file("carrack.toml", text)]);
  complained(await config('listn = "x"\n'), 2, /unknown key: listn\. Did you mean listen\?/);
  complained(await config('[listen]\naddress = "x"\n'), 2, /listen/);
  complained(await config("threads = 2.5\n"), 2, /threads/);
  complained(await config('listen = "\n'), 2, /line 1/);
  complained(await config('currency = "XQZ"\npooler = "maybe"\n'), 2, /pooler|currency/, /pooler|currency/);
  for (const strange of ["\u00ff\u00fe\0", "\u00ff = 1", "listen\u2c5e", "threads = \u00a0\u3000\uffef"])
    complained(await config(strange), 2, /carrack\.toml, line 1/);
  complained(
    await carrack(["config", "--config", join(folder, "none.toml")]),
    2,
    /none\.toml cannot be read/,
  );
  complained(await carrack(["config", "--config", folder]), 2, /cannot be read|is a folder|directory/i);
  complained(
    await carrack(["config"], { CARRACK_LISTN: "x" }),
    2,
    /CARRACK_LISTN .*Did you mean CARRACK_LISTEN\?/,
  );
  complained(await carrack(["config"], { CARRACK_SECRET_KEY: "short" }), 2, /CARRACK_SECRET_KEY/);
  complained(
    await carrack(["up", "--data", join(folder, "d")], { CARRACK_OWNER_PASSWORD: "short" }),
    2,
    /CARRACK_OWNER_PASSWORD/,
  );
  for (const [email, password] of [
    ["owner@example.com", "Password1"],
    ["somebody.long@example.com", "Somebody.Long"],
  ] as const)
    complained(
      await carrack(["up", "--data", join(folder, "d")], {
        CARRACK_OWNER_EMAIL: email,
        CARRACK_OWNER_PASSWORD: password,
      }),
      2,
      /CARRACK_OWNER_PASSWORD: .*choose another/,
    );
  assert.deepEqual(readdirSync(folder).sort(), ["carrack.toml", "one.csv"], "nothing was begun");
});

test("config shows what is in force and where it comes from, and no secret", async () => {
  const toml = file("carrack.toml", 'currency = "EUR"\nthreads = 3\nlog_level = "error"\n');
  const secrets = {
    CARRACK_OWNER_PASSWORD: "very secret indeed",
    CARRACK_METRICS_TOKEN: "a token of sixteen",
  };
  const url = "postgresql://shop:hush-hush@db.example.com/shop";
  const args = ["config", "--json", "--config", toml, "--threads", "5", "--database-url", url];
  const { code, out, err } = await carrack(args, { ...secrets, CARRACK_THREADS: "4" });
  assert.equal(code, 0, err);
  const shown = JSON.parse(out) as Record<string, string>[];
  const told = JSON.stringify(shown);
  for (const secret of [...Object.values(secrets), "hush-hush"]) assert.ok(!told.includes(secret), told);
  const of = (key: string) => JSON.stringify(shown.find((one) => Object.values(one).includes(key)));
  assert.match(of("threads"), /"5".*--threads|--threads.*"5"/);
  assert.match(of("currency"), /EUR.*carrack\.toml/);
  assert.match(of("listen"), /127\.0\.0\.1:8080/);
});

test("a folder that cannot be used is named, before anything is begun", async () => {
  const notes = file("notes.txt", "not a folder");
  for (const data of [notes, join(notes, "below"), "/dev/null/shop", "/proc/shop"])
    for (const args of [["migrate"], ["up", "--listen", "127.0.0.1:0"], ["import", "shopify", csv]])
      complained(await carrack([...args, "--data", data]), 2, new RegExp(`${data}.*--data`));
  assert.equal(readFileSync(notes, "utf8"), "not a folder");
});

test("an address of a database that is none is told, and no password with it", async () => {
  complained(
    await carrack(["migrate", "--database-url", "mysql://x/y"]),
    2,
    /--database-url.*postgresql:\/\//,
  );
  // What libpq cannot understand it quotes, the password too; we don't.
  for (const garbled of ["postgresql://shop:hush-hush@[1/shop", "host=shop password=hush hush-hush"])
    for (const args of [["migrate"], ["up", "--listen", "127.0.0.1:0"], ["import", "shopify", csv]]) {
      const ended = await carrack([...args, "--database-url", garbled, "--data", join(folder, "garbled")]);
      complained(
        ended,
        2,
        /The database's address cannot be understood; write postgresql:\/\/user:password@host:5432/,
      );
      assert.ok(!ended.err.includes("hush-hush"), ended.err);
      assert.equal(existsSync(join(folder, "garbled")), false);
    }
  const secret = "postgresql://shop:hush-hush@127.0.0.1:1/shop";
  assert.ok(!(await carrack(["migrate", "--database-url", secret])).err.includes("hush-hush"));
});

test("only up and migrate make a shop; a mistyped folder is told and not made", async () => {
  const data = join(folder, "mistyped");
  for (const args of [
    ["serve", "--listen", "127.0.0.1:0"],
    ["import", "shopify", csv],
  ])
    complained(
      await carrack([...args, "--data", data]),
      2,
      /no shop in .*mistyped; `carrack up` makes one.*--data/,
    );
  const doctor = await carrack(["doctor", "--data", data]);
  assert.match(doctor.out, /no shop in .*mistyped/);
  assert.equal(existsSync(data), false);
});

test("a key file that holds no key is told before anything is made", async () => {
  const data = join(folder, "keyless");
  mkdirSync(data);
  writeFileSync(join(data, "secret.key"), "nothing\n", { mode: 0o600 });
  complained(
    await carrack(["up", "--data", data, "--listen", "127.0.0.1:0"]),
    2,
    /secret\.key does not hold a key/,
  );
  assert.deepEqual(readdirSync(data), ["secret.key"]);
  assert.match((await carrack(["doctor", "--data", data])).out, /FAIL +secret key .*does not hold a key/);
});

const is_root = process.getuid?.() === 0;

test(
  "a key file of somebody else's is not trusted",
  { skip: !is_root && "only root can give a file away" },
  async () => {
    const data = join(folder, "foreign");
    mkdirSync(data);
    const key = join(data, "secret.key");
    writeFileSync(key, `${"ab".repeat(32)}\n`, { mode: 0o600 });
    chownSync(key, 1, 1);
    complained(
      await carrack(["up", "--data", data, "--listen", "127.0.0.1:0"]),
      2,
      /secret\.key belongs to another user; let the user that runs the server own it\./,
    );
    assert.deepEqual(readdirSync(data), ["secret.key"]);
  },
);

test("serve ends when the database refuses it, and waits for one that is away", async () => {
  const at = `host=${await socket_folder()}`;
  const serve = (url: string) => [
    "serve",
    "--database-url",
    url,
    "--listen",
    "127.0.0.1:0",
    "--data",
    join(folder, "served"),
  ];
  for (const [url, said] of [
    [`postgresql://carrack_app@/nowhere?${at}`, /"nowhere" does not exist\. Make that database/],
    [`postgresql://nobody@/carrack?${at}`, /refuses the connection: .*Correct the role and its password/],
    [`postgresql://postgres@/postgres?${at}`, /run `carrack migrate` first/],
  ] as const) {
    const { code, err } = await carrack(serve(url));
    assert.equal(code, 1, err);
    const complaints = err.split("\n").filter((line) => line.startsWith("carrack: "));
    assert.equal(complaints.length, 1, err);
    assert.match(complaints[0] ?? "", said);
  }
  const waiting = new Program(serve(AWAY), {});
  await waiting.until("it says what it waits for", 20_000, () =>
    /waiting for the database.*port 1 failed: Connection refused/.test(waiting.output()) ? true : undefined,
  );
  await waiting.end();
});

test("an address that is taken: the one who comes second says so and leaves everything alone", async () => {
  const { address, data } = running();
  const listen = address.replace("http://", "");
  const before = await contents("ops.versions");
  const database = `postgresql://carrack_app@/carrack?host=${await socket_folder()}`;
  const serve = ["serve", "--database-url", database, "--listen", listen, "--data", join(folder, "second")];
  const taken = (flag: string) =>
    new RegExp(
      `: ${listen.replaceAll(".", "\\.")} is in use by another program; choose another with ${flag}\\.$`,
    );
  complained(await carrack(serve), 1, taken("--listen"));
  // The data folder of a shop that runs is its own.
  for (const command of ["up", "serve"])
    complained(
      await carrack([command, "--data", data, "--listen", "127.0.0.1:0"]),
      1,
      /in use by carrack up, process \d+; .*--data/,
    );
  // And a fresh shop is not begun: no folder, no key, no database, no owner whose password is told.
  const fresh = join(folder, "fresh");
  for (const [flag, ...flags] of [
    ["--listen", listen],
    ["--metrics-listen", listen, "--listen", "127.0.0.1:0"],
  ] as const) {
    const at = ["--data", fresh, flag, ...flags];
    complained(await carrack(["up", "--sample", ...at]), 1, taken(flag));
    complained(await carrack(["serve", "--database-url", database, ...at]), 1, taken(flag));
    assert.equal(existsSync(fresh), false, flag);
    const { code, out } = await carrack(["doctor", ...at]);
    assert.equal(code, 1, out);
    assert.ok(out.includes(`Stop the other program, or choose another address with ${flag}.`), out);
  }
  assert.deepEqual(await contents("ops.versions"), before);
  assert.equal((await fetch(`${address}/readyz`)).status, 200);
});

test("openapi prints what /openapi.json serves, without a database or a configuration", async () => {
  const { code, out, err } = await carrack(["openapi"], { CARRACK_LISTEN: "nowhere" });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, await (await fetch(`${running().address}/openapi.json`)).text());
  const { info } = JSON.parse(out) as { info: { version: string } };
  const version = await carrack(["version", "--json"]);
  assert.deepEqual(await carrack(["-v"]), await carrack(["version"]));
  assert.ok(version.out.includes(info.version), version.out);
});

test("doctor finds a running shop in order, and says what a broken set-up lacks", async () => {
  const healthy = await carrack(["doctor", "--data", running().data]);
  assert.equal(healthy.code, 0, healthy.out + healthy.err);
  const broken = await carrack(["doctor", "--database-url", AWAY, "--data", join(folder, "sick")]);
  assert.equal(broken.code, 1, broken.out + broken.err);
  assert.match(broken.out + broken.err, /port 1|refused|reach/);
});
