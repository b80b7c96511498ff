// What whoever runs the server sees of it: readiness, metrics, the log, and that none of them can stop it.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { raw, request_text } from "./harness.ts";
import { binary } from "./program.ts";
import { settings } from "./second_server.ts";
import { start_serving } from "./server.ts";

const data = await mkdtemp(join(tmpdir(), "carrack-running-"));
after(() => rm(data, { recursive: true, force: true }));

test("readiness and the log say when the database would lose what is committed", async () => {
  const ready = JSON.parse((await raw(request_text("GET /readyz"))).body) as Record<string, string>;
  assert.deepEqual(ready, { status: "ready", database: "ok", durability: "ok" });
  const options = encodeURIComponent("-c synchronous_commit=off");
  const careless = await start_serving(data, await settings(`&options=${options}`));
  try {
    const reply = await fetch(`${careless.address}/readyz`);
    assert.equal(reply.status, 200);
    assert.equal(((await reply.json()) as { durability: string }).durability, "synchronous_commit is off");
    await careless.program.until("it warned", 10_000, () =>
      /"level":"warning".*"durability":"synchronous_commit is off"/.test(careless.program.output())
        ? true
        : undefined,
    );
  } finally {
    await careless.program.end();
  }
});

test("metrics are for this machine, and not for whom a proxy on it serves", async () => {
  assert.equal((await raw(request_text("GET /metrics"))).status, 200);
  for (const field of ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 proxy"])
    assert.equal((await raw(request_text("GET /metrics", [field]))).status, 404, field);
  const env = await settings();
  for (const [name, value] of [
    ["CARRACK_PUBLIC_URL", "https://shop.example"],
    ["CARRACK_TRUSTED_PROXIES", "127.0.0.1"],
  ] as const) {
    const public_one = await start_serving(data, { ...env, [name]: value });
    try {
      assert.equal((await fetch(`${public_one.address}/metrics`)).status, 404, name);
    } finally {
      await public_one.program.end();
    }
  }
  const guarded = await start_serving(data, {
    ...env,
    CARRACK_METRICS_TOKEN: "a token for the metrics only",
  });
  try {
    const without = await fetch(`${guarded.address}/metrics`);
    assert.equal(without.status, 401);
    assert.equal(without.headers.get("www-authenticate"), "Bearer");
    const headers = { authorization: "Bearer a token for the metrics only" };
    const metrics = await (await fetch(`${guarded.address}/metrics`, { headers })).text();
    for (const name of ["carrack_http_connections ", "carrack_log_dropped_bytes_total "])
      assert.match(metrics, new RegExp(`^${name}\\d+$`, "m"));
    assert.match(metrics, /^carrack_http_connections_ended_total\{reason="head"\} \d+$/m);
  } finally {
    await guarded.program.end();
  }
});

// One GET /livez on a connection that then stays open: whether it was answered.
function answered(address: string, sockets: Socket[]): Promise<boolean> {
  const { hostname, port } = new URL(address);
  return new Promise((done) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    sockets.push(socket);
    socket.on("data", () => done(true));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}

test("as many connections are taken as leave room for the database, and no more", async () => {
  const wrapper = join(data, "with-few-files");
  const limits = "ulimit -Sn 100; ulimit -Hn 160";
  await writeFile(wrapper, `#!/bin/sh\n${limits}\nexec "${binary()}" "$@"\n`, { mode: 0o755 });
  const usual = process.env["CARRACK_BINARY"];
  process.env["CARRACK_BINARY"] = wrapper;
  const started = start_serving(data, { ...(await settings()), CARRACK_THREADS: "1" });
  if (usual === undefined) delete process.env["CARRACK_BINARY"];
  else process.env["CARRACK_BINARY"] = usual;
  const small = await started;
  const sockets: Socket[] = [];
  try {
    const metrics = async () => (await fetch(`${small.address}/metrics`)).text();
    assert.match(await metrics(), /^process_max_fds 160$/m, "the soft limit is raised to the hard one");
    let taken = 0;
    while (taken < 150 && (await answered(small.address, sockets))) ++taken;
    assert.ok(taken > 40 && taken < 140, String(taken));
    sockets.splice(0, 2).forEach((socket) => socket.destroy());
    await new Promise((go) => setTimeout(go, 100));
    const ready = await fetch(`${small.address}/readyz`);
    assert.equal(ready.status, 200, "there is still a way to the database");
    assert.match(await metrics(), /^carrack_http_connections_ended_total\{reason="full"\} [1-9]/m);
  } finally {
    sockets.forEach((socket) => socket.destroy());
    await small.program.end();
  }
});

test("whoever starts it and never reads its log stops neither the server nor its end", async () => {
  const env = { PATH: process.env["PATH"], ...(await settings()) };
  // A shell between, so that it is a pipe, and one whose reader does not read: `sleep` holds it open.
  const command = `{ "$0" serve --data "$1" --listen 127.0.0.1:0 2>&1 >/dev/null & echo $! >&3; wait $!; echo ended $? >&3; } | sleep 60`;
  const shell = spawn("sh", ["-c", command, binary(), data], {
    env,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  let told = "";
  shell.stdio[3]?.on("data", (text: Buffer) => (told += text.toString()));
  const wait_for = async <T>(what: string, look: () => T | undefined): Promise<T> => {
    for (let i = 0; i < 400; ++i) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise((go) => setTimeout(go, 25));
    }
    throw new Error(`${what} did not happen; told: ${told}`);
  };
  try {
    const pid = await wait_for("the start", () => /^(\d+)$/m.exec(told)?.[1]);
    const address = await wait_for_port(pid);
    for (let i = 0; i < 1000; ++i) await (await fetch(`${address}/livez`)).arrayBuffer();
    process.kill(Number(pid), "SIGTERM");
    assert.equal(await wait_for("the end", () => /^ended (\d+)$/m.exec(told)?.[1]), "0");
  } finally {
    shell.kill();
  }
});

// Its log cannot be read, so the kernel is asked where it listens.
async function wait_for_port(pid: string): Promise<string> {
  for (let i = 0; i < 200; ++i) {
    const port = await listening_port(pid).catch(() => undefined);
    if (port !== undefined) return `http://127.0.0.1:${port}`;
    await new Promise((go) => setTimeout(go, 25));
  }
  throw new Error("it does not listen");
}

async function listening_port(pid: string): Promise<number | undefined> {
  const links = (await readdir(`/proc/${pid}/fd`)).map((fd) =>
    readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""),
  );
  const open = new Set(await Promise.all(links));
  for (const line of (await readFile(`/proc/${pid}/net/tcp`, "utf8")).split("\n").slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === "0A" && open.has(`socket:[${inode}]`)) return parseInt(local?.split(":")[1] ?? "", 16);
  }
  return undefined;
}
