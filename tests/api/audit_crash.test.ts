// The trail under the power cut: the server is killed under a load of admin changes, again and again, and whatever it has
// acknowledged is there, once, with exactly one entry; what it has not acknowledged is there with its entry, or not at all.
import { strict as assert } from "node:assert";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { sql } from "./database.ts";
import { bring_up, type Up } from "./server.ts";
import { unique } from "./shop.ts";

const ROUNDS = 4;
const WORKERS = 6;
const LOAD_MS = 400;
const OWNER = { email: "owner@example.com", password: "a password for the crash" };

const above = await mkdtemp(join(tmpdir(), "carrack-crash-"));
await chmod(above, 0o755);
const data = join(above, "shop");
let shop: Up;
after(async () => {
  await shop?.program.end(); // with it ends the database
  await rm(above, { recursive: true, force: true });
});

async function start(): Promise<void> {
  shop = await bring_up(data, { CARRACK_OWNER_EMAIL: OWNER.email, CARRACK_OWNER_PASSWORD: OWNER.password });
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ address: shop.address, owner: OWNER, data });
}

interface Heard {
  status: number;
  body: { id: string; access_token: string };
}

async function ask(
  method: string,
  path: string,
  token: string,
  body: object,
  request_id: string,
): Promise<Heard> {
  const headers = {
    "content-type": "application/json",
    "if-match": "*",
    "x-request-id": request_id,
    ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
  };
  const reply = await fetch(shop.address + path, { method, headers, body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as Heard["body"] };
}

// Makes roles and rewrites each three times until the server is gone; gives the request ids it had answers to.
async function work(token: string, acknowledged: string[]): Promise<void> {
  for (;;) {
    const change = async (method: string, path: string, body: object) => {
      const request_id = unique("crash");
      const heard = await ask(method, path, token, body, request_id);
      assert.ok(heard.status === 200 || heard.status === 201, JSON.stringify(heard));
      acknowledged.push(request_id);
      return heard.body.id;
    };
    try {
      const id = await change("POST", "/v1/admin/roles", { name: unique("crash") });
      for (let i = 0; i < 3; ++i)
        await change("PATCH", `/v1/admin/roles/${id}`, { description: unique("changed") });
    } catch (why) {
      if (why instanceof assert.AssertionError) throw why;
      return; // the connection broke: the outcome is not known
    }
  }
}

test("kill -9 under a load of changes: one entry for each that is there, none for any other", async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; ++round) {
    await start();
    const { access_token } = (await ask("POST", "/v1/auth/login", "", OWNER, "login")).body;
    const before = acknowledged.length;
    const load = Array.from({ length: WORKERS }, () => work(access_token, acknowledged));
    await new Promise((go) => setTimeout(go, LOAD_MS));
    // On a machine that is busy with other things it takes longer until there is something to lose.
    await shop.program.until("enough was changed", 20_000, () =>
      acknowledged.length > before + WORKERS ? true : undefined,
    );
    await shop.program.crash();
    await Promise.all(load);
  }
  await start();
  const entries = await sql(
    "select request_id, count(*) from audit.entries where request_id like 'crash-%' group by 1",
  );
  const counted = new Map(entries.map((line) => line.split("|") as [string, string]));
  for (const request_id of acknowledged) assert.equal(counted.get(request_id), "1", request_id);
  assert.deepEqual([...new Set(counted.values())], ["1"], "no change has two entries");
  // A role's version counts its changes, the making included: as many entries, acknowledged or not.
  const odd = `select r.name, r.version, count(e.id) from identity.roles r
                 left join audit.entries e on e.resource = 'roles' and e.resource_id = r.id::text
                where r.name like 'crash-%' group by r.id having count(e.id) <> r.version`;
  assert.deepEqual(await sql(odd), []);
  const stray = `select e.id from audit.entries e where e.request_id like 'crash-%'
                    and not exists (select from identity.roles r where r.id::text = e.resource_id)`;
  assert.deepEqual(await sql(stray), [], "no entry tells of a change that is not there");
});
