// Slowing down who guesses passwords, over real connections: from whom a try comes is where the connection comes from.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { socket_folder } from "./database.ts";
import { refused, running } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { start_serving } from "./server.ts";
import { hire, PASSWORD } from "./staff.ts";

const first = await own_server();

interface Answered {
  status: number;
  retry_after: string | undefined;
}

// Signs in at `address`, from an address of this machine, as if a proxy had passed on what `forwarded` says.
function sign_in_from(
  from: string,
  email: string,
  password: string,
  forwarded?: string,
  address = running().address,
): Promise<Answered> {
  const { hostname, port } = new URL(address);
  const headers = {
    "content-type": "application/json",
    ...(forwarded
      ? { "x-forwarded-for": forwarded, forwarded: `for=${forwarded}`, "x-real-ip": forwarded }
      : {}),
  };
  return new Promise((done, fail) => {
    const sent = request(
      { hostname, port, path: "/v1/auth/login", method: "POST", localAddress: from, headers, agent: false },
      (reply) => {
        reply.resume();
        reply.on("end", () =>
          done({ status: reply.statusCode ?? 0, retry_after: reply.headers["retry-after"] }),
        );
      },
    );
    sent.on("error", fail);
    sent.end(JSON.stringify({ email, password }));
  });
}

test("login: what stands in X-Forwarded-For changes nothing, and the owner gets in from elsewhere", async () => {
  const { email } = await hire();
  const statuses: number[] = [];
  for (const forwarded of ["198.51.100.1", "198.51.100.2", "198.51.100.3", "127.0.0.9", undefined])
    statuses.push((await sign_in_from("127.0.0.1", email, "wrong", forwarded)).status);
  assert.deepEqual(statuses, [401, 401, 429, 429, 429]);
  const right = { email, password: PASSWORD };
  const problem = await refused("login", 429, "too_many_attempts", { body: right });
  assert.equal(problem.status, 429);
  assert.equal((await sign_in_from("127.0.0.2", email, PASSWORD)).status, 200);
  const retry_after = Number((await sign_in_from("127.0.0.1", email, PASSWORD)).retry_after);
  assert.equal(retry_after, 1);
  await new Promise((go) => setTimeout(go, retry_after * 1000));
  assert.equal((await sign_in_from("127.0.0.1", email, PASSWORD)).status, 200);
});

test("login: a configured proxy is believed, on whichever server the tries came", async () => {
  const { email } = await hire();
  const data = await mkdtemp(join(tmpdir(), "carrack-proxied-"));
  const proxied = await start_serving(data, {
    CARRACK_DATABASE_URL: `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`,
    CARRACK_SECRET_KEY: (await readFile(join(first.data, "secret.key"), "utf8")).trim(),
    CARRACK_TRUSTED_PROXIES: "127.0.0.1",
  });
  try {
    const through_proxy = async (password: string, client: string) =>
      (await sign_in_from("127.0.0.1", email, password, client, proxied.address)).status;
    for (let i = 0; i < 12; ++i)
      assert.equal(await through_proxy("wrong", `203.0.113.${i}`), i < 8 ? 401 : 429, `stranger ${i}`);
    // Where the account has signed in before, it still does: on either server, as 127.0.0.1.
    assert.equal((await sign_in_from("127.0.0.1", email, PASSWORD)).status, 200);
    assert.equal(await through_proxy(PASSWORD, "127.0.0.1"), 200);
    assert.equal(await through_proxy(PASSWORD, "203.0.113.99"), 429);
    // What the client itself wrote stands to the left of what the proxy saw.
    assert.equal(await through_proxy(PASSWORD, "127.0.0.1, 203.0.113.99"), 429);
  } finally {
    await proxied.program.end();
    await rm(data, { recursive: true, force: true });
  }
});
