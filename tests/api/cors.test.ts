// Pages of other origins and the running server: CARRACK_CORS_ORIGINS says which, and without it there are none.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { running } from "./harness.ts";
import { settings } from "./second_server.ts";
import { start_serving } from "./server.ts";

const folder = await mkdtemp(join(tmpdir(), "carrack-cors-"));
after(() => rm(folder, { recursive: true, force: true }));

const SHOP = "https://shop.example";
const PANEL = "http://localhost:5173";

// Those of an answer's fields that are about other origins.
async function told(address: string, method: string, path: string, origin: string) {
  const preflight = method === "OPTIONS" ? { "access-control-request-method": "POST" } : {};
  const reply = await fetch(address + path, {
    method,
    headers: { ...preflight, ...(origin ? { origin } : {}) },
  });
  await reply.arrayBuffer();
  const about = [...reply.headers].filter(([name]) => name === "vary" || name.startsWith("access-control-"));
  return { status: reply.status, ...Object.fromEntries(about) };
}

const open = (status: number, origin: string) => ({
  status,
  vary: "Origin",
  "access-control-allow-origin": origin,
  "access-control-allow-credentials": "true",
  "access-control-expose-headers":
    "etag, location, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, x-request-id",
});

test("the configured origins may read every answer, and no other may", async () => {
  const env = { ...(await settings()), CARRACK_CORS_ORIGINS: `${SHOP}, ${PANEL}` };
  const { address, program } = await start_serving(folder, env);
  try {
    for (const [path, status] of [
      ["/v1/shop/products", 200],
      ["/livez", 200],
      ["/v1/shop/products?limit=0", 422],
      ["/v1/admin/users", 401],
      ["/nowhere", 404],
    ] as const) {
      for (const origin of [SHOP, PANEL])
        assert.deepEqual(await told(address, "GET", path, origin), open(status, origin), path);
      for (const origin of ["", "https://evil.example", "null", `${SHOP}:8443`])
        assert.deepEqual(await told(address, "GET", path, origin), { status, vary: "Origin" }, origin);
    }
    assert.deepEqual(await told(address, "OPTIONS", "/v1/shop/carts", SHOP), {
      ...open(204, SHOP),
      "access-control-allow-methods": "POST, OPTIONS",
      "access-control-allow-headers":
        "authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id",
      "access-control-max-age": "600",
    });
    assert.deepEqual(await told(address, "OPTIONS", "/v1/shop/carts", "https://evil.example"), {
      status: 204,
      vary: "Origin",
    });
  } finally {
    await program.end();
  }
});

test("without the setting no page of another origin may read anything", async () => {
  const { address } = running();
  for (const method of ["GET", "OPTIONS"])
    assert.deepEqual(await told(address, method, "/v1/shop/products", SHOP), {
      status: method === "GET" ? 200 : 204,
    });
});
