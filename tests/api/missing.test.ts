// Every route that takes an id, asked for one that nobody has: nothing is there, and nothing becomes of it. Made from the
// OpenAPI document, with bodies that would do, so that the question gets as far as that. On a server of its own.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { BODIES, names_in, TOKEN, UNKNOWN } from "./bodies.ts";
import { contents } from "./database.ts";
import { contract, owner, send, type Operation, type Problem } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { open_location, put_in_stock, sell, unique } from "./shop.ts";

await own_server();

test("an unknown id in any route: 404, and everything as it was", async () => {
  const mug = await sell({ EUR: 1200 });
  const place = await open_location();
  await put_in_stock(mug.variant_id, place.id, 5);
  const known: Record<string, string> = { variant_id: mug.variant_id, location_id: place.id };
  const token = await owner();
  const before = await contents();
  let asked = 0;
  for (const { operation, method, path } of (await contract()).operations()) {
    const names = names_in(path);
    if (names.length === 0) continue;
    const id = operation.operationId as Operation;
    const body = BODIES[id];
    assert.ok(body || method === "GET" || method === "DELETE", `${id} is new: say here which body would do`);
    const nothing = Object.fromEntries(names.map((name) => [name, UNKNOWN]));
    // All of them unknown; and each alone, among others that are there.
    const here = { ...known, ...(path.startsWith("/v1/admin/products/") ? { id: mug.product_id } : {}) };
    const alone =
      names.length === 1 ? [] : names.map((name) => ({ ...nothing, ...here, [name]: nothing[name] ?? "" }));
    for (const parameters of [nothing, ...alone]) {
      if (path.startsWith("/v1/admin/stock/") && parameters !== nothing && method === "GET") continue; // shows none of it
      const reply = await send(id, {
        token,
        path: parameters,
        headers: { "if-match": "*", "idempotency-key": unique("k") },
        ...(id === "trackOrder" ? { query: { token: TOKEN } } : {}),
        ...(body ? { body } : {}),
      });
      const where = `${method} ${path} ${JSON.stringify(parameters)}: ${JSON.stringify(reply.body)}`;
      assert.equal(reply.status, 404, where);
      assert.match((reply.body as Problem).code, /_not_found$/, where);
      ++asked;
    }
  }
  assert.ok(asked >= 30, `${asked} questions`);
  assert.deepEqual(await contents(), before);
});
