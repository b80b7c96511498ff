// Shoppers with an account, made as they make it themselves: registered, verified by the mail that `up` leaves in its
// data folder, signed in.
import { strict as assert } from "node:assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { call, running } from "./harness.ts";
import { unique } from "./shop.ts";
import { within_two_seconds } from "./staff.ts";

export const SHOPPER_PASSWORD = "a shopper's own horse";

export interface Shopper {
  id: string;
  email: string;
  token: string; // of a first sign-in
  refresh_token: string;
}

const seen = new Set<string>();

// The one mail to this address that nobody has read yet.
export async function mail_to(email: string): Promise<{ token: string; text: string }> {
  const folder = join(running().data, "mails");
  const found: { name: string; text: string }[] = [];
  await within_two_seconds(`a mail to ${email}`, async () => {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.endsWith(".eml") || seen.has(name)) continue;
      const text = await readFile(join(folder, name), "utf8");
      if (text.includes(`\r\nTo: ${email}\r\n`)) found.push({ name, text });
    }
    return found.length > 0;
  });
  const [{ name, text } = { name: "", text: "" }] = found;
  assert.equal(found.length, 1, `${found.length} mails to ${email}`);
  seen.add(name);
  const token = /\r\n {4}([\w-]{43})\r\n/.exec(text)?.[1];
  assert.ok(token, text);
  return { token, text };
}

export async function shop_sign_in(email: string, password = SHOPPER_PASSWORD) {
  const body = { email, password, audience: "shop", refresh: "body" } as const;
  return (await call("login", { body })).body;
}

export async function register(
  email = `${unique("ada")}@example.com`,
  name = "Ada Lovelace",
): Promise<Shopper> {
  assert.equal((await call("register", { body: { email, password: SHOPPER_PASSWORD, name } })).status, 202);
  assert.equal((await call("verifyEmail", { body: { token: (await mail_to(email)).token } })).status, 204);
  const { user, access_token, refresh_token = "" } = await shop_sign_in(email);
  return { id: user.id, email, token: access_token, refresh_token };
}
