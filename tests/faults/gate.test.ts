// The gate itself: it finds every message whatever the pieces are, and cuts where it says.
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { after, test } from "node:test";

import { socket_folder, sql } from "../api/database.ts";
import { own_server } from "../api/own_server.ts";
import { Gate, type Cut } from "./gate.ts";
import { asks_for_encryption, Messages, says_committed, Statements } from "./wire.ts";

await own_server();
const gate = await Gate.open(await socket_folder());
after(() => gate.close());

function message(type: string, ...parts: (string | number[])[]): Buffer {
  const body = Buffer.concat(
    parts.map((p) => (typeof p === "string" ? Buffer.from(`${p}\0`) : Buffer.from(p))),
  );
  const head = Buffer.alloc(type === "" ? 4 : 5);
  if (type !== "") head.write(type);
  head.writeInt32BE(body.length + 4, head.length - 4);
  return Buffer.concat([head, body]);
}

const SSL = [0x04, 0xd2, 0x16, 0x2f];
const PROTOCOL_3 = [0, 3, 0, 0];
const CONVERSATION = [
  message("", SSL),
  message("", PROTOCOL_3, "user", "carrack_app", ""),
  message("P", "s1", "insert into t values ($1)", [0, 0]),
  message("P", "c", "commit", [0, 0]),
  message("Q", "begin"),
  message("B", "", "s1", [0, 0, 0, 0, 0, 0]),
  message("E", "", [0, 0, 0, 0]),
  message("B", "p", "c", [0, 0, 0, 0, 0, 0]),
  message("E", "p", [0, 0, 0, 0]),
  message("S"),
  message("Q", "begin"),
  message("Q", "select 1"),
  message("Q", "COMMIT;"),
];

test("the client's messages are found in pieces of every size, and COMMIT among them", () => {
  const all = Buffer.concat(CONVERSATION);
  for (let size = 1; size <= all.length; ++size) {
    const [messages, statements] = [new Messages("client"), new Statements()];
    const found: [string, boolean][] = [];
    for (let at = 0; at < all.length; at += size)
      for (const m of messages.take(all.subarray(at, at + size))) {
        const text = statements.note(m);
        found.push([`${m.type}${asks_for_encryption(m) ? "!" : ""}`, statements.commits(text, /^insert/)]);
      }
    assert.equal(found.map(([type]) => type).join(" "), "!  P P Q B E B E S Q Q Q");
    assert.deepEqual(
      found.flatMap(([, is_commit], i) => (is_commit ? [i] : [])),
      [8], // the second transaction has inserted nothing
    );
  }
});

test("the server's messages too, behind the letter that answers for encryption", () => {
  const all = Buffer.concat([
    Buffer.from("N"),
    message("R", [0, 0, 0, 0]),
    message("C", "COMMIT"),
    message("Z", [0x49]),
  ]);
  for (let size = 1; size <= all.length; ++size) {
    const messages = new Messages("server");
    messages.expect_letter();
    const found = [];
    for (let at = 0; at < all.length; at += size)
      for (const m of messages.take(all.subarray(at, at + size))) found.push([m.type, says_committed(m)]);
    assert.deepEqual(found, [
      ["", false],
      ["R", false],
      ["C", true],
      ["Z", false],
    ]);
  }
});

// What psql says when it sends these one after the other; "" when nothing is wrong.
function psql(...statements: string[]): Promise<string> {
  const flags = ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...statements.flatMap((one) => ["-c", one])];
  return new Promise((done) =>
    execFile("psql", [...flags, gate.url("postgres")], (why, _, said) => done(why ? said : "")),
  );
}

test("a cut is exact: before COMMIT nothing is there, after it everything", async () => {
  await sql("create table public.cuts (what text)");
  for (let round = 0; round < 10; ++round)
    for (const cut of ["before", "after", "unclear"] as Cut[]) {
      const [name, cuts] = [`${cut} ${round}`, gate.cuts];
      let told = false;
      gate.cut_at_commit(cut, /into public\.cuts/, () => (told = true));
      assert.equal(await psql("begin", "select 1", "commit"), "", "that one is not meant");
      assert.match(
        await psql("begin", `insert into public.cuts values ('${name}')`, "commit"),
        /connection|terminated/,
      );
      assert.deepEqual([gate.cuts, told, gate.is_armed()], [cuts + 1, true, false]);
      const there = (await sql(`select 1 from public.cuts where what = '${name}'`)).length;
      if (cut !== "unclear") assert.equal(there, cut === "after" ? 1 : 0, name);
    }
  await sql("drop table public.cuts");
});

test("what it does not cut it passes on, late or not, and unharmed", async () => {
  const large = "select string_agg(md5(i::text), '') from generate_series(1, 20000) i";
  for (const delay of [0, 20, 0]) {
    gate.delay_ms = delay;
    assert.equal(
      await psql(
        "begin",
        `do $$ begin if length((${large})) <> 640000 then raise 'short'; end if; end $$`,
        "commit",
      ),
      "",
    );
  }
  gate.refuse(true);
  assert.match(await psql("select 1"), /connection/);
  gate.refuse(false);
  gate.tear_a_row();
  assert.match(await psql("select 'a row that comes in half'"), /connection|terminated/);
  assert.ok(gate.is_torn());
  assert.equal(await psql("select 1"), "");
});
