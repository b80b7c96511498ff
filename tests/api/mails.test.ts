// Mails with a token, as `up` leaves them in its data folder.
import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { socket_folder, sql } from "./database.ts";
import { call, owner, refused, running, send } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { start_serving } from "./server.ts";
import { hire, PASSWORD, sign_in, within_two_seconds } from "./staff.ts";

await own_server();

const NEXT = "another horse, another battery";
const folder = () => join(running().data, "mails");
const seen = new Set<string>();

// The one mail that came since the last.
async function next_mail(to: string): Promise<{ token: string; text: string }> {
  let found: string[] = [];
  await within_two_seconds("a mail", async () => {
    const all = await readdir(folder()).catch(() => []);
    found = all.filter((name) => name.endsWith(".eml") && !seen.has(name));
    return found.length === 1;
  });
  const [name = ""] = found;
  seen.add(name);
  const text = await readFile(join(folder(), name), "utf8");
  assert.equal((await stat(join(folder(), name))).mode & 0o777, 0o600);
  assert.ok(text.includes(`\r\nTo: ${to}\r\n`), text);
  const token = /\r\n {4}([\w-]{43})\r\n/.exec(text)?.[1];
  assert.ok(token, text);
  return { token, text };
}

test("forgotPassword and resetPassword: by a mail, once, and every sign-in ends", async () => {
  const clerk = await hire();
  for (const email of ["nobody@example.com", clerk.email]) {
    const reply = await call("forgotPassword", { body: { email } });
    assert.equal(reply.status, 202);
    assert.equal(reply.body, undefined);
  }
  const { token } = await next_mail(clerk.email);
  const body = { token, new_password: NEXT };
  await refused("resetPassword", 422, "password_too_common", { body: { token, new_password: "password1" } });
  assert.equal((await call("resetPassword", { body })).status, 204);
  await within_two_seconds(
    "ending the sign-in",
    async () => (await send("getSession", { token: clerk.token })).status === 401,
  );
  await refused("resetPassword", 422, "mail_token_invalid", { body });
  assert.ok((await sign_in(clerk.email, NEXT)).access_token);
  await refused("login", 401, "invalid_credentials", { body: { email: clerk.email, password: PASSWORD } });
});

test("requestEmailVerification and verifyEmail: whoever reads the mail owns the address", async () => {
  const clerk = await hire();
  assert.equal((await call("requestEmailVerification", { token: clerk.token })).status, 202);
  const { token, text } = await next_mail(clerk.email);
  assert.ok(text.includes(running().address), text);
  const seen = async () => {
    const own = (await call("getSession", { token: clerk.token })).body.email_verified_at;
    const users = (await call("getUser", { token: await owner(), path: { id: clerk.id } })).body;
    assert.equal(own, users.email_verified_at);
    return own;
  };
  assert.equal(await seen(), null);
  assert.equal((await call("verifyEmail", { body: { token } })).status, 204);
  assert.ok(Date.parse((await seen()) ?? "") > Date.now() - 60_000);
  await refused("verifyEmail", 422, "mail_token_invalid", { body: { token } });
});

test("serve leaves mails in their table, and up writes what waits there", async () => {
  const clerk = await hire();
  const data = await mkdtemp(join(tmpdir(), "carrack-serving-"));
  const serving = await start_serving(data, {
    CARRACK_DATABASE_URL: `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`,
    CARRACK_SECRET_KEY: (await readFile(join(running().data, "secret.key"), "utf8")).trim(),
  });
  try {
    const reply = await fetch(`${serving.address}/v1/auth/password/forgot`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: clerk.email }),
    });
    assert.equal(reply.status, 202);
    assert.deepEqual(await sql("select count(*) from identity.mails where delivered_at is null"), ["1"]);
    assert.deepEqual(await readdir(data).then((names) => names.filter((name) => name === "mails")), []);
  } finally {
    await serving.program.end();
    await rm(data, { recursive: true, force: true });
  }
  await call("forgotPassword", { body: { email: clerk.email } });
  await within_two_seconds("both mails", async () => {
    const all = await readdir(folder());
    return all.filter((name) => name.endsWith(".eml") && !seen.has(name)).length === 2;
  });
});
