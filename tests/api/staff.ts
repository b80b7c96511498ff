// Members of staff that tests hire, each with roles of their own, and how they sign in.
import { strict as assert } from "node:assert";

import { call, owner, type Answer } from "./harness.ts";
import { unique } from "./shop.ts";

export const PASSWORD = "correct horse battery";

export interface Hired {
  id: string;
  email: string;
  token: string; // of a first sign-in
}

export async function sign_in(email: string, password = PASSWORD) {
  return (await call("login", { body: { email, password, refresh: "body" } })).body;
}

export async function role_named(name: string): Promise<string> {
  const found = (await call("listRoles", { token: await owner(), query: { q: name } })).body.data;
  const role = found.find((one) => one.name === name);
  assert.ok(role, `there is no role ${name}`);
  return role.id;
}

// Somebody new with these roles, by id.
export async function hire(...roles: string[]): Promise<Hired> {
  const email = `${unique("clerk")}@example.com`;
  const body = { email, name: "A clerk", password: PASSWORD, roles };
  const made = await call("createUser", { token: await owner(), body });
  return { id: made.body.id, email, token: (await sign_in(email)).access_token };
}

export type Permission = { method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; route: string };

export async function make_role(...permissions: Permission[]): Promise<Answer<"createRole">> {
  return (await call("createRole", { token: await owner(), body: { name: unique("role"), permissions } }))
    .body;
}

export const matching = (seen: { headers: Headers }) => ({ "if-match": seen.headers.get("etag") ?? "" });

// Tries again until it holds: what changes rights is in force everywhere within two seconds.
export async function within_two_seconds(what: string, holds: () => Promise<boolean>): Promise<void> {
  const by = Date.now() + 2000;
  while (!(await holds())) {
    assert.ok(Date.now() < by, `${what} took more than two seconds`);
    await new Promise((go) => setTimeout(go, 50));
  }
}
