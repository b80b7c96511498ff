// More sign-ins at once than there is room for: one after the other is hashed, what does not fit is refused, memory stays
// where it was, and who only looks at the shop notices nothing.
import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { socket_folder, sql } from "./database.ts";
import { own_server } from "./own_server.ts";
import { start_serving } from "./server.ts";
import { sell } from "./shop.ts";
import { hire, PASSWORD } from "./staff.ts";

const first = await own_server();

const CROWD = 160; // the pool takes one at a time, and 64 wait for it
const HASH_MIB = 19; // Argon2's memory, for each at work

async function mib_of(pid: number, what: "VmRSS" | "VmHWM" | "VmSize"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
const threads_of = async (pid: number) => (await readdir(`/proc/${pid}/task`)).length;

// When those that look at the database at the start have come to their end.
async function threads_at_rest(pid: number): Promise<number> {
  for (let [before, same] = [0, 0]; ; await new Promise((go) => setTimeout(go, 50))) {
    const now = await threads_of(pid);
    same = now === before ? same + 1 : 0;
    if (same === 20) return now;
    before = now;
  }
}

// Members of staff with the same password, each from an address of their own, so that nobody slows down another.
async function crowd(): Promise<string[]> {
  const { id } = await hire();
  await sql(`insert into identity.users (id, kind, email, name, password_hash)
             select gen_random_uuid(), 'staff', 'crowd-' || n || '@example.com', 'Somebody', u.password_hash
               from identity.users u, generate_series(1, ${CROWD}) n where u.id = '${id}'`);
  return Array.from({ length: CROWD }, (_, n) => `crowd-${n + 1}@example.com`);
}

test("login: a crowd is served one by one or told to come back, and starves nobody", async () => {
  const { handle } = await sell({ EUR: 1200 });
  const emails = await crowd();
  const data = await mkdtemp(join(tmpdir(), "carrack-crowd-"));
  const { address, program } = await start_serving(data, {
    CARRACK_DATABASE_URL: `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`,
    CARRACK_SECRET_KEY: (await readFile(join(first.data, "secret.key"), "utf8")).trim(),
    CARRACK_TRUSTED_PROXIES: "127.0.0.1",
  });
  const login = async (email: string, n: number) => {
    const headers = { "content-type": "application/json", "x-forwarded-for": `10.0.${n >> 8}.${n & 255}` };
    const body = JSON.stringify({ email, password: PASSWORD });
    const reply = await fetch(`${address}/v1/auth/login`, { method: "POST", headers, body });
    const { code } = (await reply.json()) as { code?: string };
    return { status: reply.status, code, retry_after: reply.headers.get("retry-after") };
  };
  const read = async () => {
    const reply = await fetch(`${address}/v1/shop/products/${handle}`);
    await reply.arrayBuffer();
    return reply.status;
  };
  try {
    const pid = program.pid();
    assert.equal((await login(emails[0] ?? "", 1)).status, 200);
    assert.equal(await read(), 200);
    const threads = await threads_at_rest(pid); // with the pool's one, which waits for more
    const before = await mib_of(pid, "VmRSS");

    let over = false;
    const reads: number[] = [];
    let most_threads = 0;
    const watching = (async () => {
      while (!over) {
        const begun = performance.now();
        assert.equal(await read(), 200);
        reads.push(performance.now() - begun);
        most_threads = Math.max(most_threads, await threads_of(pid));
      }
    })();
    const answers = await Promise.all(emails.map(login));
    over = true;
    await watching;

    const served = answers.filter((one) => one.status === 200).length;
    const refused = answers.filter((one) => one.status !== 200);
    for (const one of refused) {
      assert.deepEqual([one.status, one.code], [503, "overloaded"]);
      assert.ok(Number(one.retry_after) >= 1);
    }
    assert.ok(served >= 16 && refused.length >= 1, `${served} served, ${refused.length} refused`);
    assert.ok(most_threads <= threads, `nobody else hashes: ${most_threads} threads, ${threads} before`);
    const more = (await mib_of(pid, "VmHWM")) - before;
    // A sanitizer reserves terabytes for its shadow, and keeps what was freed: that says nothing of ours.
    const sanitized = (await mib_of(pid, "VmSize")) > 1024 * 1024;
    assert.ok(sanitized || more < 2 * HASH_MIB + 16, `${more.toFixed(1)} MiB more at the most`);
    const slowest = reads.sort((a, b) => a - b).at(-1) ?? Infinity;
    assert.ok(
      reads.length >= 10 && slowest < 1000,
      `${reads.length} reads, the slowest ${slowest.toFixed(0)} ms`,
    );
    assert.deepEqual(
      await sql("select count(*) from identity.tries"),
      ["0"],
      "who was refused without a look has tried nothing",
    );
  } finally {
    await program.end();
    await rm(data, { recursive: true, force: true });
  }
});
