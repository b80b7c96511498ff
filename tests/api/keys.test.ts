// `carrack keys` beside a running server: what it does is in force there within two seconds, and nobody is signed out.
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { carrack, type Ended } from "./command.ts";
import { call, owner, running, send } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { hire, sign_in, within_two_seconds } from "./staff.ts";

const { data } = await own_server();
const nowhere = mkdtempSync(join(tmpdir(), "carrack-keys-"));
after(() => rmSync(nowhere, { recursive: true, force: true }));

interface Key {
  key: string;
  state: "coming" | "signing" | "superseded";
  created_at: string;
  signs_from: string;
  spent_at: string | null;
}

const keys = (...args: string[]) => carrack(["keys", ...args, "--data", data]);
async function done<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await keys(...args, "--json");
  assert.deepEqual([code, err], [0, ""]);
  return JSON.parse(out) as T;
}
const list = () => done<Key[]>("list");
const published = async (): Promise<string[]> => {
  const reply = await fetch(`${running().address}/.well-known/jwks.json`);
  assert.equal(reply.headers.get("cache-control"), "public, max-age=2");
  return ((await reply.json()) as { keys: { kid: string }[] }).keys.map((one) => one.kid);
};
const kid_of = (token: string) =>
  (JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string }).kid;
const alive = async (token: string) => (await send("getSession", { token })).status === 200;

function complained(ended: Ended, code: number, said: RegExp): void {
  assert.deepEqual([ended.code, ended.out], [code, ""], ended.err);
  assert.match(ended.err, said);
  assert.equal(ended.err.trimEnd().split("\n").length, 1, ended.err);
}

test("a wrong command line is told in one sentence, and nothing is done", async () => {
  await owner();
  const before = await list();
  for (const [args, said] of [
    [[], /needs to know what to do\. Write carrack keys list, rotate, or retire KEY\./],
    [["renew"], /does not know "renew"/],
    [["retire"], /which key/],
    [["list", "all"], /list does not know what to do with "all"/],
    [["rotate", "--now"], /--now goes with retire alone/],
    [["retire", "a", "b"], /does not know what to do with "b"/],
  ] as const)
    complained(await keys(...args), 2, said);
  complained(await keys("retire", "unknown"), 1, /no such key/);
  complained(await carrack(["keys", "list", "--data", nowhere]), 2, /no shop in/);
  assert.deepEqual(await list(), before);
  assert.deepEqual(
    before.map((one) => one.state),
    ["signing"],
  );
});

test("rotate: the new key is published at once and signs a few seconds later; tokens of both are good", async () => {
  const { email, token } = await hire();
  const made = await done<Key>("rotate");
  assert.equal(made.state, "coming");
  await within_two_seconds("the new key", async () => (await published()).includes(made.key));
  assert.equal(kid_of((await sign_in(email)).access_token), kid_of(token), "it does not sign yet");
  complained(await keys("retire", made.key), 1, /about to sign.*--now/);
  await new Promise((go) => setTimeout(go, Date.parse(made.signs_from) - Date.now() + 500));
  const fresh = (await sign_in(email)).access_token;
  assert.equal(kid_of(fresh), made.key);
  assert.ok((await alive(fresh)) && (await alive(token)));

  const [signing, superseded] = await list();
  assert.deepEqual([signing?.key, signing?.state, signing?.spent_at], [made.key, "signing", null]);
  assert.deepEqual([superseded?.key, superseded?.state], [kid_of(token), "superseded"]);
  assert.ok(Date.parse(superseded?.spent_at ?? "") - Date.parse(made.signs_from) >= 300_000);
  complained(await keys("retire", made.key), 1, /signs; make its successor/);
  complained(await keys("retire", kid_of(token)), 1, new RegExp(`good until ${superseded?.spent_at}`));
  const { out } = await keys("list");
  assert.match(out, new RegExp(`^${made.key} signs since .*\\n${kid_of(token)} verifies tokens`));
});

test("retire --now: what a stolen key signed is refused, another signs, and a refresh goes on", async () => {
  const { email } = await hire();
  const { access_token, refresh_token } = await sign_in(email);
  const stolen = kid_of(access_token);
  const { retired, successor } = await done<{ retired: string; successor: Key | null }>(
    "retire",
    stolen,
    "--now",
  );
  assert.equal(retired, stolen);
  assert.equal(successor?.state, "signing");
  await within_two_seconds("a stolen key", async () => !(await alive(access_token)));
  assert.ok(!(await published()).includes(stolen));
  const { body } = await call("refresh", { body: { refresh_token: refresh_token ?? "" } });
  assert.equal(kid_of(body.access_token), successor?.key);
  assert.ok(await alive(body.access_token));

  const query = { resource: "signing_keys", limit: 100 } as const;
  // The harness's own token was signed by the key that is gone.
  const { email: boss, password } = running().owner;
  const { access_token: token } = await sign_in(boss, password);
  const { data: trail } = (await call("listAudit", { token, query })).body;
  const told = trail.map((one) => [one.actor.kind, one.action, one.resource_id]);
  assert.ok(told.some((one) => one.join() === ["system", "carrack keys retire", stolen].join()));
  assert.ok(told.some((one) => one[1] === "carrack keys retire" && one[2] === successor?.key));
});
