// The search that ends every run of these tests (secrets.ts) finds what is there.
import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { sql } from "./database.ts";
import { call, running } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { check_secrets, find_secrets, forms_of } from "./secrets.ts";
import { hire, PASSWORD, sign_in } from "./staff.ts";

await own_server();
const check = (output = "") => check_secrets(running().data, output, running().owner.password);

test("a secret is found in each of its forms, and its neighbours are not taken for it", () => {
  const token = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c";
  const bytes = Buffer.from(token, "base64url");
  const [plain, hex, base64] = [token, bytes.toString("hex"), bytes.toString("base64")];
  for (const form of [
    plain,
    hex,
    base64,
    Buffer.from(token).toString("hex"),
    Buffer.from(token).toString("base64"),
  ]) {
    assert.ok(forms_of(token).includes(form), form);
    assert.deepEqual(
      find_secrets(`x ${"y".repeat(1000)}\\x${form}|`, ["another secret", token]),
      [token],
      form,
    );
    assert.deepEqual(find_secrets(`${form.slice(0, -3)} ${form.slice(3)}`, [token]), []);
  }
  const shared = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; // RFC 6238's secret, as an authenticator app is given it
  const raw = Buffer.from("12345678901234567890");
  for (const form of [shared, raw.toString("hex"), raw.toString("base64")])
    assert.deepEqual(find_secrets(`seed ${form}.`, [shared]), [shared], form);
  const jwt = `head.claims.${token}`;
  assert.deepEqual(find_secrets(`signature ${hex}`, [jwt]), [jwt]);
});

test("what tests hand out is noted, and found where it was planted, in tables as in the log", async () => {
  const clerk = await hire();
  const { refresh_token = "" } = await sign_in(clerk.email);
  const cart = (await call("createCart", { body: {} })).body.id;
  assert.ok((await check()) >= 6, "owner, key, password, access, refresh, cart");
  const key = (await readFile(join(running().data, "secret.key"), "utf8")).trim();
  for (const secret of [refresh_token, cart, clerk.token, PASSWORD, running().owner.password, key])
    await assert.rejects(() => check(`a line of the log: ${secret}`), /stand in the server's output/, secret);

  const plant = (hex: string) =>
    sql(`insert into ops.idempotency_keys (principal, key, fingerprint, status, sealed_body)
         values ('staff', 'planted', '\\x00', 200, '\\x${hex}')`);
  for (const bytes of [
    Buffer.from(refresh_token, "base64url"),
    Buffer.from(refresh_token),
    Buffer.from(PASSWORD),
  ]) {
    await plant(bytes.toString("hex"));
    await assert.rejects(() => check(), /stand in the dump/);
    await sql("delete from ops.idempotency_keys where key = 'planted'");
  }
  await check();
});
