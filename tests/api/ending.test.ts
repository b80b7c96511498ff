// The server's end on SIGTERM, as a load balancer and a client in the middle of something see it.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { call } from "./harness.ts";
import { settings } from "./second_server.ts";
import { start_serving } from "./server.ts";
import { Talk, until } from "./talk.ts";

const folder = await mkdtemp(join(tmpdir(), "carrack-ending-"));
after(() => rm(folder, { recursive: true, force: true }));

const UNREADY_SECONDS = 5; // it says so for so long before it takes in nobody

// On a connection of its own, as a newcomer. "": nobody is taken in.
async function ask(address: string, path: string): Promise<string> {
  const talk = await Talk.open(address);
  if (talk === undefined) return "";
  talk.say(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await talk.until("an answer", () => talk.closed);
  return talk.heard;
}

test("told to stop, it first says so, then takes in nobody, and answers what has begun", async () => {
  const env = { ...(await settings()), CARRACK_UNREADY_SECONDS: String(UNREADY_SECONDS) };
  const stopping = await start_serving(folder, env);
  const { address } = stopping;
  const body = JSON.stringify({ currency: "EUR" });
  const slow = await Talk.open(address);
  assert.ok(slow);
  slow.say(
    "POST /v1/shop/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
      `Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  await slow.until("it asks for the body", () => slow.heard === "HTTP/1.1 100 Continue\r\n\r\n");
  slow.say(body.slice(0, 5));
  assert.match(await ask(address, "/readyz"), /^HTTP\/1\.1 200 /);

  const ended = stopping.program.end();
  ended.catch(() => undefined); // awaited below
  await until("it is not ready", async () => /^HTTP\/1\.1 503 /.test(await ask(address, "/readyz")));
  assert.match(
    await ask(address, "/readyz"),
    /\r\ncontent-type: application\/problem\+json\r\n.*"code":"stopping"/is,
  );
  assert.match(await ask(address, "/livez"), /^HTTP\/1\.1 200 /, "and still serves whoever comes");
  assert.match(await ask(address, "/v1/shop/products?limit=1"), /^HTTP\/1\.1 200 /);

  await until("nobody is taken in", async () => (await ask(address, "/livez")) === "");
  assert.equal(slow.closed, false);
  slow.say(body.slice(5));
  await slow.until("it is answered", () => slow.closed);
  const [, head = "", text = ""] = slow.heard.split("\r\n\r\n");
  assert.match(head, /^HTTP\/1\.1 201 /);
  assert.match(head, /\r\nconnection: close(\r\n|$)/);
  await ended; // with exit code 0
  assert.equal(
    (await call("getCart", { path: { id: (JSON.parse(text) as { id: string }).id } })).status,
    200,
  );
});

test("told twice to stop, it waits for nobody", async () => {
  const env = { ...(await settings()), CARRACK_UNREADY_SECONDS: "300", CARRACK_DRAIN_SECONDS: "3600" };
  const stopping = await start_serving(folder, env);
  const idle = await Talk.open(stopping.address);
  const slow = await Talk.open(stopping.address);
  assert.ok(idle && slow);
  slow.say(
    "POST /v1/shop/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  );
  const ended = stopping.program.end();
  ended.catch(() => undefined); // awaited below
  await until("it is not ready", async () => /^HTTP\/1\.1 503 /.test(await ask(stopping.address, "/readyz")));
  process.kill(stopping.program.pid(), "SIGTERM");
  await ended; // within a minute, and with exit code 0
  await slow.until("it is closed", () => slow.closed && idle.closed);
  assert.equal(slow.heard, "");
});
